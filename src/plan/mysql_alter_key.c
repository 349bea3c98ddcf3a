#include "mysql_alter.h"

#include <string.h>

#define BIT(slot) (UINT64_C(1) << (slot))

static bool is_primary(const struct object *index)
{
    return mysql_word(index->name, "PRIMARY");
}

static bool is_fulltext(const struct object *index)
{
    return mysql_word(model_get(index, P_INDEX_METHOD), "fulltext");
}

static bool has_remade_column(const struct my_alter *a, const struct object *index)
{
    for (const struct object *p = plan_child(index, K_INDEX_PART, NULL); p;
         p = plan_child(index, K_INDEX_PART, p))
        if (my_uses_remade(a->b, a->from, model_get(p, P_INDEX_PART_EXPRESSION)))
            return true;
    return false;
}

/* ---- renames --------------------------------------------------------------------------------- */

static bool same_slots(const struct object *x, const struct object *y, uint64_t but)
{
    for (unsigned i = 0; i < x->kind->n_props; i++)
        if (!(x->kind->props[i].flags & (F_VOLATILE | F_COSMETIC)) && !(but >> i & 1) &&
            !str_eq(model_get(x, (int)i), model_get(y, (int)i)))
            return false;
    return true;
}

static bool same_key(const struct object *x, const struct object *y)
{
    const struct object *p = x->first, *q = y->first;

    if (is_primary(x) || is_primary(y) || !same_slots(x, y, 0))
        return false;
    for (; p && q; p = p->next, q = q->next)
        if (!str_eq(p->name, q->name) || !same_slots(p, q, 0))
            return false;
    return !p && !q;
}

/* Whether one side alone has it. */
static bool is_lone(const struct my_alter *a, const struct object *index)
{
    return !plan_other(a->b, index) && plan_names(a->b, index);
}

/*
 * TO's key that gets the name of FROM's, or NULL. Several may be equal: the first of one side
 * becomes the first of the other, and so on.
 */
static const struct object *old_name(const struct my_alter *a, const struct object *from)
{
    unsigned nth = 0;

    if (!is_lone(a, from) || has_remade_column(a, from))
        return NULL;
    for (const struct object *i = plan_child(a->from, K_INDEX, NULL); i && i != from;
         i = plan_child(a->from, K_INDEX, i))
        nth += is_lone(a, i) && same_key(i, from);
    for (const struct object *i = plan_child(a->to, K_INDEX, NULL); i;
         i = plan_child(a->to, K_INDEX, i))
        if (is_lone(a, i) && same_key(i, from) && !nth--)
            return i;
    return NULL;
}

static bool is_renamed(const struct my_alter *a, const struct object *to)
{
    for (const struct object *i = plan_child(a->from, K_INDEX, NULL); i;
         i = plan_child(a->from, K_INDEX, i))
        if (old_name(a, i) == to)
            return true;
    return false;
}

/* ---- clauses --------------------------------------------------------------------------------- */

static bool only_visibility(const struct my_alter *a, const struct object *from)
{
    if (plan_differs(a->b, from) != BIT(P_INDEX_INVISIBLE))
        return false;
    for (const struct object *p = from->first; p; p = p->next)
        if (my_part_differs(a->b, p))
            return false;
    return true;
}

/* Whether it is dropped and added, in FROM's shape. */
static bool is_remade(const struct my_alter *a, const struct object *from)
{
    return plan_other(a->b, from) && ((my_part_differs(a->b, from) && !only_visibility(a, from)) ||
                                      has_remade_column(a, from));
}

/* MySQL finds such a key to be the one that is dropped, and does nothing: it comes under another
 * name first (mysql_compare_tables compares what an index is, not all that is said of it). */
static bool looks_the_same(const struct my_alter *a, const struct object *from)
{
    uint64_t slots = BIT(P_INDEX_OPTIONS) | BIT(P_INDEX_PARSER) | BIT(P_INDEX_METHOD_GIVEN);
    uint64_t differs = plan_other(a->b, from) ? plan_differs(a->b, from) : 0;

    return a->b->opt->target_flavor == ENGINE_MY && differs && !(differs & ~slots) &&
           !is_primary(from) && !my_children_differ(a->b, from);
}

static const char *passing_name(const struct my_alter *a, const struct object *from)
{
    return arena_printf(a->b->arena, "dbtwin_%.50s", from->name);
}

static void add_under_another_name(struct my_alter *a, const struct object *from)
{
    struct buf key = BUF_INIT, name = BUF_INIT, sql = mysql_alter_start(a->from);
    const char *at;

    mysql_name(&name, from->name);
    a->refused |= !mysql_key(a->b, from, &key);
    at = key.len ? strstr(key.data, name.data) : NULL;
    if (at) {
        buf_adds(my_alter_clause(a, is_fulltext(from) ? OP_ADD_FULLTEXT : OP_ADD_INDEX), "ADD ");
        buf_add(&a->sql, key.data, (size_t)(at - key.data));
        mysql_name(&a->sql, passing_name(a, from));
        buf_adds(&a->sql, at + name.len);
        buf_adds(&sql, " RENAME INDEX ");
        mysql_name(&sql, passing_name(a, from));
        buf_addf(&sql, " TO %s", name.data);
        VEC_PUSH(&a->after, const char *, arena_strdup(a->b->arena, sql.data));
    }
    buf_release(&key);
    buf_release(&name);
    buf_release(&sql);
}

static void drop_key(struct my_alter *a, const struct object *to, bool comes_back)
{
    struct buf *out;

    if (is_primary(to)) {
        buf_adds(my_alter_clause(a, comes_back ? OP_ADD_PRIMARY : OP_DROP_PRIMARY),
                 "DROP PRIMARY KEY");
        return;
    }
    out = my_alter_clause(a, OP_DROP_INDEX);
    buf_adds(out, "DROP INDEX ");
    mysql_name(out, to->name);
    if (!comes_back)
        my_alter_hazard(a, HAZARD_INDEX, NULL);
}

void my_alter_keys(struct my_alter *a)
{
    for (const struct object *i = plan_child(a->to, K_INDEX, NULL); i;
         i = plan_child(a->to, K_INDEX, i)) {
        const struct object *from = plan_other(a->b, i);

        if (from ? is_remade(a, from) : plan_names(a->b, i) && !is_renamed(a, i))
            drop_key(a, i, from != NULL);
    }
}

static bool was_there(const struct my_alter *a, const char *expression)
{
    struct buf quoted = BUF_INIT;
    bool found = false;

    for (const struct object *c = plan_child(a->to, K_COLUMN, NULL); c && !found;
         c = plan_child(a->to, K_COLUMN, c)) {
        buf_reset(&quoted);
        mysql_name(&quoted, c->name);
        found = str_eq(quoted.data, expression);
    }
    buf_release(&quoted);
    return found;
}

/* Rows that a key that allows none of them twice would find. */
static void look_for_doubles(struct my_alter *a, const struct object *index)
{
    struct buf columns = BUF_INIT, where = BUF_INIT;
    bool known = true;

    for (const struct object **p = plan_parts(a->b, index, K_INDEX_PART, NULL); *p; p++) {
        const char *e = model_get(*p, P_INDEX_PART_EXPRESSION);

        known &= e && !model_get(*p, P_INDEX_PART_PREFIX) && was_there(a, e);
        buf_addf(&columns, "%s%s", columns.len ? ", " : "", e ? e : "");
        buf_addf(&where, "%s%s IS NOT NULL", where.len ? " AND " : "", e ? e : "");
    }
    if (known && columns.len)
        my_alter_doubles(a, columns.data, where.data);
    my_alter_hazard(a, HAZARD_ROWS, NULL);
    buf_release(&columns);
    buf_release(&where);
}

static void add_key(struct my_alter *a, const struct object *index, bool was_unique)
{
    enum my_op op = is_primary(index)    ? OP_ADD_PRIMARY
                    : is_fulltext(index) ? OP_ADD_FULLTEXT
                                         : OP_ADD_INDEX;

    buf_adds(my_alter_clause(a, op), "ADD ");
    a->refused |= !mysql_key(a->b, index, &a->sql);
    if ((is_primary(index) || model_yes(index, P_INDEX_UNIQUE)) && !was_unique)
        look_for_doubles(a, index);
}

/* InnoDB builds one full-text index a statement ("CREATE INDEX Statement"). */
static void add_alone(struct my_alter *a, const struct object *index)
{
    struct buf sql = mysql_alter_start(a->from);

    buf_adds(&sql, " ADD ");
    if (mysql_key(a->b, index, &sql))
        VEC_PUSH(&a->after, const char *, arena_strdup(a->b->arena, sql.data));
    else
        a->refused = true;
    buf_release(&sql);
}

static void rename_key(struct my_alter *a, const struct object *to, const struct object *from)
{
    struct buf *out = my_alter_clause(a, OP_INDEX_META);

    buf_adds(out, "RENAME INDEX ");
    mysql_name(out, to->name);
    buf_adds(out, " TO ");
    mysql_name(out, from->name);
}

static void show_key(struct my_alter *a, const struct object *index)
{
    bool maria = a->b->opt->target_flavor == ENGINE_MA,
         hidden = model_yes(index, P_INDEX_INVISIBLE);
    struct buf *out = my_alter_clause(a, OP_INDEX_META);

    buf_adds(out, "ALTER INDEX ");
    mysql_name(out, index->name);
    buf_adds(out, maria    ? hidden ? " IGNORED" : " NOT IGNORED"
                  : hidden ? " INVISIBLE"
                           : " VISIBLE");
    if (hidden)
        my_alter_hazard(a, HAZARD_INDEX, NULL);
}

void my_alter_keys_back(struct my_alter *a)
{
    bool one_fulltext = false;

    for (const struct object **i = plan_parts(a->b, a->from, K_INDEX, NULL); *i; i++) {
        const struct object *to = plan_other(a->b, *i), *old = old_name(a, *i);

        if (old)
            rename_key(a, old, *i);
        else if (to && only_visibility(a, *i) && !is_remade(a, *i))
            show_key(a, *i);
        else if (to ? is_remade(a, *i) : plan_names(a->b, *i)) {
            if (looks_the_same(a, *i))
                add_under_another_name(a, *i);
            else if (is_fulltext(*i) && one_fulltext)
                add_alone(a, *i);
            else
                add_key(a, *i, to && !my_part_differs(a->b, *i));
            one_fulltext |= is_fulltext(*i);
        }
    }
}
