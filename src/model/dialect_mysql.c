#include "dialect.h"

#include <string.h>
#include <strings.h>

/*
 * Display width of integers. It does not change what a column holds, MySQL 8.0.19 and later do not
 * show it but for tinyint(1) and ZEROFILL, MariaDB and older MySQL always do. Only the width that
 * a server makes up when none is given is taken away: another one somebody has written, and a
 * MariaDB that differs in it does differ.
 * https://dev.mysql.com/doc/relnotes/mysql/8.0/en/news-8-0-19.html (Deprecation and Removal)
 * https://dev.mysql.com/doc/refman/8.0/en/numeric-type-attributes.html
 * https://mariadb.com/kb/en/int/
 * YEAR(4) is the same thing: https://dev.mysql.com/doc/refman/8.0/en/year.html
 */
static const char *drop_display_width(const char *text, struct arena *a)
{
    static const struct {
        const char *type;
        const char *is_signed;
        const char *is_unsigned;
    } widths[] = {
        {"bigint", "(20)", "(20)"}, {"int", "(11)", "(10)"},   {"mediumint", "(9)", "(8)"},
        {"smallint", "(6)", "(5)"}, {"tinyint", "(4)", "(3)"}, {"year", "(4)", "(4)"},
    };
    size_t type_len = strcspn(text, "( ");
    const char *open = text + type_len;

    if (*open != '(' || strcasestr(open, "zerofill"))
        return text;
    for (size_t i = 0; i < ARRAY_LEN(widths); i++) {
        const char *width =
            strcasestr(open, "unsigned") ? widths[i].is_unsigned : widths[i].is_signed;

        if (strlen(widths[i].type) == type_len &&
            strncasecmp(text, widths[i].type, type_len) == 0 && str_starts(open, width))
            return arena_printf(a, "%.*s%s", (int)type_len, text, open + strlen(width));
    }
    return text;
}

/*
 * utf8 is the old name of utf8mb3, in names of collations as well; when a server names the
 * character set of an object it has never meant utf8mb4 by it.
 * https://dev.mysql.com/doc/relnotes/mysql/8.0/en/news-8-0-29.html (Character Set Support)
 * https://dev.mysql.com/doc/relnotes/mysql/8.0/en/news-8-0-30.html (collations)
 * https://mariadb.com/kb/en/mariadb-10-6-1-release-notes/
 */
static const char *spell_utf8mb3(const char *text, struct arena *a)
{
    if (strncasecmp(text, "utf8", 4) == 0 && (text[4] == '\0' || text[4] == '_'))
        return arena_printf(a, "utf8mb3%s", text + 4);
    return text;
}

/*
 * CURRENT_TIMESTAMP, CURRENT_TIMESTAMP(), NOW(), LOCALTIME, LOCALTIME(), LOCALTIMESTAMP and
 * LOCALTIMESTAMP() are one function, whose argument is 0 when it is not given. Text in quotes or
 * in parentheses is something else.
 * https://dev.mysql.com/doc/refman/8.0/en/date-and-time-functions.html#function_now
 * https://mariadb.com/kb/en/now/
 */
static const char *spell_current_timestamp(const char *text, struct arena *a)
{
    static const struct {
        const char *name;
        bool needs_parentheses;
    } names[] = {
        {"current_timestamp", false},
        {"localtime", false},
        {"localtimestamp", false},
        {"now", true},
    };
    size_t name_len = strcspn(text, "(");
    const char *rest = text + name_len;
    char digit = '0';

    if (strcmp(rest, "") != 0 && strcmp(rest, "()") != 0) {
        if (strlen(rest) != 3 || rest[1] < '0' || rest[1] > '6' || rest[2] != ')')
            return text;
        digit = rest[1];
    }
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strlen(names[i].name) != name_len || strncasecmp(text, names[i].name, name_len) != 0 ||
            (names[i].needs_parentheses && !*rest))
            continue;
        return digit == '0' ? "current_timestamp" : arena_printf(a, "current_timestamp(%c)", digit);
    }
    return text;
}

/*
 * A column that may be null and has no default has the default NULL; MariaDB says so in words.
 * (A text 'NULL' stands in quotes.)
 * https://dev.mysql.com/doc/refman/8.0/en/data-type-defaults.html
 * https://mariadb.com/kb/en/information-schema-columns-table/
 */
static const char *drop_null_default(const char *text, struct arena *a)
{
    (void)a;
    return strcasecmp(text, "null") == 0 ? NULL : text;
}

/*
 * NO ACTION means RESTRICT, and the servers differ in which of the two they show.
 * https://dev.mysql.com/doc/refman/8.0/en/create-table-foreign-keys.html
 * https://mariadb.com/kb/en/foreign-keys/
 */
static const char *spell_restrict(const char *text, struct arena *a)
{
    (void)a;
    if (strcasecmp(text, "no action") == 0 || strcasecmp(text, "restrict") == 0)
        return "restrict";
    return text;
}

const struct rule dialect_mysql_rules[] = {
    {ENGINE_MYSQL, K_ANY, NULL, T_TYPE, drop_display_width},
    {ENGINE_MYSQL, K_ANY, "charset", T_NAME, spell_utf8mb3},
    {ENGINE_MYSQL, K_ANY, "charset_client", T_NAME, spell_utf8mb3},
    {ENGINE_MYSQL, K_ANY, "collation", T_NAME, spell_utf8mb3},
    {ENGINE_MYSQL, K_ANY, "collation_connection", T_NAME, spell_utf8mb3},
    {ENGINE_MYSQL, K_ANY, "database_collation", T_NAME, spell_utf8mb3},
    {ENGINE_MYSQL, K_COLUMN, "default", T_EXPR, spell_current_timestamp},
    {ENGINE_MYSQL, K_COLUMN, "on_update", T_EXPR, spell_current_timestamp},
    {ENGINE_MYSQL, K_COLUMN, "default", T_EXPR, drop_null_default},
    {ENGINE_MYSQL, K_FOREIGN_KEY, "on_delete", T_NAME, spell_restrict},
    {ENGINE_MYSQL, K_FOREIGN_KEY, "on_update", T_NAME, spell_restrict},
    {0, K_ANY, NULL, RULE_ANY_TYPE, NULL},
};
