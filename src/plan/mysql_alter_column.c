#include "mysql_alter.h"

#include <dbtwin/sqltoken.h>

#include <stdlib.h>
#include <string.h>

#define BIT(slot) (UINT64_C(1) << (slot))

/* ---- what is to be done with a column -------------------------------------------------------- */

static bool is_computed(const char *generated)
{
    return mysql_word(generated, "virtual") || mysql_word(generated, "stored");
}

/* ALTER TABLE, "Generated Columns": neither stored nor plain becomes virtual, nor the other way
 * round; plain becomes stored and stored plain. */
static bool cannot_become(const char *was, const char *is)
{
    bool same = str_eq(was, is) || (was && is && mysql_word(was, is));

    return !same && (mysql_word(was, "virtual") || mysql_word(is, "virtual") ||
                     (was && !is_computed(was)) || (is && !is_computed(is)));
}

static bool expression_uses(const char *expression, const char *name)
{
    const char *end = expression ? expression + strlen(expression) : NULL;
    struct buf quoted = BUF_INIT;
    bool found = false;

    mysql_name(&quoted, name);
    for (const char *p = expression; p && p < end && !found;) {
        const char *fin = sqltoken_end(p, end);
        size_t n = (size_t)(fin - p);

        found = (n == quoted.len && !memcmp(p, quoted.data, n)) ||
                (n == strlen(name) && !memcmp(p, name, n));
        p = fin;
    }
    buf_release(&quoted);
    return found;
}

/* A column that a remade one is computed from is dropped, too. */
static bool is_remade(const struct plan_builder *b, const struct object *from, int depth)
{
    const struct object *to = plan_other(b, from);
    const char *was = to ? model_get(to, P_COLUMN_GENERATED) : NULL;

    if (!to || depth > 64)
        return false;
    if ((plan_differs(b, from) & BIT(P_COLUMN_GENERATED)) &&
        cannot_become(was, model_get(from, P_COLUMN_GENERATED)))
        return true;
    if (!is_computed(was))
        return false;
    for (const struct object *c = plan_child(to->parent, K_COLUMN, NULL); c;
         c = plan_child(to->parent, K_COLUMN, c)) {
        const struct object *other = c == to ? NULL : plan_other(b, c);

        if (other && expression_uses(model_get(to, P_COLUMN_EXPRESSION), c->name) &&
            is_remade(b, other, depth + 1))
            return true;
    }
    return false;
}

bool my_column_is_remade(const struct plan_builder *b, const struct object *from)
{
    return is_remade(b, from, 0);
}

bool my_uses_remade(const struct plan_builder *b, const struct object *from_table,
                    const char *expression)
{
    for (const struct object *c = plan_child(from_table, K_COLUMN, NULL); c;
         c = plan_child(from_table, K_COLUMN, c))
        if (my_column_is_remade(b, c) && expression_uses(expression, c->name))
            return true;
    return false;
}

bool my_column_is_indexed(const struct object *column)
{
    struct buf quoted = BUF_INIT;
    bool found = false;

    mysql_name(&quoted, column->name);
    for (const struct object *i = plan_child(column->parent, K_INDEX, NULL); i && !found;
         i = plan_child(column->parent, K_INDEX, i))
        for (const struct object *p = plan_child(i, K_INDEX_PART, NULL); p && !found;
             p = plan_child(i, K_INDEX_PART, p))
            found = str_eq(model_get(p, P_INDEX_PART_EXPRESSION), quoted.data);
    buf_release(&quoted);
    return found;
}

static const struct object *check_of(struct plan_builder *b, const struct object *column)
{
    return column ? mysql_column_check(b, column) : NULL;
}

static bool check_differs(struct plan_builder *b, const struct object *from,
                          const struct object *to)
{
    const struct object *is = check_of(b, from), *was = check_of(b, to);

    return (is && my_part_differs(b, is)) || (was && plan_names(b, was));
}

/* ---- how the change is carried out ----------------------------------------------------------- */

static void lacks(struct my_alter *a, const char *column)
{
    struct buf condition = BUF_INIT, what = BUF_INIT;

    mysql_name(&condition, column);
    mysql_name(&what, column);
    buf_adds(&condition, " IS NULL");
    my_alter_misfit(a, condition.data, arena_printf(a->b->arena, "with no %s", what.data));
    my_alter_hazard(a, HAZARD_ROWS, NULL);
    buf_release(&condition);
    buf_release(&what);
}

static enum my_op charset_change(struct my_alter *a, const struct object *from,
                                 const struct object *to)
{
    const char *is = model_get(from, P_COLUMN_CHARSET), *was = model_get(to, P_COLUMN_CHARSET);

    if (is && was && str_starts(was, "utf8") && mysql_word(is, "utf8mb4"))
        return my_column_is_indexed(to) ? OP_TYPE : OP_UTF8MB4;
    if (!is || !was || mysql_word(is, "binary") || mysql_word(was, "binary"))
        my_alter_hazard(a, HAZARD_MEANING, "bytes become characters, or characters bytes");
    my_alter_hazard(a, HAZARD_ROWS, NULL);
    return OP_TYPE;
}

static enum my_op collation_change(struct my_alter *a, const struct object *to)
{
    my_alter_hazard(a, HAZARD_MEANING, "texts compare and sort in another way");
    if (!my_column_is_indexed(to))
        return OP_COLLATION;
    my_alter_hazard(a, HAZARD_ROWS, NULL); /* unique keys may find equal what was not */
    return OP_INDEXED_COLLATION;
}

static enum my_op generated_change(struct my_alter *a, const struct object *from,
                                   const struct object *to)
{
    const char *is = model_get(from, P_COLUMN_GENERATED);

    if (mysql_word(is, "virtual"))
        return my_column_is_indexed(to) ? OP_INDEXED_VIRTUAL_EXPRESSION : OP_VIRTUAL_EXPRESSION;
    if (is && !model_get(to, P_COLUMN_GENERATED))
        my_alter_hazard(a, HAZARD_DATA, "its values are overwritten by those of the expression");
    return OP_STORED_EXPRESSION;
}

/* Which MySQL copies the table for, unless the column is a number or a short text. */
static bool is_long_default(const struct object *from, uint64_t differs)
{
    const char *value = model_get(from, P_COLUMN_DEFAULT), *type = model_get(from, P_COLUMN_TYPE);

    return (differs & BIT(P_COLUMN_DEFAULT)) && value && *value == '(' && type &&
           (strstr(type, "text") || strstr(type, "blob") || strstr(type, "json"));
}

/* MariaDB copies the table where a column that its JSON is stored in gets another default. */
static bool is_json_default(struct my_alter *a, const struct object *from, uint64_t differs)
{
    const char *type = model_get(from, P_COLUMN_TYPE);

    return a->b->opt->target_flavor == ENGINE_MA && (differs & BIT(P_COLUMN_DEFAULT)) && type &&
           str_starts(type, "longtext") && check_of(a->b, from);
}

/* Names what the MODIFY does, by its dearest part; the hazards of all. */
static enum my_op modify_op(struct my_alter *a, const struct object *from, const struct object *to,
                            uint64_t differs)
{
    enum my_op ops[10], best = OP_COLUMN_META;
    size_t n = 0;

    if ((differs & BIT(P_COLUMN_NOT_NULL)) && !model_get(from, P_COLUMN_GENERATED)) {
        ops[n++] = OP_NULLABLE;
        if (model_yes(from, P_COLUMN_NOT_NULL))
            lacks(a, from->name);
    }
    if (differs & BIT(P_COLUMN_TYPE))
        ops[n++] = my_type_change(a, from, to);
    if (differs & BIT(P_COLUMN_CHARSET))
        ops[n++] = charset_change(a, from, to);
    else if (differs & BIT(P_COLUMN_COLLATION))
        ops[n++] = collation_change(a, to);
    if (differs & (BIT(P_COLUMN_GENERATED) | BIT(P_COLUMN_EXPRESSION)))
        ops[n++] = generated_change(a, from, to);
    if ((differs & BIT(P_COLUMN_AUTO_INCREMENT)) && model_yes(from, P_COLUMN_AUTO_INCREMENT))
        ops[n++] = OP_MAKE_AUTO_INCREMENT;
    if (differs & (BIT(P_COLUMN_SRID) | BIT(P_COLUMN_OPTIONS))) {
        ops[n++] = OP_TYPE;
        my_alter_hazard(a, differs & BIT(P_COLUMN_SRID) ? HAZARD_ROWS : 0, NULL);
    }
    if (is_json_default(a, from, differs))
        ops[n++] = OP_COPY;
    if (is_long_default(from, differs))
        ops[n++] = OP_ADD_COLUMN_WITH_EXPRESSION;
    if (check_differs(a->b, from, to)) {
        ops[n++] = check_of(a->b, from) ? OP_ADD_CHECK : OP_DROP_CHECK;
        my_alter_hazard(a, check_of(a->b, from) ? HAZARD_ROWS : 0, NULL);
    }
    for (size_t i = 0; i < n; i++)
        if (my_cost_of(a->b, ops[i]) > my_cost_of(a->b, best))
            best = ops[i];
    return best;
}

/* Functions that MySQL takes in no default while it fills rows, since replicas would fill in other
 * values ("Determination of Safe and Unsafe Statements in Binary Logging"). */
static bool is_unsafe(const struct plan_builder *b, const struct object *c)
{
    static const char *const functions[] = {
        "uuid(",    "uuid_short(",   "rand(",       "random_bytes(", "sysdate(",
        "user(",    "current_user(", "found_rows(", "row_count(",    "connection_id(",
        "version(", "load_file(",    "sleep(",
    };
    const char *value = model_get(c, P_COLUMN_DEFAULT);

    for (size_t i = 0; value && *value == '(' && i < ARRAY_LEN(functions); i++)
        if (b->opt->target_flavor == ENGINE_MY && strcasestr(value, functions[i]))
            return true;
    return false;
}

static void add_type(const struct object *c, struct buf *out)
{
    const char *charset = model_get(c, P_COLUMN_CHARSET);
    const char *collation = model_get(c, P_COLUMN_COLLATION), *type = model_get(c, P_COLUMN_TYPE);

    buf_addf(out, " %s", type ? type : "");
    if (charset && collation)
        buf_addf(out, " CHARACTER SET %s COLLATE %s", charset, collation);
}

/* Columns that an UPDATE would set by itself. */
static void keep_times(struct my_alter *a, struct buf *out)
{
    for (const struct object *c = plan_child(a->from, K_COLUMN, NULL); c;
         c = plan_child(a->from, K_COLUMN, c)) {
        if (!model_get(c, P_COLUMN_ON_UPDATE))
            continue;
        buf_adds(out, ", ");
        mysql_name(out, c->name);
        buf_adds(out, " = ");
        mysql_name(out, c->name);
    }
}

/* Such a column comes without its default, which the rows are given then. */
static void fill_later(struct my_alter *a, const struct object *c, struct buf *out)
{
    struct buf sql = BUF_INIT;

    mysql_name(out, c->name);
    add_type(c, out);
    buf_adds(out, " NULL");
    buf_adds(&sql, "UPDATE ");
    mysql_name(&sql, a->to->name);
    buf_adds(&sql, " SET ");
    mysql_name(&sql, c->name);
    buf_addf(&sql, " = %s", model_get(c, P_COLUMN_DEFAULT));
    keep_times(a, &sql);
    VEC_PUSH(&a->after, const char *, arena_strdup(a->b->arena, sql.data));
    buf_release(&sql);
    sql = mysql_alter_start(a->to);
    buf_adds(&sql, " MODIFY COLUMN ");
    if (mysql_column(a->b, c, &sql))
        VEC_PUSH(&a->after, const char *, arena_strdup(a->b->arena, sql.data));
    buf_release(&sql);
}

static enum my_op add_op(struct my_alter *a, const struct object *c)
{
    const char *generated = model_get(c, P_COLUMN_GENERATED), *value;

    if (mysql_word(generated, "virtual"))
        return model_get(a->to, P_TABLE_PARTITION_KEY) ? OP_VIRTUAL_OF_PARTITIONED : OP_ADD_VIRTUAL;
    if (generated)
        return OP_ADD_STORED;
    if (model_yes(c, P_COLUMN_AUTO_INCREMENT))
        return OP_ADD_AUTO_INCREMENT;
    if (mysql_column_check(a->b, c))
        return OP_ADD_COLUMN_WITH_CHECK;
    value = model_get(c, P_COLUMN_DEFAULT);
    if (!value && model_yes(c, P_COLUMN_NOT_NULL))
        my_alter_hazard(
            a,
            is_computed(generated) || !strpbrk(model_get(c, P_COLUMN_TYPE), "dD") ? 0 : HAZARD_ROWS,
            "rows that are there get the zero or the empty text of the type");
    return value && *value == '(' ? OP_ADD_COLUMN_WITH_EXPRESSION : OP_ADD_COLUMN;
}

/* ---- clauses --------------------------------------------------------------------------------- */

static const char *keeping_name(struct my_alter *a, const struct object *c)
{
    return arena_printf(a->b->arena, "dbtwin_%.50s", c->name);
}

/* A virtual column that becomes a plain one keeps its values by way of a new column. */
static bool keeps_values(const struct object *from, const struct object *to)
{
    return mysql_word(model_get(to, P_COLUMN_GENERATED), "virtual") &&
           !model_get(from, P_COLUMN_GENERATED) && !model_yes(from, P_COLUMN_AUTO_INCREMENT);
}

/* As a stored one first, which a CHANGE then makes plain: an UPDATE would run triggers and set what
 * is ON UPDATE. */
static void keep_values(struct my_alter *a, const struct object *from, const struct object *to)
{
    struct buf sql = mysql_alter_start(a->to);

    buf_adds(&sql, " ADD COLUMN ");
    mysql_name(&sql, keeping_name(a, from));
    add_type(to, &sql);
    buf_addf(&sql, " GENERATED ALWAYS AS (%s) STORED", model_get(to, P_COLUMN_EXPRESSION));
    VEC_PUSH(&a->before, const char *, arena_strdup(a->b->arena, sql.data));
    buf_release(&sql);
}

/* No server refuses to drop it for their sake: they fail when they are run. */
static void mentions(struct my_alter *a, const struct object *to)
{
    const char *programs = mysql_mentions(a->b, to);

    if (programs)
        my_alter_hazard(a, HAZARD_UNTRACKED,
                        arena_printf(a->b->arena, "the text of %s names %s", programs, to->name));
}

static void drop_column(struct my_alter *a, const struct object *to, const struct object *from)
{
    bool computed = is_computed(model_get(to, P_COLUMN_GENERATED));
    enum my_op op = my_column_is_indexed(to) ? OP_DROP_INDEXED_COLUMN : OP_DROP_COLUMN;

    if (from && keeps_values(from, to))
        keep_values(a, from, to);
    else if (from && !computed)
        my_alter_hazard(a, HAZARD_DATA,
                        "no ALTER makes the column so: it is dropped and added, its values are "
                        "those of the expression then");
    else if (!computed)
        my_alter_hazard(a, HAZARD_DATA, "the values of a column are lost");
    if (!from)
        mentions(a, to);
    if (mysql_word(model_get(to, P_COLUMN_GENERATED), "virtual") &&
        model_get(a->to, P_TABLE_PARTITION_KEY) &&
        my_cost_of(a->b, OP_VIRTUAL_OF_PARTITIONED) > my_cost_of(a->b, op))
        op = OP_VIRTUAL_OF_PARTITIONED;
    buf_adds(my_alter_clause(a, op), "DROP COLUMN ");
    mysql_name(&a->sql, to->name);
    a->columns = true;
}

void my_alter_columns(struct my_alter *a)
{
    for (const struct object **c = plan_parts(a->b, a->to, K_COLUMN, NULL); *c; c++) {
        const struct object *from = plan_other(a->b, *c);

        if (from ? my_column_is_remade(a->b, from) : plan_names(a->b, *c))
            drop_column(a, *c, from);
    }
}

static void add_place(struct my_alter *a, const struct object *after)
{
    a->placed = true;
    if (after) {
        buf_adds(&a->sql, " AFTER ");
        mysql_name(&a->sql, after->name);
    } else
        buf_adds(&a->sql, " FIRST");
}

static void add_column(struct my_alter *a, const struct object *c)
{
    struct buf *out = my_alter_clause(a, add_op(a, c));

    buf_adds(out, "ADD COLUMN ");
    if (is_unsafe(a->b, c))
        fill_later(a, c, out);
    else
        a->refused |= !mysql_column(a->b, c, out);
    a->columns = true;
}

/* A foreign key's column becomes NOT NULL in place, but in no statement that copies the table:
 * 1832, 1833 (mysql-server, fk_check_copy_alter_table). */
static void tighten(struct my_alter *a, const struct object *from)
{
    struct buf sql = BUF_INIT;

    buf_adds(&sql, "MODIFY COLUMN ");
    a->refused |= !mysql_column(a->b, from, &sql);
    VEC_PUSH(&a->tight, const char *, arena_strdup(a->b->arena, sql.data));
    buf_release(&sql);
}

static void modify_column(struct my_alter *a, const struct object *from, const struct object *to,
                          bool moved)
{
    uint64_t differs = plan_differs(a->b, from) & ~BIT(P_COLUMN_POSITION);
    enum my_op op =
        differs || check_differs(a->b, from, to) ? modify_op(a, from, to, differs) : OP_MOVE_COLUMN;

    if (moved && my_cost_of(a->b, OP_MOVE_COLUMN) > my_cost_of(a->b, op))
        op = OP_MOVE_COLUMN;
    a->columns |= moved;
    if (a->b->opt->target_flavor == ENGINE_MY && !moved && (differs & BIT(P_COLUMN_NOT_NULL)) &&
        model_yes(from, P_COLUMN_NOT_NULL) && my_foreign_key_has(a->b, to)) {
        tighten(a, from);
        return;
    }
    buf_adds(my_alter_clause(a, op), "MODIFY COLUMN ");
    a->refused |= !mysql_column(a->b, from, &a->sql);
}

static void readd_column(struct my_alter *a, const struct object *from, const struct object *to)
{
    if (!keeps_values(from, to)) {
        add_column(a, from);
        return;
    }
    buf_adds(my_alter_clause(a, OP_STORED_EXPRESSION), "CHANGE COLUMN ");
    mysql_name(&a->sql, keeping_name(a, from));
    buf_addch(&a->sql, ' ');
    a->refused |= !mysql_column(a->b, from, &a->sql);
}

/* ---- order ----------------------------------------------------------------------------------- */

static uint64_t place_of(const struct object *c)
{
    const char *place = model_get(c, P_COLUMN_POSITION);
    uint64_t n = 0;

    return place && str_parse_u64(place, &n) ? n : 0;
}

static bool stays(const struct my_alter *a, const struct object *from)
{
    return plan_other(a->b, from) && !my_column_is_remade(a->b, from);
}

/*
 * Marks in `still` those of FROM's columns that need not move: the longest row of columns that
 * stand in FROM's order on TO, too. O(n log n): ends[k] is the column on which the best row of k +
 * 1 ends.
 */
static void mark_still(const struct my_alter *a, const struct object *const *list, uint32_t n,
                       bool *still)
{
    uint32_t *ends = arena_calloc(a->b->arena, ((size_t)n + 1) * sizeof(*ends));
    uint32_t *before = arena_calloc(a->b->arena, ((size_t)n + 1) * sizeof(*before)), len = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t low = 0, high = len;
        uint64_t place = stays(a, list[i]) ? place_of(plan_other(a->b, list[i])) : 0;

        if (!place)
            continue;
        while (low < high) {
            uint32_t middle = (low + high) / 2;

            if (place_of(plan_other(a->b, list[ends[middle]])) < place)
                low = middle + 1;
            else
                high = middle;
        }
        before[i] = low ? ends[low - 1] : UINT32_MAX;
        ends[low] = i;
        len = low == len ? len + 1 : len;
    }
    for (uint32_t i = len ? ends[len - 1] : UINT32_MAX; i != UINT32_MAX; i = before[i])
        still[i] = true;
}

/* The column that TO's stands behind and that is there. */
static const struct object *left_of(const struct my_alter *a, const struct object *to)
{
    const struct object *best = NULL;

    for (const struct object *c = plan_child(to->parent, K_COLUMN, NULL); c;
         c = plan_child(to->parent, K_COLUMN, c)) {
        const struct object *from = plan_other(a->b, c);

        if (place_of(c) < place_of(to) && (!from || stays(a, from)) &&
            (from || !plan_names(a->b, c)) && (!best || place_of(c) > place_of(best)))
            best = c;
    }
    return best;
}

static bool is_ordered(const struct my_alter *a)
{
    for (const struct object *c = plan_child(a->from, K_COLUMN, NULL); c;
         c = plan_child(a->from, K_COLUMN, c))
        if (plan_other(a->b, c) && (plan_differs(a->b, c) & BIT(P_COLUMN_POSITION)))
            return true;
    return false;
}

/* Whether columns follow it that are there: it cannot be added at the end. */
static bool is_followed(const struct my_alter *a, const struct object *const *list)
{
    for (; *list; list++)
        if (plan_other(a->b, *list))
            return true;
    return false;
}

/* A column comes where FROM has it, which costs nothing where adding is instant; others move only
 * if their order was compared. */
void my_alter_columns_back(struct my_alter *a)
{
    bool ordered = is_ordered(a);
    uint32_t n;
    const struct object **list = plan_parts(a->b, a->from, K_COLUMN, &n), *last = NULL;
    bool *still = arena_calloc(a->b->arena, n + 1);

    if (ordered)
        mark_still(a, list, n, still);
    for (uint32_t i = 0; i < n; i++) {
        const struct object *c = list[i], *to = plan_other(a->b, c);
        bool remade = to && my_column_is_remade(a->b, c);
        bool moved = to && !remade && ordered && !still[i];
        uint64_t differs = to ? plan_differs(a->b, c) & ~BIT(P_COLUMN_POSITION) : 0;

        if (!to && !plan_names(a->b, c))
            continue;
        if (!to)
            add_column(a, c);
        else if (remade)
            readd_column(a, c, to);
        else if (differs || moved || check_differs(a->b, c, to))
            modify_column(a, c, to, moved);
        if (remade && !ordered)
            add_place(a, left_of(a, to));
        else if (moved || remade || (!to && (ordered || is_followed(a, list + i + 1))))
            add_place(a, last);
        last = c;
    }
}
