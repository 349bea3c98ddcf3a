#include "neutral.h"

#include <ctype.h>
#include <string.h>

#include <dbtwin/engine.h>
#include <dbtwin/namemap.h>

const struct neutral_rule neutral_rules[NEUTRAL_COUNT] = {
    [NEUTRAL_EVENTS] = {"events", ENGINE_MYSQL, false, "scheduled events are created disabled"},
    [NEUTRAL_CRON] = {"cron", ENGINE_PG, false,
                      "extension pg_cron and the jobs in cron.job are left out"},
    [NEUTRAL_SUBSCRIPTIONS] = {"subscriptions", ENGINE_PG, true, "subscriptions are left out"},
    [NEUTRAL_PUBLICATIONS] = {"publications", ENGINE_PG, false, "publications are left out"},
    [NEUTRAL_SERVERS] = {"foreign_servers", ENGINE_ALL, true,
                         "foreign servers are created without their options, so that they point "
                         "nowhere; user mappings are left out"},
    [NEUTRAL_OUTWARD] = {"outward", ENGINE_ALL, false,
                         "triggers and functions that reach outside the database are named"},
    [NEUTRAL_DEFINERS] =
        {"definers", ENGINE_MYSQL, true,
         "objects whose DEFINER this account may not set get this account as their DEFINER"},
    [NEUTRAL_UNFILLED] = {"unfilled", ENGINE_PG, true,
                          "materialized views that their owners could not fill are left empty"},
    [NEUTRAL_ORPHANS] = {"orphans", ENGINE_PG, true,
                         "foreign keys over rows that refer to nothing are left NOT VALID"},
};

bool neutral_is_on(const struct plan_builder *b, enum neutral_id rule)
{
    return neutral_rules[rule].fixed || !(b->opt->acting >> rule & 1);
}

void neutral_note(struct plan_builder *b, enum neutral_id rule, enum neutral_what what,
                  const struct object *o, int slot, const char *why)
{
    VEC_PUSH(&b->plan->neutralised, struct neutralised,
             ((struct neutralised){.rule = rule,
                                   .what = what,
                                   .object = o,
                                   .slot = slot,
                                   .path = model_path_text(o, b->arena),
                                   .why = arena_strdup(b->arena, why)}));
}

/* ---- what stays behind ---------------------------------------------------------------------- */

/* An object of the kind, of the name where one is given, in a parent of the kind where one is. */
static const struct {
    enum neutral_id rule;
    unsigned engines;
    enum kind_id kind, parent;
    const char *name, *why;
} absent[] = {
    {NEUTRAL_CRON, ENGINE_PG, K_EXTENSION, K_COUNT, "pg_cron", "its jobs would run"},
    {NEUTRAL_SUBSCRIPTIONS, ENGINE_PG, K_SUBSCRIPTION, K_COUNT, NULL,
     "it would take production's changes"},
    {NEUTRAL_PUBLICATIONS, ENGINE_PG, K_PUBLICATION, K_COUNT, NULL,
     "others could subscribe to the copy"},
    {NEUTRAL_SERVERS, ENGINE_PG, K_USER_MAPPING, K_COUNT, NULL, "it may hold a password"},
    {NEUTRAL_SERVERS, ENGINE_PG, K_SECRET_OPTION, K_FOREIGN_SERVER, NULL,
     "it would point to where the source's points"},
    {NEUTRAL_SERVERS, ENGINE_MYSQL, K_SECRET_OPTION, K_TABLE, NULL,
     "it would point to where the source's points"},
};

bool neutral_leaves(const struct plan_builder *b, const struct object *o, enum neutral_id *ret,
                    const char **ret_why)
{
    for (size_t i = 0; i < ARRAY_LEN(absent); i++) {
        if (o->kind->id != absent[i].kind || !(absent[i].engines & b->model->flavor) ||
            !neutral_is_on(b, absent[i].rule) || namemap_is_host(o) ||
            (absent[i].parent != K_COUNT &&
             (!o->parent || o->parent->kind->id != absent[i].parent)) ||
            (absent[i].name && !str_eq(o->name, absent[i].name)))
            continue;
        *ret = absent[i].rule;
        *ret_why = absent[i].why;
        return true;
    }
    return false;
}

bool neutral_leaves_kind(const struct plan_builder *b, const char *kind)
{
    for (size_t i = 0; i < ARRAY_LEN(absent); i++)
        if (!absent[i].name && absent[i].parent == K_COUNT && neutral_is_on(b, absent[i].rule) &&
            str_eq(kinds[absent[i].kind].name, kind))
            return true;
    return false;
}

/* ---- rows that stay behind ------------------------------------------------------------------ */

/* Tables whose rows are jobs, by schema and name, where no extension owns them. */
static const struct {
    enum neutral_id rule;
    const char *schema, *table;
} jobs[] = {
    {NEUTRAL_CRON, "cron", "job"},
    {NEUTRAL_CRON, "cron", "job_run_details"},
};

static void note_jobs(struct plan_builder *b)
{
    for (uint32_t i = 0; i < b->model->n_objects; i++) {
        const struct object *o = b->model->objects[i];
        if (o->kind->id != K_TABLE || !o->parent || o->parent->kind->id != K_SCHEMA)
            continue;
        for (size_t k = 0; k < ARRAY_LEN(jobs); k++)
            if (str_eq(o->name, jobs[k].table) && str_eq(o->parent->name, jobs[k].schema) &&
                neutral_is_on(b, jobs[k].rule))
                neutral_note(b, jobs[k].rule, NEUTRAL_EMPTY, o, -1, "its rows are jobs");
    }
}

/* ---- what reads foreign tables --------------------------------------------------------------- */

/* `seen` by object id: a file may say that views need each other in a circle. */
static bool reads_foreign(const struct model *m, const struct object *o, bool *seen)
{
    seen[o->id] = true;
    for (size_t i = 0; i < m->deps.len; i++) {
        const struct dependency *d = &VEC_AT(&m->deps, struct dependency, i);
        const struct object *from = model_top(d->from), *to = model_top(d->to);
        if (from != o || seen[to->id])
            continue;
        if (to->kind->id == K_FOREIGN_TABLE ||
            ((to->kind->id == K_VIEW || to->kind->id == K_MATERIALIZED_VIEW) &&
             reads_foreign(m, to, seen)))
            return true;
    }
    return false;
}

bool neutral_reads_foreign(const struct plan_builder *b, const struct object *o)
{
    return reads_foreign(b->model, o, arena_calloc(b->arena, b->model->n_objects * sizeof(bool)));
}

/* ---- what calls the world -------------------------------------------------------------------- */

/* Words in the body of a routine; a star at the end stands for the rest of a name. */
static const struct {
    unsigned engines;
    const char *word, *what;
} outward[] = {
    {ENGINE_PG, "dblink*", "dblink"},
    {ENGINE_PG, "net.http_*", "pg_net"},
    {ENGINE_PG, "http_get", "the extension http"},
    {ENGINE_PG, "http_post", "the extension http"},
    {ENGINE_PG, "http_put", "the extension http"},
    {ENGINE_PG, "http_patch", "the extension http"},
    {ENGINE_PG, "http_delete", "the extension http"},
    {ENGINE_PG, "http_head", "the extension http"},
    {ENGINE_PG, "http(", "the extension http"},
    {ENGINE_PG, "supabase_functions.http_request", "a webhook of Supabase"},
    {ENGINE_PG, "aws_lambda.invoke", "AWS Lambda"},
    {ENGINE_PG, "aws_s3.*", "Amazon S3"},
    {ENGINE_PG, "cron.schedule*", "pg_cron"},
    {ENGINE_PG, "to program", "a program"},
    {ENGINE_PG, "from program", "a program"},
    {ENGINE_MYSQL, "sys_exec", "a program"},
    {ENGINE_MYSQL, "sys_eval", "a program"},
    {ENGINE_MYSQL, "http_get", "a UDF for HTTP"},
    {ENGINE_MYSQL, "http_post", "a UDF for HTTP"},
    {ENGINE_MYSQL, "http_put", "a UDF for HTTP"},
    {ENGINE_MYSQL, "http_delete", "a UDF for HTTP"},
    {ENGINE_MYSQL, "into outfile", "a file on the server"},
    {ENGINE_MYSQL, "into dumpfile", "a file on the server"},
};

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (c & 0x80);
}

/* Whether the word stands in the text, in any case, as a name of its own; blanks as any blanks. */
static bool has_word(const char *text, const char *word)
{
    for (const char *p = text; *p; p++) {
        const char *t = p, *w = word;
        if (p > text && is_name(p[-1]))
            continue;
        while (*w && *w != '*') {
            if (*w == ' ' && isspace((unsigned char)*t)) {
                while (isspace((unsigned char)*t))
                    t++;
                w++;
            } else if (*w == '(' && isspace((unsigned char)*t)) {
                t++;
            } else if (tolower((unsigned char)*t) == *w) {
                t++;
                w++;
            } else {
                break;
            }
        }
        if (*w == '*' || (!*w && !(is_name(w[-1]) && is_name(*t))))
            return true;
    }
    return false;
}

/*
 * Whether the text names a database: "db.table", in quotes or not. The server takes it out of
 * views; a body stays byte for byte, and reaches back to where it was copied from.
 */
static bool names_database(const char *text, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = text; (p = strstr(p, name)); p++) {
        bool quoted = p > text && p[-1] == '`';
        const char *end = p + n;
        if (p > text && (is_name(p[-1]) || p[-1] == '.' || (quoted && *end != '`')))
            continue;
        end += quoted;
        if (*end == '.')
            return true;
    }
    return false;
}

static const char *reaches_back(const struct plan_builder *b, const char *text)
{
    const char *here = b->model->database, *there = b->opt->target_database;
    if (!text || engine_of(b->model->flavor)->schemas || !here || !*here || !there ||
        strcmp(here, there) == 0 || !names_database(text, here))
        return NULL;
    return arena_printf(b->arena, "what is in database %s, by name", here);
}

static const char *calls(const struct plan_builder *b, const char *text)
{
    for (size_t i = 0; text && i < ARRAY_LEN(outward); i++)
        if ((outward[i].engines & b->model->flavor) && has_word(text, outward[i].word))
            return outward[i].what;
    return NULL;
}

/* What the object's code calls, and, where it calls nothing, what of the source it reaches. */
static void read_code(const struct plan_builder *b, const struct object *o, const char **ret_calls,
                      const char **ret_back)
{
    for (unsigned s = 0; s < o->kind->n_props && !*ret_calls; s++)
        if (o->kind->props[s].flags & F_CODE)
            *ret_calls = calls(b, model_get(o, (int)s));
    for (unsigned s = 0; s < o->kind->n_props && !*ret_calls && !*ret_back; s++)
        if (o->kind->props[s].flags & F_CODE)
            *ret_back = reaches_back(b, model_get(o, (int)s));
}

/* A trigger by way of its function: told by name, because it fires by itself. */
static void note_triggers(struct plan_builder *b, const char *const *found)
{
    for (size_t i = 0; i < b->model->deps.len; i++) {
        const struct dependency *d = &VEC_AT(&b->model->deps, struct dependency, i);
        if (d->from->kind->id == K_TRIGGER && !found[d->from->id] && found[d->to->id])
            neutral_note(b, NEUTRAL_OUTWARD, NEUTRAL_TOLD, d->from, -1,
                         arena_printf(b->arena, "its function calls %s", found[d->to->id]));
    }
}

static void note_outward(struct plan_builder *b)
{
    const char **found = arena_calloc(b->arena, sizeof(*found) * ((size_t)b->model->n_objects + 1));
    for (uint32_t i = 0; i < b->model->n_objects; i++) {
        const struct object *o = b->model->objects[i];
        if (plan_is_left_out(b, o))
            continue;
        const char *back = NULL;
        read_code(b, o, &found[i], &back);
        if (back)
            neutral_note(b, NEUTRAL_OUTWARD, NEUTRAL_TOLD, o, -1,
                         arena_printf(b->arena, "means %s", back));
        if (found[i])
            neutral_note(b, NEUTRAL_OUTWARD, NEUTRAL_TOLD, o, -1,
                         arena_printf(b->arena, "calls %s", found[i]));
    }
    note_triggers(b, found);
}

void neutral_finish(struct plan_builder *b)
{
    if (b->model->flavor & neutral_rules[NEUTRAL_CRON].engines)
        note_jobs(b);
    if (neutral_is_on(b, NEUTRAL_OUTWARD))
        note_outward(b);
}
