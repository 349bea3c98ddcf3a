#include "postgres.h"

#include <ctype.h>
#include <string.h>

/* Columns of tables and foreign tables. */

/* ---- what stands in the way ------------------------------------------------------------------ */

/* What holds on to a column so that its type cannot change (ALTER TABLE, "SET DATA TYPE"). Plain
 * indexes, checks, statistics and foreign keys are carried along by the server. */
static bool holds_type(const struct object *dependant)
{
    switch (dependant->kind->id) {
    case K_VIEW:
    case K_MATERIALIZED_VIEW:
    case K_RULE:
    case K_POLICY:
    case K_TRIGGER:
    case K_PUBLICATION_TABLE:
    case K_FUNCTION:
    case K_PROCEDURE:
        return true;
    case K_COLUMN:
        return model_get(dependant, P_COLUMN_GENERATED) != NULL;
    default:
        return false;
    }
}

/* A foreign key stays if the new type can still be compared with the old one, which the other
 * column has until it is its turn. */
static bool blocks_type(struct plan_builder *b, const struct plan_pair *p,
                        const struct object *dependant)
{
    const struct object *from = plan_other(b, dependant);

    /* What is computed no longer comes first, and then is in nobody's way. */
    if (dependant->kind->id == K_COLUMN && from && !model_get(from, P_COLUMN_GENERATED))
        return false;
    if (dependant->kind->id == K_FOREIGN_KEY)
        return !postgres_cast_compares(b, p->from, p->to);
    return holds_type(dependant);
}

/* Whether the name stands in an expression. */
static bool mentions(const char *expression, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = strstr(expression, name); at; at = strstr(at + 1, name)) {
        bool begins = at == expression || !(isalnum((unsigned char)at[-1]) || at[-1] == '_');

        if (begins && !isalnum((unsigned char)at[len]) && at[len] != '_')
            return true;
    }
    return false;
}

bool postgres_is_partition_key(const struct object *c)
{
    const char *key =
        c->parent->kind->id == K_TABLE ? model_get(c->parent, P_TABLE_PARTITION_KEY) : NULL;

    return key && mentions(key, c->name);
}

static bool is_outside_key(struct plan_builder *b, const struct plan_pair *p)
{
    return postgres_pair_of_table(b, p) && !postgres_is_partition_key(p->to);
}

/* Generated columns: SET EXPRESSION is there from 17 on; DROP EXPRESSION is for stored ones. */
static bool can_generate(struct plan_builder *b, const struct plan_pair *p)
{
    const char *from = model_get(p->from, P_COLUMN_GENERATED);
    const char *to = model_get(p->to, P_COLUMN_GENERATED);

    if (!postgres_pair_of_table(b, p))
        return false;
    if (!from)
        return str_eq(to, "stored");
    return str_eq(from, to) && b->opt->target_version >= 170000;
}

/* A column whose values nobody else has; by which rows are in partitions, it is the table's matter.
 */
static bool holds_values(struct plan_builder *b, const struct plan_pair *p)
{
    return postgres_pair_of_table(b, p) && !model_get(p->from, P_COLUMN_GENERATED) &&
           !postgres_is_partition_key(p->to);
}

/* A column that was computed and comes to hold what it showed. */
static bool was_virtual(struct plan_builder *b, const struct plan_pair *p)
{
    return holds_values(b, p) && p->to->parent->kind->id == K_TABLE &&
           str_eq(model_get(p->to, P_COLUMN_GENERATED), "virtual") &&
           model_get(p->to, P_COLUMN_EXPRESSION);
}

static bool blocks_all(struct plan_builder *b, const struct plan_pair *p,
                       const struct object *dependant)
{
    (void)b;
    (void)p;
    (void)dependant;
    return true;
}

/* ---- the parts of a change ------------------------------------------------------------------- */

static bool has(const struct plan_pair *p, int slot)
{
    return p->differs >> slot & 1;
}

static bool is_passed_on(struct plan_builder *b, const struct plan_pair *p, int slot)
{
    struct plan_pair one = {p->from, p->to, UINT64_C(1) << slot};
    size_t at = 0;

    /* A new type in the old one's place changes the parent's column as well. */
    if (slot == P_COLUMN_TYPE && has(p, slot) &&
        str_eq(model_get(p->from, slot), model_get(p->to, slot)))
        return postgres_inherited(b, p->from, &at) != NULL;
    return postgres_is_passed_on(b, &one);
}

static void drop_default(struct plan_builder *b, const struct object *c)
{
    postgres_step(b, c, NULL, "ALTER TABLE ONLY %Q ALTER COLUMN %I DROP DEFAULT", c->parent,
                  c->name);
}

static void set_default(struct plan_builder *b, const struct object *c)
{
    if (model_get(c, P_COLUMN_DEFAULT) && !model_get(c, P_COLUMN_GENERATED))
        postgres_step(b, c, NULL, "ALTER TABLE ONLY %Q ALTER COLUMN %I SET DEFAULT %s", c->parent,
                      c->name, model_get(c, P_COLUMN_DEFAULT));
}

static void change_type(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *c = p->from;
    struct buf sql = BUF_INIT;

    postgres_format(&sql, "ALTER TABLE %Q ALTER COLUMN %I SET DATA TYPE %s", c->parent, c->name,
                    model_get(c, P_COLUMN_TYPE));
    template_fill(&sql, &postgres_style, "[ COLLATE {collation}]", c);
    postgres_cast_using(b, c, p->to, &sql);
    postgres_cast_hazards(b, plan_step(b, PHASE_PRE, c, NULL, sql.data), p);
    buf_release(&sql);
}

/* Rows that are not what the change wants, where the server can say so before. */
static void check_nulls(struct plan_builder *b, struct step *s, const struct object *c)
{
    struct buf sql = BUF_INIT;

    postgres_format(&sql, "SELECT pg_catalog.count(*) FROM %Q WHERE %I IS NULL", c->parent,
                    c->name);
    s->row_check = arena_strdup(b->arena, sql.data);
    s->row_what = arena_printf(b->arena, "rows with no %s", c->name);
    buf_release(&sql);
}

/* Where parent and children can differ (plain inheritance, before 18), each is told for itself. */
static void change_not_null(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *c = p->from, *named = postgres_not_null_of(b, c);
    bool version18 = b->opt->target_version >= 180000;
    bool partitions =
        c->parent->kind->id == K_TABLE &&
        (model_get(c->parent, P_TABLE_PARTITION_KEY) || model_get(c->parent, P_TABLE_PARTITION_OF));
    const char *only = version18 || partitions ? "" : "ONLY ";
    struct step *s;

    if ((version18 || partitions) && is_passed_on(b, p, P_COLUMN_NOT_NULL))
        return;
    if (!model_yes(c, P_COLUMN_NOT_NULL)) {
        postgres_step(b, c, NULL, "ALTER TABLE %s%Q ALTER COLUMN %I DROP NOT NULL", only, c->parent,
                      c->name);
        return;
    }
    if (named && version18)
        return; /* that object's row does it */
    s = postgres_step(b, c, NULL, "ALTER TABLE %s%Q ALTER COLUMN %I SET NOT NULL", only, c->parent,
                      c->name);
    plan_hazard(b, s, HAZARD_ROWS | HAZARD_SCAN | HAZARD_LOCK, postgres_all_wait);
    check_nulls(b, s, c);
}

static void change_generated(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *c = p->from;
    const char *generated = model_get(c, P_COLUMN_GENERATED);
    struct step *s;

    if (!generated && has(p, P_COLUMN_GENERATED)) {
        if (!is_passed_on(b, p, P_COLUMN_GENERATED))
            postgres_step(b, c, NULL, "ALTER TABLE %Q ALTER COLUMN %I DROP EXPRESSION", c->parent,
                          c->name);
    } else if (has(p, P_COLUMN_EXPRESSION) && !is_passed_on(b, p, P_COLUMN_EXPRESSION)) {
        s = postgres_step(b, c, NULL, "ALTER TABLE %Q ALTER COLUMN %I SET EXPRESSION AS (%s)",
                          c->parent, c->name, model_get(c, P_COLUMN_EXPRESSION));
        if (str_eq(generated, "stored"))
            plan_hazard(b, s, HAZARD_REWRITE | HAZARD_LOCK, NULL);
    }
}

/* ---- storage --------------------------------------------------------------------------------- */

/* The type's own, as SET STORAGE DEFAULT gives from 16 on: pg_type.typstorage. */
static const char *own_storage(struct plan_builder *b, const struct object *c)
{
    const char *type = model_get(c, P_COLUMN_TYPE);

    if (b->opt->target_version >= 160000)
        return "DEFAULT";
    return str_starts(type, "numeric") || strcmp(type, "inet") == 0 || strcmp(type, "cidr") == 0
               ? "MAIN"
               : "EXTENDED";
}

/* A new type takes the column back to that type's storage and to the default compression. */
static void change_storage(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *c = p->from;
    const char *storage = model_get(c, P_COLUMN_STORAGE);
    const char *compression = model_get(c, P_COLUMN_COMPRESSION);
    const char *statistics = model_get(c, P_COLUMN_STATISTICS);
    bool type = has(p, P_COLUMN_TYPE) || has(p, P_COLUMN_COLLATION);

    if (storage ? type || has(p, P_COLUMN_STORAGE) : !type && has(p, P_COLUMN_STORAGE))
        postgres_step(b, c, NULL, "ALTER TABLE ONLY %Q ALTER COLUMN %I SET STORAGE %s", c->parent,
                      c->name, storage ? storage : own_storage(b, c));
    if ((compression ? type || has(p, P_COLUMN_COMPRESSION)
                     : !type && has(p, P_COLUMN_COMPRESSION)) &&
        !postgres_too_old(b, c, 140000, "a compression method of a column"))
        postgres_step(b, c, NULL, "ALTER TABLE ONLY %Q ALTER COLUMN %I SET COMPRESSION %s",
                      c->parent, c->name, compression ? compression : "DEFAULT");
    if (has(p, P_COLUMN_STATISTICS))
        postgres_step(b, c, NULL, "ALTER TABLE ONLY %Q ALTER COLUMN %I SET STATISTICS %s",
                      c->parent, c->name, statistics ? statistics : "-1");
}

/* ---- the whole change ------------------------------------------------------------------------ */

/* The column of a table that inherits it and gets the new type from it, or NULL. */
static const struct object *heir_of(struct plan_builder *b, const struct object *table,
                                    const struct object *column)
{
    const struct object *to = plan_child(table, K_COLUMN, NULL), *from;

    if (table->kind->id != K_TABLE && table->kind->id != K_FOREIGN_TABLE)
        return NULL;
    while (to && strcmp(to->name, column->name) != 0)
        to = plan_child(table, K_COLUMN, to);
    from = to && !plan_drops(b, to) ? plan_other(b, to) : NULL;
    if (!from || !(plan_differs(b, from) >> P_COLUMN_TYPE & 1))
        return NULL;
    return is_passed_on(b, &(struct plan_pair){from, to, plan_differs(b, from)}, P_COLUMN_TYPE)
               ? from
               : NULL;
}

/* An heir has a default of its own, which must go and come back with its parent's. */
static void heirs_defaults(struct plan_builder *b, const struct plan_pair *p, bool drop)
{
    uint32_t n;
    const struct object *const *list = plan_dependants(b, p->to->parent, &n);

    for (uint32_t i = 0; i < n; i++) {
        const struct object *heir = heir_of(b, list[i], p->to);
        const struct object *to = heir ? plan_other(b, heir) : NULL;

        if (!heir)
            continue;
        if (drop && model_get(to, P_COLUMN_DEFAULT) && !model_get(to, P_COLUMN_GENERATED))
            drop_default(b, heir);
        else if (!drop)
            set_default(b, heir);
        heirs_defaults(b, &(struct plan_pair){heir, to, 0}, drop);
    }
}

/* The default goes before a new type comes, for it cannot always be cast, and where it can be its
 * text is another one. */
static void alter_column(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *c = p->from;
    bool type = (has(p, P_COLUMN_TYPE) || has(p, P_COLUMN_COLLATION)) &&
                !is_passed_on(b, p, P_COLUMN_TYPE) && !is_passed_on(b, p, P_COLUMN_COLLATION);
    bool had = model_get(p->to, P_COLUMN_DEFAULT) && !model_get(p->to, P_COLUMN_GENERATED);
    bool new_type = has(p, P_COLUMN_TYPE) && !is_passed_on(b, p, P_COLUMN_TYPE);
    bool heirs = has(p, P_COLUMN_TYPE) && !new_type; /* its parent sees to the default */
    bool again = new_type || (!heirs && has(p, P_COLUMN_DEFAULT));

    postgres_detach(b, p->to->parent);
    if (had &&
        (new_type || (!heirs && has(p, P_COLUMN_DEFAULT) && !model_get(c, P_COLUMN_DEFAULT))))
        drop_default(b, c);
    if (new_type)
        heirs_defaults(b, p, true);
    if (has(p, P_COLUMN_GENERATED) || has(p, P_COLUMN_EXPRESSION))
        change_generated(b, p);
    if (has(p, P_COLUMN_IDENTITY) && !model_get(c, P_COLUMN_IDENTITY))
        postgres_change_identity(b, p);
    if (type)
        change_type(b, p);
    if (has(p, P_COLUMN_NOT_NULL))
        change_not_null(b, p);
    if (has(p, P_COLUMN_IDENTITY) && model_get(c, P_COLUMN_IDENTITY))
        postgres_change_identity(b, p);
    if (again)
        set_default(b, c);
    if (new_type)
        heirs_defaults(b, p, false);
    change_storage(b, p);
}

/* What a column that has just been made lacks, as though it differed there. */
static uint64_t missing(const struct plan_pair *p)
{
    static const int slots[] = {P_COLUMN_NOT_NULL, P_COLUMN_DEFAULT,     P_COLUMN_IDENTITY,
                                P_COLUMN_STORAGE,  P_COLUMN_COMPRESSION, P_COLUMN_STATISTICS};
    uint64_t bits = p->differs & (UINT64_C(1) << P_COLUMN_TYPE | UINT64_C(1) << P_COLUMN_COLLATION);

    for (size_t i = 0; i < ARRAY_LEN(slots); i++) {
        const char *value = model_get(p->from, slots[i]);

        if (value && !(slots[i] == P_COLUMN_NOT_NULL && !model_yes(p->from, slots[i])))
            bits |= UINT64_C(1) << slots[i];
    }
    return bits;
}

/* DROP EXPRESSION is for stored columns: a stored one takes its place, and no trigger runs. */
static void keep_computed(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *c = p->from, *table = c->parent;
    struct plan_pair rest = {c, p->to, missing(p)};
    struct buf sql = BUF_INIT;

    if (is_passed_on(b, p, P_COLUMN_GENERATED))
        return;
    postgres_detach(b, p->to->parent);
    postgres_step(b, c, NULL, "ALTER TABLE %Q DROP COLUMN %I", table, c->name);
    postgres_format(&sql, "ALTER TABLE %Q ADD COLUMN %I %s", table, c->name,
                    model_get(p->to, P_COLUMN_TYPE));
    template_fill(&sql, &postgres_style, "[ COLLATE {collation}]", p->to);
    buf_addf(&sql, " GENERATED ALWAYS AS (%s) STORED", model_get(p->to, P_COLUMN_EXPRESSION));
    plan_hazard(b, plan_step(b, PHASE_PRE, c, NULL, sql.data), HAZARD_REWRITE | HAZARD_LOCK,
                "what it showed is written into every row");
    postgres_step(b, c, NULL, "ALTER TABLE %Q ALTER COLUMN %I DROP EXPRESSION", table, c->name);
    alter_column(b, &rest);
    postgres_comment(b, c, NULL);
    buf_release(&sql);
}

/* ---- columns that come and go ---------------------------------------------------------------- */

static void name_add_hazards(struct plan_builder *b, struct step *s, const struct object *c)
{
    const char *value = model_get(c, P_COLUMN_DEFAULT);
    const char *generated = model_get(c, P_COLUMN_GENERATED);
    bool identity = model_get(c, P_COLUMN_IDENTITY);
    struct buf sql = BUF_INIT;

    if (c->parent->kind->id == K_FOREIGN_TABLE)
        return;
    if (str_eq(generated, "stored") || identity ||
        (value && !generated && postgres_is_volatile(value)) ||
        postgres_is_checked(b, model_get(c, P_COLUMN_TYPE)))
        plan_hazard(b, s, HAZARD_REWRITE | HAZARD_LOCK, NULL);
    if (model_yes(c, P_COLUMN_NOT_NULL) && !value && !identity && !generated) {
        plan_hazard(b, s, HAZARD_ROWS, NULL);
        postgres_format(&sql, "SELECT pg_catalog.count(*) FROM %Q", c->parent);
        s->row_check = arena_strdup(b->arena, sql.data);
        s->row_what = arena_printf(b->arena, "rows, which would have no %s", c->name);
    }
    buf_release(&sql);
}

/* Children that have the column of their own get it first: adding it to the parent then merges. */
static void add_own(struct plan_builder *b, const struct object *c)
{
    for (uint32_t i = 1; i < b->model->n_objects; i++) {
        const struct object *o = b->model->objects[i], *same;

        if (o->kind->id != K_COLUMN || o == c || strcmp(o->name, c->name) != 0 ||
            !model_yes(o, P_COLUMN_LOCAL) || !plan_creates(b, o) || !plan_other(b, o->parent))
            continue;
        for (size_t at = 0; (same = postgres_inherited(b, o, &at));)
            if (same == c) {
                name_add_hazards(b, postgres_column(b, o), o);
                break;
            }
    }
}

/* Its columns are the type's, and follow it. */
static bool is_typed(struct plan_builder *b, const struct object *table)
{
    const struct object *other = plan_other(b, table);

    return table->kind->id == K_TABLE && model_get(table, P_TABLE_OF_TYPE) && other &&
           model_get(other, P_TABLE_OF_TYPE);
}

/* A partition that comes to a new table: that has all of its columns already, so this needs them
 * before it is attached. */
static bool comes_before_attach(struct plan_builder *b, const struct object *table)
{
    const struct object *to = plan_other(b, table);

    return to && postgres_get(table, "partition_of") && postgres_moves(table, to) &&
           !postgres_attaches_late(b, table);
}

static void add_now(struct plan_builder *b, const struct object *c)
{
    postgres_detach(b, plan_other(b, c->parent));
    if (postgres_is_passed_on(b, &(struct plan_pair){c, NULL, 0}) || is_typed(b, c->parent))
        return;
    if (postgres_has_children(b, c->parent))
        add_own(b, c);
    name_add_hazards(b, postgres_column(b, c), c);
}

void postgres_add_columns(struct plan_builder *b, const struct object *table)
{
    for (const struct object *c = plan_child(table, K_COLUMN, NULL);
         c && comes_before_attach(b, table); c = plan_child(table, K_COLUMN, c))
        if (plan_creates(b, c))
            add_now(b, c);
}

static void add_column(struct plan_builder *b, const struct plan_pair *p)
{
    if (!comes_before_attach(b, p->from->parent))
        add_now(b, p->from);
}

static void drop_column(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *c = p->to, *same, *s = postgres_sequence_there(b, c);
    struct step *step;
    bool computed = str_eq(model_get(c, P_COLUMN_GENERATED), "virtual");

    if (!postgres_first_time(b, c, ONCE_DROPPED) || is_typed(b, c->parent))
        return;
    postgres_detach(b, c->parent);
    for (size_t at = 0; (same = postgres_inherited(b, c, &at));)
        if (plan_drops(b, same)) {
            struct plan_pair parents = {NULL, same, 0};

            if (!model_yes(c, P_COLUMN_LOCAL))
                return;
            drop_column(b, &parents);
        }
    /* It would go with its column. */
    if (s && plan_other(b, s) && !model_yes(s, P_SEQUENCE_IDENTITY))
        postgres_step(b, s, NULL, "ALTER SEQUENCE %Q OWNED BY NONE", s)->act = ACT_ALTER;
    step = postgres_step(b, c, NULL, "ALTER TABLE %Q DROP COLUMN %I", c->parent, c->name);
    if (!computed && c->parent->kind->id == K_TABLE)
        plan_hazard(b, step, HAZARD_DATA, NULL);
}

/* ---- out of the way -------------------------------------------------------------------------- */

/* Whether its type goes meanwhile: then it holds texts. */
static bool loses_type(struct plan_builder *b, const struct object *to)
{
    const struct object *type = postgres_type_in(b, b->to, model_get(to, P_COLUMN_TYPE));

    return type && plan_drops(b, type);
}

static bool can_step_aside(struct plan_builder *b, const struct plan_pair *p)
{
    return postgres_pair_of_table(b, p) && !model_get(p->from, P_COLUMN_GENERATED) &&
           !model_get(p->to, P_COLUMN_GENERATED) && b->to->columns;
}

static bool blocks_aside(struct plan_builder *b, const struct plan_pair *p,
                         const struct object *dependant)
{
    return holds_type(dependant) && loses_type(b, p->to);
}

static void set_aside(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *c = p->to;
    bool array = strstr(model_get(c, P_COLUMN_TYPE), "[]") != NULL;

    if (model_get(c, P_COLUMN_DEFAULT))
        drop_default(b, c);
    if (loses_type(b, c))
        plan_hazard(b,
                    postgres_step(b, c, NULL, "ALTER TABLE %Q ALTER COLUMN %I SET DATA TYPE text%s",
                                  c->parent, c->name, array ? "[]" : ""),
                    HAZARD_REWRITE | HAZARD_LOCK, NULL);
}

static void put_back(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *c = p->from;

    if (loses_type(b, p->to)) {
        plan_hazard(b,
                    postgres_step(b, c, NULL,
                                  "ALTER TABLE %Q ALTER COLUMN %I SET DATA TYPE %s USING %I::%s",
                                  c->parent, c->name, model_get(c, P_COLUMN_TYPE), c->name,
                                  model_get(c, P_COLUMN_TYPE)),
                    HAZARD_REWRITE | HAZARD_LOCK | HAZARD_ROWS, NULL);
    }
    set_default(b, c);
}

/* ---- the rows -------------------------------------------------------------------------------- */

#define COLUMN(prop, ...)                                              \
    {                                                                  \
        .kind = K_COLUMN, .slot = P_COLUMN_##prop, .fn = alter_column, \
        .can = postgres_pair_of_table, __VA_ARGS__                     \
    }

/*
 * Locks and rewrites: ALTER TABLE, "Description" and "Notes", of PostgreSQL 13 to 18, and tried on
 * 13, 15 and 18. All take ACCESS EXCLUSIVE for a moment but where a hazard says more.
 */
const struct plan_alter postgres_alter_column_rows[] = {
    {.kind = K_COLUMN, .slot = ALTER_ADD, .fn = add_column, .can = postgres_pair_of_table},
    {.kind = K_COLUMN, .slot = ALTER_DROP, .fn = drop_column, .can = is_outside_key},
    {.kind = K_COLUMN,
     .slot = ALTER_REBUILD,
     .fn = keep_computed,
     .can = was_virtual,
     .breaks = blocks_all,
     .carries = ""}, /* nothing: its parts are made again */
    {.kind = K_COLUMN,
     .slot = ALTER_REBUILD,
     .can = holds_values,
     .manual = "no statement changes this and keeps the values: add a new column, fill it, drop "
               "the old one and rename"},
    {.kind = K_COLUMN,
     .slot = ALTER_ASIDE,
     .fn = set_aside,
     .can = can_step_aside,
     .breaks = blocks_aside},
    {.kind = K_COLUMN, .slot = ALTER_BACK, .fn = put_back, .can = can_step_aside},
    {.kind = K_COLUMN,
     .slot = P_COLUMN_TYPE,
     .fn = alter_column,
     .can = is_outside_key,
     .breaks = blocks_type},
    {.kind = K_COLUMN,
     .slot = P_COLUMN_COLLATION,
     .fn = alter_column,
     .can = is_outside_key,
     .hazards = HAZARD_MEANING,
     .breaks = blocks_type},
    {.kind = K_COLUMN, .slot = P_COLUMN_GENERATED, .fn = alter_column, .can = can_generate},
    {.kind = K_COLUMN, .slot = P_COLUMN_EXPRESSION, .fn = alter_column, .can = can_generate},
    COLUMN(NOT_NULL),
    COLUMN(DEFAULT),
    COLUMN(IDENTITY),
    COLUMN(STORAGE),
    COLUMN(COMPRESSION),
    COLUMN(STATISTICS),
    {.kind = K_COLUMN,
     .slot = P_COLUMN_POSITION,
     .can = postgres_pair_of_table,
     .manual = "the order of columns cannot be changed without a new table"},
    {.kind = K_COUNT},
};
