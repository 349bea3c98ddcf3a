#include "postgres.h"

#include <string.h>

static bool yes(const struct object *o, const char *prop)
{
    const char *text = postgres_get(o, prop);

    return text && text[0] == 'y';
}

static bool is_partitioned(const struct object *table)
{
    return table->kind->id == K_TABLE && model_get(table, P_TABLE_PARTITION_KEY);
}

/* ---- building indexes ------------------------------------------------------------------------ */

/*
 * What a byte of the table costs in building an index: a rough guess, to begin with the dearest. A
 * tree over a number or a date is 2; texts are compared by rules, and expressions computed.
 */
static const struct build_cost {
    const char *method;
    unsigned times;
} build_costs[] = {{"brin", 1}, {"gin", 7}, {"gist", 8}, {"spgist", 4}};

enum { BUILD_COST = 2, TEXT_COST = 2, MORE_COST = 1 };

static bool is_text(const struct object *table, const char *column)
{
    const struct object *c = plan_child(table, K_COLUMN, NULL);
    const char *type;

    while (c && strcmp(c->name, column) != 0)
        c = plan_child(table, K_COLUMN, c);
    type = c ? model_get(c, P_COLUMN_TYPE) : NULL;
    return type && (str_starts(type, "text") || str_starts(type, "character"));
}

static unsigned build_cost(const struct object *o, const char *method)
{
    unsigned cost = BUILD_COST - MORE_COST;

    for (size_t i = 0; i < ARRAY_LEN(build_costs); i++)
        if (str_eq(build_costs[i].method, method))
            return build_costs[i].times;
    for (const struct object *p = plan_child(o, K_INDEX_PART, NULL); p;
         p = plan_child(p->parent, K_INDEX_PART, p)) {
        const char *text = model_get(p, P_INDEX_PART_EXPRESSION);
        cost += MORE_COST;
        if (text && (strchr(text, '(') || is_text(o->parent, text)))
            cost += TEXT_COST;
    }
    return cost < BUILD_COST ? BUILD_COST : cost;
}

/* Several indexes of one table can be built at a time: CREATE INDEX takes a SHARE lock, whereas
 * ALTER TABLE ADD PRIMARY KEY takes one that keeps every other statement off the table
 * (https://www.postgresql.org/docs/current/explicit-locking.html). */
static void add_build(struct plan_builder *b, const struct object *o, const char *method,
                      const char *sql)
{
    struct step *s = plan_step(b, PHASE_POST, o, o->parent, sql);

    s->lock = STEP_BUILD;
    s->weight *= build_cost(o, method);
}

/* ---- primary keys and unique constraints ---------------------------------------------------- */

static void add_key_name(const struct object *o, struct buf *out)
{
    postgres_format(out, "CONSTRAINT %I %s", o->name,
                    o->kind->id == K_PRIMARY_KEY ? "PRIMARY KEY" : "UNIQUE");
}

/* The index behind a key: with CREATE INDEX, NULLS NOT DISTINCT follows the columns. */
static void add_key_columns(struct plan_builder *b, const struct object *o, bool index,
                            struct buf *out)
{
    const char *include = postgres_get(o, "include");
    const char *nulls = yes(o, "nulls_not_distinct") ? " NULLS NOT DISTINCT" : "";

    postgres_format(out, "%s (%s%s)", index ? "" : nulls, postgres_get(o, "columns"),
                    yes(o, "period") ? " WITHOUT OVERLAPS" : "");
    if (include)
        postgres_format(out, " INCLUDE (%s)", include);
    buf_adds(out, index ? nulls : "");
    postgres_options(b, o, out, " WITH (", ")");
}

static void add_key_deferral(const struct object *o, struct buf *out)
{
    if (yes(o, "deferrable"))
        buf_adds(out, " DEFERRABLE");
    if (yes(o, "deferred"))
        buf_adds(out, " INITIALLY DEFERRED");
}

static bool is_same_key(const struct object *a, const struct object *b)
{
    static const char *const props[] = {"columns",    "include",  "definition",
                                        "deferrable", "deferred", "period"};

    for (size_t i = 0; i < ARRAY_LEN(props); i++)
        if (!str_eq(postgres_get(a, props[i]), postgres_get(b, props[i])))
            return false;
    return true;
}

/* The key of the partitioned table that a partition's key belongs to: the catalog says that there
 * is one, and keys that are alike can stand for one another. */
static const struct object *parent_key(struct plan_builder *b, const struct object *o)
{
    const char *name = postgres_get(o->parent, "partition_of"),
               *inherited = postgres_get(o, "inherited");
    const struct object *parent, *key;

    if (!name || !inherited || strcmp(inherited, "0") == 0)
        return NULL;
    parent = postgres_relation(b, name, NULL);
    if (!parent)
        return NULL;
    for (key = plan_part(b, parent, o->kind->id, NULL); key;
         key = plan_part(b, parent, o->kind->id, key))
        if (o->kind->id == K_PRIMARY_KEY || is_same_key(o, key))
            return key;
    return NULL;
}

/* Constraints and their indexes share a name, and the schema of their table. */
static void add_attach(struct plan_builder *b, const struct object *o)
{
    const struct object *key = parent_key(b, o);
    struct buf sql = BUF_INIT;

    if (!key || postgres_attaches_late(b, o->parent))
        return;
    postgres_format(&sql, "ALTER INDEX %Q ATTACH PARTITION %Q", key, o);
    plan_step(b, PHASE_POST, o, NULL, sql.data);
    buf_release(&sql);
}

static void add_key(struct plan_builder *b, const struct object *o, const char *definition)
{
    postgres_step(b, o, o->parent, "ALTER TABLE ONLY %Q ADD %s", o->parent, definition);
    if (yes(o, "clustered"))
        postgres_step(b, o, o->parent, "ALTER TABLE %Q CLUSTER ON %I", o->parent, o->name);
    add_attach(b, o);
    postgres_tablespace(b, o, o->parent, "INDEX");
    postgres_finish(b, o, o->parent);
}

/* https://www.postgresql.org/docs/current/sql-altertable.html: not for partitioned tables; a key
 * WITHOUT OVERLAPS is no unique index. */
static bool can_adopt_index(const struct object *o)
{
    return !is_partitioned(o->parent) && !yes(o, "period");
}

static void add_key_index(struct plan_builder *b, const struct object *o)
{
    struct buf sql = BUF_INIT;

    postgres_format(&sql, "CREATE UNIQUE INDEX %I ON %Q", o->name, o->parent);
    add_key_columns(b, o, true, &sql);
    add_build(b, o, "btree", sql.data);
    buf_release(&sql);
}

void postgres_key(struct plan_builder *b, const struct object *o)
{
    struct buf definition = BUF_INIT;

    if ((yes(o, "nulls_not_distinct") &&
         postgres_too_old(b, o, 150000, "a unique constraint with NULLS NOT DISTINCT")) ||
        (yes(o, "period") && postgres_too_old(b, o, 180000, "a key WITHOUT OVERLAPS")))
        return;
    add_key_name(o, &definition);
    if (can_adopt_index(o)) {
        add_key_index(b, o);
        postgres_format(&definition, " USING INDEX %I", o->name);
    } else {
        add_key_columns(b, o, false, &definition);
    }
    add_key_deferral(o, &definition);
    add_key(b, o, definition.data);
    buf_release(&definition);
}

void postgres_exclusion(struct plan_builder *b, const struct object *o)
{
    struct buf definition = BUF_INIT;

    template_fill(&definition, &postgres_style,
                  "CONSTRAINT {name} {definition}[ DEFERRABLE{?deferrable}]"
                  "[ INITIALLY DEFERRED{?deferred}]",
                  o);
    add_key(b, o, definition.data);
    buf_release(&definition);
}

/* ---- foreign keys ---------------------------------------------------------------------------- */

static void add_action(struct buf *out, const char *event, const char *action)
{
    if (action && strcmp(action, "no action") != 0)
        buf_addf(out, " ON %s %s", event, action);
}

/* Columns of a temporal key: "a, b" becomes "a, PERIOD b". */
static void add_columns(struct buf *out, const char *columns, bool period)
{
    const char *last = columns;
    bool quoted = false;

    for (const char *p = columns; period && *p; p++) {
        quoted ^= *p == '"';
        if (*p == ',' && !quoted)
            last = p + 2;
    }
    buf_addch(out, '(');
    if (period) {
        buf_add(out, columns, (size_t)(last - columns));
        buf_adds(out, "PERIOD ");
    }
    buf_addf(out, "%s)", last);
}

static void add_foreign_key(struct plan_builder *b, const struct object *o, struct buf *sql)
{
    const char *columns = model_get(o, P_FOREIGN_KEY_ON_DELETE_COLUMNS);
    bool period = model_yes(o, P_FOREIGN_KEY_PERIOD);

    postgres_format(sql, "ALTER TABLE %s%Q ADD CONSTRAINT %I FOREIGN KEY ",
                    is_partitioned(o->parent) ? "" : "ONLY ", o->parent, o->name);
    add_columns(sql, model_get(o, P_FOREIGN_KEY_COLUMNS), period);
    postgres_format(sql, " REFERENCES %s ",
                    postgres_relation_name(b, model_get(o, P_FOREIGN_KEY_REFERENCES)));
    add_columns(sql, model_get(o, P_FOREIGN_KEY_REF_COLUMNS), period);
    if (!str_eq(model_get(o, P_FOREIGN_KEY_MATCH), "simple"))
        template_fill(sql, &postgres_style, "[ MATCH {match:upper}]", o);
    add_action(sql, "UPDATE", model_get(o, P_FOREIGN_KEY_ON_UPDATE));
    add_action(sql, "DELETE", model_get(o, P_FOREIGN_KEY_ON_DELETE));
    if (columns)
        buf_addf(sql, " (%s)", columns);
    template_fill(sql, &postgres_style,
                  "[ DEFERRABLE{?deferrable}][ INITIALLY DEFERRED{?deferred}]", o);
}

/*
 * Whether the rows can be looked at in a step of its own, which keeps only its own table locked, so
 * that several tables with keys to one can be looked at together. Before 18 no foreign key of a
 * partitioned table can be NOT VALID, and of one to a partitioned table VALIDATE would mark only
 * the first of the catalog's rows.
 */
static bool can_validate_later(struct plan_builder *b, const struct object *o)
{
    const struct object *to = postgres_relation(b, model_get(o, P_FOREIGN_KEY_REFERENCES), NULL);

    return !is_partitioned(o->parent) && to && !is_partitioned(to);
}

void postgres_foreign_key(struct plan_builder *b, const struct object *o)
{
    const char *inherited = model_get(o, P_FOREIGN_KEY_INHERITED);
    bool unchecked = model_no(o, P_FOREIGN_KEY_ENFORCED) || model_no(o, P_FOREIGN_KEY_VALIDATED);
    bool later = !unchecked && can_validate_later(b, o);
    struct buf sql = BUF_INIT;

    /* A partition's copy comes with the partitioned table's key. */
    if (inherited && strcmp(inherited, "0") != 0)
        return;
    if ((model_get(o, P_FOREIGN_KEY_ON_DELETE_COLUMNS) &&
         postgres_too_old(b, o, 150000, "ON DELETE SET with a list of columns")) ||
        (model_yes(o, P_FOREIGN_KEY_PERIOD) &&
         postgres_too_old(b, o, 180000, "a temporal foreign key")) ||
        (model_no(o, P_FOREIGN_KEY_ENFORCED) &&
         postgres_too_old(b, o, 180000, "a foreign key that is NOT ENFORCED")))
        return;
    add_foreign_key(b, o, &sql);
    if (model_no(o, P_FOREIGN_KEY_ENFORCED))
        buf_adds(&sql, " NOT ENFORCED");
    else if (later || model_no(o, P_FOREIGN_KEY_VALIDATED))
        buf_adds(&sql, " NOT VALID");
    plan_step(b, PHASE_FK, o, o->parent, sql.data);
    buf_release(&sql);
    if (later)
        postgres_step(b, o, o->parent, "ALTER TABLE ONLY %Q VALIDATE CONSTRAINT %I", o->parent,
                      o->name)
            ->lock = STEP_CHECK;
    postgres_finish(b, o, o->parent);
}

/* ---- triggers of constraints ---------------------------------------------------------------- */

/* What they do, as constraint_trigger.sql says it, and the function behind it. */
static const struct {
    const char *name, *function;
} constraint_triggers[] = {
    {"insert", "p.proname = 'RI_FKey_check_ins'"},
    {"update", "p.proname = 'RI_FKey_check_upd'"},
    {"referenced delete", "p.proname ~ '^RI_FKey_.*_del$'"},
    {"referenced update", "p.proname ~ '^RI_FKey_.*_upd$' AND p.proname <> 'RI_FKey_check_upd'"},
    {"recheck", "p.proname = 'unique_key_recheck'"},
};

/* Its name holds an oid, so the server is asked for it. */
static void add_trigger_state(struct plan_builder *b, const struct object *o, const char *function,
                              const char *state)
{
    struct buf table = BUF_INIT, body = BUF_INIT;

    postgres_qualified(&table, o->parent->parent);
    postgres_format(
        &body,
        "DECLARE q text; BEGIN SELECT pg_catalog.concat('ALTER TABLE ONLY ',"
        " t.tgrelid::pg_catalog.regclass, ' %s TRIGGER ', pg_catalog.quote_ident(t.tgname))"
        " INTO STRICT q FROM pg_catalog.pg_trigger t"
        " JOIN pg_catalog.pg_constraint c ON c.oid = t.tgconstraint"
        " JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid WHERE %s AND c.conname = %L"
        " AND c.conrelid = %L::pg_catalog.regclass; EXECUTE q; END",
        state, function, o->parent->name, table.data);
    postgres_step_at(b, RANK_STATE, o, "DO %L", body.data);
    buf_release(&table);
    buf_release(&body);
}

void postgres_constraint_trigger(struct plan_builder *b, const struct object *o)
{
    postgres_constraint_trigger_state(b, o,
                                      postgres_enabled(model_get(o, P_CONSTRAINT_TRIGGER_ENABLED)));
}

void postgres_constraint_trigger_state(struct plan_builder *b, const struct object *o,
                                       const char *state)
{
    for (size_t i = 0; state && i < ARRAY_LEN(constraint_triggers); i++)
        if (str_eq(o->name, constraint_triggers[i].name)) {
            add_trigger_state(b, o, constraint_triggers[i].function, state);
            return;
        }
    plan_refuse(b, o, "dbtwin does not know this trigger of a constraint");
}

/* ---- indexes ----------------------------------------------------------------------------------
 */

static void add_part(const struct object *part, struct buf *out)
{
    bool down = model_yes(part, P_INDEX_PART_DESCENDING);
    bool first = model_yes(part, P_INDEX_PART_NULLS_FIRST);

    template_fill(out, &postgres_style, "{expression}[ COLLATE {collation}][ {opclass}]", part);
    if (down)
        buf_adds(out, first ? " DESC" : " DESC NULLS LAST");
    else if (first)
        buf_adds(out, " NULLS FIRST");
}

static void add_index_parts(struct plan_builder *b, const struct object *o, struct buf *out)
{
    const struct object **parts = plan_parts(b, o, K_INDEX_PART, NULL);
    const char *between = " (";
    bool included = false;

    for (; *parts; parts++) {
        if (!included && model_yes(*parts, P_INDEX_PART_INCLUDED)) {
            included = true;
            between = ") INCLUDE (";
        }
        buf_adds(out, between);
        if (included)
            buf_adds(out, model_get(*parts, P_INDEX_PART_EXPRESSION));
        else
            add_part(*parts, out);
        between = ", ";
    }
    buf_addch(out, ')');
}

static void add_index_settings(struct plan_builder *b, const struct object *o)
{
    const char *parent = model_get(o, P_INDEX_PARTITION_OF), *target;

    for (const struct object **p = plan_parts(b, o, K_INDEX_PART, NULL); *p; p++)
        if ((target = model_get(*p, P_INDEX_PART_STATISTICS)))
            postgres_step(b, o, o->parent, "ALTER INDEX %Q ALTER COLUMN %s SET STATISTICS %s", o,
                          (*p)->name, target);
    if (model_yes(o, P_INDEX_CLUSTERED))
        postgres_step(b, o, o->parent, "ALTER %s %Q CLUSTER ON %I",
                      o->parent->kind->id == K_TABLE ? "TABLE" : "MATERIALIZED VIEW", o->parent,
                      o->name);
    if (parent && !postgres_attaches_late(b, o->parent))
        postgres_step(b, o, NULL, "ALTER INDEX %s ATTACH PARTITION %Q", parent, o);
    postgres_tablespace(b, o, o->parent, "INDEX");
}

void postgres_index(struct plan_builder *b, const struct object *o)
{
    bool partitioned = is_partitioned(o->parent);
    const char *predicate = model_get(o, P_INDEX_PREDICATE);
    struct buf sql = BUF_INIT;

    if (model_yes(o, P_INDEX_NULLS_NOT_DISTINCT) &&
        postgres_too_old(b, o, 150000, "an index with NULLS NOT DISTINCT"))
        return;
    /* As pg_dump does: what a failed CREATE INDEX CONCURRENTLY left over is not an index. */
    if (model_no(o, P_INDEX_VALID) && !partitioned) {
        plan_leave(b, o, "it is invalid, left over from a failed build");
        return;
    }
    postgres_format(&sql, "CREATE %sINDEX %I ON %s%Q USING %I",
                    model_yes(o, P_INDEX_UNIQUE) ? "UNIQUE " : "", o->name,
                    partitioned ? "ONLY " : "", o->parent, model_get(o, P_INDEX_METHOD));
    add_index_parts(b, o, &sql);
    if (model_yes(o, P_INDEX_NULLS_NOT_DISTINCT))
        buf_adds(&sql, " NULLS NOT DISTINCT");
    postgres_options(b, o, &sql, " WITH (", ")");
    if (predicate)
        buf_addf(&sql, " WHERE %s", postgres_expression(b, o->parent, predicate));
    add_build(b, o, model_get(o, P_INDEX_METHOD), sql.data);
    buf_release(&sql);
    add_index_settings(b, o);
    postgres_finish(b, o, o->parent);
}

void postgres_statistics(struct plan_builder *b, const struct object *o)
{
    const char *target = model_get(o, P_STATISTICS_TARGET);

    plan_step(b, PHASE_FINAL, o, NULL, postgres_trimmed(b, model_get(o, P_STATISTICS_DEFINITION)));
    if (target)
        postgres_step(b, o, NULL, "ALTER STATISTICS %Q SET STATISTICS %s", o, target);
    postgres_finish(b, o, NULL);
}
