#include "postgres.h"

#include <string.h>

static bool is_partition(const struct object *o)
{
    int slot = kind_prop(o->kind, "partition_of");

    return slot >= 0 && model_get(o, slot);
}

static bool is_valid(const struct object *check)
{
    return !model_no(check, P_CHECK_VALIDATED) || model_no(check, P_CHECK_ENFORCED);
}

/*
 * How a child of plain inheritance is made. Where every inherited part was also declared in the
 * child, the child is made by itself and told to inherit: this keeps its own order of columns.
 * Otherwise INHERITS brings the columns.
 */
static bool is_made_alone(struct plan_builder *b, const struct object *o)
{
    for (const struct object *c = plan_part(b, o, K_COLUMN, NULL); c;
         c = plan_part(b, o, K_COLUMN, c))
        if (model_no(c, P_COLUMN_LOCAL) || model_no(c, P_COLUMN_NOT_NULL_LOCAL))
            return false;
    for (const struct object *c = plan_part(b, o, K_CHECK, NULL); c;
         c = plan_part(b, o, K_CHECK, c))
        if (model_no(c, P_CHECK_LOCAL) && is_valid(c))
            return false;
    return true;
}

/* ---- columns ------------------------------------------------------------------------------ */

/* Where the catalog says only that the table needs what is in a circle with it, all its defaults
 * and checks come late. */
static bool is_late(struct plan_builder *b, const struct object *part)
{
    return plan_is_late(b, part) || plan_is_late(b, part->parent);
}

const struct object *postgres_not_null_of(struct plan_builder *b, const struct object *column)
{
    const struct object *c = plan_part(b, column->parent, K_NOT_NULL, NULL);

    while (c && !str_eq(c->name, column->name))
        c = plan_part(b, column->parent, K_NOT_NULL, c);
    return c;
}

static void add_constraint_name(const struct object *not_null, struct buf *out)
{
    template_fill(out, &postgres_style, "[ CONSTRAINT {constraint}]", not_null);
}

/* PostgreSQL 18 names NOT NULL constraints; older targets know only the column's flag. */
static void add_not_null(struct plan_builder *b, const struct object *column, struct buf *out)
{
    const struct object *n = postgres_not_null_of(b, column);
    bool named = n && b->opt->target_version >= 180000;

    if (!model_yes(column, P_COLUMN_NOT_NULL) || (named && model_no(n, P_NOT_NULL_VALIDATED)) ||
        model_no(column, P_COLUMN_NOT_NULL_LOCAL))
        return;
    if (named)
        add_constraint_name(n, out);
    buf_adds(out, " NOT NULL");
    if (named && model_yes(n, P_NOT_NULL_NO_INHERIT))
        buf_adds(out, " NO INHERIT");
}

static void add_column_rest(struct plan_builder *b, const struct object *c, struct buf *out)
{
    const char *generated = model_get(c, P_COLUMN_GENERATED), *value;

    if ((value = model_get(c, P_COLUMN_EXPRESSION)) && generated)
        postgres_format(out, " GENERATED ALWAYS AS (%s) %s", value,
                        strcmp(generated, "virtual") == 0 ? "VIRTUAL" : "STORED");
    else if ((value = model_get(c, P_COLUMN_DEFAULT)) && !is_late(b, c))
        postgres_format(out, " DEFAULT %s", value);
    add_not_null(b, c, out);
}

/* The next parent that has this column, after `at` parents; NULL when there is none. */
static const struct object *next_inherited(struct plan_builder *b, const struct object *c,
                                           size_t *at)
{
    const struct object **i = plan_parts(b, c->parent, K_INHERITS, NULL), *parent, *same = NULL;

    for (size_t skipped = 0; *i && skipped < *at; skipped++)
        i++;
    for (; *i && !same; i++, ++*at) {
        parent = postgres_relation(b, (*i)->name, NULL);
        same = parent ? model_child(b->model, parent, SPACE_COLUMN, c->name) : NULL;
    }
    return same;
}

/* The first default that a parent has by the time the child is made, and whether others differ. */
static const char *inherited_default(struct plan_builder *b, const struct object *c,
                                     bool *ret_differ)
{
    const char *first = NULL, *value;
    const struct object *same;

    *ret_differ = false;
    for (size_t at = 0; (same = next_inherited(b, c, &at));) {
        value = is_late(b, same) ? NULL : model_get(same, P_COLUMN_DEFAULT);
        *ret_differ |= first && value && strcmp(first, value) != 0;
        first = first ? first : value;
    }
    return first;
}

/* A child that is made with INHERITS takes a parent's default unless it says otherwise, and where
 * parents differ it must say something. NULL leaves no trace. */
static bool says_no_default(struct plan_builder *b, const struct object *c)
{
    bool differ;

    return !model_get(c, P_COLUMN_GENERATED) && !model_get(c, P_COLUMN_IDENTITY) &&
           (!model_get(c, P_COLUMN_DEFAULT) || is_late(b, c)) && inherited_default(b, c, &differ);
}

static void add_column(struct plan_builder *b, const struct object *c, bool alone, struct buf *out)
{
    template_fill(out, &postgres_style, "{name} {type}", c);
    if (c->parent->kind->id == K_FOREIGN_TABLE)
        postgres_foreign_options(b, c, out);
    template_fill(out, &postgres_style, "[ COLLATE {collation}]", c);
    if (!alone && says_no_default(b, c))
        buf_adds(out, " DEFAULT NULL");
    add_column_rest(b, c, out);
}

static void add_typed_column(struct plan_builder *b, const struct object *c, struct buf *out,
                             const char **between)
{
    struct buf rest = BUF_INIT;

    add_column_rest(b, c, &rest);
    if (rest.len) {
        postgres_format(out, "%s%I WITH OPTIONS%s", *between, c->name, rest.data);
        *between = ",\n    ";
    }
    buf_release(&rest);
}

static void add_late_default(struct plan_builder *b, const struct object *c)
{
    const char *value = model_get(c, P_COLUMN_DEFAULT);

    if (value && !model_get(c, P_COLUMN_GENERATED))
        postgres_step(b, c, NULL, "ALTER TABLE ONLY %Q ALTER COLUMN %I SET DEFAULT %s", c->parent,
                      c->name, value);
}

/* ---- checks ------------------------------------------------------------------------------- */

static void add_check(struct plan_builder *b, const struct object *c, struct buf *out)
{
    postgres_format(out, "CONSTRAINT %I CHECK (%s)", c->name,
                    postgres_expression(b, c->parent, model_get(c, P_CHECK_EXPRESSION)));
    if (model_yes(c, P_CHECK_NO_INHERIT))
        buf_adds(out, " NO INHERIT");
    if (model_no(c, P_CHECK_ENFORCED))
        buf_adds(out, " NOT ENFORCED");
    else if (model_no(c, P_CHECK_VALIDATED))
        buf_adds(out, " NOT VALID");
}

/* A child made after its parent's check knows it to hold, though the parent does not. */
static void add_validation(struct plan_builder *b, const struct object *c)
{
    for (const struct object **i = plan_parts(b, c->parent, K_INHERITS, NULL); *i; i++) {
        const struct object *parent = postgres_relation(b, (*i)->name, NULL), *same;

        same = parent ? model_child(b->model, parent, SPACE_CONSTRAINT, c->name) : NULL;
        if (!same || same->kind->id != K_CHECK || is_valid(same))
            continue;
        postgres_step_at(b, RANK_STATE, c, "ALTER TABLE %Q VALIDATE CONSTRAINT %I", c->parent,
                         c->name);
        return;
    }
}

/* A check that rows may violate is added when they are in; it goes on to children by itself. */
static void add_late_checks(struct plan_builder *b, const struct object *o)
{
    for (const struct object *c = plan_part(b, o, K_CHECK, NULL); c;
         c = plan_part(b, o, K_CHECK, c)) {
        struct buf sql = BUF_INIT;

        if (is_valid(c) && model_no(c, P_CHECK_LOCAL))
            add_validation(b, c);
        if (is_valid(c) || model_no(c, P_CHECK_LOCAL))
            continue;
        postgres_format(&sql, "ALTER TABLE %Q ADD ", o);
        add_check(b, c, &sql);
        plan_step(b, PHASE_POST, c, NULL, sql.data);
        buf_release(&sql);
        postgres_finish_at(b, RANK_OBJECT, c);
    }
}

void postgres_check_late(struct plan_builder *b, const struct object *c)
{
    struct buf sql = BUF_INIT;

    postgres_format(&sql, "ALTER %s %Q ADD ", c->parent->kind->id == K_DOMAIN ? "DOMAIN" : "TABLE",
                    c->parent);
    add_check(b, c, &sql);
    /* Rows may violate one that is not valid: it comes after them. */
    plan_step(b, is_valid(c) ? PHASE_PRE : PHASE_POST, c, NULL, sql.data);
    buf_release(&sql);
    if (is_valid(c))
        postgres_finish(b, c, NULL);
    else
        postgres_finish_at(b, RANK_OBJECT, c);
}

void postgres_table_late(struct plan_builder *b, const struct object *o)
{
    for (const struct object **c = plan_parts(b, o, K_COLUMN, NULL); *c; c++)
        add_late_default(b, *c);
    for (const struct object *c = plan_part(b, o, K_CHECK, NULL); c;
         c = plan_part(b, o, K_CHECK, c))
        if (is_valid(c) && !plan_is_late(b, c) && !model_no(c, P_CHECK_LOCAL))
            postgres_check_late(b, c);
}

static bool is_inline_check(struct plan_builder *b, const struct object *c)
{
    return is_valid(c) && !is_late(b, c) &&
           (!model_no(c, P_CHECK_LOCAL) || is_partition(c->parent));
}

/* ---- the statement ------------------------------------------------------------------------ */

static void add_elements(struct plan_builder *b, const struct object *o, bool typed, bool alone,
                         struct buf *out)
{
    const char *first = "\n    ", *next = ",\n    ", *between = first;

    for (const struct object **c = plan_parts(b, o, K_COLUMN, NULL); *c; c++) {
        if (typed) {
            if (between == first) {
                const char *at = between;

                add_typed_column(b, *c, out, &at);
                between = at;
            } else {
                add_typed_column(b, *c, out, &next);
            }
            continue;
        }
        if (model_no(*c, P_COLUMN_LOCAL) && !is_partition(o))
            continue;
        buf_adds(out, between);
        add_column(b, *c, alone, out);
        between = next;
    }
    for (const struct object *c = plan_part(b, o, K_CHECK, NULL); c;
         c = plan_part(b, o, K_CHECK, c)) {
        if (!is_inline_check(b, c))
            continue;
        buf_adds(out, between);
        add_check(b, c, out);
        between = next;
    }
}

static void add_parents(struct plan_builder *b, const struct object *o, struct buf *out)
{
    const char *between = "\nINHERITS (";

    for (const struct object **c = plan_parts(b, o, K_INHERITS, NULL); *c; c++) {
        postgres_format(out, "%s%s", between, postgres_relation_name(b, (*c)->name));
        between = ", ";
    }
    if (*between == ',')
        buf_addch(out, ')');
}

/* Parents whose defaults differ, of a column that the child does not declare: their defaults are
 * taken away while the child is made, for it must not declare the column. */
static void add_parents_defaults(struct plan_builder *b, const struct object *o, bool away)
{
    for (const struct object *c = plan_part(b, o, K_COLUMN, NULL); c;
         c = plan_part(b, o, K_COLUMN, c)) {
        const struct object *same;
        const char *value;
        bool differ = false;

        if (model_no(c, P_COLUMN_LOCAL) && !model_get(c, P_COLUMN_GENERATED))
            inherited_default(b, c, &differ);
        for (size_t at = 0; differ && (same = next_inherited(b, c, &at));) {
            value = is_late(b, same) ? NULL : model_get(same, P_COLUMN_DEFAULT);
            if (value)
                postgres_step(b, o, NULL, "ALTER TABLE ONLY %Q ALTER COLUMN %I %s%s", same->parent,
                              c->name, away ? "DROP DEFAULT" : "SET DEFAULT ", away ? "" : value);
        }
    }
}

static void add_create(struct plan_builder *b, const struct object *o, bool alone)
{
    const char *type = model_get(o, P_TABLE_OF_TYPE), *method = model_get(o, P_TABLE_ACCESS_METHOD);
    struct buf sql = BUF_INIT, elements = BUF_INIT;

    postgres_format(&sql, "CREATE %sTABLE %Q",
                    str_eq(model_get(o, P_TABLE_PERSISTENCE), "unlogged") ? "UNLOGGED " : "", o);
    if (type)
        buf_addf(&sql, " OF %s", type);
    add_elements(b, o, type != NULL, alone, &elements);
    if (!type || elements.len)
        buf_addf(&sql, " (%s\n)", elements.data);
    if (!alone)
        add_parents(b, o, &sql);
    template_fill(&sql, &postgres_style, "[\nPARTITION BY {partition_key}]", o);
    if (method && strcmp(method, "heap") != 0)
        postgres_format(&sql, "\nUSING %I", method);
    postgres_options(b, o, &sql, "\nWITH (", ")");
    plan_step(b, PHASE_PRE, o, NULL, sql.data);
    buf_release(&elements);
    buf_release(&sql);
}

/* ---- what is said about columns afterwards ------------------------------------------------- */

/* From 15 on an identity's sequence is made as its table is, and may be altered. */
static void add_sequence_persistence(struct plan_builder *b, const struct object *table,
                                     const struct object *sequence)
{
    int slot = kind_prop(table->kind, "persistence");
    bool unlogged = str_eq(model_get(sequence, P_SEQUENCE_PERSISTENCE), "unlogged");

    if (slot >= 0 && str_eq(model_get(table, slot), "unlogged") != unlogged &&
        b->opt->target_version >= 150000)
        postgres_step(b, sequence, NULL, "ALTER SEQUENCE %Q SET %s", sequence,
                      unlogged ? "UNLOGGED" : "LOGGED");
}

void postgres_identity(struct plan_builder *b, const struct object *c, struct buf *out)
{
    postgres_format(out, "GENERATED %s AS IDENTITY",
                    model_get(c, P_COLUMN_IDENTITY)[0] == 'a' ? "ALWAYS" : "BY DEFAULT");
    template_fill(out, &postgres_style,
                  " (SEQUENCE NAME {qualified}[ START WITH {start}][ INCREMENT BY {increment}]"
                  "[ MINVALUE {min}][ MAXVALUE {max}][ CACHE {cache}][ CYCLE{?cycle}])",
                  postgres_sequence_of(b, c));
}

static void finish_identity(struct plan_builder *b, const struct object *c)
{
    const struct object *s = postgres_sequence_of(b, c);

    add_sequence_persistence(b, c->parent, s);
    if (model_get(s, P_SEQUENCE_COMMENT))
        postgres_step(b, s, NULL, "COMMENT ON SEQUENCE %Q IS %L", s,
                      model_get(s, P_SEQUENCE_COMMENT));
}

void postgres_add_identity(struct plan_builder *b, const struct object *c)
{
    const struct object *s = postgres_sequence_of(b, c);
    const char *identity = model_get(c, P_COLUMN_IDENTITY);
    struct buf sql = BUF_INIT;

    if (!identity)
        return;
    if (!s) {
        /* From PostgreSQL 17 a partition has its parent's identity and no sequence of its own. */
        if (!is_partition(c->parent))
            plan_refuse(b, c, "the sequence of its identity could not be read");
        return;
    }
    postgres_format(&sql, "ALTER TABLE %Q ALTER COLUMN %I ADD ", c->parent, c->name);
    postgres_identity(b, c, &sql);
    plan_step(b, PHASE_PRE, c, NULL, sql.data);
    buf_release(&sql);
    finish_identity(b, c);
}

/* An expression of its own: PostgreSQL 16 takes it where the column is declared, 17 also where the
 * column is only inherited (https://www.postgresql.org/docs/current/sql-altertable.html). */
static void add_expression(struct plan_builder *b, const struct object *c, const char *inherited)
{
    const char *own = model_get(c, P_COLUMN_EXPRESSION);

    if (own && inherited && strcmp(own, inherited) != 0 &&
        !postgres_too_old(b, c, 170000, "another expression of an inherited generated column"))
        postgres_step(b, c, NULL, "ALTER TABLE ONLY %Q ALTER COLUMN %I SET EXPRESSION AS (%s)",
                      c->parent, c->name, own);
}

/* Columns that INHERITS brought: what the child changed of them. */
static void add_changes(struct plan_builder *b, const struct object *o, const struct object *c)
{
    bool parent_not_null = false, differ;
    const char *value = model_get(c, P_COLUMN_DEFAULT), *expression = NULL;
    const char *parent_default = inherited_default(b, c, &differ);

    for (const struct object **i = plan_parts(b, o, K_INHERITS, NULL); *i; i++) {
        const struct object *parent = postgres_relation(b, (*i)->name, NULL), *same, *n;

        same = parent ? model_child(b->model, parent, SPACE_COLUMN, c->name) : NULL;
        if (!same)
            continue;
        /* One that is not validated comes after the data, and does not validate the child's. */
        n = postgres_not_null_of(b, same);
        parent_not_null |=
            model_yes(same, P_COLUMN_NOT_NULL) && !(n && model_no(n, P_NOT_NULL_VALIDATED));
        if (!expression)
            expression = model_get(same, P_COLUMN_EXPRESSION);
    }
    add_expression(b, c, expression);
    if (model_yes(c, P_COLUMN_NOT_NULL) &&
        (!parent_not_null || model_yes(c, P_COLUMN_NOT_NULL_LOCAL)))
        postgres_step(b, c, NULL, "ALTER TABLE ONLY %Q ALTER COLUMN %I SET NOT NULL", o, c->name);
    if (model_get(c, P_COLUMN_GENERATED) || str_eq(value, differ ? NULL : parent_default) ||
        is_late(b, c))
        return;
    if (value)
        postgres_step(b, c, NULL, "ALTER TABLE ONLY %Q ALTER COLUMN %I SET DEFAULT %s", o, c->name,
                      value);
    else
        postgres_step(b, c, NULL, "ALTER TABLE ONLY %Q ALTER COLUMN %I DROP DEFAULT", o, c->name);
}

static void add_column_settings(struct plan_builder *b, const struct object *c)
{
    bool foreign = c->parent->kind->id == K_FOREIGN_TABLE;
    struct buf options = BUF_INIT, sql = BUF_INIT;
    const char *text;

    postgres_format(&sql, "ALTER %sTABLE ONLY %Q ALTER COLUMN %I", foreign ? "FOREIGN " : "",
                    c->parent, c->name);
    if ((text = model_get(c, P_COLUMN_STATISTICS)))
        postgres_step(b, c, NULL, "%s SET STATISTICS %s", sql.data, text);
    if ((text = model_get(c, P_COLUMN_STORAGE)))
        postgres_step(b, c, NULL, "%s SET STORAGE %s", sql.data, text);
    if ((text = model_get(c, P_COLUMN_COMPRESSION)) &&
        !postgres_too_old(b, c, 140000, "a compression method of a column"))
        postgres_step(b, c, NULL, "%s SET COMPRESSION %s", sql.data, text);
    postgres_options(b, c, &options, " SET (", ")");
    if (options.len)
        postgres_step(b, c, NULL, "%s%s", sql.data, options.data);
    buf_release(&options);
    buf_release(&sql);
    postgres_finish(b, c, NULL);
}

struct step *postgres_column(struct plan_builder *b, const struct object *c)
{
    struct buf sql = BUF_INIT;
    bool identity = model_get(c, P_COLUMN_IDENTITY) && postgres_sequence_of(b, c);
    size_t at = b->plan->steps.len;

    postgres_format(&sql, "ALTER TABLE %Q ADD COLUMN ", c->parent);
    add_column(b, c, true, &sql);
    if (identity) {
        buf_addch(&sql, ' ');
        postgres_identity(b, c, &sql);
    }
    plan_step(b, PHASE_PRE, c, NULL, sql.data);
    buf_release(&sql);
    if (identity)
        finish_identity(b, c);
    add_column_settings(b, c);
    return &VEC_AT(&b->plan->steps, struct step, at);
}

void postgres_not_null(struct plan_builder *b, enum plan_phase phase, const struct object *n)
{
    struct buf sql = BUF_INIT;

    postgres_format(&sql, "ALTER TABLE %Q ADD", n->parent);
    add_constraint_name(n, &sql);
    postgres_format(&sql, " NOT NULL %I%s%s", n->name,
                    model_yes(n, P_NOT_NULL_NO_INHERIT) ? " NO INHERIT" : "",
                    model_no(n, P_NOT_NULL_VALIDATED) ? " NOT VALID" : "");
    plan_step(b, phase, n, NULL, sql.data);
    buf_release(&sql);
}

/* Not-null constraints that rows may violate (PostgreSQL 18). */
static void add_late_not_nulls(struct plan_builder *b, const struct object *o)
{
    for (const struct object *n = plan_part(b, o, K_NOT_NULL, NULL); n;
         n = plan_part(b, o, K_NOT_NULL, n)) {
        if (model_no(n, P_NOT_NULL_VALIDATED) &&
            !postgres_too_old(b, n, 180000, "a NOT NULL constraint that is not validated"))
            postgres_not_null(b, PHASE_POST, n);
        if (b->opt->target_version >= 180000)
            postgres_finish_at(b, RANK_OBJECT, n);
    }
}

static void add_parts(struct plan_builder *b, const struct object *o)
{
    for (const struct object **c = plan_parts(b, o, K_COLUMN, NULL); *c; c++) {
        if (model_no(*c, P_COLUMN_LOCAL) && !is_partition(o))
            add_changes(b, o, *c);
        postgres_add_identity(b, *c);
        add_column_settings(b, *c);
    }
    for (const struct object *c = plan_part(b, o, K_CHECK, NULL); c;
         c = plan_part(b, o, K_CHECK, c))
        if (is_valid(c) && !is_late(b, c))
            postgres_finish(b, c, NULL);
    add_late_checks(b, o);
    add_late_not_nulls(b, o);
}

/* ---- the rules ---------------------------------------------------------------------------- */

void postgres_attach(struct plan_builder *b, const struct object *o)
{
    const char *parent = model_get(o, kind_prop(o->kind, "partition_of"));
    const char *bound = model_get(o, kind_prop(o->kind, "partition_bound"));
    struct buf sql = BUF_INIT;

    postgres_format(&sql, "ALTER TABLE ONLY %s ATTACH PARTITION %Q %s",
                    postgres_relation_name(b, parent), o, bound ? bound : "DEFAULT");
    if (postgres_attaches_late(b, o))
        plan_step_at(b, RANK_OBJECT, o, sql.data);
    else
        plan_step(b, PHASE_PRE, o, NULL, sql.data);
    buf_release(&sql);
}

static void add_attach(struct plan_builder *b, const struct object *o, bool alone)
{
    if (is_partition(o))
        postgres_attach(b, o);
    if (!alone)
        return;
    for (const struct object **c = plan_parts(b, o, K_INHERITS, NULL); *c; c++)
        postgres_step(b, o, NULL, "ALTER TABLE ONLY %Q INHERIT %s", o,
                      postgres_relation_name(b, (*c)->name));
}

static void add_table_settings(struct plan_builder *b, const struct object *o)
{
    const char *identity = model_get(o, P_TABLE_REPLICA_IDENTITY);

    if (model_yes(o, P_TABLE_ROW_SECURITY))
        postgres_step_at(b, RANK_ACTION, o, "ALTER TABLE %Q ENABLE ROW LEVEL SECURITY", o);
    if (model_yes(o, P_TABLE_FORCE_ROW_SECURITY))
        postgres_step_at(b, RANK_ACTION, o, "ALTER TABLE ONLY %Q FORCE ROW LEVEL SECURITY", o);
    if (identity && strcmp(identity, "default") != 0) {
        if (strcmp(identity, "full") == 0 || strcmp(identity, "nothing") == 0)
            postgres_step_at(b, RANK_ACTION, o, "ALTER TABLE ONLY %Q REPLICA IDENTITY %s", o,
                             identity);
        else
            postgres_step_at(b, RANK_ACTION, o, "ALTER TABLE ONLY %Q REPLICA IDENTITY USING %s", o,
                             identity);
    }
    postgres_tablespace(b, o, NULL, "TABLE");
}

void postgres_table(struct plan_builder *b, const struct object *o)
{
    bool alone = plan_part(b, o, K_INHERITS, NULL) && is_made_alone(b, o);

    if (!alone)
        add_parents_defaults(b, o, true);
    add_create(b, o, alone);
    if (!alone)
        add_parents_defaults(b, o, false);
    add_parts(b, o);
    add_attach(b, o, alone);
    add_table_settings(b, o);
    postgres_finish(b, o, NULL);
}

void postgres_foreign_table(struct plan_builder *b, const struct object *o)
{
    const char *server = model_get(o, P_FOREIGN_TABLE_SERVER);
    struct buf sql = BUF_INIT;

    postgres_format(&sql, "CREATE FOREIGN TABLE %Q (", o);
    add_elements(b, o, false, false, &sql);
    buf_adds(&sql, "\n)");
    add_parents(b, o, &sql);
    postgres_format(&sql, "\nSERVER %I", server ? server : "");
    postgres_foreign_options(b, o, &sql);
    plan_step(b, PHASE_PRE, o, NULL, sql.data);
    buf_release(&sql);
    add_parts(b, o);
    add_attach(b, o, false);
    postgres_finish(b, o, NULL);
}
