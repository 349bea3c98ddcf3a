#include "mysql_alter.h"

#include <dbtwin/sqltoken.h>

#include <string.h>

#define BIT(slot) (UINT64_C(1) << (slot))

/* ---- checks ---------------------------------------------------------------------------------- */

static bool with_column(const struct object *check)
{
    return mysql_word(model_get(check, P_CHECK_LEVEL), "column");
}

/* MySQL can turn a check off and on. */
static bool only_enforced(const struct my_alter *a, const struct object *from)
{
    return a->b->opt->target_flavor == ENGINE_MY &&
           plan_differs(a->b, from) == BIT(P_CHECK_ENFORCED);
}

static bool check_is_remade(const struct my_alter *a, const struct object *from)
{
    return (my_part_differs(a->b, from) && !only_enforced(a, from)) ||
           my_uses_remade(a->b, a->from, model_get(from, P_CHECK_EXPRESSION));
}

static void drop_checks(struct my_alter *a)
{
    bool maria = a->b->opt->target_flavor == ENGINE_MA;

    for (const struct object *c = plan_child(a->to, K_CHECK, NULL); c;
         c = plan_child(a->to, K_CHECK, c)) {
        const struct object *from = plan_other(a->b, c);

        if (with_column(c) || plan_drops(a->b, c) ||
            !(from ? check_is_remade(a, from) : plan_names(a->b, c)))
            continue;
        buf_adds(my_alter_clause(a, OP_DROP_CHECK), maria ? "DROP CONSTRAINT " : "DROP CHECK ");
        mysql_name(&a->sql, c->name);
    }
}

static void look_for_breaches(struct my_alter *a, const struct object *check)
{
    const char *expression = model_get(check, P_CHECK_EXPRESSION);
    bool known = true;

    /* Only of columns that are there. */
    for (const struct object *c = plan_child(a->from, K_COLUMN, NULL); c;
         c = plan_child(a->from, K_COLUMN, c))
        known &= plan_other(a->b, c) || !my_list_has(expression, c->name);
    if (known && expression)
        my_alter_misfit(a, arena_printf(a->b->arena, "NOT (%s)", expression),
                        arena_printf(a->b->arena, "that the check %s forbids", check->name));
    my_alter_hazard(a, HAZARD_ROWS, NULL);
}

static void add_checks(struct my_alter *a)
{
    for (const struct object *c = plan_child(a->from, K_CHECK, NULL); c;
         c = plan_child(a->from, K_CHECK, c)) {
        const struct object *to = plan_other(a->b, c);
        bool off = mysql_word(model_get(c, P_CHECK_ENFORCED), "no");

        if (with_column(c) ||
            !(to ? my_part_differs(a->b, c) || check_is_remade(a, c) : plan_names(a->b, c)))
            continue;
        if (to && !check_is_remade(a, c)) {
            buf_adds(my_alter_clause(a, off ? OP_DROP_CHECK : OP_ADD_CHECK), "ALTER CHECK ");
            mysql_name(&a->sql, c->name);
            buf_adds(&a->sql, off ? " NOT ENFORCED" : " ENFORCED");
        } else {
            buf_adds(my_alter_clause(a, OP_ADD_CHECK), "ADD ");
            mysql_check(c, &a->sql);
        }
        if (!off)
            look_for_breaches(a, c);
    }
}

/* ---- options of the table -------------------------------------------------------------------- */

static const char period_prefix[] = "period for ";

/* What an option is when it is not said ("CREATE TABLE Statement"; MariaDB, "CREATE TABLE"). */
static const char *unsaid(const struct plan_builder *b, const char *name)
{
    static const struct {
        const char *name, *value;
    } values[] = {
        {"autoextend_size", "0"},
        {"avg_row_length", "0"},
        {"checksum", "0"},
        {"compression", "''"},
        {"delay_key_write", "0"},
        {"encryption", "'N'"},
        {"insert_method", "NO"},
        {"key_block_size", "0"},
        {"max_rows", "0"},
        {"min_rows", "0"},
        {"table_checksum", "0"},
        {"union", "()"},
        {"secondary_engine", "NULL"},
    };

    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        if (mysql_word(name, values[i].name) &&
            (b->opt->target_flavor == ENGINE_MY || !mysql_word(name, "compression")))
            return values[i].value;
    return "DEFAULT";
}

static bool is_directory(const struct object *option)
{
    return strstr(option->name, " directory") != NULL;
}

static enum my_op option_op(const char *name)
{
    static const char *const rewriting[] = {"key_block_size", "compression", "encryption",
                                            "page_compressed", "encrypted"};

    for (size_t i = 0; i < ARRAY_LEN(rewriting); i++)
        if (str_starts(name, rewriting[i]))
            return OP_COPY;
    return OP_TABLE_META;
}

static void drop_options(struct my_alter *a)
{
    for (const struct object *o = plan_child(a->to, K_OPTION, NULL); o;
         o = plan_child(a->to, K_OPTION, o)) {
        const struct object *from = plan_other(a->b, o);
        bool period = str_starts(o->name, period_prefix);

        if (from ? !period || !plan_differs(a->b, from) : !plan_names(a->b, o))
            continue;
        if (is_directory(o))
            plan_refuse(a->b, o, "no ALTER moves the files of a table");
        else if (period)
            buf_addf(my_alter_clause(a, OP_TABLE_META), "DROP PERIOD FOR %s",
                     o->name + strlen(period_prefix));
        else
            buf_addf(my_alter_clause(a, option_op(o->name)), "%s=%s", o->name,
                     unsaid(a->b, o->name));
    }
}

static void add_options(struct my_alter *a)
{
    for (const struct object *o = plan_child(a->from, K_OPTION, NULL); o;
         o = plan_child(a->from, K_OPTION, o)) {
        if (!my_part_differs(a->b, o))
            continue;
        if (is_directory(o))
            plan_refuse(a->b, o, "no ALTER moves the files of a table");
        else if (str_starts(o->name, period_prefix))
            buf_addf(my_alter_clause(a, OP_COPY), "ADD PERIOD FOR %s (%s)",
                     o->name + strlen(period_prefix), model_get(o, P_OPTION_VALUE));
        else
            mysql_child_option(a->b, o, my_alter_clause(a, option_op(o->name)));
    }
}

static void secret_options(struct my_alter *a)
{
    for (int side = 0; side < 2; side++)
        for (const struct object *o = plan_child(side ? a->to : a->from, K_SECRET_OPTION, NULL); o;
             o = plan_child(side ? a->to : a->from, K_SECRET_OPTION, o))
            if (plan_names(a->b, o) && (!side || !plan_other(a->b, o)))
                plan_refuse(a->b, o, "it may hold a secret, which no model has: set it by hand");
}

static void change_engine(struct my_alter *a)
{
    buf_adds(my_alter_clause(a, OP_COPY), "");
    mysql_option("ENGINE", model_get(a->from, P_TABLE_ENGINE), &a->sql);
    my_alter_hazard(a, HAZARD_MEANING, "another engine: transactions, foreign keys and locks");
}

/* Their clauses begin with a blank, as they stand in CREATE TABLE. */
static void table_properties(struct my_alter *a, uint64_t differs)
{
    const struct object *t = a->from;
    const char *comment = model_get(t, P_TABLE_COMMENT), *row = model_get(t, P_TABLE_ROW_FORMAT);

    if (differs & BIT(P_TABLE_ENGINE))
        change_engine(a);
    if (differs & BIT(P_TABLE_TABLESPACE)) {
        const char *space = model_get(t, P_TABLE_TABLESPACE);

        buf_adds(my_alter_clause(a, OP_COPY), "TABLESPACE ");
        mysql_name(&a->sql, space ? space : "innodb_file_per_table");
    }
    if (differs & (BIT(P_TABLE_CHARSET) | BIT(P_TABLE_COLLATION)))
        buf_addf(my_alter_clause(a, OP_TABLE_META), "DEFAULT CHARSET=%s COLLATE=%s",
                 model_get(t, P_TABLE_CHARSET), model_get(t, P_TABLE_COLLATION));
    if (differs & BIT(P_TABLE_ROW_FORMAT))
        mysql_option("ROW_FORMAT", row ? row : "DEFAULT", my_alter_clause(a, OP_ROW_FORMAT));
    if (differs & BIT(P_TABLE_COMMENT)) {
        buf_adds(my_alter_clause(a, OP_TABLE_META), "COMMENT=");
        mysql_text(&a->sql, comment ? comment : "", false);
    }
}

static void versioning(struct my_alter *a, uint64_t differs)
{
    if (!(differs & BIT(P_TABLE_SYSTEM_VERSIONED)))
        return;
    if (model_yes(a->from, P_TABLE_SYSTEM_VERSIONED)) {
        buf_adds(my_alter_clause(a, OP_ADD_VERSIONING), "ADD SYSTEM VERSIONING");
        return;
    }
    buf_adds(my_alter_clause(a, OP_DROP_VERSIONING), "DROP SYSTEM VERSIONING");
    my_alter_hazard(a, HAZARD_DATA, "the history of the rows is lost");
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* An ALTER would have to say which rows of the history it means ("System-Versioned Tables"). */
static const char *with_history(struct my_alter *a, const char *sql)
{
    if (!model_yes(a->to, P_TABLE_SYSTEM_VERSIONED))
        return sql;
    return arena_printf(a->b->arena, "SET STATEMENT system_versioning_alter_history=KEEP FOR %s",
                        sql);
}

/* Ranges and lists take no rows from others. */
static unsigned partition_hazards(const struct my_alter *a)
{
    const char *key = model_get(a->from, P_TABLE_PARTITION_KEY);
    bool moves = !key || (!str_starts(key, "RANGE") && !str_starts(key, "LIST"));

    return moves ? HAZARD_REWRITE | HAZARD_LOCK : 0;
}

static bool has_update_trigger(const struct my_alter *a)
{
    for (const struct object *t = plan_child(a->to, K_TRIGGER, NULL); t;
         t = plan_child(a->to, K_TRIGGER, t))
        if (mysql_word(model_get(t, P_TRIGGER_EVENT), "update"))
            return true;
    return false;
}

static void other_steps(struct my_alter *a, const struct vec *list)
{
    for (size_t i = 0; i < list->len; i++) {
        const char *sql = VEC_AT(list, const char *, i);
        bool alters = str_starts(sql, "ALTER ");
        struct step *s =
            plan_step(a->b, PHASE_PRE, a->from, NULL, alters ? with_history(a, sql) : sql);

        if (!alters)
            plan_hazard(a->b, s, HAZARD_REWRITE | (has_update_trigger(a) ? HAZARD_UNTRACKED : 0),
                        has_update_trigger(a) ? "every row is written, and triggers run"
                                              : "every row is written");
        else if (strstr(sql, ") STORED"))
            plan_hazard(a->b, s, HAZARD_REWRITE | HAZARD_LOCK, "the table is copied");
        else if (strstr(sql, " DROP PARTITION "))
            plan_hazard(a->b, s, HAZARD_DATA, "the rows of a partition are lost");
        else if (strstr(sql, " REORGANIZE PARTITION "))
            plan_hazard(a->b, s, HAZARD_REWRITE | HAZARD_LOCK | HAZARD_ROWS,
                        "the rows of these partitions are copied, and writers wait");
        else if (strstr(sql, " COALESCE PARTITION ") || strstr(sql, " ADD PARTITION "))
            plan_hazard(a->b, s, partition_hazards(a), NULL);
        else if (strstr(sql, " ADD FULLTEXT "))
            plan_hazard(a->b, s, HAZARD_SCAN | HAZARD_LOCK, "an index is built, and writers wait");
    }
}

static void misfits(struct my_alter *a, struct step *s)
{
    struct buf sql = BUF_INIT;

    if (!a->misfit.len && !a->doubles.len)
        return;
    buf_adds(&sql, "SELECT ");
    if (a->misfit.len) {
        buf_adds(&sql, "(SELECT COUNT(*) FROM ");
        mysql_name(&sql, a->to->name);
        buf_addf(&sql, " WHERE %s)", a->misfit.data);
    }
    if (a->doubles.len)
        buf_addf(&sql, "%s%s", a->misfit.len ? " + " : "", a->doubles.data);
    s->row_check = arena_strdup(a->b->arena, sql.data);
    s->row_what = arena_printf(a->b->arena, "rows %s", a->misfit_what.data);
    buf_release(&sql);
}

/* What the table has, which decides how columns come and go. */
static unsigned with_table(const struct my_alter *a)
{
    unsigned other, cost = a->columns && a->n > 1 ? my_cost_together(a->b, a->cost) : a->cost;
    bool fulltext = false, is_virtual = false;

    for (const struct object *p = a->to->first; p; p = p->next) {
        fulltext |= p->kind->id == K_INDEX && mysql_word(model_get(p, P_INDEX_METHOD), "fulltext");
        is_virtual |=
            p->kind->id == K_COLUMN && mysql_word(model_get(p, P_COLUMN_GENERATED), "virtual");
    }
    if (a->columns && fulltext && (other = my_cost_of(a->b, OP_COLUMNS_WITH_FULLTEXT)) > cost)
        cost = other;
    if (a->columns && mysql_word(model_get(a->to, P_TABLE_ROW_FORMAT), "compressed") &&
        (other = my_cost_of(a->b, OP_COLUMNS_COMPRESSED)) > cost)
        cost = other;
    if (a->columns && is_virtual && (a->placed || a->n > 1) &&
        (other = my_cost_of(a->b, OP_COLUMNS_WITH_VIRTUAL)) > cost)
        cost = other;
    return cost;
}

static void main_step(struct my_alter *a)
{
    unsigned cost = with_table(a);
    struct buf sql = mysql_alter_start(a->from);
    struct step *s;

    buf_adds(&sql, a->n ? a->sql.data : "");
    buf_adds(&sql, a->partitioning ? a->partitioning : "");
    s = plan_step(a->b, PHASE_PRE, a->from, a->from, with_history(a, sql.data));
    plan_hazard(a->b, s, a->hazards | my_cost_hazards(cost), a->why.len ? a->why.data : NULL);
    if (my_cost_words(cost))
        plan_hazard(a->b, s, 0, my_cost_words(cost));
    misfits(a, s);
    buf_release(&sql);
}

static void add_tight(struct my_alter *a, const char *clause)
{
    struct buf sql = mysql_alter_start(a->from);
    struct step *s;

    buf_addf(&sql, " %s", clause);
    s = plan_step(a->b, PHASE_PRE, a->from, a->from, with_history(a, sql.data));
    plan_hazard(a->b, s, HAZARD_ROWS | my_cost_hazards(my_cost_of(a->b, OP_NULLABLE)), NULL);
    buf_release(&sql);
}

static void steps(struct my_alter *a)
{
    bool apart = my_cost_copies(with_table(a)) || a->partitioning;

    for (size_t i = 0; !apart && i < a->tight.len; i++)
        buf_adds(my_alter_clause(a, OP_NULLABLE), VEC_AT(&a->tight, const char *, i));
    other_steps(a, &a->before);
    if (a->n || a->partitioning)
        main_step(a);
    for (size_t i = 0; apart && i < a->tight.len; i++)
        add_tight(a, VEC_AT(&a->tight, const char *, i));
    other_steps(a, &a->after);
}

static void all_clauses(struct my_alter *a, uint64_t differs)
{
    drop_checks(a);
    my_alter_keys(a);
    my_alter_columns(a);
    drop_options(a);
    my_alter_columns_back(a);
    my_alter_keys_back(a);
    add_checks(a);
    table_properties(a, differs);
    add_options(a);
    versioning(a, differs);
    secret_options(a);
    my_alter_partitions(a);
}

void mysql_alter_table(struct plan_builder *b, const struct plan_pair *p)
{
    struct my_alter a = {.b = b,
                         .from = p->from,
                         .to = p->to,
                         .before = VEC_INIT(const char *),
                         .after = VEC_INIT(const char *),
                         .tight = VEC_INIT(const char *)};

    if (mysql_word(model_get(p->from, P_TABLE_PROVEN), "no") || mysql_refuse_foreign(b, p->from))
        return; /* the first is named by its gap */
    all_clauses(&a, plan_differs(b, p->from));
    if (!a.refused)
        steps(&a);
    vec_release(&a.before);
    vec_release(&a.after);
    vec_release(&a.tight);
    buf_release(&a.sql);
    buf_release(&a.why);
    buf_release(&a.misfit);
    buf_release(&a.misfit_what);
    buf_release(&a.doubles);
}

/* Where a property of the table differs, too, its row does it all. */
void mysql_alter_parts(struct plan_builder *b, const struct plan_pair *p)
{
    if (!p->differs)
        mysql_alter_table(b, p);
}

/* ---- foreign keys that are in the way -------------------------------------------------------- */

/* What neither server changes of a column that a foreign key has, on either side, though
 * foreign_key_checks be off. */
static bool key_column_changes(const struct plan_builder *b, const struct object *to_table,
                               const char *list)
{
    static const uint64_t bits = BIT(P_COLUMN_TYPE) | BIT(P_COLUMN_CHARSET) |
                                 BIT(P_COLUMN_COLLATION) | BIT(P_COLUMN_GENERATED) |
                                 BIT(P_COLUMN_EXPRESSION);
    uint64_t more = b->opt->target_flavor == ENGINE_MY ? BIT(P_COLUMN_AUTO_INCREMENT) : 0;

    for (const struct object *c = plan_child(to_table, K_COLUMN, NULL); c;
         c = plan_child(to_table, K_COLUMN, c)) {
        const struct object *from = my_list_has(list, c->name) ? plan_other(b, c) : NULL;

        if (from && ((plan_differs(b, from) & (bits | more)) || my_column_is_remade(b, from)))
            return true;
    }
    return false;
}

/* The table of a quoted name in TO, unless it is in another database. */
static const struct object *referenced(const struct plan_builder *b, const struct object *key)
{
    const char *text = model_get(key, P_FOREIGN_KEY_REFERENCES);
    const struct object *found = NULL;
    struct buf name = BUF_INIT;

    if (!text || *text != '`' || sqltoken_end(text, text + strlen(text))[0])
        return NULL;
    for (const char *p = text + 1; *p && p[1]; p++) {
        buf_addch(&name, *p);
        if (*p == '`')
            p++;
    }
    found = model_child(b->to, b->to->root, kinds[K_TABLE].space, name.data ? name.data : "");
    buf_release(&name);
    return found && found->kind->id == K_TABLE ? found : NULL;
}

bool my_foreign_key_has(const struct plan_builder *b, const struct object *column)
{
    const struct object *table = column->parent;
    uint32_t n;
    const struct object *const *list = plan_dependants(b, table, &n);

    for (const struct object *k = plan_child(table, K_FOREIGN_KEY, NULL); k;
         k = plan_child(table, K_FOREIGN_KEY, k))
        if (!plan_drops(b, k) && my_list_has(model_get(k, P_FOREIGN_KEY_COLUMNS), column->name))
            return true;
    for (uint32_t i = 0; i < n; i++)
        if (list[i]->kind->id == K_FOREIGN_KEY && !plan_drops(b, list[i]) &&
            my_list_has(model_get(list[i], P_FOREIGN_KEY_REF_COLUMNS), column->name))
            return true;
    return false;
}

static bool table_changes(const struct plan_builder *b, const struct object *to)
{
    const struct object *from = plan_other(b, to);

    return from && (plan_differs(b, from) & BIT(P_TABLE_ENGINE));
}

bool mysql_foreign_key_breaks(struct plan_builder *b, const struct object *to)
{
    const struct object *table = referenced(b, to);

    return key_column_changes(b, to->parent, model_get(to, P_FOREIGN_KEY_COLUMNS)) ||
           table_changes(b, to->parent) ||
           (table && (key_column_changes(b, table, model_get(to, P_FOREIGN_KEY_REF_COLUMNS)) ||
                      table_changes(b, table)));
}
