#include "mysql.h"

#include <dbtwin/sqltoken.h>

#include <string.h>

/* ---- columns ------------------------------------------------------------------------------ */

/* MariaDB takes no NOT NULL of a generated column, but a check that says the same. */
static void add_not_nulls(struct plan_builder *b, const struct object *table, struct buf *out)
{
    if (b->model->flavor != ENGINE_MY || b->opt->target_flavor != ENGINE_MA)
        return;
    for (const struct object *c = plan_part(b, table, K_COLUMN, NULL); c;
         c = plan_part(b, table, K_COLUMN, c)) {
        if (!model_get(c, P_COLUMN_GENERATED) || !model_yes(c, P_COLUMN_NOT_NULL))
            continue;
        buf_adds(out, ",\n  CHECK (");
        mysql_name(out, c->name);
        buf_adds(out, " is not null)");
    }
}

static bool add_columns(struct plan_builder *b, const struct object *table, struct buf *out)
{
    const char *before = "\n  ";

    for (const struct object **c = plan_parts(b, table, K_COLUMN, NULL); *c; c++) {
        buf_adds(out, before);
        if (!mysql_column(b, *c, out))
            return false;
        before = ",\n  ";
    }
    return true;
}

/* ---- the rest of CREATE TABLE ------------------------------------------------------------- */

/* A key without which the AUTO_INCREMENT column would be refused. */
static const struct object *auto_key(struct plan_builder *b, const struct object *const *keys,
                                     uint32_t n)
{
    const struct object *found = NULL;

    (void)b;
    for (uint32_t i = 0; i < n; i++) {
        const struct object *column = mysql_key_leader(keys[i]);

        if (column && model_yes(column, P_COLUMN_AUTO_INCREMENT) &&
            (!found || str_eq(keys[i]->name, "PRIMARY")))
            found = keys[i];
    }
    return found;
}

static bool has_transactions(const struct object *table)
{
    const char *engine = model_get(table, P_TABLE_ENGINE);
    return mysql_word(engine, "innodb") || mysql_word(engine, "rocksdb") ||
           mysql_word(engine, "tokudb") || mysql_word(engine, "ndbcluster");
}

/* Keys that CREATE TABLE makes; marks them in `made`. */
static bool add_first_keys(struct plan_builder *b, const struct object *table,
                           const struct object *const *keys, uint32_t n, bool *made,
                           struct buf *out)
{
    const struct object *needed = auto_key(b, keys, n);
    bool all = !has_transactions(table) || b->to; /* there are no rows to load */

    for (uint32_t i = 0; i < n; i++) {
        if (!all && keys[i] != needed && !str_eq(keys[i]->name, "PRIMARY"))
            continue;
        buf_adds(out, ",\n  ");
        made[i] = true;
        if (!mysql_key(b, keys[i], out))
            return false;
    }
    return true;
}

void mysql_check(const struct object *check, struct buf *out)
{
    buf_adds(out, "CONSTRAINT ");
    mysql_name(out, check->name);
    buf_addf(out, " CHECK (%s)", model_get(check, P_CHECK_EXPRESSION));
    if (mysql_word(model_get(check, P_CHECK_ENFORCED), "no"))
        buf_adds(out, " NOT ENFORCED");
}

static bool add_checks(struct plan_builder *b, const struct object *table, struct buf *out)
{
    for (const struct object *c = plan_part(b, table, K_CHECK, NULL); c;
         c = plan_part(b, table, K_CHECK, c)) {
        if (plan_unknown(b, c, P_CHECK_EXPRESSION))
            return false;
        if (mysql_word(model_get(c, P_CHECK_LEVEL), "column"))
            continue;
        buf_adds(out, ",\n  ");
        mysql_check(c, out);
    }
    return true;
}

static const char period_prefix[] = "period for ";

/* What kinds.def has no kind for: an option of the table that stands among its columns. */
static void add_periods(struct plan_builder *b, const struct object *table, struct buf *out)
{
    for (const struct object *o = plan_part(b, table, K_OPTION, NULL); o;
         o = plan_part(b, table, K_OPTION, o))
        if (str_starts(o->name, period_prefix))
            buf_addf(out, ",\n  PERIOD FOR %s (%s)", o->name + strlen(period_prefix),
                     model_get(o, P_OPTION_VALUE));
}

static bool is_bare(const char *value)
{
    return value[0] && !value[strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                            "0123456789_")];
}

void mysql_option(const char *name, const char *value, struct buf *out)
{
    buf_addf(out, " %s=", name);
    if (is_bare(value))
        buf_adds(out, value);
    else
        mysql_text(out, value, false);
}

/* COMPRESSION='zlib', ENCRYPTION='Y', PAGE_COMPRESSED='on': numbers and keywords alone stand bare.
 */
void mysql_child_option(struct plan_builder *b, const struct object *o, struct buf *out)
{
    const char *value = model_get(o, P_OPTION_VALUE);

    if (!value || str_starts(o->name, period_prefix))
        return;
    if (strstr(o->name, " directory") && !b->show && !b->to) {
        plan_leave(b, o, "the copy's files are stored with the database");
    } else if (str_eq(o->name, "union")) {
        buf_addf(out, " UNION=(%s)", value);
    } else if (!value[strspn(value, "0123456789")] || mysql_word(value, "default") ||
               mysql_word(o->name, "insert_method")) {
        buf_addf(out, " %s=%s", o->name, value);
    } else {
        buf_addf(out, " %s=", o->name);
        mysql_text(out, value, false);
    }
}

/* Where the target has no such general tablespace, or no word for one, the table is made in the
 * default one. innodb_system and innodb_file_per_table are everywhere. */
static const char *tablespace_of(struct plan_builder *b, const struct object *table)
{
    const char *space = model_get(table, P_TABLE_TABLESPACE);
    bool mysql = b->opt->target_flavor == ENGINE_MY;
    const char *const *known =
        mysql && space && !str_starts(space, "innodb_") ? b->opt->tablespaces : NULL;

    if (!space || b->show || (mysql && !known))
        return space;
    for (; known && *known; known++)
        if (str_eq(*known, space))
            return space;
    plan_leave_property(
        b, table, P_TABLE_TABLESPACE,
        arena_printf(b->arena,
                     "its tablespace %s, which the target's server does not have: "
                     "it is made in the default one (map: tablespaces in the config "
                     "gives it another)",
                     space));
    return NULL;
}

static void add_options(struct plan_builder *b, const struct object *table, struct buf *out)
{
    static const struct {
        int slot;
        const char *name;
    } slots[] = {
        {P_TABLE_ENGINE, "ENGINE"},           {P_TABLE_AUTO_INCREMENT, "AUTO_INCREMENT"},
        {P_TABLE_CHARSET, "DEFAULT CHARSET"}, {P_TABLE_COLLATION, "COLLATE"},
        {P_TABLE_ROW_FORMAT, "ROW_FORMAT"},
    };
    const char *comment = model_get(table, P_TABLE_COMMENT);
    const char *tablespace = tablespace_of(b, table);

    if (tablespace) {
        buf_adds(out, " TABLESPACE ");
        mysql_name(out, tablespace);
    }
    for (size_t i = 0; i < ARRAY_LEN(slots); i++)
        if (model_get(table, slots[i].slot) && (slots[i].slot != P_TABLE_AUTO_INCREMENT || !b->to))
            mysql_option(slots[i].name, model_get(table, slots[i].slot), out);
    for (const struct object *o = plan_part(b, table, K_OPTION, NULL); o;
         o = plan_part(b, table, K_OPTION, o))
        mysql_child_option(b, o, out);
    for (const struct object *o = plan_part(b, table, K_SECRET_OPTION, NULL); o && b->show;
         o = plan_part(b, table, K_SECRET_OPTION, o))
        buf_addf(out, " %s=''", o->name);
    if (comment) {
        buf_adds(out, " COMMENT=");
        mysql_text(out, comment, false);
    }
    if (model_yes(table, P_TABLE_SYSTEM_VERSIONED))
        buf_adds(out, " WITH SYSTEM VERSIONING");
}

/* ---- keys that come after the data --------------------------------------------------------- */

struct buf mysql_alter_start(const struct object *table)
{
    struct buf out = BUF_INIT;

    buf_adds(&out, "ALTER TABLE ");
    mysql_name(&out, table->name);
    return out;
}

static bool later_keys(struct plan_builder *b, const struct object *table,
                       const struct object *const *keys, uint32_t n, const bool *made)
{
    struct buf all = mysql_alter_start(table);
    unsigned added = 0;
    bool good = true;

    for (uint32_t i = 0; good && i < n; i++) {
        if (made[i] || mysql_word(model_get(keys[i], P_INDEX_METHOD), "fulltext"))
            continue;
        buf_adds(&all, added++ ? ",\n  ADD " : "\n  ADD ");
        good = mysql_key(b, keys[i], &all);
    }
    if (good && added)
        plan_step(b, PHASE_POST, table, table, all.data)->what = arena_printf(
            b->arena, "%u key%s of table %s", added, added == 1 ? "" : "s", table->name);
    buf_release(&all);
    for (uint32_t i = 0; good && i < n; i++) {
        if (made[i] || !mysql_word(model_get(keys[i], P_INDEX_METHOD), "fulltext"))
            continue;
        struct buf one = mysql_alter_start(table);
        buf_adds(&one, " ADD ");
        good = mysql_key(b, keys[i], &one);
        if (good)
            plan_step(b, PHASE_POST, keys[i], table, one.data);
        buf_release(&one);
    }
    return good;
}

/* ---- the table ----------------------------------------------------------------------------- */

/* Engines whose tables are not here: writing to them would be writing there. */
static bool refuse_engine(struct plan_builder *b, const struct object *table)
{
    static const char *const elsewhere[] = {"connect",    "federated", "mrg_myisam",
                                            "ndbcluster", "s3",        "spider"};
    const char *engine = model_get(table, P_TABLE_ENGINE);

    for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++) {
        if (!mysql_word(engine, elsewhere[i]))
            continue;
        plan_refuse(b, table,
                    arena_printf(b->arena,
                                 "its engine %s keeps the rows elsewhere: loading the copy could "
                                 "write to production",
                                 engine));
        return true;
    }
    return false;
}

/* The guard has found it to be another table than the source's. */
static bool refuse_unproven(struct plan_builder *b, const struct object *table)
{
    const char *proven = model_get(table, P_TABLE_PROVEN);

    if (!mysql_word(proven, "no"))
        return false;
    if (!model_has_gap(b->model, table)) /* else that is refused already */
        plan_refuse(b, table, "dbtwin would not recreate it exactly as SHOW CREATE TABLE shows it");
    return true;
}

/*
 * A default that takes its value from a sequence is kept with the name of the database it was made
 * in, the shadow's: so it is set once more where it ends up. All of a table's in one statement:
 * the server opens the sequences of the defaults that stay, and these are gone by then.
 */
static void sequence_defaults(struct plan_builder *b, const struct object *table)
{
    static const char *const functions[] = {"nextval(", "lastval(", "setval("};
    struct buf out = mysql_alter_start(table);
    unsigned n = 0;

    for (const struct object *c = plan_part(b, table, K_COLUMN, NULL); c;
         c = plan_part(b, table, K_COLUMN, c)) {
        const char *value = model_get(c, P_COLUMN_DEFAULT);
        bool found = false;

        for (size_t i = 0; i < ARRAY_LEN(functions); i++)
            found |= value && strstr(value, functions[i]);
        if (b->model->flavor != ENGINE_MA || !found)
            continue;
        buf_adds(&out, n++ ? ", ALTER COLUMN " : " ALTER COLUMN ");
        mysql_name(&out, c->name);
        buf_addf(&out, " SET DEFAULT %s", value);
    }
    if (n)
        plan_step(b, PHASE_FINAL, table, NULL, out.data)->what = arena_printf(
            b->arena, "%u sequence default%s of table %s", n, n == 1 ? "" : "s", table->name);
    buf_release(&out);
}

bool mysql_show(struct plan_builder *b, const struct object *table, struct buf *out)
{
    buf_adds(out, "CREATE TABLE ");
    mysql_name(out, table->name);
    buf_adds(out, " (");
    if (!add_columns(b, table, out))
        return false;
    for (const struct object **k = plan_parts(b, table, K_INDEX, NULL); *k; k++) {
        buf_adds(out, ",\n  ");
        if (!mysql_key(b, *k, out))
            return false;
    }
    for (const struct object *k = plan_part(b, table, K_FOREIGN_KEY, NULL); k;
         k = plan_part(b, table, K_FOREIGN_KEY, k)) {
        buf_adds(out, ",\n  ");
        if (!mysql_foreign_key_clause(b, k, out))
            return false;
    }
    if (!add_checks(b, table, out))
        return false;
    add_periods(b, table, out);
    buf_adds(out, "\n)");
    add_options(b, table, out);
    mysql_partitions(b, table, out);
    return true;
}

void mysql_table(struct plan_builder *b, const struct object *o)
{
    uint32_t n;
    const struct object **keys = plan_parts(b, o, K_INDEX, &n);
    bool *made = arena_calloc(b->arena, n + 1);
    struct buf out = BUF_INIT;

    if (refuse_engine(b, o) || refuse_unproven(b, o) || mysql_refuse_foreign(b, o))
        return;
    buf_adds(&out, "CREATE TABLE ");
    mysql_name(&out, o->name);
    buf_adds(&out, " (");
    bool good = add_columns(b, o, &out) && add_first_keys(b, o, keys, n, made, &out) &&
                add_checks(b, o, &out);
    if (good) {
        add_not_nulls(b, o, &out);
        add_periods(b, o, &out);
        buf_adds(&out, "\n)");
        add_options(b, o, &out);
        mysql_partitions(b, o, &out);
        plan_step(b, PHASE_PRE, o, NULL, out.data);
        good = later_keys(b, o, keys, n, made);
        if (!b->to) /* else it is made where it stays */
            sequence_defaults(b, o);
    }
    buf_release(&out);
    if (good && !b->to && model_yes(o, P_TABLE_SYSTEM_VERSIONED))
        plan_leave_some(b, o, "its history: only the rows that are valid now are copied");
}
