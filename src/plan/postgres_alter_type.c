#include "postgres.h"

#include <string.h>

/*
 * Types, and what is like one: collations, text search, operators. Source: ALTER TYPE, ALTER TEXT
 * SEARCH … in the PostgreSQL manual. What is a domain's is in postgres_alter_domain.c.
 *
 * A type that no statement changes and that columns are of is swapped: the old one gets another
 * name, the new one is made, each column goes over by way of text (the row of a column's type), and
 * the old one is dropped. All else that depends on it is dropped before and made again.
 */

/* ---- swapping a type --------------------------------------------------------------------------
 */

static bool is_table_column(const struct object *o)
{
    return o->kind->id == K_COLUMN && o->parent->kind->id == K_TABLE;
}

/* Whether columns of tables are of it, or of a type that is made of it. */
static bool holds_rows(struct plan_builder *b, const struct object *to, unsigned depth)
{
    enum { MAX_DEPTH = 16 };
    uint32_t n;
    const struct object *const *list = plan_dependants(b, to, &n);

    for (uint32_t i = 0; i < n; i++) {
        const struct object *d = list[i];

        if (is_table_column(d) && plan_other(b, d))
            return true;
        if (d->kind->id == K_ATTRIBUTE)
            d = d->parent;
        if ((d->kind->id == K_DOMAIN || d->kind->id == K_COMPOSITE || d->kind->id == K_RANGE) &&
            depth < MAX_DEPTH && d != to && holds_rows(b, d, depth + 1))
            return true;
    }
    return false;
}

static bool can_swap(struct plan_builder *b, const struct plan_pair *p)
{
    return holds_rows(b, p->to, 0);
}

static bool breaks_all(struct plan_builder *b, const struct plan_pair *p,
                       const struct object *dependant)
{
    (void)b;
    (void)p;
    return dependant->kind->id != K_TABLE;
}

static bool is_free(const struct model *m, const struct object *schema, const struct object *o,
                    const char *name)
{
    return !model_child(m, schema, SPACE_TYPE, name) &&
           !model_child(m, schema, SPACE_RELATION, name) &&
           !model_child(m, schema, o->kind->space, name);
}

/* A name that is free on both sides and no longer than the server keeps. */
static const char *old_name(struct plan_builder *b, const struct object *o)
{
    enum { MAX_NAME = 63 };
    const char *name;

    for (unsigned i = 0;; i++) {
        const char *end = i ? arena_printf(b->arena, "__old%u", i) : "__old";
        size_t keep = MAX_NAME - strlen(end), len = strlen(o->name);
        const struct object *to = plan_other(b, o->parent);

        keep = len < keep ? len : keep;
        while (keep < len && keep && ((unsigned char)o->name[keep] & 0xC0) == 0x80)
            keep--;
        name = arena_printf(b->arena, "%.*s%s", (int)keep, o->name, end);
        if (is_free(b->model, o->parent, o, name) && (!to || is_free(b->to, to, o, name)))
            return name;
    }
}

static bool is_type(const struct object *o)
{
    switch (o->kind->id) {
    case K_ENUM:
    case K_COMPOSITE:
    case K_DOMAIN:
    case K_RANGE:
        return true;
    default:
        return false;
    }
}

static void add_type(struct buf *sql, const char *schema, const char *name)
{
    postgres_format(sql, "%s%I.%I", sql->len ? ", " : "DROP TYPE ", schema, name);
}

/* One statement for all: they may be made of each other. */
void postgres_drop_old_types(struct plan_builder *b, const struct object *o)
{
    struct buf sql = BUF_INIT;

    if (!postgres_first_time(b, b->to->root, ONCE_TYPES))
        return;
    for (uint32_t i = 0; i < b->model->n_objects; i++) {
        const struct object *t = b->model->objects[i];

        if (is_type(t) && plan_remakes(b, t))
            add_type(&sql, t->parent->name, old_name(b, t));
    }
    for (uint32_t i = 0; i < b->to->n_objects; i++) {
        const struct object *t = b->to->objects[i];

        if (is_type(t) && postgres_waits(b, t))
            add_type(&sql, postgres_waiting_room, t->name);
    }
    plan_step_at(b, RANK_STATE, o, sql.data);
    buf_release(&sql);
}

void postgres_free_range(struct plan_builder *b, const struct object *o, const struct object *to,
                         const char *schema, const char *name)
{
    const char *multirange = b->to->version >= 140000 ? model_get(to, P_RANGE_MULTIRANGE) : NULL;
    const char *subtype = model_get(to, P_RANGE_SUBTYPE);
    struct buf as = BUF_INIT;

    if (schema)
        postgres_format(&as, "SET SCHEMA %I", schema);
    else
        postgres_format(&as, "RENAME TO %I", name);
    postgres_step(b, o, NULL, "ALTER FUNCTION %Q(%s, %s) %s", to, subtype, subtype, as.data);
    postgres_step(b, o, NULL, "ALTER FUNCTION %Q(%s, %s, text) %s", to, subtype, subtype, as.data);
    if (multirange) {
        postgres_step(b, o, NULL, "ALTER FUNCTION %s() %s", multirange, as.data);
        buf_reset(&as);
        if (schema)
            postgres_format(&as, "SET SCHEMA %I", schema);
        else
            buf_addf(&as, "RENAME TO dbtwin_multirange_%u", (unsigned)to->id);
        postgres_step(b, o, NULL, "ALTER TYPE %s %s", multirange, as.data);
    }
    buf_release(&as);
}

static void swap_type(struct plan_builder *b, const struct plan_pair *p)
{
    struct buf target = BUF_INIT;

    postgres_target(&target, p->from);
    if (p->to->kind->id == K_RANGE)
        postgres_free_range(b, p->from, p->to, NULL, old_name(b, p->from));
    postgres_step(b, p->from, NULL, "ALTER %s RENAME TO %I", target.data, old_name(b, p->from));
    buf_release(&target);
    postgres_alter_again(b, p);
    postgres_drop_old_types(b, p->from);
}

/* ---- enums ------------------------------------------------------------------------------------
 */

static const struct object *label_of(const struct model *m, const struct object *type,
                                     const char *name)
{
    return model_child(m, type, SPACE_ENUM_LABEL, name);
}

/* Whether all labels of TO are in FROM, in the same order. */
static bool only_adds(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object **now = model_parts(p->from, K_ENUM_LABEL, b->arena, NULL),
                        **before = model_parts(p->to, K_ENUM_LABEL, b->arena, NULL);

    for (; *before; before++) {
        while (*now && !str_eq((*now)->name, (*before)->name))
            now++;
        if (!*now)
            return false;
    }
    return true;
}

/* "If ALTER TYPE ... ADD VALUE is executed inside a transaction block, the new value cannot be
 * used until after the transaction has been committed." */
static bool is_used_later(const struct plan_builder *b, const struct object *type)
{
    for (size_t i = 0; i < b->model->deps.len; i++) {
        const struct dependency *d = &VEC_AT(&b->model->deps, struct dependency, i);

        if (d->to == type && (plan_creates(b, d->from) || plan_differs(b, d->from)))
            return true;
    }
    return false;
}

static void add_labels(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object **now = model_parts(p->from, K_ENUM_LABEL, b->arena, NULL);
    const char *after = NULL;
    bool used = is_used_later(b, p->from);

    for (; *now; after = (*now)->name, now++) {
        const char *before = NULL;
        struct step *s;

        if (label_of(b->to, p->to, (*now)->name))
            continue;
        for (const struct object **next = now + 1; *next && !after && !before; next++)
            if (label_of(b->to, p->to, (*next)->name))
                before = (*next)->name;
        if (after)
            s = postgres_step(b, p->from, NULL, "ALTER TYPE %Q ADD VALUE %L AFTER %L", p->from,
                              (*now)->name, after);
        else if (before)
            s = postgres_step(b, p->from, NULL, "ALTER TYPE %Q ADD VALUE %L BEFORE %L", p->from,
                              (*now)->name, before);
        else
            s = postgres_step(b, p->from, NULL, "ALTER TYPE %Q ADD VALUE %L", p->from,
                              (*now)->name);
        if (used)
            plan_hazard(b, s, HAZARD_COMMIT,
                        "the label can be used only after it has been committed");
    }
}

/* How many rows hold a label that goes: each column that is of the type or an array of it. */
static const char *lost_labels_check(struct plan_builder *b, const struct object *to,
                                     const struct object *from)
{
    const char *between = "", *check;
    uint32_t n;
    const struct object *const *list = plan_dependants(b, to, &n);
    struct buf labels = BUF_INIT, sql = BUF_INIT;

    for (const struct object *l = plan_child(to, K_ENUM_LABEL, NULL); l;
         l = plan_child(to, K_ENUM_LABEL, l))
        if (!label_of(b->model, from, l->name)) {
            postgres_format(&labels, "%s%L", between, l->name);
            between = ", ";
        }
    for (uint32_t i = 0; i < n && labels.len; i++) {
        const char *type = model_get(
            list[i], kind_prop(list[i]->kind, "type") < 0 ? 0 : kind_prop(list[i]->kind, "type"));

        if (!is_table_column(list[i]) || !type)
            continue;
        buf_adds(&sql, sql.len ? " + " : "SELECT ");
        if (str_ends(type, "[]"))
            postgres_format(&sql, "(SELECT count(*) FROM ONLY %Q WHERE %I::text[] && ARRAY[%s])",
                            list[i]->parent, list[i]->name, labels.data);
        else
            postgres_format(&sql, "(SELECT count(*) FROM ONLY %Q WHERE %I::text IN (%s))",
                            list[i]->parent, list[i]->name, labels.data);
    }
    check = sql.len ? arena_strndup(b->arena, sql.data, sql.len) : NULL;
    buf_release(&labels);
    buf_release(&sql);
    return check;
}

static void swap_enum(struct plan_builder *b, const struct plan_pair *p)
{
    size_t first = b->plan->steps.len;
    const char *check = lost_labels_check(b, p->to, p->from);
    struct step *s;

    swap_type(b, p);
    s = &VEC_AT(&b->plan->steps, struct step, first);
    if (check) {
        s->row_check = check;
        s->row_what = arena_printf(b->arena, "rows with a label of %s that goes",
                                   model_path_text(p->from, b->arena));
        plan_hazard(b, s, HAZARD_ROWS, NULL);
    }
}

/* ---- composite types --------------------------------------------------------------------------
 */

/* Whether a type that an attribute of TO's composite is of is dropped or swapped. */
static bool loses_type(struct plan_builder *b, const struct object *composite)
{
    for (size_t i = 0; i < b->to->deps.len; i++) {
        const struct dependency *d = &VEC_AT(&b->to->deps, struct dependency, i);
        const struct object *other;

        if ((d->from != composite && d->from->parent != composite) || !plan_other(b, d->from))
            continue;
        other = plan_other(b, d->to);
        if (plan_drops(b, d->to) || (other && plan_remakes(b, other)))
            return true;
    }
    return false;
}

/* Whether what stays keeps its order and comes before what is added, so that DROP and ADD
 * ATTRIBUTE lead there; a type cannot change while columns are of the composite. */
static bool can_alter_attributes(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object **now = model_parts(p->from, K_ATTRIBUTE, b->arena, NULL),
                        **before = model_parts(p->to, K_ATTRIBUTE, b->arena, NULL);

    for (; *before; before++) {
        const struct object *same = model_child(b->model, p->from, SPACE_COLUMN, (*before)->name);

        if (!same)
            continue;
        if (same != *now ||
            !str_eq(model_get(*now, P_ATTRIBUTE_TYPE), model_get(*before, P_ATTRIBUTE_TYPE)) ||
            !str_eq(model_get(*now, P_ATTRIBUTE_COLLATION),
                    model_get(*before, P_ATTRIBUTE_COLLATION)))
            return false;
        now++;
    }
    return !loses_type(b, p->to);
}

/* A table made OF it, or one that has columns of it, keeps its rows. */
static const char *cascade(struct plan_builder *b, const struct object *to)
{
    uint32_t n;
    const struct object *const *list = plan_dependants(b, to, &n);

    for (uint32_t i = 0; i < n; i++)
        if (list[i]->kind->id == K_TABLE && model_get(list[i], P_TABLE_OF_TYPE))
            return " CASCADE";
    return "";
}

static void alter_attributes(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object **now = model_parts(p->from, K_ATTRIBUTE, b->arena, NULL);
    const char *also = cascade(b, p->to);

    for (const struct object *a = plan_child(p->to, K_ATTRIBUTE, NULL); a;
         a = plan_child(p->to, K_ATTRIBUTE, a))
        if (!plan_other(b, a))
            plan_hazard(b,
                        postgres_step(b, p->from, NULL, "ALTER TYPE %Q DROP ATTRIBUTE %I%s",
                                      p->from, a->name, also),
                        HAZARD_DATA, "the values of the attribute are lost in every row");
    for (; *now; now++) {
        struct buf sql = BUF_INIT;

        if (plan_other(b, *now))
            continue;
        template_fill(&sql, &postgres_style,
                      "ALTER TYPE {parent} ADD ATTRIBUTE {name} {type}[ COLLATE {collation}]",
                      *now);
        buf_adds(&sql, also);
        plan_step(b, PHASE_PRE, p->from, NULL, sql.data);
        buf_release(&sql);
        postgres_comment(b, *now, NULL);
    }
}

/* ---- text search ------------------------------------------------------------------------------
 */

/* The options that TO has and FROM has not are given without a value, which resets them. */
static void alter_dictionary(struct plan_builder *b, const struct plan_pair *p)
{
    const char *now = model_get(p->from, P_TS_DICTIONARY_OPTIONS);
    const char *before = model_get(p->to, P_TS_DICTIONARY_OPTIONS);
    const char *between = "";
    struct buf list = BUF_INIT;

    for (; before && *before;) {
        size_t len = strcspn(before, "="), name = len;
        bool quoted = false;
        const char *found = now;

        while (name && before[name - 1] == ' ')
            name--;
        while (found && (strncmp(found, before, name) != 0 || !strchr(" =", found[name])))
            found = strstr(found, ", ") ? strstr(found, ", ") + 2 : NULL;
        if (!found) {
            buf_adds(&list, between);
            buf_add(&list, before, name);
            between = ", ";
        }
        for (before += len; *before && (quoted || *before != ','); before++)
            quoted ^= *before == '\'';
        before += strspn(before, ", ");
    }
    if (now && *now)
        buf_addf(&list, "%s%s", between, now);
    if (list.len)
        postgres_step(b, p->from, NULL, "ALTER TEXT SEARCH DICTIONARY %Q (%s)", p->from, list.data);
    buf_release(&list);
}

/* The columns' own type and collation are one: see the rows of columns. */
static void swap_collation(struct plan_builder *b, const struct plan_pair *p)
{
    const char *name = old_name(b, p->from);

    postgres_step(b, p->from, NULL, "ALTER COLLATION %Q RENAME TO %I", p->from, name);
    postgres_alter_again(b, p);
    /* After the types that were made with it. */
    postgres_step_at(b, RANK_POSITION, p->from, "DROP COLLATION %I.%I", p->from->parent->name,
                     name);
}

/* ---- types and their functions ----------------------------------------------------------------
 */

static bool is_needed_by(struct plan_builder *b, const struct object *o, const struct object *by)
{
    uint32_t n;
    const struct object *const *list = plan_dependants(b, o, &n);

    for (uint32_t i = 0; i < n; i++)
        if (list[i] == by)
            return true;
    return false;
}

static bool has_functions(const struct object *o)
{
    return o->kind->id == K_BASE_TYPE || o->kind->id == K_RANGE;
}

bool postgres_ties(struct plan_builder *b, const struct object *needs, const struct object *needed)
{
    const struct object *type = has_functions(needs) ? needs : needed,
                        *function = type == needs ? needed : needs;

    return has_functions(type) && function->kind->id == K_FUNCTION &&
           is_needed_by(b, function, type) && is_needed_by(b, type, function);
}

/* Only CASCADE drops a type that its own functions depend on; what else does is gone by then. */
static void drop_type(struct plan_builder *b, const struct plan_pair *p)
{
    uint32_t n;
    const struct object *const *list = plan_dependants(b, p->to, &n);

    for (uint32_t i = 0; i < n; i++)
        if (postgres_ties(b, p->to, list[i])) {
            postgres_step(b, p->to, NULL, "DROP TYPE %Q CASCADE", p->to);
            return;
        }
    postgres_alter_drop(b, p);
}

/* A function that goes with its type has no statement of its own. */
static bool goes_with_type(struct plan_builder *b, const struct plan_pair *p)
{
    uint32_t n;
    const struct object *const *list = plan_dependants(b, p->to, &n);

    for (uint32_t i = 0; i < n; i++)
        if (plan_drops(b, list[i]) && postgres_ties(b, p->to, list[i]))
            return true;
    return false;
}

/* ---- collations -------------------------------------------------------------------------------
 */

static void refresh_collation(struct plan_builder *b, const struct plan_pair *p)
{
    postgres_step(b, p->from, NULL, "ALTER COLLATION %Q REFRESH VERSION", p->from);
}

#define DROPPED(kind_)                                                   \
    {                                                                    \
        .kind = K_##kind_, .slot = ALTER_DROP, .fn = postgres_alter_drop \
    }
#define SWAPPED(kind_, fn_, slot_)                                                      \
    {                                                                                   \
        .kind = K_##kind_, .slot = ALTER_REBUILD, .fn = fn_, .hazards = HAZARD_MEANING, \
        .can = can_swap, .breaks = breaks_all, .carries = slot_                         \
    }

const struct plan_alter postgres_alter_type_rows[] = {
    {.kind = K_ENUM, .slot = ALTER_PARTS, .fn = add_labels, .can = only_adds},
    SWAPPED(ENUM, swap_enum, "type"),
    DROPPED(ENUM),
    {.kind = K_COMPOSITE, .slot = ALTER_PARTS, .fn = alter_attributes, .can = can_alter_attributes},
    SWAPPED(COMPOSITE, swap_type, "type"),
    DROPPED(COMPOSITE),
    SWAPPED(RANGE, swap_type, "type"),
    {.kind = K_RANGE, .slot = ALTER_DROP, .fn = drop_type},
    {.kind = K_BASE_TYPE,
     .slot = ALTER_REBUILD,
     .can = can_swap,
     .manual = "columns are of it, and it cannot be there twice: create one of another name, bring "
               "the columns over and rename it"},
    {.kind = K_BASE_TYPE, .slot = ALTER_DROP, .fn = drop_type},
    {.kind = K_FUNCTION, .slot = ALTER_DROP, .fn = postgres_alter_nothing, .can = goes_with_type},

    SWAPPED(DOMAIN, swap_type, "type"),
    DROPPED(DOMAIN),

    {.kind = K_COLLATION, .slot = P_COLLATION_VERSION, .fn = refresh_collation},
    SWAPPED(COLLATION, swap_collation, "collation"),
    DROPPED(COLLATION),
    {.kind = K_TS_DICTIONARY, .slot = P_TS_DICTIONARY_OPTIONS, .fn = alter_dictionary},
    DROPPED(TS_DICTIONARY),
    {.kind = K_TS_MAPPING,
     .slot = ALTER_ADD,
     .sql = "ALTER TEXT SEARCH CONFIGURATION {parent} ADD MAPPING FOR {name} WITH {dictionaries}"},
    {.kind = K_TS_MAPPING,
     .slot = P_TS_MAPPING_DICTIONARIES,
     .sql = "ALTER TEXT SEARCH CONFIGURATION {parent} ALTER MAPPING FOR {name} WITH "
            "{dictionaries}"},
    {.kind = K_TS_MAPPING,
     .slot = ALTER_DROP,
     .sql = "ALTER TEXT SEARCH CONFIGURATION {parent} DROP MAPPING FOR {name}"},
    DROPPED(TS_CONFIGURATION),
    DROPPED(TS_PARSER),
    DROPPED(TS_TEMPLATE),
    {.kind = K_COUNT},
};
