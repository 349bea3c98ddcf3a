#include "mysql.h"

#include <dbtwin/sqltoken.h>

#include <string.h>

/* Names that the server gives by itself (p0, p1 …; p0sp0 …): then SHOW CREATE gives the number. */
static bool has_own_name(const struct object *o, const char *prefix, uint32_t i)
{
    struct buf own = BUF_INIT;
    bool same;

    buf_addf(&own, "%s%u", prefix, i);
    same = strcmp(own.data, o->name) == 0;
    buf_release(&own);
    return same;
}

static const char *part_slot(const struct object *o, int of_partition, int of_subpartition)
{
    return model_get(o, o->kind->id == K_PARTITION ? of_partition : of_subpartition);
}

static bool is_plain(const struct object *o, const char *prefix, uint32_t i)
{
    return has_own_name(o, prefix, i) &&
           !part_slot(o, P_PARTITION_OPTIONS, P_SUBPARTITION_OPTIONS) &&
           !part_slot(o, P_PARTITION_COMMENT, P_SUBPARTITION_COMMENT) &&
           (o->kind->id != K_PARTITION || !model_get(o, P_PARTITION_VALUES));
}

/* "MAX_ROWS = 5 DATA DIRECTORY = '/x'"; the copy's files lie with its database, not with the
 * source's, on whose machine it may be. */
static void add_part_options(struct plan_builder *b, const struct object *o, const char *options,
                             struct buf *out)
{
    const char *end = options + strlen(options), *from = options;
    bool left = false;

    while (from < end) {
        const char *equals = strchr(from, '='), *value = equals;
        if (!equals) /* not understood: said as it is */
            equals = value = end;
        while (value < end && strchr("= ", *value))
            value++;
        const char *to = sqltoken_end(value, end);
        bool directory = memmem(from, (size_t)(equals - from), "DIRECTORY", 9) != NULL;
        if (b->show || b->to || !directory)
            buf_addf(out, " %.*s", (int)(to - from), from);
        left |= directory;
        from = to;
        while (from < end && *from == ' ')
            from++;
    }
    if (left && !b->show && !b->to)
        plan_leave_property(b, o, kind_prop(o->kind, "options"),
                            "its directory: the copy's files are stored with the database");
}

static void add_tail(struct plan_builder *b, const struct object *o, struct buf *out)
{
    const char *options = part_slot(o, P_PARTITION_OPTIONS, P_SUBPARTITION_OPTIONS);
    const char *comment = part_slot(o, P_PARTITION_COMMENT, P_SUBPARTITION_COMMENT);

    if (options)
        add_part_options(b, o, options, out);
    if (comment) {
        buf_adds(out, " COMMENT = ");
        mysql_text(out, comment, false);
    }
}

static void add_subpartitions(struct plan_builder *b, const struct object *partition,
                              struct buf *out)
{
    uint32_t n;
    const struct object **list = plan_parts(b, partition, K_SUBPARTITION, &n);

    for (uint32_t i = 0; i < n; i++) {
        buf_adds(out, i ? ", SUBPARTITION " : " (SUBPARTITION ");
        mysql_name(out, list[i]->name);
        add_tail(b, list[i], out);
    }
    if (n)
        buf_addch(out, ')');
}

/* Sub-partitions of the server's own names, as many in each partition: SUBPARTITIONS n will do. */
static uint32_t plain_subpartitions(struct plan_builder *b, const struct object *const *partitions,
                                    uint32_t n)
{
    uint32_t first = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t m;
        const struct object **list = plan_parts(b, partitions[i], K_SUBPARTITION, &m);
        const char *prefix = arena_printf(b->arena, "%ssp", partitions[i]->name);

        if (i == 0)
            first = m;
        if (m != first)
            return 0;
        for (uint32_t j = 0; j < m; j++)
            if (!is_plain(list[j], prefix, j))
                return 0;
    }
    return first;
}

/* The partition of the rows that are valid now, in a list that the server made by itself. */
static bool is_current(const char *key, const struct object *o)
{
    return str_starts(key, "SYSTEM_TIME") && str_eq(o->name, "pn") &&
           !model_get(o, P_PARTITION_VALUES);
}

/* "PARTITION `p` VALUES LESS THAN (10)", with what is in it if that has to be said. */
static void add_partition(struct plan_builder *b, const struct object *o, const char *key,
                          bool with_subpartitions, struct buf *out)
{
    const char *values = model_get(o, P_PARTITION_VALUES);

    buf_adds(out, "PARTITION ");
    mysql_name(out, o->name);
    if (values && str_starts(key, "SYSTEM_TIME"))
        buf_addf(out, " %s", values);
    else if (values)
        buf_addf(out, " VALUES %s", values);
    add_tail(b, o, out);
    if (with_subpartitions)
        add_subpartitions(b, o, out);
}

void mysql_partitions(struct plan_builder *b, const struct object *table, struct buf *out)
{
    const char *key = model_get(table, P_TABLE_PARTITION_KEY);
    const char *subkey = model_get(table, P_TABLE_SUBPARTITION_KEY);
    uint32_t n, plain = 0, n_sub;
    const struct object **list = plan_parts(b, table, K_PARTITION, &n);

    if (!key)
        return;
    n_sub = subkey ? plain_subpartitions(b, list, n) : 0;
    buf_addf(out, " PARTITION BY %s", key);
    while (plain < n &&
           (is_plain(list[plain], "p", plain) || (plain == n - 1 && is_current(key, list[plain]))))
        plain++;
    if (plain == n && n > 1) /* one is what HASH and KEY have by themselves */
        buf_addf(out, " PARTITIONS %u", n);
    if (subkey)
        buf_addf(out, " SUBPARTITION BY %s", subkey);
    if (n_sub > 1)
        buf_addf(out, " SUBPARTITIONS %u", n_sub);
    for (uint32_t i = 0; plain < n && i < n; i++) {
        buf_adds(out, i ? ", " : " (");
        add_partition(b, list[i], key, !n_sub, out);
    }
    if (plain < n)
        buf_addch(out, ')');
}

bool mysql_are_plain(const struct object *const *list, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!is_plain(list[i], "p", i))
            return false;
    return true;
}

void mysql_partition(struct plan_builder *b, const struct object *partition, struct buf *out)
{
    const struct object *table = partition->parent;
    const char *subkey = model_get(table, P_TABLE_SUBPARTITION_KEY);
    uint32_t n;
    const struct object **list = plan_parts(b, table, K_PARTITION, &n);

    add_partition(b, partition, model_get(table, P_TABLE_PARTITION_KEY),
                  !subkey || !plain_subpartitions(b, list, n), out);
}
