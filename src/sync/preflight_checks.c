#include "preflight.h"

#include <dbtwin/engine.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- asking the answers ------------------------------------------------------------------ */

static const char *source_fact(const struct look *l, const char *name)
{
    return disk_fact(&l->job.source_says, name);
}

static const char *target_fact(const struct look *l, const char *name)
{
    return disk_fact(&l->job.target_says, name);
}

static uint64_t number(const char *text)
{
    uint64_t n = 0;
    return text && str_parse_u64(text, &n) ? n : 0;
}

/* The next answer of a topic, from *i on; NULL at the end. */
static const struct answer *next(const struct vec *answers, const char *topic, size_t *i)
{
    while (*i < answers->len) {
        const struct answer *x = &VEC_AT(answers, struct answer, (*i)++);
        if (x->name && str_eq(x->topic, topic))
            return x;
    }
    return NULL;
}

const struct answer *look_find(const struct vec *answers, const char *topic, const char *name)
{
    size_t i = 0;
    const struct answer *x;
    while ((x = next(answers, topic, &i)))
        if (str_eq(x->name, name))
            return x;
    return NULL;
}

bool look_is_asked(const struct vec *answers, const char *topic)
{
    size_t i = 0;
    return next(answers, topic, &i) != NULL;
}

static const char *from(const struct look *l)
{
    return l->job.source->label;
}

static const char *to(const struct look *l)
{
    return l->job.target_at->label;
}

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
        say_server(l, from(l), &l->job.source_facts, source_fact(l, "client"));
    if (err_is_set(&l->source_err))
        look_err(l, from(l), &l->source_err);
    if (l->target_there)
        say_server(l, to(l), &l->target_facts, target_fact(l, "client"));
    if (err_is_set(&l->target_err))
        look_err(l, to(l), &l->target_err);
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
        look_err(l, to(l), &why);
        return;
    }
    if (f.mark == MARK_COPY)
        look_say(l, PREFLIGHT_OK, to(l), NULL, "filled by dbtwin before: %s", f.mark_text);
    else if (f.has_rows)
        look_say(l, PREFLIGHT_WARNING, to(l), NULL, "its rows (such as those of %s) will be lost",
                 f.row_table ? f.row_table : "some table");
    else
        look_say(l, PREFLIGHT_OK, to(l), NULL,
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
        look_say(l, PREFLIGHT_WARNING, to(l), NULL,
                 "older than the source (%s, %s): what it does not support is refused",
                 t->server_version, s->server_version);
    else if (major(t) > major(s))
        look_say(l, PREFLIGHT_NOTE, to(l), NULL, "newer than the source (%s, %s)",
                 t->server_version, s->server_version);
}

/* ---- who may write ----------------------------------------------------------------------- */

static void check_writable(struct look *l)
{
    static const char *const switches[] = {"super_read_only", "read_only", "innodb_read_only",
                                           "offline_mode"};
    if (str_eq(target_fact(l, "in_recovery"), "yes"))
        look_say(l, PREFLIGHT_REFUSED, to(l), NULL, "is a standby, to which nothing can be copied");
    for (size_t i = 0; i < ARRAY_LEN(switches); i++) {
        bool anyway = strcmp(switches[i], "read_only") == 0 &&
                      str_eq(target_fact(l, "over_read_only"), "yes");
        if (str_eq(target_fact(l, switches[i]), "ON"))
            look_say(l, anyway ? PREFLIGHT_WARNING : PREFLIGHT_CANNOT, to(l),
                     arena_printf(l->arena, "SET GLOBAL %s = OFF", switches[i]),
                     "%s is on: it is a replica, or read-only%s", switches[i],
                     anyway ? "; this account may write anyway, and would" : "");
    }
}

static void check_replica(struct look *l)
{
    const struct driver *d = l->job.source->driver;
    double lag = -1, most = l->job.opt->limits.replica_lag;
    struct err why = ERR_INIT;
    if (!d->live)
        return;
    if (!d->source->lag(l->asked ? l->asked : l->job.first, &lag, &why)) {
        if (most > 0)
            look_err(l, from(l), &why);
        else if (l->job.source_facts.standby)
            look_say(l, PREFLIGHT_NOTE, from(l), why.hint[0] ? why.hint : NULL, "%s", why.msg);
        return;
    }
    if (lag < 0)
        return;
    if (most > 0 && lag > most)
        look_say(l, PREFLIGHT_CANNOT, from(l), NULL,
                 "a replica, %.0f s behind: more than --max-replica-lag %.0f s", lag, most);
    else
        look_say(l, PREFLIGHT_NOTE, from(l), NULL,
                 "a replica, %.0f s behind: the copy is as of what it has replayed", lag);
    if (str_eq(source_fact(l, "hot_standby_feedback"), "off") &&
        !str_eq(source_fact(l, "max_standby_streaming_delay"), "-1"))
        look_say(l, PREFLIGHT_WARNING, from(l), "hot_standby_feedback = on",
                 "it cancels reads that block replay after %s (max_standby_streaming_delay)",
                 source_fact(l, "max_standby_streaming_delay"));
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
            look_say(l, safety_wants_right(r) ? PREFLIGHT_CANNOT : PREFLIGHT_REFUSED, from(l),
                     todo ? todo : arena_printf(l->arena, "--without %s", r->kind), "%s%s%s: %s",
                     r->kind, r->path ? " " : "", r->path ? r->path : "",
                     without_statement(l, r->why, todo));
    }
}

static void say_rights(struct look *l, const char *label, const struct vec *answers)
{
    size_t i = 0;
    const struct answer *x;
    while ((x = next(answers, "right", &i)))
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
    while ((x = next(&l->job.target_says, "schema", &i)))
        look_say(l,
                 !in_place                  ? PREFLIGHT_NOTE
                 : str_eq(x->more, "mixed") ? PREFLIGHT_WARNING
                                            : PREFLIGHT_CANNOT,
                 to(l), in_place && x->more ? NULL : x->name, "%s%s",
                 in_place ? "" : "or schema by schema: ", x->value ? x->value : "");
}

static void check_rights(struct look *l)
{
    say_rights(l, from(l), &l->job.source_says);
    say_rights(l, to(l), &l->job.target_says);
    say_schemas(l);
}

/* Kinds that only a superuser makes (the SQL command pages of the PostgreSQL manual), or where it
 * may be another, the role that a hosting service gives instead. */
static const enum kind_id superusers_own[] = {
    K_ACCESS_METHOD,  K_BASE_TYPE,       K_EVENT_TRIGGER, K_FOREIGN_DATA_WRAPPER,
    K_OPERATOR_CLASS, K_OPERATOR_FAMILY, K_TS_PARSER,     K_TS_TEMPLATE,
};

static void check_superuser(struct look *l)
{
    const char *admin = target_fact(l, "admin");
    if (!str_eq(target_fact(l, "superuser"), "no"))
        return;
    for (size_t k = 0; k < ARRAY_LEN(superusers_own); k++) {
        const struct object *first = NULL;
        for (size_t i = 0; !first && i < l->job.plan.steps.len; i++) {
            const struct object *o = VEC_AT(&l->job.plan.steps, struct step, i).object;
            if (o && o->kind->id == superusers_own[k])
                first = o;
        }
        if (first)
            look_say(l, admin ? PREFLIGHT_WARNING : PREFLIGHT_CANNOT, to(l),
                     arena_printf(l->arena, "--without %s, or a superuser", first->kind->name),
                     "only a superuser creates a %s, such as \"%s\"%s%s", first->kind->name,
                     first->name, admin ? "; perhaps also " : "", admin ? admin : "");
    }
}

/* ---- what the target must have ----------------------------------------------------------- */

static bool is_made(const struct look *l, enum kind_id kind, const char *name)
{
    for (size_t i = 0; i < l->job.plan.steps.len; i++) {
        const struct object *o = VEC_AT(&l->job.plan.steps, struct step, i).object;
        if (o && o->kind->id == kind && str_eq(o->name, name))
            return true;
    }
    return false;
}

static void check_extension(struct look *l, const struct answer *x)
{
    const struct vec *t = &l->job.target_says;
    bool same = l->target_facts.version / 10000 == l->job.source_facts.version / 10000;
    bool any = false, found = false, super = false;
    size_t i = 0;
    const struct answer *y;
    while ((y = next(t, "extension", &i))) {
        if (!str_eq(y->name, x->name))
            continue;
        any = true;
        if (!same || str_eq(y->value, x->value)) {
            found = true;
            super = y->more != NULL;
        }
    }
    if (!any)
        look_say(
            l, PREFLIGHT_CANNOT, to(l),
            arena_printf(l->arena, "install %s on its server, or --without extension", x->name),
            "has no extension %s, which the source uses", x->name);
    else if (!found)
        look_say(
            l, PREFLIGHT_CANNOT, to(l),
            arena_printf(l->arena, "update one of the two: ALTER EXTENSION %s UPDATE", x->name),
            "has extension %s, but not in the source's version %s", x->name, x->value);
    else if (super && str_eq(target_fact(l, "superuser"), "no"))
        look_say(l, target_fact(l, "admin") ? PREFLIGHT_WARNING : PREFLIGHT_CANNOT, to(l),
                 "a superuser, or --without extension", "only a superuser creates extension %s",
                 x->name);
}

static void check_extensions(struct look *l)
{
    size_t i = 0;
    const struct answer *x;
    while ((x = next(&l->job.source_says, "extension", &i)))
        if (!l->plan || is_made(l, K_EXTENSION, x->name))
            check_extension(l, x);
}

static void say_collation(void *ctx, const char *text, const char *todo)
{
    struct look *l = ctx;
    look_say(l, PREFLIGHT_REFUSED, to(l), todo, "%s", text);
}

static void check_collations(struct look *l)
{
    const struct vec *t = &l->job.target_says;
    const char *a = source_fact(l, "collation_version"), *b = target_fact(l, "collation_version");
    size_t i = 0;
    const struct answer *x;
    if (l->plan && engine_of(l->job.model.flavor)->own_collations)
        collations_each(&l->job, t, say_collation, l);
    while (!engine_of(l->job.source_facts.flavor)->own_collations &&
           look_is_asked(t, "collation") && (x = next(&l->job.source_says, "collation", &i))) {
        bool whole = str_starts(x->name, "database: ");
        if (look_find(t, "collation", x->name))
            continue;
        if (whole)
            look_say(l, PREFLIGHT_CANNOT, to(l),
                     "install it there (on Debian: locale-gen) and restart the server",
                     "its server seems to lack the locale %s of the source's database", x->value);
        else
            look_say(l, PREFLIGHT_CANNOT, to(l), NULL, "has no collation %s, which the source uses",
                     x->name);
    }
    if (a && b && strcmp(a, b) != 0)
        look_say(
            l, PREFLIGHT_WARNING, NULL, NULL,
            "the two systems sort text by different versions (%s, %s): order may differ, and a "
            "unique index may find duplicates",
            a, b);
}

static void check_engines(struct look *l)
{
    size_t i = 0;
    const struct answer *x;
    while ((x = next(&l->job.source_says, "engine", &i)))
        if (look_is_asked(&l->job.target_says, "engine") &&
            !look_find(&l->job.target_says, "engine", x->name))
            look_say(l, PREFLIGHT_CANNOT, to(l), "install its plugin there",
                     "has no storage engine %s, in which the source has %s table(s)", x->name,
                     x->value);
}

struct roles {
    struct look *l;
    struct map seen;
};

static void need_role(void *ctx, const char *role, bool owner)
{
    struct roles *r = ctx;
    struct look *l = r->l;
    const struct answer *x = look_find(&l->job.target_says, "role", role);
    const char *key = arena_printf(l->arena, "%s%s", owner && x ? "owner " : "role ", role);
    if (map_get(&r->seen, key, strlen(key)))
        return;
    map_put(&r->seen, key, strlen(key), l);
    if (!x)
        look_say(l, PREFLIGHT_REFUSED, to(l),
                 arena_printf(l->arena, "CREATE ROLE \"%s\", or --no-owners --no-grants", role),
                 "has no role %s, which the source's objects or privileges name", role);
    else if (owner && str_eq(x->value, "no"))
        look_say(l, PREFLIGHT_CANNOT, to(l),
                 arena_printf(l->arena, "GRANT \"%s\" TO \"%s\", or --no-owners", role,
                              l->target_facts.user ? l->target_facts.user : "?"),
                 "this role may not give objects to their owner %s", role);
}

static void check_roles(struct look *l)
{
    struct roles r = {l, MAP_INIT};
    if (look_is_asked(&l->job.target_says, "role"))
        safety_each_role(&l->job, need_role, &r);
    map_release(&r.seen);
}

/*
 * ALTER … OWNER TO: the new owner must have CREATE on the schema, unless a superuser says it, and
 * privileges are only given once all owners are set.
 */
static bool may_own(const struct look *l, const struct object *schema, const char *role)
{
    const struct answer *x = look_find(&l->job.target_says, "role", role);
    return str_eq(model_get(schema, P_SCHEMA_OWNER), role) || str_eq(role, l->target_facts.user) ||
           !x || str_eq(x->more, "superuser");
}

static void check_owners(struct look *l)
{
    struct map told = MAP_INIT;
    if (!l->job.opt->owners || !str_eq(target_fact(l, "superuser"), "no"))
        return;
    for (uint32_t i = 0; i < l->job.model.n_objects; i++) {
        const struct object *o = l->job.model.objects[i], *schema = o->parent;
        int slot = kind_prop(o->kind, "owner");
        const char *role = slot >= 0 ? model_get(o, slot) : NULL;
        if (!role || !schema || schema->kind->id != K_SCHEMA || may_own(l, schema, role))
            continue;
        const char *key = arena_printf(l->arena, "%s %s", schema->name, role);
        if (map_get(&told, key, strlen(key)))
            continue;
        map_put(&told, key, strlen(key), l);
        look_say(l, PREFLIGHT_CANNOT, to(l), "a superuser, or --no-owners",
                 "%s owns %s \"%s\" in schema %s, which is not its own: only a superuser can give "
                 "it that",
                 role, o->kind->name, o->name, schema->name);
    }
    map_release(&told);
}

static void check_objects(struct look *l)
{
    if (model_is_empty(&l->job.model))
        look_say(l, l->job.opt->of_set ? PREFLIGHT_NOTE : PREFLIGHT_CANNOT, from(l), NULL,
                 "there is nothing to copy: database \"%s\" holds no objects",
                 l->job.model.database ? l->job.model.database : "");
    for (size_t i = 0; i < l->job.plan.refusals.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&l->job.plan.refusals, struct plan_refusal, i);
        if (r->object)
            look_say(l, str_ends(r->why, PLAN_UNREAD) ? PREFLIGHT_CANNOT : PREFLIGHT_REFUSED,
                     from(l),
                     r->object->kind->id == K_VIEW && model_get(r->object, P_VIEW_BROKEN)
                         ? "--broken leave"
                         : arena_printf(l->arena, "--without %s", r->kind),
                     "%s %s: %s", r->kind, r->path ? r->path : "", r->why);
    }
    for (size_t i = 0; i < l->job.plan.left_out.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&l->job.plan.left_out, struct plan_refusal, i);
        look_say(l, PREFLIGHT_NOTE, NULL, NULL, "left out: %s %s: %s", r->kind,
                 r->path ? r->path : "", r->why);
    }
}

static void check_neutral(struct look *l)
{
    for (int told = 0; told < 2; told++)
        for (int r = 0; r < NEUTRAL_COUNT; r++) {
            struct buf b = BUF_INIT;
            if (neutralise_describe(&l->job.plan, (enum neutral_id)r, told, &b))
                look_say(l, PREFLIGHT_NOTE, NULL, NULL, "%s", b.data);
            buf_release(&b);
        }
}

/* ---- MySQL and MariaDB: what a server insists on ----------------------------------------- */

static void check_keys(struct look *l)
{
    static const char *const rules[] = {"sql_require_primary_key", "innodb_force_primary_key"};
    const struct answer *x = look_find(&l->job.source_says, "fact", "keyless_tables");
    bool may = str_eq(target_fact(l, "may_skip_binlog"), "yes");
    for (size_t i = 0; x && number(x->value) && i < ARRAY_LEN(rules); i++)
        if (str_eq(target_fact(l, rules[i]), "ON") && !(i == 0 && may))
            look_say(
                l, PREFLIGHT_CANNOT, to(l), arena_printf(l->arena, "SET GLOBAL %s = OFF", rules[i]),
                "requires a primary key (%s), which %s table(s) of the source lack, such as %s",
                rules[i], x->value, x->more ? x->more : "?");
}

static void check_packets(struct look *l)
{
    uint64_t a = number(source_fact(l, "max_allowed_packet"));
    uint64_t b = number(target_fact(l, "max_allowed_packet"));
    char text[32];
    str_human_bytes(b, text);
    if (a && b && b < a)
        look_say(
            l, PREFLIGHT_WARNING, to(l),
            arena_printf(l->arena, "SET GLOBAL max_allowed_packet = %llu", (unsigned long long)a),
            "accepts no row or statement larger than %s (max_allowed_packet); the source does",
            text);
}

static void check_infile(struct look *l)
{
    if (str_eq(target_fact(l, "local_infile"), "OFF"))
        look_say(l, PREFLIGHT_WARNING, to(l), "SET GLOBAL local_infile = ON",
                 "LOAD DATA LOCAL is off: rows go as INSERTs, which takes about twice the time");
}

static void check_names(struct look *l)
{
    const char *a = source_fact(l, "lower_case_table_names");
    const char *b = target_fact(l, "lower_case_table_names");
    if (a && b && strcmp(a, b) != 0)
        look_say(l, PREFLIGHT_WARNING, NULL, NULL,
                 "lower_case_table_names is %s on the source and %s on the target: names of tables "
                 "may change, and two may become the same",
                 a, b);
}

/* ---- the servers' logs ------------------------------------------------------------------- */

static void check_wal(struct look *l)
{
    const char *level = target_fact(l, "wal_level"), *archive = target_fact(l, "archive_mode");
    const char *standbys = target_fact(l, "standbys");
    bool archived = archive && strcmp(archive, "off") != 0;
    if (source_fact(l, "wal_level"))
        look_say(l, PREFLIGHT_OK, from(l), NULL,
                 "wal_level = %s; a copy works with any and leaves no replication slot",
                 source_fact(l, "wal_level"));
    if (level && strcmp(level, "minimal") != 0 && (archived || standbys))
        look_say(l, PREFLIGHT_NOTE, to(l), NULL,
                 "wal_level = %s%s%s%s: all rows go through its log as well", level,
                 archived ? ", archived" : "", standbys ? ", standbys: " : "",
                 standbys ? standbys : "");
}

static void check_binlog(struct look *l)
{
    bool log = str_eq(target_fact(l, "log_bin"), "ON");
    bool may = str_eq(target_fact(l, "may_skip_binlog"), "yes");
    if (str_eq(source_fact(l, "log_bin"), "ON")) {
        const char *gtid = source_fact(l, "gtid_mode");
        look_say(l, PREFLIGHT_OK, from(l), NULL,
                 "binlog on (%s%s%s): the copy's position is recorded",
                 source_fact(l, "binlog_format") ? source_fact(l, "binlog_format") : "?",
                 gtid ? ", gtid_mode " : "", gtid ? gtid : "");
    } else if (source_fact(l, "log_bin")) {
        look_say(l, PREFLIGHT_NOTE, from(l), NULL, "binlog off: the copy's position is not known");
    }
    if (log && !may)
        look_say(l, PREFLIGHT_WARNING, to(l), NULL,
                 "binlog on, and this account may not turn it off for the copy: all rows are "
                 "written twice and go to its replicas");
    if (log && str_eq(target_fact(l, "log_bin_trust_function_creators"), "OFF") &&
        str_eq(target_fact(l, "super"), "no") && number(source_fact(l, "programs")))
        look_say(l, PREFLIGHT_CANNOT, to(l), "SET GLOBAL log_bin_trust_function_creators = ON",
                 "with its binlog on, this account may not create functions and triggers");
}

/* ---- room ---------------------------------------------------------------------------------- */

static void say_connections(struct look *l, const char *label, const struct vec *answers,
                            uint64_t need)
{
    uint64_t most = number(disk_fact(answers, "max_connections"));
    uint64_t used = number(disk_fact(answers, "used_connections"));
    uint64_t kept = number(disk_fact(answers, "reserved_connections"));
    uint64_t own = number(disk_fact(answers, "role_connections"));
    if (most && used && used + kept + need > most)
        look_say(l, PREFLIGHT_CANNOT, label, "fewer --jobs",
                 "%llu connections are needed, and only %llu are free", (unsigned long long)need,
                 (unsigned long long)(most > used + kept ? most - used - kept : 0));
    if (own && own < need)
        look_say(l, PREFLIGHT_CANNOT, label, "fewer --jobs",
                 "%llu connections are needed, and this role may have %llu",
                 (unsigned long long)need, (unsigned long long)own);
}

static void check_connections(struct look *l)
{
    bool many = !job_strategy(&l->job)->one_transaction && l->job.opt->jobs;
    uint64_t jobs = many ? l->job.opt->jobs : 1;
    say_connections(l, from(l), &l->job.source_says, jobs);
    say_connections(l, to(l), &l->job.target_says, jobs + 2);
}

static void check_obstacles(struct look *l)
{
    static const char other[] = "shadow ";
    size_t i = 0;
    const struct answer *x;
    while ((x = next(&l->job.target_says, "obstacle", &i))) {
        bool shadow = x->more && str_starts(x->more, other);
        const char *level = shadow ? x->more + strlen(other) : x->more;
        if (!shadow || !job_strategy(&l->job)->one_transaction)
            look_say(l,
                     str_eq(level, "note")      ? PREFLIGHT_NOTE
                     : str_eq(level, "warning") ? PREFLIGHT_WARNING
                                                : PREFLIGHT_CANNOT,
                     to(l), NULL, "%s: %s", x->name, x->value ? x->value : "");
    }
}

static void say_documents(void *ctx, bool loses, const char *text)
{
    struct look *l = ctx;
    look_say(l, loses ? PREFLIGHT_WARNING : PREFLIGHT_NOTE, from(l), NULL, "%s", text);
}

static void check_documents(struct look *l)
{
    documents_each(&l->job, say_documents, l);
}

static void check_disk(struct look *l)
{
    struct disk d;
    struct buf text = BUF_INIT;
    disk_measure(&l->job.source_says, &l->job.target_says, l->model ? &l->job.model : NULL,
                 keep_bytes(&l->job), &d);
    l->ret->bytes = d.rows;
    l->ret->disk_need = d.need;
    l->ret->disk_free = d.free;
    l->ret->tables = number(source_fact(l, "tables"));
    disk_describe(&d, &text);
    bool small = d.free_known && d.free < d.need;
    if (!d.need && !source_fact(l, "database_bytes"))
        look_say(l, PREFLIGHT_WARNING, to(l), NULL, "the size of a copy is not known");
    else
        look_say(l,
                 small && !l->job.opt->no_disk_check        ? PREFLIGHT_REFUSED
                 : !d.free_known || d.free / 6 < d.need / 5 ? PREFLIGHT_WARNING
                                                            : PREFLIGHT_OK,
                 to(l), small ? "free some space, or --no-disk-check" : NULL, "%s", text.data);
    buf_release(&text);
}

/* ---- time ---------------------------------------------------------------------------------- */

/* What 2 cores did with tables and 1-2 indexes each, both servers on the same machine. */
enum { USUAL_RATE = 40000000 };

static bool parse_time(const char *text, time_t *ret)
{
    struct tm t = {0};
    if (!text || !strptime(text, "%Y-%m-%dT%H:%M:%S", &t))
        return false;
    *ret = timegm(&t);
    return true;
}

/* How long the last copy of this source into this target took; 0 = there was none. */
static double last_took(struct look *l, const char **ret_when)
{
    const struct driver *d = l->job.target_at->driver;
    struct vec runs = VEC_INIT(struct past_run);
    struct session *s = NULL;
    struct err ignored = ERR_INIT;
    double took = 0;
    time_t a, b;
    if (d->live && d->source->open(l->job.target_at, DRIVER_SOURCE, NULL, &s, &ignored))
        d->source->history(s, l->arena, &runs, &ignored);
    d->source->close(s);
    for (size_t i = 0; took <= 0 && i < runs.len; i++) {
        const struct past_run *r = &VEC_AT(&runs, struct past_run, i);
        if (str_eq(r->source, from(l)) && str_eq(r->result, "done") &&
            parse_time(r->started_at, &a) && parse_time(r->finished_at, &b)) {
            took = b > a ? (double)(b - a) : 1;
            *ret_when = r->finished_at;
        }
    }
    vec_release(&runs);
    return took;
}

static const char *human_time(struct look *l, double s)
{
    if (s < 90)
        return arena_printf(l->arena, "%.0f s", s < 1 ? 1 : s);
    if (s < 5400)
        return arena_printf(l->arena, "%.0f minutes", s / 60);
    return arena_printf(l->arena, "%.1f hours", s / 3600);
}

static void check_time(struct look *l)
{
    const struct sync_limits *limits = &l->job.opt->limits;
    const char *when = NULL, *by;
    char rate[32];
    double took = last_took(l, &when), least;
    if (took <= 0 && !l->ret->bytes)
        return;
    str_human_bytes(USUAL_RATE, rate);
    by = took > 0
             ? arena_printf(l->arena, "as long as the copy that ended %s", when)
             : arena_printf(l->arena,
                            "at %s/s, as on 2 cores; the first copy gives a better figure", rate);
    if (took <= 0)
        took = (double)l->ret->bytes / USUAL_RATE;
    least = limits->rate ? (double)l->ret->bytes / (double)limits->rate : 0;
    if (least > took) {
        took = least;
        by = "by --max-rate";
    }
    l->ret->seconds = took;
    l->ret->seconds_by = by;
    bool late = limits->deadline > 0 && took > limits->deadline;
    look_say(l, late ? PREFLIGHT_WARNING : PREFLIGHT_OK, NULL, NULL, "about %s, %s%s%s",
             human_time(l, took), by, late ? "; that is later than --deadline " : "",
             late && limits->deadline_text ? limits->deadline_text : "");
}

/* ---- settings ------------------------------------------------------------------------------ */

static void check_settings(struct look *l)
{
    const struct vec *s = &l->job.source_says, *t = &l->job.target_says;
    size_t i = 0, n = 0;
    const struct answer *x;
    if (!look_is_asked(s, "setting") || !look_is_asked(t, "setting"))
        return;
    while ((x = next(s, "setting", &i))) {
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
                look_say(l, PREFLIGHT_WARNING, k ? to(l) : from(l), NULL,
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
    {"objects", ENGINE_ALL, NEEDS_PLAN, check_objects, "all can be recreated"},
    {"neutralised", ENGINE_ALL, NEEDS_PLAN, check_neutral, "nothing has external effects"},
    {"roles", ENGINE_PG, NEEDS_PLAN, check_roles, "all exist"},
    {"owners", ENGINE_PG, NEEDS_PLAN, check_owners, NULL},
    {"extensions", ENGINE_PG, NEEDS_BOTH, check_extensions, "all are available"},
    {"engines", ENGINE_MYSQL, NEEDS_BOTH, check_engines, "all exist"},
    {"plugins", ENGINE_MYSQL, NEEDS_PLAN, preflight_plugin_check, "all exist"},
    {"collations", ENGINE_ALL, NEEDS_BOTH, check_collations, "all exist"},
    {"documents", ENGINE_MYSQL, NEEDS_BOTH, check_documents, NULL},
    {"keys", ENGINE_MYSQL, NEEDS_BOTH, check_keys, NULL},
    {"packets", ENGINE_MYSQL, NEEDS_BOTH, check_packets, NULL},
    {"loading", ENGINE_MYSQL, NEEDS_TARGET, check_infile, "LOAD DATA LOCAL is on"},
    {"names", ENGINE_MYSQL, NEEDS_BOTH, check_names, NULL},
    {"log", ENGINE_PG, NEEDS_BOTH, check_wal, NULL},
    {"log", ENGINE_MYSQL, NEEDS_BOTH, check_binlog, NULL},
    {"connections", ENGINE_PG, 0, check_connections, "enough are free"},
    {"swap", ENGINE_ALL, NEEDS_TARGET, check_obstacles, "nothing is in the way"},
    {"disk", ENGINE_ALL, NEEDS_BOTH, check_disk, NULL},
    {"time", ENGINE_ALL, NEEDS_BOTH, check_time, NULL},
    {"settings", ENGINE_ALL, NEEDS_BOTH, check_settings, "those that matter are the same"},
    {"asking", ENGINE_ALL, 0, check_asked, NULL},
    {"rehearsal", ENGINE_ALL, NEEDS_PLAN, preflight_rehearse, NULL},
    {0},
};
