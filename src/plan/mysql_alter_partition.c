#include "mysql_alter.h"

#include <stdlib.h>
#include <string.h>

#define BIT(slot) (UINT64_C(1) << (slot))

/*
 * Partitions of RANGE and LIST keep their rows where that can be: REORGANIZE moves them to the
 * partitions that take the place of the old ones, and DROP PARTITION is left for a range that ends
 * earlier ("Management of RANGE and LIST Partitions"). HASH and KEY: ADD PARTITION, COALESCE.
 */

struct lists {
    const struct object **from, **to;
    uint32_t n_from, n_to;
    uint32_t head, tail; /* equal at the beginning and at the end */
};

static bool same_partition(const struct my_alter *a, const struct object *from,
                           const struct object *to)
{
    return str_eq(from->name, to->name) && plan_other(a->b, from) == to &&
           !(plan_differs(a->b, from) & ~BIT(P_PARTITION_POSITION)) &&
           !my_children_differ(a->b, from);
}

static void compare(const struct my_alter *a, struct lists *l)
{
    while (l->head < l->n_from && l->head < l->n_to &&
           same_partition(a, l->from[l->head], l->to[l->head]))
        l->head++;
    while (l->tail < l->n_from - l->head && l->tail < l->n_to - l->head &&
           same_partition(a, l->from[l->n_from - 1 - l->tail], l->to[l->n_to - 1 - l->tail]))
        l->tail++;
}

static void push(struct my_alter *a, struct buf *sql)
{
    VEC_PUSH(&a->after, const char *, arena_strdup(a->b->arena, sql->data));
    buf_release(sql);
}

static void add_definitions(struct my_alter *a, const struct object *const *list, uint32_t first,
                            uint32_t end, struct buf *sql)
{
    for (uint32_t i = first; i < end; i++) {
        buf_adds(sql, i > first ? ",\n  " : "\n  ");
        mysql_partition(a->b, list[i], sql);
    }
}

static void drop_partitions(struct my_alter *a, const struct object *const *list, uint32_t first,
                            uint32_t end)
{
    struct buf sql = mysql_alter_start(a->from);

    buf_adds(&sql, " DROP PARTITION ");
    for (uint32_t i = first; i < end; i++) {
        buf_adds(&sql, i > first ? ", " : "");
        mysql_name(&sql, list[i]->name);
    }
    push(a, &sql);
}

static void add_partitions(struct my_alter *a, const struct lists *l)
{
    struct buf sql = mysql_alter_start(a->from);

    buf_adds(&sql, " ADD PARTITION (");
    add_definitions(a, l->from, l->head, l->n_from, &sql);
    buf_addch(&sql, ')');
    push(a, &sql);
}

/* ---- bounds ---------------------------------------------------------------------------------- */

static bool is_maximum(const struct object *p)
{
    const char *values = model_get(p, P_PARTITION_VALUES);

    return values && strcasestr(values, "MAXVALUE");
}

/* Whether x ends before y: of numbers and quoted texts (dates), the only ones a bound has. */
static bool ends_before(const struct object *x, const struct object *y)
{
    const char *p = model_get(x, P_PARTITION_VALUES), *q = model_get(y, P_PARTITION_VALUES);
    char *p_end, *q_end;

    if (!p || !q || is_maximum(x) || is_maximum(y))
        return !is_maximum(x) && is_maximum(y);
    p += strcspn(p, "(");
    q += strcspn(q, "(");
    p += *p == '(';
    q += *q == '(';
    if (*p == '\'' && *q == '\'')
        return strcmp(p, q) < 0;
    long long a = strtoll(p, &p_end, 10), b = strtoll(q, &q_end, 10);
    return p_end != p && q_end != q && a < b;
}

static bool same_bound(const struct object *x, const struct object *y)
{
    return str_eq(model_get(x, P_PARTITION_VALUES), model_get(y, P_PARTITION_VALUES));
}

/* ---- RANGE and LIST -------------------------------------------------------------------------- */

static void reorganize(struct my_alter *a, const struct lists *l, uint32_t from_end,
                       uint32_t to_end, const struct object *rest)
{
    struct buf sql = mysql_alter_start(a->from);

    buf_adds(&sql, " REORGANIZE PARTITION ");
    for (uint32_t i = l->head; i < to_end; i++) {
        buf_adds(&sql, i > l->head ? ", " : "");
        mysql_name(&sql, l->to[i]->name);
    }
    buf_adds(&sql, " INTO (");
    add_definitions(a, l->from, l->head, from_end, &sql);
    if (rest)
        buf_addf(&sql, ",\n  PARTITION `dbtwin_rest` VALUES %s",
                 model_get(rest, P_PARTITION_VALUES));
    buf_addch(&sql, ')');
    push(a, &sql);
    if (rest) {
        sql = mysql_alter_start(a->from);
        buf_adds(&sql, " DROP PARTITION `dbtwin_rest`");
        push(a, &sql);
    }
}

static void change_range(struct my_alter *a, struct lists *l)
{
    uint32_t from_end = l->n_from - l->tail, to_end = l->n_to - l->tail;
    const struct object *last_from = from_end ? l->from[from_end - 1] : NULL;
    const struct object *last_to = to_end ? l->to[to_end - 1] : NULL;
    bool added = to_end == l->head, gone = from_end == l->head;

    if (added && !l->tail) {
        add_partitions(a, l);
        return;
    }
    if (gone && !l->tail) {
        drop_partitions(a, l->to, l->head, to_end);
        return;
    }
    /* All ranges but the last one end where they ended: take in the next, which stays. */
    if (l->tail && (added || gone || !same_bound(last_from, last_to))) {
        reorganize(a, l, from_end + 1, to_end + 1, NULL);
        return;
    }
    reorganize(a, l, from_end, to_end,
               !l->tail && ends_before(last_from, last_to) ? last_to : NULL);
}

static void change_list(struct my_alter *a, struct lists *l)
{
    uint32_t from_end = l->n_from - l->tail, to_end = l->n_to - l->tail;

    if (to_end == l->head && !l->tail)
        add_partitions(a, l);
    else if (from_end == l->head)
        drop_partitions(a, l->to, l->head, to_end);
    else if (to_end == l->head)
        reorganize(a, l, from_end + 1, to_end + 1, NULL);
    else
        reorganize(a, l, from_end, to_end, NULL);
}

/* ---- HASH and KEY ---------------------------------------------------------------------------- */

static bool change_number(struct my_alter *a, const struct lists *l)
{
    uint32_t common = l->n_from < l->n_to ? l->n_from : l->n_to;
    struct buf sql;

    if (l->head != common || l->n_from == l->n_to)
        return false;
    sql = mysql_alter_start(a->from);
    if (l->n_from < l->n_to)
        buf_addf(&sql, " COALESCE PARTITION %u", l->n_to - l->n_from);
    else if (mysql_are_plain(l->from, l->n_from))
        buf_addf(&sql, " ADD PARTITION PARTITIONS %u", l->n_from - l->n_to);
    else {
        buf_adds(&sql, " ADD PARTITION (");
        add_definitions(a, l->from, l->head, l->n_from, &sql);
        buf_addch(&sql, ')');
    }
    push(a, &sql);
    return true;
}

/* Subpartitions of one name and two tables cannot be there at a time. */
static bool have_subpartitions(const struct lists *l)
{
    for (uint32_t i = l->head; i < l->n_from - l->tail; i++)
        if (plan_child(l->from[i], K_SUBPARTITION, NULL))
            return true;
    return false;
}

static bool names_directory(const char *options)
{
    return options && strstr(options, " DIRECTORY");
}

/* No ALTER moves files: REORGANIZE leaves them where they were. */
static bool refuse_directories(struct my_alter *a, const struct object *from)
{
    bool refused = false;

    for (const struct object *p = from->first; p; p = p->next) {
        bool part = p->kind->id == K_PARTITION, sub = p->kind->id == K_SUBPARTITION;
        int slot = part ? (int)P_PARTITION_OPTIONS : (int)P_SUBPARTITION_OPTIONS;
        const struct object *to = part || sub ? plan_other(a->b, p) : NULL;

        if (to && (plan_differs(a->b, p) & BIT(slot)) &&
            (names_directory(model_get(p, slot)) || names_directory(model_get(to, slot)))) {
            plan_refuse(a->b, p, "no ALTER moves the files of a partition");
            refused = true;
        }
        refused |= part && refuse_directories(a, p);
    }
    return refused;
}

/* ---- all ------------------------------------------------------------------------------------- */

static bool partitions_differ(const struct my_alter *a)
{
    for (const struct object *p = plan_child(a->from, K_PARTITION, NULL); p;
         p = plan_child(a->from, K_PARTITION, p))
        if (my_part_differs(a->b, p))
            return true;
    for (const struct object *p = plan_child(a->to, K_PARTITION, NULL); p;
         p = plan_child(a->to, K_PARTITION, p))
        if (!plan_other(a->b, p) && plan_names(a->b, p))
            return true;
    return false;
}

/* The whole clause: every row is copied, and one that no partition takes ends the statement. */
static void partition_again(struct my_alter *a)
{
    struct buf clause = BUF_INIT;
    unsigned cost = my_cost_of(a->b, OP_PARTITION_BY);

    if (model_get(a->from, P_TABLE_PARTITION_KEY)) {
        mysql_partitions(a->b, a->from, &clause);
        my_alter_hazard(a, HAZARD_ROWS, NULL);
    } else
        buf_adds(&clause, " REMOVE PARTITIONING");
    a->partitioning = arena_strdup(a->b->arena, clause.data);
    a->cost = a->cost > cost ? a->cost : cost;
    buf_release(&clause);
}

void my_alter_partitions(struct my_alter *a)
{
    const char *key = model_get(a->from, P_TABLE_PARTITION_KEY);
    uint64_t keys = BIT(P_TABLE_PARTITION_KEY) | BIT(P_TABLE_SUBPARTITION_KEY);
    struct lists l = {0};
    bool range, list;

    if (plan_differs(a->b, a->from) & keys) {
        partition_again(a);
        return;
    }
    if (!key || !partitions_differ(a) || refuse_directories(a, a->from))
        return;
    l.from = plan_parts(a->b, a->from, K_PARTITION, &l.n_from);
    l.to = plan_parts(a->b, a->to, K_PARTITION, &l.n_to);
    compare(a, &l);
    range = str_starts(key, "RANGE");
    list = str_starts(key, "LIST");
    if (!l.n_from || !l.n_to || have_subpartitions(&l))
        partition_again(a);
    else if (range)
        change_range(a, &l);
    else if (list)
        change_list(a, &l);
    else if (!change_number(a, &l))
        partition_again(a);
}
