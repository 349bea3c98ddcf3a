#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <dbtwin/baseline.h>

/* ---- what the options and the config say ---------------------------------------------------- */

static bool add_all(struct selection *s, enum select_sort sort, const char *const *list,
                    const char *option, struct err *err)
{
    for (; *list; list++)
        if (!select_add(s, sort, *list, err))
            return err_context(err, "--%s", option);
    return true;
}

static bool add_patterns(struct selection *s, const struct cli *c, const char *from, const char *to,
                         struct err *err)
{
    return config_select(c->config, from, to != NULL, s, err) &&
           config_select(c->config, to, to != NULL, s, err) &&
           add_all(s, SELECT_SCHEMA, c->schemas, "schema", err) &&
           add_all(s, SELECT_TABLE, c->tables, "table", err) &&
           add_all(s, SELECT_KIND, c->kinds, "kind", err) &&
           add_all(s, SELECT_IGNORE, c->ignore, "ignore", err);
}

static bool check_baseline_options(const struct cli *c, struct err *err)
{
    if (c->write_baseline && (!c->reason || !*c->reason)) {
        err_set(err, ERR_USAGE, "--write-baseline needs --reason TEXT");
        return err_hint(err, "say why this drift is accepted, for those who read the file later");
    }
    if ((c->reason || c->until) && !c->write_baseline)
        return err_set(err, ERR_USAGE, "--%s needs --write-baseline",
                       c->reason ? "reason" : "until");
    if (c->until && !baseline_is_day(c->until))
        return err_set(err, ERR_USAGE, "--until takes a day as YYYY-MM-DD, not \"%s\"", c->until);
    return true;
}

static bool read_baseline(struct filters *t, const char *path, struct err *err)
{
    char block[65536];
    size_t n;
    struct buf text = BUF_INIT;
    FILE *f = fopen(path, "re");
    if (!f)
        return err_set(err, ERR_USAGE, "cannot read the baseline %s: %s", path, strerror(errno));
    while ((n = fread(block, 1, sizeof(block), f)) > 0)
        buf_add(&text, block, n);
    bool ok = !ferror(f) || err_set(err, ERR_RUNTIME, "cannot read it: %s", strerror(errno));
    fclose(f);
    ok = ok && baseline_read(t->baseline, buf_slice(&text), err);
    buf_release(&text);
    return ok || err_context(err, "%s", path);
}

/* The file to be written is added to when it is there; else one that is named must be. */
static bool open_baseline(struct filters *t, const struct cli *c, struct err *err)
{
    const char *path = c->baseline        ? c->baseline
                       : c->all_databases ? NULL
                                          : config_baseline(c->config);
    if (c->write_baseline && access(c->write_baseline, F_OK) == 0)
        path = c->write_baseline;
    else if (c->write_baseline && path && access(path, F_OK) != 0 && !c->baseline)
        path = NULL;
    if (!path && !c->write_baseline)
        return true;
    t->baseline = arena_new(&t->arena, struct baseline);
    baseline_init(t->baseline);
    return !path || read_baseline(t, path, err);
}

static const char *today(struct arena *a)
{
    struct tm day;
    time_t now = time(NULL);
    char text[16];
    localtime_r(&now, &day);
    strftime(text, sizeof(text), "%Y-%m-%d", &day);
    return arena_strdup(a, text);
}

bool filters_open(struct filters *t, struct cli *c, const char *from, const char *to,
                  struct err *err)
{
    *t = (struct filters){0};
    arena_init(&t->arena);
    select_init(&t->selection);
    vec_init(&t->context.idle, sizeof(const char *));
    vec_init(&t->context.from_folds, sizeof(struct select_fold));
    vec_init(&t->context.to_folds, sizeof(struct select_fold));
    vec_init(&t->context.migrations, sizeof(struct diff_migrations));
    vec_init(&t->from.unread, sizeof(char *));
    vec_init(&t->to.unread, sizeof(char *));
    t->today = today(&t->arena);
    if (!check_baseline_options(c, err) || !add_patterns(&t->selection, c, from, to, err) ||
        !open_baseline(t, c, err)) {
        filters_close(t);
        return false;
    }
    t->server = c->scope == SCOPE_SERVER || select_asks_server(&t->selection);
    const unsigned *n = t->selection.n;
    t->context.selected = n[SELECT_SCHEMA] || n[SELECT_TABLE] || n[SELECT_KIND];
    t->context.n_ignore = n[SELECT_IGNORE];
    return true;
}

void filters_close(struct filters *t)
{
    for (size_t i = 0; i < t->context.migrations.len; i++) {
        struct diff_migrations *m = &VEC_AT(&t->context.migrations, struct diff_migrations, i);
        vec_release(&m->only_from);
        vec_release(&m->only_to);
    }
    vec_release(&t->from.unread);
    vec_release(&t->to.unread);
    arena_release(&t->from.arena);
    arena_release(&t->to.arena);
    vec_release(&t->context.idle);
    vec_release(&t->context.from_folds);
    vec_release(&t->context.to_folds);
    vec_release(&t->context.migrations);
    if (t->baseline)
        baseline_release(t->baseline);
    select_release(&t->selection);
    arena_release(&t->arena);
}

/* ---- which schemas are read ------------------------------------------------------------------ */

/* Called by the thread that reads the side. */
static bool is_wanted(void *ctx, const char *schema)
{
    struct filters_side *s = ctx;
    const char *mapped = s->map ? namemap_schema(s->map, schema) : schema;
    if (!select_schema_is_out(&s->t->selection, mapped))
        return true;
    VEC_PUSH(&s->unread, char *, arena_strdup(&s->arena, mapped));
    return false;
}

/* The map says what production's names are in staging, whichever side that is. */
static bool is_reversed(const struct place *from, const struct place *to)
{
    return to->e.role == DATABASE_ROLE_PRODUCTION || from->e.role == DATABASE_ROLE_STAGING;
}

static void set_side(struct filters *t, struct filters_side *s, struct place *p,
                     const struct namemap *map)
{
    s->t = t;
    s->map = map;
    if (t->selection.n[SELECT_SCHEMA] || t->selection.n[SELECT_IGNORE]) {
        p->wanted = is_wanted;
        p->wanted_ctx = s;
    }
}

void filters_places(struct filters *t, struct cli *c, struct place *from, struct place *to)
{
    const struct namemap *map = config_map(c->config);
    bool reversed = to && is_reversed(from, to);
    set_side(t, &t->from, from, to && !reversed ? map : NULL);
    if (to)
        set_side(t, &t->to, to, reversed ? map : NULL);
}

static void note_unread(struct filters *t, const struct filters_side *s,
                        struct select_counts *counts)
{
    counts->unread = s->unread.len;
    for (size_t i = 0; i < s->unread.len; i++)
        select_note_unread(&t->selection, VEC_AT(&s->unread, const char *, i));
}

/* ---- on models and their diff ---------------------------------------------------------------- */

bool filters_models(struct filters *t, struct cli *c, const struct place *from,
                    struct model *from_model, const struct place *to, struct model *to_model,
                    struct err *err)
{
    struct diff_context *x = &t->context;
    struct model *production = to && is_reversed(from, to) ? to_model : from_model;
    note_unread(t, &t->from, &x->from);
    note_unread(t, &t->to, &x->to);
    if (to && !namemap_apply(config_map(c->config), NAMEMAP_COMPARED, production, err))
        return false;
    if (!select_fold(&t->selection, from_model, &t->arena, &x->from_folds, err) ||
        !select_apply(&t->selection, from_model, &x->from, err))
        return false;
    if (to_model && (!select_fold(&t->selection, to_model, &t->arena, &x->to_folds, err) ||
                     !select_apply(&t->selection, to_model, &x->to, err)))
        return false;
    if (to_model && !t->server &&
        !(select_leave_server(from_model, &x->no_server, err) &&
          select_leave_server(to_model, &x->no_server, err)))
        return false;
    select_idle(&t->selection, &x->idle);
    return true;
}

bool filters_again(struct filters *t, struct cli *c, const struct place *from,
                   const struct place *to, struct model *to_model, struct err *err)
{
    struct vec folds = VEC_INIT(struct select_fold);
    struct select_counts counts = {0};
    bool any = false;
    bool ok = (!is_reversed(from, to) ||
               namemap_apply(config_map(c->config), NAMEMAP_COMPARED, to_model, err)) &&
              select_fold(&t->selection, to_model, &t->arena, &folds, err) &&
              select_apply(&t->selection, to_model, &counts, err) &&
              (t->server || select_leave_server(to_model, &any, err));
    vec_release(&folds);
    return ok;
}

static bool write_baseline(struct filters *t, const struct cli *c, struct diff *d, struct err *err)
{
    struct buf out = BUF_INIT;
    size_t n = baseline_accept(t->baseline, d, c->reason, c->until, t->today);
    baseline_write(t->baseline, &out);
    bool ok = output_write(c->write_baseline, buf_slice(&out), err);
    buf_release(&out);
    if (ok)
        log_info("%s: %zu difference%s newly accepted", c->write_baseline, n, n == 1 ? "" : "s");
    return ok;
}

bool filters_diff(struct filters *t, struct cli *c, struct diff *d, struct err *err)
{
    if (t->baseline)
        baseline_apply(t->baseline, d, t->today);
    if (c->write_baseline) {
        if (!write_baseline(t, c, d, err))
            return false;
        /* What the report tells is what the next run with this file will find. */
        d->notes.len = 0;
        baseline_apply(t->baseline, d, t->today);
        d->notes.len = 0;
    }
    rename_find(d);
    return true;
}
