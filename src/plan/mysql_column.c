#include "mysql.h"

#include <dbtwin/engine.h>

#include <string.h>

/* A MariaDB check that stands with its column: it has the column's name and goes by it. */
const struct object *mysql_column_check(struct plan_builder *b, const struct object *column)
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

bool mysql_column(struct plan_builder *b, const struct object *c, struct buf *out)
{
    const char *options = model_get(c, P_COLUMN_OPTIONS), *srid = model_get(c, P_COLUMN_SRID);
    const char *comment = model_get(c, P_COLUMN_COMMENT);
    const struct object *check = mysql_column_check(b, c);
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
