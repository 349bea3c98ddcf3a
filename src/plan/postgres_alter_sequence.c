#include "postgres.h"

#include <stdlib.h>
#include <string.h>

/* Sequences. An identity's goes and comes with its column (postgres_alter_column.c), an owned one
 * goes with it. */

static const char options[] = "[ AS {type}][ INCREMENT BY {increment}][ MINVALUE {min}]"
                              "[ MAXVALUE {max}][ START WITH {start}][ CACHE {cache}]"
                              "[ CYCLE{?cycle}]||[ NO CYCLE{!cycle}]";

void postgres_sequence_options(struct plan_builder *b, const struct object *sequence)
{
    struct buf sql = BUF_INIT;

    postgres_format(&sql, "ALTER SEQUENCE %Q", sequence);
    template_fill(&sql, &postgres_style, options, sequence);
    plan_step(b, PHASE_PRE, sequence, NULL, sql.data);
    buf_release(&sql);
}

static bool number(const struct object *o, int slot, long long *ret)
{
    const char *text = model_get(o, slot);

    *ret = text ? strtoll(text, NULL, 10) : 0;
    return text != NULL;
}

/* No number that it could have handed out is one that it may hand out. */
static bool are_apart(const struct object *from, const struct object *to)
{
    long long min, max, old_min, old_max;

    return number(from, P_SEQUENCE_MIN, &min) && number(from, P_SEQUENCE_MAX, &max) &&
           number(to, P_SEQUENCE_MIN, &old_min) && number(to, P_SEQUENCE_MAX, &old_max) &&
           (max < old_min || min > old_max);
}

/* A position outside of the new limits would make the statement fail: it goes to the nearest. */
static void move_inside(struct plan_builder *b, const struct plan_pair *p)
{
    long long limit, old;
    struct buf name = BUF_INIT;

    postgres_qualified(&name, p->from);
    if (number(p->from, P_SEQUENCE_MIN, &limit) && number(p->to, P_SEQUENCE_MIN, &old) &&
        limit > old)
        postgres_step(b, p->from, NULL,
                      "SELECT pg_catalog.setval(%L, %s, false) FROM %Q WHERE last_value < %s",
                      name.data, model_get(p->from, P_SEQUENCE_MIN), p->from,
                      model_get(p->from, P_SEQUENCE_MIN));
    if (number(p->from, P_SEQUENCE_MAX, &limit) && number(p->to, P_SEQUENCE_MAX, &old) &&
        limit < old)
        postgres_step(b, p->from, NULL,
                      "SELECT pg_catalog.setval(%L, %s, true) FROM %Q WHERE last_value > %s",
                      name.data, model_get(p->from, P_SEQUENCE_MAX), p->from,
                      model_get(p->from, P_SEQUENCE_MAX));
    buf_release(&name);
}

/* All options in one statement: one by one, limits and start could contradict each other meanwhile.
 * The position stays, but where the new limits have no room for it. */
static void alter_options(struct plan_builder *b, const struct plan_pair *p)
{
    const char *start = model_get(p->from, P_SEQUENCE_START);
    struct buf sql = BUF_INIT;
    struct step *s;

    if (!are_apart(p->from, p->to))
        move_inside(b, p);
    postgres_format(&sql, "ALTER SEQUENCE %Q", p->from);
    template_fill(&sql, &postgres_style, options, p->from);
    if (are_apart(p->from, p->to) && start)
        postgres_format(&sql, " RESTART WITH %s", start);
    s = plan_step(b, PHASE_PRE, p->from, NULL, sql.data);
    if (are_apart(p->from, p->to))
        plan_hazard(b, s, HAZARD_DATA, "the position, which is outside of the new limits");
    buf_release(&sql);
}

static bool has_persistence(struct plan_builder *b, const struct plan_pair *p)
{
    (void)p;
    return b->opt->target_version >= 150000;
}

static void alter_persistence(struct plan_builder *b, const struct plan_pair *p)
{
    postgres_step_at(b, RANK_OBJECT, p->from, "ALTER SEQUENCE %Q SET %s", p->from,
                     str_eq(model_get(p->from, P_SEQUENCE_PERSISTENCE), "unlogged") ? "UNLOGGED"
                                                                                    : "LOGGED");
}

static const struct object *column_of(struct plan_builder *b, const struct model *m,
                                      const struct object *sequence)
{
    const char *owned = model_get(sequence, P_SEQUENCE_OWNED_BY);
    const struct object *column = NULL;

    return owned && postgres_relation_in(b, m, owned, &column) ? column : NULL;
}

void postgres_sequence_owned_by(struct plan_builder *b, const struct object *sequence)
{
    const struct object *column = column_of(b, b->model, sequence);

    if (column)
        postgres_step_at(b, RANK_ACTION, sequence, "ALTER SEQUENCE %Q OWNED BY %Q.%I", sequence,
                         column->parent, column->name);
}

static bool is_identity(struct plan_builder *b, const struct plan_pair *p)
{
    (void)b;
    return model_yes(p->from, P_SEQUENCE_IDENTITY) || model_yes(p->to, P_SEQUENCE_IDENTITY);
}

/* The column's identity is what changes, and it makes or leaves the sequence. */
static bool column_changes(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *from = column_of(b, b->model, p->from), *to = column_of(b, b->to, p->to);

    if (!from || !to)
        return from || to;
    return plan_other(b, from) != to ||
           !str_eq(model_get(from, P_COLUMN_IDENTITY), model_get(to, P_COLUMN_IDENTITY));
}

/* "sequence must have same owner as table it is linked to": the one that the table has by then. */
static void share_owner(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *column = column_of(b, b->model, p->from);
    const struct object *table = column ? plan_other(b, column->parent) : NULL;
    const char *owner =
        table && !plan_creates(b, column->parent) ? postgres_get(table, "owner") : NULL;

    if (!column || (owner && str_eq(owner, model_get(p->to, P_SEQUENCE_OWNER))))
        return;
    if (model_get(p->to, P_SEQUENCE_OWNED_BY))
        postgres_step_at(b, RANK_ACTION, p->from, "ALTER SEQUENCE %Q OWNED BY NONE", p->from);
    if (owner)
        postgres_step_at(b, RANK_ACTION, p->from, "ALTER SEQUENCE %Q OWNER TO %I", p->from, owner);
    else
        postgres_step_at(b, RANK_ACTION, p->from, "ALTER SEQUENCE %Q OWNER TO CURRENT_USER",
                         p->from);
}

static void alter_owned_by(struct plan_builder *b, const struct plan_pair *p)
{
    if (is_identity(b, p))
        return;
    if (model_get(p->from, P_SEQUENCE_OWNED_BY)) {
        share_owner(b, p);
        postgres_sequence_owned_by(b, p->from);
    } else
        postgres_step(b, p->from, NULL, "ALTER SEQUENCE %Q OWNED BY NONE", p->from);
}

/* One that belongs to a column has its table's owner, and may not be given another. */
static void alter_owner(struct plan_builder *b, const struct plan_pair *p)
{
    const char *owner = model_get(p->from, P_SEQUENCE_OWNER);

    if (owner && b->opt->owners && !model_get(p->from, P_SEQUENCE_OWNED_BY))
        postgres_step_at(b, RANK_OWNER, p->from, "ALTER SEQUENCE %Q OWNER TO %I", p->from, owner);
}

/* It goes with its column, or its column's identity. */
static void drop_sequence(struct plan_builder *b, const struct plan_pair *p)
{
    const struct object *column = column_of(b, b->to, p->to), *from;

    if (column && plan_drops(b, column))
        return;
    from = column ? plan_other(b, column) : NULL;
    if (from && model_yes(p->to, P_SEQUENCE_IDENTITY) && !model_get(from, P_COLUMN_IDENTITY))
        return;
    postgres_step(b, p->to, NULL, "DROP SEQUENCE %Q", p->to);
}

/* What a column's identity, which stays, calls its sequence in FROM (after the table, perhaps, that
 * had another name once), if that is not what it is called; or NULL. */
static const struct object *new_name(struct plan_builder *b, const struct object *to)
{
    const struct object *column = column_of(b, b->to, to);
    const struct object *from = column ? plan_other(b, column) : NULL;
    const struct object *s = from ? postgres_sequence_of(b, from) : NULL;

    if (!s || plan_other(b, s) || plan_drops(b, column) || plan_creates(b, from) ||
        !model_yes(to, P_SEQUENCE_IDENTITY) || !model_yes(s, P_SEQUENCE_IDENTITY) ||
        strcmp(s->parent->name, to->parent->name) != 0)
        return NULL;
    return s;
}

static bool is_renamed(struct plan_builder *b, const struct plan_pair *p)
{
    return new_name(b, p->to) != NULL;
}

static void rename_sequence(struct plan_builder *b, const struct plan_pair *p)
{
    static const int slots[] = {P_SEQUENCE_TYPE, P_SEQUENCE_START,     P_SEQUENCE_MIN,
                                P_SEQUENCE_MAX,  P_SEQUENCE_INCREMENT, P_SEQUENCE_CACHE,
                                P_SEQUENCE_CYCLE};
    const struct object *s = new_name(b, p->to);
    bool differs = false;

    postgres_step(b, p->to, NULL, "ALTER SEQUENCE %Q RENAME TO %I", p->to, s->name)->act =
        ACT_ALTER;
    for (size_t i = 0; i < ARRAY_LEN(slots); i++)
        differs |= !str_eq(model_get(s, slots[i]), model_get(p->to, slots[i]));
    if (differs)
        alter_options(b, &(struct plan_pair){s, p->to, 0});
}

#define OPTION(prop)                                                       \
    {                                                                      \
        .kind = K_SEQUENCE, .slot = P_SEQUENCE_##prop, .fn = alter_options \
    }

/* ALTER SEQUENCE takes SHARE ROW EXCLUSIVE: nextval waits until the transaction ends. */
const struct plan_alter postgres_alter_sequence_rows[] = {
    {.kind = K_SEQUENCE, .slot = ALTER_DROP, .fn = rename_sequence, .can = is_renamed},
    {.kind = K_SEQUENCE, .slot = ALTER_DROP, .fn = drop_sequence, .hazards = HAZARD_DATA},
    {.kind = K_SEQUENCE, .slot = ALTER_ASIDE, .fn = postgres_alter_nothing, .can = is_identity},
    {.kind = K_SEQUENCE, .slot = ALTER_BACK, .fn = postgres_alter_nothing, .can = is_identity},
    {.kind = K_SEQUENCE,
     .slot = ALTER_REBUILD,
     .manual = "no statement changes this and keeps its position"},
    OPTION(TYPE),
    OPTION(START),
    OPTION(MIN),
    OPTION(MAX),
    OPTION(INCREMENT),
    OPTION(CACHE),
    OPTION(CYCLE),
    {.kind = K_SEQUENCE,
     .slot = P_SEQUENCE_PERSISTENCE,
     .fn = alter_persistence,
     .can = has_persistence},
    {.kind = K_SEQUENCE, .slot = P_SEQUENCE_OWNED_BY, .fn = alter_owned_by},
    {.kind = K_SEQUENCE,
     .slot = P_SEQUENCE_IDENTITY,
     .fn = postgres_alter_nothing,
     .can = column_changes},
    {.kind = K_SEQUENCE, .slot = P_SEQUENCE_OWNER, .fn = alter_owner},
    {.kind = K_COUNT},
};
