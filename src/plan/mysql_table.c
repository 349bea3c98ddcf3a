#include "mysql.h"

#include <dbtwin/sqltoken.h>

#include <string.h>

/* ---- columns ------------------------------------------------------------------------------ */

/* A MariaDB check that stands with its column: it has the column's name and goes by it. */
static const struct object *column_check(struct plan_builder *b, const struct object *column)
{
    for (const struct object *c = plan_part(b, column->parent, K_CHECK, NULL); c;
         c = plan_part(b, column->parent, K_CHECK, c))
        if (mysql_word(model_get(c, P_CHECK_LEVEL), "column") && str_eq(c->name, column->name))
            return c;
    return NULL;
}

static bool is_timestamp(const char *type)
{
    return str_starts(type, "timestamp");
}

/*
 * As SHOW CREATE TABLE does it, so that a copy shows what its source shows: nothing where the
 * column inherits. MySQL 8 keeps whether a collation was written with the column, and leaves away
 * the one that a character set has by itself where it was not (store_create_info).
 */
static void add_charset(struct plan_builder *b, const struct object *c, struct buf *out)
{
    const char *charset = model_get(c, P_COLUMN_CHARSET);
    const char *collation = model_get(c, P_COLUMN_COLLATION);
    bool given = b->opt->target_flavor == ENGINE_MY && model_yes(c, P_COLUMN_COLLATION_GIVEN);

    if (!collation || (str_eq(collation, model_get(c->parent, P_TABLE_COLLATION)) && !given))
        return;
    if (charset)
        buf_addf(out, " CHARACTER SET %s", charset);
    if (!charset || given || b->opt->target_flavor != ENGINE_MY ||
        !str_eq(collation,
                mysql_default_collation(b->arena, charset, ENGINE_MY, b->opt->target_version)))
        buf_addf(out, " COLLATE %s", collation);
}

static void add_generated(struct plan_builder *b, const struct object *c, struct buf *out)
{
    const char *generated = model_get(c, P_COLUMN_GENERATED);
    const char *expression = model_get(c, P_COLUMN_EXPRESSION);

    if (mysql_word(generated, "stored") || mysql_word(generated, "virtual"))
        buf_addf(out, " GENERATED ALWAYS AS (%s) %s", expression ? expression : "NULL",
                 mysql_upper(b->arena, generated));
    else /* row start, row end: of system versioning */
        buf_addf(out, " GENERATED ALWAYS AS %s", mysql_upper(b->arena, generated));
    if (b->opt->target_flavor == ENGINE_MY && model_yes(c, P_COLUMN_NOT_NULL))
        buf_adds(out, " NOT NULL");
}

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

/* MariaDB's SHOW CREATE TABLE has question marks for characters of four bytes in a literal. */
static void add_shown_default(const char *value, struct buf *out)
{
    while (*value) {
        bool four = (unsigned char)*value >= 0xf0;
        buf_addch(out, four ? '?' : *value);
        for (value++; four && ((unsigned char)*value & 0xc0) == 0x80;)
            value++;
    }
}

/* MySQL takes a literal as the default of a text or blob only as an expression; MariaDB shows one
 * that was written so as the literal. */
static bool needs_parentheses(const struct plan_builder *b, const struct object *c)
{
    const char *type = model_get(c, P_COLUMN_TYPE);
    return b->opt->target_flavor == ENGINE_MY && b->model->flavor == ENGINE_MA && type &&
           (strstr(type, "text") || strstr(type, "blob") || str_starts(type, "json"));
}

/* `sequence` defaults: the server would keep the name of the database they were made in. */
static void add_value(struct plan_builder *b, const struct object *c, struct buf *out)
{
    const char *value = model_get(c, P_COLUMN_DEFAULT);
    const char *on_update = model_get(c, P_COLUMN_ON_UPDATE);

    if (model_yes(c, P_COLUMN_NOT_NULL))
        buf_adds(out, " NOT NULL");
    else if (is_timestamp(model_get(c, P_COLUMN_TYPE)))
        buf_adds(out, " NULL");
    if (value)
        buf_adds(out, " DEFAULT ");
    if (value && *value == '\'' && b->show && b->model->flavor == ENGINE_MA)
        add_shown_default(value, out);
    else if (value && *value == '\'' && needs_parentheses(b, c))
        buf_addf(out, "(%s)", value);
    else if (value)
        buf_adds(out, value);
    if (on_update)
        buf_addf(out, " ON UPDATE %s", on_update);
    if (model_yes(c, P_COLUMN_AUTO_INCREMENT))
        buf_adds(out, " AUTO_INCREMENT");
}

static bool add_column(struct plan_builder *b, const struct object *c, struct buf *out)
{
    const char *options = model_get(c, P_COLUMN_OPTIONS), *srid = model_get(c, P_COLUMN_SRID);
    const char *comment = model_get(c, P_COLUMN_COMMENT);
    const struct object *check = column_check(b, c);
    bool compressed = options && str_starts(options, "COMPRESSED");

    if (plan_unknown(b, c, P_COLUMN_TYPE) || plan_unknown(b, c, P_COLUMN_DEFAULT))
        return false;
    mysql_name(out, c->name);
    buf_addf(out, " %s", model_get(c, P_COLUMN_TYPE));
    if (compressed)
        buf_adds(out, " COMPRESSED");
    if (srid && b->opt->target_flavor == ENGINE_MA && !b->show) /* which does not show it */
        buf_addf(out, " REF_SYSTEM_ID=%s", srid);
    add_charset(b, c, out);
    if (model_get(c, P_COLUMN_GENERATED))
        add_generated(b, c, out);
    else
        add_value(b, c, out);
    if (srid && b->opt->target_flavor != ENGINE_MA)
        buf_addf(out, " SRID %s", srid);
    if (model_yes(c, P_COLUMN_INVISIBLE))
        buf_adds(out, " INVISIBLE");
    if (options && options[compressed ? 10 : 0])
        buf_addf(out, " %s", options + (compressed ? 10 : 0));
    if (comment) {
        buf_adds(out, " COMMENT ");
        mysql_text(out, comment, false);
    }
    if (check)
        buf_addf(out, " CHECK (%s)", model_get(check, P_CHECK_EXPRESSION));
    return true;
}

static bool add_columns(struct plan_builder *b, const struct object *table, struct buf *out)
{
    const char *before = "\n  ";

    for (const struct object **c = plan_parts(b, table, K_COLUMN, NULL); *c; c++) {
        buf_adds(out, before);
        if (!add_column(b, *c, out))
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
    bool all = !has_transactions(table);

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

static bool add_checks(struct plan_builder *b, const struct object *table, struct buf *out)
{
    for (const struct object *c = plan_part(b, table, K_CHECK, NULL); c;
         c = plan_part(b, table, K_CHECK, c)) {
        const char *enforced = model_get(c, P_CHECK_ENFORCED);

        if (plan_unknown(b, c, P_CHECK_EXPRESSION))
            return false;
        if (mysql_word(model_get(c, P_CHECK_LEVEL), "column"))
            continue;
        buf_adds(out, ",\n  CONSTRAINT ");
        mysql_name(out, c->name);
        buf_addf(out, " CHECK (%s)", model_get(c, P_CHECK_EXPRESSION));
        if (mysql_word(enforced, "no"))
            buf_adds(out, " NOT ENFORCED");
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

static void add_option(const char *name, const char *value, struct buf *out)
{
    buf_addf(out, " %s=", name);
    if (is_bare(value))
        buf_adds(out, value);
    else
        mysql_text(out, value, false);
}

/* COMPRESSION='zlib', ENCRYPTION='Y', PAGE_COMPRESSED='on': numbers and keywords alone stand bare.
 */
static void add_child_option(struct plan_builder *b, const struct object *o, struct buf *out)
{
    const char *value = model_get(o, P_OPTION_VALUE);

    if (!value || str_starts(o->name, period_prefix))
        return;
    if (strstr(o->name, " directory") && !b->show) {
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
        if (model_get(table, slots[i].slot))
            add_option(slots[i].name, model_get(table, slots[i].slot), out);
    for (const struct object *o = plan_part(b, table, K_OPTION, NULL); o;
         o = plan_part(b, table, K_OPTION, o))
        add_child_option(b, o, out);
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

static struct buf alter(const struct object *table)
{
    struct buf out = BUF_INIT;

    buf_adds(&out, "ALTER TABLE ");
    mysql_name(&out, table->name);
    return out;
}

static bool later_keys(struct plan_builder *b, const struct object *table,
                       const struct object *const *keys, uint32_t n, const bool *made)
{
    struct buf all = alter(table);
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
        struct buf one = alter(table);
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
    struct buf out = alter(table);
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

/* Left out, the action is NO ACTION to MySQL 8, and RESTRICT to MariaDB and to MySQL before; said
 * to MariaDB, RESTRICT would become NO ACTION by ALTER TABLE (innobase_set_foreign_key_option). */
static void add_action(const struct plan_builder *b, const char *event, const char *action,
                       struct buf *out)
{
    bool modern = b->opt->target_flavor == ENGINE_MY && b->opt->target_version >= 80000;

    if (action && !mysql_word(action, modern ? "no action" : "restrict"))
        buf_addf(out, " ON %s %s", event, mysql_upper(b->arena, action));
}

static bool add_foreign_key(struct plan_builder *b, const struct object *k, struct buf *out)
{
    if (plan_unknown(b, k, P_FOREIGN_KEY_COLUMNS) || plan_unknown(b, k, P_FOREIGN_KEY_REFERENCES) ||
        plan_unknown(b, k, P_FOREIGN_KEY_REF_COLUMNS))
        return false;
    buf_adds(out, "CONSTRAINT ");
    mysql_name(out, k->name);
    buf_addf(out, " FOREIGN KEY (%s) REFERENCES %s (%s)", model_get(k, P_FOREIGN_KEY_COLUMNS),
             model_get(k, P_FOREIGN_KEY_REFERENCES), model_get(k, P_FOREIGN_KEY_REF_COLUMNS));
    if (mysql_word(model_get(k, P_FOREIGN_KEY_MATCH), "full"))
        buf_adds(out, " MATCH FULL");
    add_action(b, "DELETE", model_get(k, P_FOREIGN_KEY_ON_DELETE), out);
    add_action(b, "UPDATE", model_get(k, P_FOREIGN_KEY_ON_UPDATE), out);
    return true;
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
        if (!add_foreign_key(b, k, out))
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
        sequence_defaults(b, o);
    }
    buf_release(&out);
    if (good && model_yes(o, P_TABLE_SYSTEM_VERSIONED))
        plan_leave_some(b, o, "its history: only the rows that are valid now are copied");
}

/* ---- foreign keys -------------------------------------------------------------------------- */

/* Whether the table is nowhere in this database: keys to such tables can be made while
 * foreign_key_checks is off. */
static bool refers_to_nothing(struct plan_builder *b, const struct object *k)
{
    const char *references = model_get(k, P_FOREIGN_KEY_REFERENCES);
    struct buf quoted = BUF_INIT;
    bool found = !references || sqltoken_end(references, references + strlen(references))[0];

    for (const struct object *t = b->model->root->first; t && !found; t = t->next) {
        if (t->kind->id != K_TABLE)
            continue;
        buf_reset(&quoted);
        mysql_name(&quoted, t->name);
        found = mysql_word(references, quoted.data);
    }
    buf_release(&quoted);
    return !found;
}

/* Such a key is kept with the name of the shadow, and does not move along to where its table ends
 * up, as others do: there it is made once more. */
static void remake_key(struct plan_builder *b, const struct object *k)
{
    struct buf drop = alter(k->parent), add = alter(k->parent);

    buf_adds(&drop, " DROP FOREIGN KEY ");
    mysql_name(&drop, k->name);
    buf_adds(&add, " ADD ");
    if (add_foreign_key(b, k, &add)) {
        plan_step(b, PHASE_FINAL, k, NULL, drop.data);
        plan_step(b, PHASE_FINAL, k, NULL, add.data);
    }
    buf_release(&drop);
    buf_release(&add);
}

/* The first of a table's foreign keys makes them all. */
void mysql_foreign_key(struct plan_builder *b, const struct object *o)
{
    const struct object *table = o->parent;
    struct buf out = alter(table);
    unsigned n = 0;
    bool good = true;

    if (o == plan_part(b, table, K_FOREIGN_KEY, NULL)) {
        for (const struct object *k = o; good && k; k = plan_part(b, table, K_FOREIGN_KEY, k)) {
            buf_adds(&out, n++ ? ",\n  ADD " : "\n  ADD ");
            good = add_foreign_key(b, k, &out);
            if (good && refers_to_nothing(b, k))
                remake_key(b, k);
        }
        if (good)
            plan_step(b, PHASE_FK, o, table, out.data)->what = arena_printf(
                b->arena, "%u foreign key%s of table %s", n, n == 1 ? "" : "s", table->name);
    }
    buf_release(&out);
}
