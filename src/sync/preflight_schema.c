#include "preflight.h"
#include "subset.h"

#include <dbtwin/engine.h>

#include <string.h>

/* Checks of whether the target has what the source's schema needs. */

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
    while ((y = look_next(t, "extension", &i))) {
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
            l, PREFLIGHT_CANNOT, look_to(l),
            arena_printf(l->arena, "install %s on its server, or --without extension", x->name),
            "has no extension %s, which the source uses", x->name);
    else if (!found)
        look_say(
            l, PREFLIGHT_CANNOT, look_to(l),
            arena_printf(l->arena, "update one of the two: ALTER EXTENSION %s UPDATE", x->name),
            "has extension %s, but not in the source's version %s", x->name, x->value);
    else if (super && str_eq(look_target_fact(l, "superuser"), "no"))
        look_say(l, look_target_fact(l, "admin") ? PREFLIGHT_WARNING : PREFLIGHT_CANNOT, look_to(l),
                 "a superuser, or --without extension", "only a superuser creates extension %s",
                 x->name);
}

void preflight_schema_extensions(struct look *l)
{
    size_t i = 0;
    const struct answer *x;
    while ((x = look_next(&l->job.source_says, "extension", &i)))
        if (!l->plan || is_made(l, K_EXTENSION, x->name))
            check_extension(l, x);
}

static void say_collation(void *ctx, const char *text, const char *todo)
{
    struct look *l = ctx;
    look_say(l, PREFLIGHT_REFUSED, look_to(l), todo, "%s", text);
}

void preflight_schema_collations(struct look *l)
{
    const struct vec *t = &l->job.target_says;
    const char *a = look_source_fact(l, "collation_version"),
               *b = look_target_fact(l, "collation_version");
    size_t i = 0;
    const struct answer *x;
    if (l->plan && engine_of(l->job.model.flavor)->own_collations)
        collations_each(&l->job, t, say_collation, l);
    while (!engine_of(l->job.source_facts.flavor)->own_collations &&
           look_is_asked(t, "collation") && (x = look_next(&l->job.source_says, "collation", &i))) {
        bool whole = str_starts(x->name, "database: ");
        if (look_find(t, "collation", x->name))
            continue;
        if (whole)
            look_say(l, PREFLIGHT_CANNOT, look_to(l),
                     "install it there (on Debian: locale-gen) and restart the server",
                     "its server seems to lack the locale %s of the source's database", x->value);
        else
            look_say(l, PREFLIGHT_CANNOT, look_to(l), NULL,
                     "has no collation %s, which the source uses", x->name);
    }
    if (a && b && strcmp(a, b) != 0)
        look_say(
            l, PREFLIGHT_WARNING, NULL, NULL,
            "the two systems sort text by different versions (%s, %s): order may differ, and a "
            "unique index may find duplicates",
            a, b);
}

void preflight_schema_engines(struct look *l)
{
    size_t i = 0;
    const struct answer *x;
    while ((x = look_next(&l->job.source_says, "engine", &i)))
        if (look_is_asked(&l->job.target_says, "engine") &&
            !look_find(&l->job.target_says, "engine", x->name))
            look_say(l, PREFLIGHT_CANNOT, look_to(l), "install its plugin there",
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
        look_say(l, PREFLIGHT_REFUSED, look_to(l),
                 arena_printf(l->arena, "CREATE ROLE \"%s\", or --no-owners --no-grants", role),
                 "has no role %s, which the source's objects or privileges name", role);
    else if (owner && str_eq(x->value, "no"))
        look_say(l, PREFLIGHT_CANNOT, look_to(l),
                 arena_printf(l->arena, "GRANT \"%s\" TO \"%s\", or --no-owners", role,
                              l->target_facts.user ? l->target_facts.user : "?"),
                 "this role may not give objects to their owner %s", role);
}

void preflight_schema_roles(struct look *l)
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

void preflight_schema_owners(struct look *l)
{
    struct map told = MAP_INIT;
    if (!l->job.opt->owners || !str_eq(look_target_fact(l, "superuser"), "no"))
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
        look_say(l, PREFLIGHT_CANNOT, look_to(l), "a superuser, or --no-owners",
                 "%s owns %s \"%s\" in schema %s, which is not its own: only a superuser can give "
                 "it that",
                 role, o->kind->name, o->name, schema->name);
    }
    map_release(&told);
}

void preflight_schema_objects(struct look *l)
{
    if (model_is_empty(&l->job.model))
        look_say(l, l->job.opt->of_set ? PREFLIGHT_NOTE : PREFLIGHT_CANNOT, look_from(l), NULL,
                 "there is nothing to copy: database \"%s\" holds no objects",
                 l->job.model.database ? l->job.model.database : "");
    for (size_t i = 0; i < l->job.plan.refusals.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&l->job.plan.refusals, struct plan_refusal, i);
        if (r->object)
            look_say(l, str_ends(r->why, PLAN_UNREAD) ? PREFLIGHT_CANNOT : PREFLIGHT_REFUSED,
                     look_from(l),
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

/* Chosen as a copy would: the source is asked for all keys. */
void preflight_schema_rows(struct look *l)
{
    struct job *j = &l->job;
    struct err why = ERR_INIT;
    struct buf line = BUF_INIT;
    if (!subset_prepare(j, &why) || !subset_choose(j, &why))
        look_err(l, look_from(l), &why);
    for (size_t i = 0; j->subset && !err_is_set(&why) && i < j->subset->n_tables; i++) {
        buf_reset(&line);
        if (subset_line(j->subset, i, &line))
            look_say(l, PREFLIGHT_NOTE, look_from(l), NULL, "%s", line.data);
    }
    buf_release(&line);
    err_clear(&why);
}

void preflight_schema_neutral(struct look *l)
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

void preflight_schema_keys(struct look *l)
{
    static const char *const rules[] = {"sql_require_primary_key", "innodb_force_primary_key"};
    const struct answer *x = look_find(&l->job.source_says, "fact", "keyless_tables");
    bool may = str_eq(look_target_fact(l, "may_skip_binlog"), "yes");
    for (size_t i = 0; x && look_number(x->value) && i < ARRAY_LEN(rules); i++)
        if (str_eq(look_target_fact(l, rules[i]), "ON") && !(i == 0 && may))
            look_say(
                l, PREFLIGHT_CANNOT, look_to(l),
                arena_printf(l->arena, "SET GLOBAL %s = OFF", rules[i]),
                "requires a primary key (%s), which %s table(s) of the source lack, such as %s",
                rules[i], x->value, x->more ? x->more : "?");
}

void preflight_schema_packets(struct look *l)
{
    uint64_t a = look_number(look_source_fact(l, "max_allowed_packet"));
    uint64_t b = look_number(look_target_fact(l, "max_allowed_packet"));
    char text[32];
    str_human_bytes(b, text);
    if (a && b && b < a)
        look_say(
            l, PREFLIGHT_WARNING, look_to(l),
            arena_printf(l->arena, "SET GLOBAL max_allowed_packet = %llu", (unsigned long long)a),
            "accepts no row or statement larger than %s (max_allowed_packet); the source does",
            text);
}

void preflight_schema_infile(struct look *l)
{
    if (str_eq(look_target_fact(l, "local_infile"), "OFF"))
        look_say(l, PREFLIGHT_WARNING, look_to(l), "SET GLOBAL local_infile = ON",
                 "LOAD DATA LOCAL is off: rows go as INSERTs, which takes about twice the time");
}

void preflight_schema_names(struct look *l)
{
    const char *a = look_source_fact(l, "lower_case_table_names");
    const char *b = look_target_fact(l, "lower_case_table_names");
    if (a && b && strcmp(a, b) != 0)
        look_say(l, PREFLIGHT_WARNING, NULL, NULL,
                 "lower_case_table_names is %s on the source and %s on the target: names of tables "
                 "may change, and two may become the same",
                 a, b);
}
