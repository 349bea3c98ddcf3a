#include "preflight.h"

#include <dbtwin/engine.h>

#include <string.h>

/* ---- who they are ------------------------------------------------------------------------ */

static void say_server(struct look *l, const char *label, const struct server_facts *f,
                       const char *client)
{
    const char *name = engine_of(f->flavor)->title, *version = f->server_version;
    bool named = version && strstr(version, name); /* MySQL's and MariaDB's say it themselves */
    look_say(l, PREFLIGHT_OK, label, NULL, "%s%s%s, database \"%s\" as %s%s%s", named ? "" : name,
             named ? "" : " ", version ? version : "", f->database, f->user ? f->user : "?",
             client ? ", by " : "", client ? client : "");
}

static void check_reachable(struct look *l)
{
    if (l->source && !job_from_archive(&l->job))
        say_server(l, look_from(l), &l->job.source_facts, look_source_fact(l, "client"));
    if (err_is_set(&l->source_err))
        look_err(l, look_from(l), &l->source_err);
    if (l->target_there)
        say_server(l, look_to(l), &l->target_facts, look_target_fact(l, "client"));
    if (err_is_set(&l->target_err))
        look_err(l, look_to(l), &l->target_err);
    if (err_is_set(&l->plan_err))
        look_err(l, NULL, &l->plan_err);
}

static void check_target(struct look *l)
{
    struct job *j = &l->job;
    struct target_facts f = {0};
    struct err why = ERR_INIT;
    if (!safety_check_role(j, &why) || (l->source && !safety_check_target(j, &why)) ||
        !j->target_at->driver->target->facts(j->target, l->arena, &f, &why)) {
        look_err(l, look_to(l), &why);
        return;
    }
    if (f.mark == MARK_COPY)
        look_say(l, PREFLIGHT_OK, look_to(l), NULL, "filled by dbtwin before: %s", f.mark_text);
    else if (f.has_rows)
        look_say(l, PREFLIGHT_WARNING, look_to(l), NULL,
                 "its rows (such as those of %s) will be lost",
                 f.row_table ? f.row_table : "some table");
    else
        look_say(l, PREFLIGHT_OK, look_to(l), NULL,
                 f.exists ? "holds no rows" : "does not exist: the copy creates it");
}

static unsigned major(const struct server_facts *f)
{
    return f->version / engine_of(f->flavor)->release;
}

static void check_versions(struct look *l)
{
    const struct server_facts *s = &l->job.source_facts, *t = &l->target_facts;
    if (job_from_archive(&l->job) || !l->source)
        return;
    if (s->flavor != t->flavor)
        look_say(l, PREFLIGHT_WARNING, NULL, NULL,
                 "%s is copied to %s: what only one of them has is refused or rewritten",
                 engine_of(s->flavor)->title, engine_of(t->flavor)->title);
    else if (major(t) < major(s))
        look_say(l, PREFLIGHT_WARNING, look_to(l), NULL,
                 "older than the source (%s, %s): what it does not support is refused",
                 t->server_version, s->server_version);
    else if (major(t) > major(s))
        look_say(l, PREFLIGHT_NOTE, look_to(l), NULL, "newer than the source (%s, %s)",
                 t->server_version, s->server_version);
}

/* ---- who may write ----------------------------------------------------------------------- */

static void check_writable(struct look *l)
{
    static const char *const switches[] = {"super_read_only", "read_only", "innodb_read_only",
                                           "offline_mode"};
    if (str_eq(look_target_fact(l, "in_recovery"), "yes"))
        look_say(l, PREFLIGHT_REFUSED, look_to(l), NULL,
                 "is a standby, to which nothing can be copied");
    for (size_t i = 0; i < ARRAY_LEN(switches); i++) {
        bool anyway = strcmp(switches[i], "read_only") == 0 &&
                      str_eq(look_target_fact(l, "over_read_only"), "yes");
        if (str_eq(look_target_fact(l, switches[i]), "ON"))
            look_say(l, anyway ? PREFLIGHT_WARNING : PREFLIGHT_CANNOT, look_to(l),
                     arena_printf(l->arena, "SET GLOBAL %s = OFF", switches[i]),
                     "%s is on: it is a replica, or read-only%s", switches[i],
                     anyway ? "; this account may write anyway, and would" : "");
    }
}

static void check_replica(struct look *l)
{
    const struct driver *d = l->job.source->driver;
    double lag = -1, most = l->job.opt->limits.replica_lag;
    struct session *s = l->asked ? l->asked : l->job.first;
    struct err why = ERR_INIT;
    if (!d->live || !s)
        return;
    if (!d->source->lag(s, &lag, &why)) {
        if (most > 0)
            look_err(l, look_from(l), &why);
        else if (l->job.source_facts.standby)
            look_say(l, PREFLIGHT_NOTE, look_from(l), why.hint[0] ? why.hint : NULL, "%s", why.msg);
        return;
    }
    if (lag < 0)
        return;
    if (most > 0 && lag > most)
        look_say(l, PREFLIGHT_CANNOT, look_from(l), NULL,
                 "a replica, %.0f s behind: more than --max-replica-lag %.0f s", lag, most);
    else
        look_say(l, PREFLIGHT_NOTE, look_from(l), NULL,
                 "a replica, %.0f s behind: the copy is as of what it has replayed", lag);
    if (str_eq(look_source_fact(l, "hot_standby_feedback"), "off") &&
        !str_eq(look_source_fact(l, "max_standby_streaming_delay"), "-1"))
        look_say(l, PREFLIGHT_WARNING, look_from(l), "hot_standby_feedback = on",
                 "it cancels reads that block replay after %s (max_standby_streaming_delay)",
                 look_source_fact(l, "max_standby_streaming_delay"));
}

/* The statement in "permission denied …: GRANT SELECT ON t TO r"; NULL: there is none. */
static const char *statement_in(const char *text)
{
    static const char *const words[] = {"GRANT ", "ALTER ROLE "};
    const char *p = NULL;
    for (size_t i = 0; !p && i < ARRAY_LEN(words); i++)
        p = strstr(text, words[i]);
    return p;
}

static const char *without_statement(struct look *l, const char *text, const char *statement)
{
    size_t n = statement ? (size_t)(statement - text) : strlen(text);
    while (n && strchr(": ,", text[n - 1]))
        n--;
    if (statement && n > 4 && strncmp(text + n - 4, ", or", 4) == 0)
        n -= 4;
    return arena_strndup(l->arena, text, n);
}

/* What could not be read is a refusal of the plan without an object. */
static void check_readable(struct look *l)
{
    for (size_t i = 0; i < l->job.plan.refusals.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&l->job.plan.refusals, struct plan_refusal, i);
        const char *todo = statement_in(r->why);
        if (!r->object)
            look_say(l, safety_wants_right(r) ? PREFLIGHT_CANNOT : PREFLIGHT_REFUSED, look_from(l),
                     todo ? todo : arena_printf(l->arena, "--without %s", r->kind), "%s%s%s: %s",
                     r->kind, r->path ? " " : "", r->path ? r->path : "",
                     without_statement(l, r->why, todo));
    }
}

static void say_rights(struct look *l, const char *label, const struct vec *answers)
{
    size_t i = 0;
    const struct answer *x;
    while ((x = look_next(answers, "right", &i)))
        if (!str_eq(x->more, "shadow") || !job_strategy(&l->job)->one_transaction)
            look_say(l, str_eq(x->more, "warning") ? PREFLIGHT_WARNING : PREFLIGHT_CANNOT, label,
                     x->name, "%s", x->value ? x->value : "");
}

/* What keeps the copy from going schema by schema: in the way only of one in place, else another
 * way out. */
static void say_schemas(struct look *l)
{
    bool in_place = job_strategy(&l->job)->blocks_readers;
    size_t i = 0;
    const struct answer *x;
    while ((x = look_next(&l->job.target_says, "schema", &i)))
        look_say(l,
                 !in_place                  ? PREFLIGHT_NOTE
                 : str_eq(x->more, "mixed") ? PREFLIGHT_WARNING
                                            : PREFLIGHT_CANNOT,
                 look_to(l), in_place && x->more ? NULL : x->name, "%s%s",
                 in_place ? "" : "or schema by schema: ", x->value ? x->value : "");
}

static void check_rights(struct look *l)
{
    say_rights(l, look_from(l), &l->job.source_says);
    say_rights(l, look_to(l), &l->job.target_says);
    say_schemas(l);
}

/* Kinds that only a superuser makes (the SQL command pages of the PostgreSQL manual), or where it
 * may be another, the role that a hosting service gives instead. */
static void check_superuser(struct look *l)
{
    const char *admin = look_target_fact(l, "admin");
    if (!str_eq(look_target_fact(l, "superuser"), "no"))
        return;
    for (size_t k = 0; k < K_COUNT; k++) {
        const struct object *first = NULL;
        if (!(kinds[k].flags & KF_SUPERUSERS))
            continue;
        for (size_t i = 0; !first && i < l->job.plan.steps.len; i++) {
            const struct object *o = VEC_AT(&l->job.plan.steps, struct step, i).object;
            if (o && o->kind == &kinds[k])
                first = o;
        }
        if (first)
            look_say(l, admin ? PREFLIGHT_WARNING : PREFLIGHT_CANNOT, look_to(l),
                     arena_printf(l->arena, "--without %s, or a superuser", first->kind->name),
                     "only a superuser creates a %s, such as \"%s\"%s%s", first->kind->name,
                     first->name, admin ? "; perhaps also " : "", admin ? admin : "");
    }
}

/* ---- settings ------------------------------------------------------------------------------ */

static void check_settings(struct look *l)
{
    const struct vec *s = &l->job.source_says, *t = &l->job.target_says;
    size_t i = 0, n = 0;
    const struct answer *x;
    if (!look_is_asked(s, "setting") || !look_is_asked(t, "setting"))
        return;
    while ((x = look_next(s, "setting", &i))) {
        const struct answer *y = look_find(t, "setting", x->name);
        if (y && str_eq(x->value, y->value))
            continue;
        if (!y && l->job.source_facts.version / 100 != l->target_facts.version / 100)
            continue; /* of another version */
        struct preflight_setting *d = vec_push(&l->ret->settings);
        *d = (struct preflight_setting){x->name, x->more, x->value, y ? y->value : NULL};
        n++;
    }
    if (n)
        look_say(l, PREFLIGHT_NOTE, NULL, NULL,
                 "%zu that change%s what statements mean or return differ%s: see below", n,
                 n == 1 ? "s" : "", n == 1 ? "s" : "");
}

static void check_asked(struct look *l)
{
    const struct vec *sides[] = {&l->job.source_says, &l->job.target_says};
    for (size_t k = 0; k < ARRAY_LEN(sides); k++)
        for (size_t i = 0; i < sides[k]->len; i++) {
            const struct answer *x = &VEC_AT(sides[k], struct answer, i);
            if (!x->name && !str_eq(x->topic, PREFLIGHT_COMPONENT)) /* that is check "plugins" */
                look_say(l, PREFLIGHT_WARNING, k ? look_to(l) : look_from(l), NULL,
                         "could not be asked for its %s: %s", x->topic, x->more ? x->more : "?");
        }
}

/* ---- the table ----------------------------------------------------------------------------- */

const struct preflight_check preflight_checks[] = {
    {"reachable", ENGINE_ALL, 0, check_reachable, NULL},
    {"target", ENGINE_ALL, NEEDS_TARGET, check_target, NULL},
    {"running", ENGINE_ALL, NEEDS_TARGET, preflight_run_check, "no other run is at work there"},
    {"strategy", ENGINE_ALL, NEEDS_TARGET, preflight_strategy_check, NULL},
    {"keep", ENGINE_ALL, NEEDS_BOTH, preflight_strategy_keep, NULL},
    {"versions", ENGINE_ALL, NEEDS_BOTH, check_versions, "the same"},
    {"writable", ENGINE_ALL, NEEDS_TARGET, check_writable, NULL},
    {"replica", ENGINE_ALL, NEEDS_SOURCE, check_replica, NULL},
    {"readable", ENGINE_ALL, NEEDS_PLAN, check_readable, "everything can be read, row by row"},
    {"rights", ENGINE_ALL, 0, check_rights, "none are missing"},
    {"superuser", ENGINE_PG, NEEDS_PLAN, check_superuser, NULL},
    {"objects", ENGINE_ALL, NEEDS_PLAN, preflight_schema_objects, "all can be recreated"},
    {"references", ENGINE_MYSQL, NEEDS_SOURCE, preflight_set_outside, NULL},
    {"rows", ENGINE_ALL, NEEDS_PLAN, preflight_schema_rows, NULL},
    {"masking", ENGINE_ALL, NEEDS_BOTH, preflight_mask_check, NULL},
    {"neutralised", ENGINE_ALL, NEEDS_PLAN, preflight_schema_neutral,
     "nothing has external effects"},
    {"roles", ENGINE_PG, NEEDS_PLAN, preflight_schema_roles, "all exist"},
    {"owners", ENGINE_PG, NEEDS_PLAN, preflight_schema_owners, NULL},
    {"extensions", ENGINE_PG, NEEDS_BOTH, preflight_schema_extensions, "all are available"},
    {"engines", ENGINE_MYSQL, NEEDS_BOTH, preflight_schema_engines, "all exist"},
    {"plugins", ENGINE_MYSQL, NEEDS_PLAN, preflight_plugin_check, "all exist"},
    {"collations", ENGINE_ALL, NEEDS_BOTH, preflight_schema_collations, "all exist"},
    {"documents", ENGINE_MYSQL, NEEDS_BOTH, preflight_cost_documents, NULL},
    {"keys", ENGINE_MYSQL, NEEDS_BOTH, preflight_schema_keys, NULL},
    {"packets", ENGINE_MYSQL, NEEDS_BOTH, preflight_schema_packets, NULL},
    {"loading", ENGINE_MYSQL, NEEDS_TARGET, preflight_schema_infile, "LOAD DATA LOCAL is on"},
    {"names", ENGINE_MYSQL, NEEDS_BOTH, preflight_schema_names, NULL},
    {"log", ENGINE_PG, NEEDS_BOTH, preflight_cost_wal, NULL},
    {"log", ENGINE_MYSQL, NEEDS_BOTH, preflight_cost_binlog, NULL},
    {"connections", ENGINE_PG, 0, preflight_cost_connections, "enough are free"},
    {"swap", ENGINE_ALL, NEEDS_TARGET, preflight_cost_obstacles, "nothing is in the way"},
    {"disk", ENGINE_ALL, NEEDS_BOTH, preflight_cost_disk, NULL},
    {"time", ENGINE_ALL, NEEDS_BOTH, preflight_cost_time, NULL},
    {"settings", ENGINE_ALL, NEEDS_BOTH, check_settings, "those that matter are the same"},
    {"asking", ENGINE_ALL, 0, check_asked, NULL},
    {"rehearsal", ENGINE_ALL, NEEDS_PLAN, preflight_rehearse, NULL},
    {0},
};
