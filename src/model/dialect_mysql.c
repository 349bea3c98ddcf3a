#include "dialect.h"

#include <string.h>
#include <strings.h>

#include "sqlexpr.h"
#include <dbtwin/sqltoken.h>

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

/*
 * Between the flavors no width of an integer can be compared: MySQL has dropped even what somebody
 * has written, but for tinyint(1) and ZEROFILL (which it still shows).
 * https://dev.mysql.com/doc/relnotes/mysql/8.0/en/news-8-0-19.html (Deprecation and Removal)
 */
static const char *drop_any_width(const char *text, struct arena *a)
{
    static const char *const types[] = {"bigint", "int", "mediumint", "smallint", "tinyint"};
    size_t n = strcspn(text, "( ");
    const char *close = text[n] == '(' ? strchr(text + n, ')') : NULL;

    if (!close || strcasestr(close, "zerofill") || strcmp(text, "tinyint(1)") == 0)
        return text;
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (strlen(types[i]) == n && !strncasecmp(text, types[i], n))
            return arena_printf(a, "%.*s%s", (int)n, text, close + 1);
    return text;
}

/* The end of what is quoted at p, or p + 1. */
static const char *skip_quoted(const char *p)
{
    char quote = *p++;

    if (quote != '\'' && quote != '"' && quote != '`')
        return p;
    while (*p && *p != quote)
        p += *p == '\\' && quote != '`' && p[1] ? 2 : 1;
    return *p ? p + 1 : p;
}

static bool is_ascii(const char *p, const char *end)
{
    while (p < end && !(*p & 0x80))
        p++;
    return p == end;
}

/*
 * An ALTER TABLE that copies the table makes _utf8mb3 of the _utf8mb4 before a text (MySQL 9.7,
 * tried out): the same characters, where they are ASCII.
 * https://dev.mysql.com/doc/refman/8.0/en/charset-introducer.html
 */
static const char *spell_introducers(const char *text, struct arena *a)
{
    static const char old[] = "_utf8mb3";
    struct buf out = BUF_INIT;

    if (!strstr(text, old))
        return text;
    for (const char *p = text, *end; *p; p = end) {
        const char *quote = str_starts(p, old) ? p + strlen(old) : NULL;

        end = skip_quoted(quote && *quote == '\'' ? quote : p);
        if (quote && *quote == '\'' && is_ascii(quote, end)) {
            buf_adds(&out, "_utf8mb4");
            p = quote;
        }
        buf_add(&out, p, (size_t)(end - p));
    }
    const char *ret = arena_strndup(a, out.data, out.len);
    buf_release(&out);
    return strcmp(ret, text) == 0 ? text : ret;
}

/*
 * MySQL keeps the whole of an expression in parentheses, MariaDB does not. Taken off are those
 * that enclose all of it.
 * https://dev.mysql.com/doc/refman/8.0/en/create-table-check-constraints.html (the example)
 * https://mariadb.com/kb/en/constraint/ (the example)
 */
static const char *drop_outer_parentheses(const char *text, struct arena *a)
{
    size_t len = strlen(text);

    while (len > 1 && text[0] == '(' && text[len - 1] == ')') {
        const char *p = text, *end = text + len;
        int depth = 0;
        do {
            depth += *p == '(' ? 1 : *p == ')' ? -1 : 0;
            p = skip_quoted(p);
        } while (depth > 0 && p < end);
        if (depth != 0 || p != end)
            return text;
        text = arena_strndup(a, text + 1, len - 2);
        len -= 2;
    }
    return text;
}

/*
 * An expression, and what a view selects: see sqlexpr.h. Where that does not understand the text,
 * outer parentheses at least are none of the meaning.
 */
static const char *spell_expression(const char *text, struct arena *a)
{
    const char *canon = sqlexpr_canon(text, a);

    if (!canon)
        return drop_outer_parentheses(text, a);
    return strcmp(canon, text) == 0 ? text : canon;
}

/* A literal stands as it is, an expression in parentheses. */
static const char *spell_default(const char *text, struct arena *a)
{
    return *text == '(' ? spell_expression(text, a) : text;
}

/* A word of a list "a,b,c" or "a, b, c". */
static const char *drop_word(const char *text, const char *word, struct arena *a)
{
    size_t n = strlen(word);

    for (const char *p = text; (p = strstr(p, word)); p += n) {
        const char *end = p + n + (p[n] == '*');
        if ((p > text && p[-1] != ',' && p[-1] != ' ') || (*end && *end != ','))
            continue;
        if (*end) /* with the comma behind it */
            return arena_printf(a, "%.*s%s", (int)(p - text), text, end + 1 + (end[1] == ' '));
        while (p > text && (p[-1] == ',' || p[-1] == ' '))
            p--;
        return arena_strndup(a, text, (size_t)(p - text));
    }
    return text;
}

/*
 * Modes that only one of the two has, and without which a program does the same there: MySQL's
 * GRANT never makes an account, its SHOW CREATE has no compatibility modes; each of the two words
 * for fractions of seconds is the other's default. Programs under the others are not copied.
 * https://dev.mysql.com/doc/relnotes/mysql/8.0/en/news-8-0-11.html (Deprecation and Removal)
 * https://dev.mysql.com/doc/refman/8.0/en/sql-mode.html, https://mariadb.com/kb/en/sql-mode/
 */
static const char *drop_foreign_modes(const char *text, struct arena *a)
{
    static const char *const words[] = {"DB2",
                                        "IGNORE_BAD_TABLE_OPTIONS",
                                        "MAXDB",
                                        "MSSQL",
                                        "MYSQL323",
                                        "MYSQL40",
                                        "NO_AUTO_CREATE_USER",
                                        "NO_FIELD_OPTIONS",
                                        "NO_KEY_OPTIONS",
                                        "NO_TABLE_OPTIONS",
                                        "POSTGRESQL",
                                        "TIME_ROUND_FRACTIONAL",
                                        "TIME_TRUNCATE_FRACTIONAL"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        text = drop_word(text, words[i], a);
    return text;
}

/*
 * Privileges that only one has, and gives with ALL.
 * https://mariadb.com/kb/en/grant/ (DELETE HISTORY; SHOW CREATE ROUTINE from 11.3)
 */
static const char *drop_mariadb_privileges(const char *text, struct arena *a)
{
    return drop_word(text, "DELETE HISTORY", a);
}

static const char *drop_show_create_routine(const char *text, struct arena *a)
{
    return drop_word(text, "SHOW CREATE ROUTINE", a);
}

/*
 * A default of bytes: MariaDB 10.11 shows 'page', 11.8 x'70616765', MySQL 0x70616765. It becomes
 * the first, with the escapes that SHOW CREATE TABLE has there.
 * https://mariadb.com/kb/en/hexadecimal-literals/ (in a string context: a binary string)
 * https://dev.mysql.com/doc/refman/8.0/en/hexadecimal-literals.html
 */
static const char *spell_bytes(const char *text, struct arena *a)
{
    bool quoted = (*text == 'x' || *text == 'X') && text[1] == '\'';
    size_t len = strlen(text) - (quoted ? 1 : 0);
    char *out, *o;

    if ((!quoted && !str_starts(text, "0x")) || len < 2 || len % 2 || (quoted && text[len] != '\''))
        return text;
    o = out = arena_alloc(a, len + 3);
    *o++ = '\'';
    for (const char *p = text + 2; p < text + len; p += 2) {
        int high = str_hex_digit(p[0]), low = str_hex_digit(p[1]), c = high * 16 + low;

        if (high < 0 || low < 0)
            return text;
        if (c == '\'')
            *o++ = '\'';
        else if (c == 0 || c == '\n' || c == '\r' || c == '\\')
            *o++ = '\\';
        *o++ = (char)(c == 0 ? '0' : c == '\n' ? 'n' : c == '\r' ? 'r' : c);
    }
    *o++ = '\'';
    *o = 0;
    return out;
}

/*
 * Columns of bytes, enumerations of them too, have no character set in MySQL's information_schema;
 * MariaDB calls that of enumerations binary.
 * https://dev.mysql.com/doc/refman/8.0/en/charset-binary-set.html
 */
static const char *drop_binary(const char *text, struct arena *a)
{
    (void)a;
    return strcasecmp(text, "binary") == 0 ? NULL : text;
}

/* ---- joins -------------------------------------------------------------------------------- */

struct word {
    const char *p, *end;
};

static bool is_word(const struct word *w, const char *text)
{
    size_t n = (size_t)(w->end - w->p);
    return n == strlen(text) && !strncasecmp(w->p, text, n);
}

/* Whether the parenthesis at `open` holds joins and nothing else at its own level; *ret_close is
 * where it ends. */
static bool holds_joins(const struct word *w, size_t n, size_t open, size_t *ret_close)
{
    bool joins = false;
    int depth = 0;

    for (size_t i = open; i < n; i++) {
        depth += is_word(&w[i], "(") ? 1 : is_word(&w[i], ")") ? -1 : 0;
        if (depth == 0) {
            *ret_close = i;
            return joins;
        }
        if (depth > 1)
            continue;
        if (is_word(&w[i], ",") || is_word(&w[i], "select") || is_word(&w[i], "union"))
            return false;
        joins |= is_word(&w[i], "join") || is_word(&w[i], "straight_join");
    }
    return false;
}

/*
 * MariaDB shows the joins of `FROM a, b, c` without parentheses, and once that text is read again,
 * as a copy's or a dump's view is, with those in which joins are read anyway: from the left. Such
 * ones, where a list of joins or a group within it begins, are none of the meaning.
 * https://mariadb.com/kb/en/join-syntax/
 */
static const char *drop_join_parentheses(const char *text, struct arena *a)
{
    size_t len = strlen(text), n = 0, close;
    struct word *w = arena_alloc(a, (len + 1) * sizeof *w);
    bool *drop = arena_calloc(a, len + 1), *group = arena_calloc(a, len + 1), any = false;

    for (const char *p = text, *q; p < text + len; p = q) {
        q = sqltoken_end(p, text + len);
        if (!strchr(" \n\t\r", *p))
            w[n++] = (struct word){p, q};
    }
    for (size_t i = 1; i < n; i++) {
        bool leads = is_word(&w[i - 1], "from") || (is_word(&w[i - 1], "(") && group[i - 1]);

        if (!is_word(&w[i], "(") || !holds_joins(w, n, i, &close))
            continue;
        group[i] = leads || is_word(&w[i - 1], "join") || is_word(&w[i - 1], "straight_join");
        if (leads)
            any = drop[i] = drop[close] = true;
    }
    if (!any)
        return text;
    struct buf out = BUF_INIT;
    const char *from = text;
    for (size_t i = 0; i < n; i++) {
        if (!drop[i])
            continue;
        buf_add(&out, from, (size_t)(w[i].p - from));
        from = w[i].end;
    }
    buf_adds(&out, from);
    const char *ret = arena_strndup(a, out.data, out.len);
    buf_release(&out);
    return ret;
}

/* Between the flavors: SRID 0 is what a column without one has on MariaDB.
 * https://mariadb.com/kb/en/ref_system_id/ */
static const char *drop_srid_0(const char *text, struct arena *a)
{
    (void)a;
    return strcmp(text, "0") == 0 ? NULL : text;
}

/* A literal default of a text or blob, which MySQL takes in parentheses only, as (_utf8mb4'x'). */
static const char *spell_literal_default(const char *text, struct arena *a)
{
    const char *end = text + strlen(text), *p = text;
    if (*text == '(' && end[-1] == ')') {
        p++;
        end--;
    }
    const char *literal = *p == '_' ? sqltoken_end(p, end) : p;
    return literal > text && literal < end && *literal == '\'' && sqltoken_end(literal, end) == end
               ? arena_strndup(a, literal, (size_t)(end - literal))
               : text;
}

/*
 * "with x as (…)select …" on MariaDB, "with `x` as (…) select …" on MySQL: what stands between the
 * queries in one spelling, each query as spell_expression has it.
 */
static const char *spell_query(const char *text, struct arena *a)
{
    const char *end = text + strlen(text), *from = NULL;
    struct buf out = BUF_INIT;
    int depth = 0;

    if (strncasecmp(text, "with ", 5) != 0)
        return spell_expression(text, a);
    for (const char *p = text, *q; p < end; p = q) {
        struct word w = {p, q = sqltoken_end(p, end)};
        if (depth == 0 && is_word(&w, "select")) {
            buf_adds(&out, spell_expression(p, a));
            break;
        }
        depth += is_word(&w, "(") ? 1 : is_word(&w, ")") ? -1 : 0;
        if (depth == 1 && is_word(&w, "("))
            from = q;
        if (depth == 0 && is_word(&w, ")"))
            buf_addf(&out, "(%s) ",
                     spell_expression(arena_strndup(a, from, (size_t)(p - from)), a));
        if (depth > 0 || strchr(" ()\n", *p))
            continue;
        bool name = *p != '`' && !is_word(&w, ",") && !is_word(&w, "with") && !is_word(&w, "as") &&
                    !is_word(&w, "recursive");
        buf_addf(&out, name ? "`%.*s` " : "%.*s ", (int)(q - p), p);
    }
    const char *ret = arena_strndup(a, out.data, out.len);
    buf_release(&out);
    return ret;
}

const struct rule dialect_mysql_rules[] = {
    {ENGINE_ACROSS, K_COLUMN, "charset", T_NAME, drop_binary},
    {ENGINE_ACROSS, K_COLUMN, "collation", T_NAME, drop_binary},
    {ENGINE_ACROSS, K_ANY, NULL, T_TYPE, drop_any_width},
    {ENGINE_ACROSS, K_ANY, "sql_mode", T_NAME, drop_foreign_modes},
    {ENGINE_ACROSS, K_CHECK, "expression", T_EXPR, spell_expression},
    {ENGINE_ACROSS, K_COLUMN, "default", T_EXPR, spell_literal_default},
    {ENGINE_ACROSS, K_COLUMN, "default", T_EXPR, spell_default},
    {ENGINE_ACROSS, K_COLUMN, "expression", T_EXPR, spell_expression},
    {ENGINE_ACROSS, K_COLUMN, "srid", T_INT, drop_srid_0},
    {ENGINE_ACROSS, K_GRANT, "privileges", T_NAME, drop_mariadb_privileges},
    {ENGINE_ACROSS | ENGINE_ELDER, K_GRANT, "privileges", T_NAME, drop_show_create_routine},
    {ENGINE_ACROSS, K_INDEX_PART, "expression", T_EXPR, spell_default},
    {ENGINE_ACROSS, K_TABLE, "partition_key", T_EXPR, spell_expression},
    {ENGINE_ACROSS, K_TABLE, "subpartition_key", T_EXPR, spell_expression},
    {ENGINE_ACROSS, K_VIEW, "query", T_EXPR, spell_query},
    {ENGINE_MY, K_CHECK, "expression", T_EXPR, spell_introducers},
    {ENGINE_MY, K_COLUMN, "default", T_EXPR, spell_introducers},
    {ENGINE_MY, K_COLUMN, "expression", T_EXPR, spell_introducers},
    {ENGINE_MY, K_INDEX_PART, "expression", T_EXPR, spell_introducers},
    {ENGINE_MYSQL, K_VIEW, "query", T_EXPR, drop_join_parentheses},
    {ENGINE_MYSQL, K_COLUMN, "default", T_EXPR, spell_bytes},
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
