#include "pair.h"

#include <stdlib.h>
#include <string.h>

/* What a report says about its run. */

/* Options that decide what is compared or what counts, not where and how it is shown. */
static const char *const recorded[] = {"schema",  "table",    "kind",       "ignore",
                                       "scope",   "strict",   "no-opinion", "all-databases",
                                       "fail-on", "baseline", NULL};

static void add_option(struct cli *c, struct vec *list, const char *name, const char *value)
{
    VEC_PUSH(list, const char *,
             value ? arena_printf(&c->arena, "--%s=%s", name, value)
                   : arena_printf(&c->arena, "--%s", name));
}

static void add_row(struct cli *c, struct vec *list, const struct option_row *o)
{
    const void *field = (const char *)c + o->offset;
    if (o->type == OPT_FLAG) {
        if (*(const bool *)field)
            add_option(c, list, o->name, NULL);
    } else if (o->type == OPT_TEXT) {
        if (*(const char *const *)field)
            add_option(c, list, o->name, *(const char *const *)field);
    } else if (o->type == OPT_LIST) {
        for (const char *const *word = field; *word; word++)
            add_option(c, list, o->name, *word);
    }
}

/* https://reproducible-builds.org/specs/source-date-epoch/: who sets it wants the same bytes in
 * each run, so there is one time, and no duration. */
static bool pinned(int64_t *ret)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    return text && str_parse_i64(text, ret) && *ret >= 0;
}

void about_begin(struct report_run *run, struct cli *c)
{
    struct vec list = VEC_INIT(const char *);
    int64_t when = (int64_t)time(NULL);
    time_t at;
    struct tm tm;
    char text[sizeof("9999-12-31T23:59:59Z") + 32];
    run->seconds = pinned(&when) ? -1 : 0;
    at = (time_t)when;
    if (!gmtime_r(&at, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
        text[0] = '\0';
    run->started = *text ? arena_strdup(&c->arena, text) : NULL;
    for (const char *const *name = recorded; *name; name++)
        add_row(c, &list, options_find(*name));
    VEC_PUSH(&list, const char *, NULL);
    run->options = arena_memdup(&c->arena, list.items, list.len * sizeof(const char *));
    vec_release(&list);
}

void about_end(struct report_run *run, double seconds)
{
    if (run->seconds >= 0)
        run->seconds = seconds;
}

/* A URL of the kind that CI servers give, and nothing that could be more in Markdown or HTML. */
static const char *clean_url(const char *text)
{
    if (!text || (!str_starts(text, "https://") && !str_starts(text, "http://")))
        return NULL;
    for (const char *p = text; *p; p++)
        if (*p <= ' ' || *p >= 0x7f || strchr("<>()[]\"'`\\|*", *p))
            return NULL;
    return text;
}

const char *about_link(struct cli *c)
{
    const char *server = getenv("GITHUB_SERVER_URL"), *repository = getenv("GITHUB_REPOSITORY"),
               *id = getenv("GITHUB_RUN_ID");
    if (server && repository && id)
        return clean_url(arena_printf(&c->arena, "%s/%s/actions/runs/%s", server, repository, id));
    const char *gitlab = getenv("CI_JOB_URL");
    return clean_url(gitlab ? gitlab : getenv("BUILD_URL"));
}

const char *about_file(const struct cli *c, const struct place *from, const struct place *to)
{
    const struct place *const sides[] = {from, to};
    for (int i = 0; i < 2; i++) {
        const char *path = sides[i]->kind == AT_LIVE ? sides[i]->e.path : c->args[i];
        if (!path || strncmp(path, "git:", 4) == 0)
            continue;
        while (str_starts(path, "./"))
            path += 2;
        if (*path != '/' && strcmp(path, "-") != 0 && !str_starts(path, "../"))
            return path;
    }
    return NULL;
}
