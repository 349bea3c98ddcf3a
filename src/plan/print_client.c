#include "print.h"

#include <dbtwin/engine.h>
#include <dbtwin/psqltoken.h>
#include <dbtwin/sqltoken.h>

#include <stdio.h>
#include <string.h>

/*
 * Statements for psql and the mysql client, which read more into a text than the server does:
 * psql's :variables, semicolons within bodies, which end a statement for mysql.
 */

/* Comments reach to the end of the line. */
static bool ends_in_comment(const char *sql)
{
    const char *line = strrchr(sql, '\n');
    line = line ? line : sql;
    return strstr(line, "--") || strchr(line, '#');
}

/* ---- psql ------------------------------------------------------------------------------------ */

static bool refuse(struct err *err, const char *client, const char *what)
{
    err_set(err, ERR_REFUSED, "a statement of the plan holds %s, which %s would carry out", what,
            client);
    return err_hint(err, "no server writes a definition like that: has the model been edited or "
                         "damaged, or does it come from a stranger? --format json shows it");
}

/* A ':' before a name would be a variable of psql's: in a[1:n] a space is none of the server's
 * business. */
static bool add_for_psql(const char *sql, struct buf *out, struct err *err)
{
    struct psqltoken_nest s = {0};
    for (const char *p = sql, *end; *p; p = end) {
        bool bare = psqltoken_is_bare(p);
        end = psqltoken_end(p);
        if (bare && *p == '\\')
            return refuse(err, "psql", "a backslash outside quotes");
        if (bare && *p == ';' && !psqltoken_within(&s))
            return refuse(err, "psql", "another statement");
        psqltoken_nest(&s, p, (size_t)(end - p));
        buf_add(out, p, (size_t)(end - p));
        if (bare && *p == ':' && *end && !strchr(" \t\n", *end))
            buf_addch(out, ' ');
    }
    buf_addf(out, "%s;\n", ends_in_comment(sql) ? "\n" : "");
    return true;
}

/* ---- mysql ----------------------------------------------------------------------------------- */

/* What may hold statements: CREATE DEFINER=… PROCEDURE and the like. */
static bool is_program(const char *sql)
{
    static const char *const words[] = {"PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "PACKAGE"};
    const char *end = sql + strlen(sql);
    for (unsigned i = 0; *sql && i < 24; i++) {
        const char *next = sqltoken_end(sql, end);
        next = next > sql ? next : sql + 1;
        for (size_t k = 0; k < ARRAY_LEN(words); k++)
            if (psqltoken_is(sql, (size_t)(next - sql), words[k]))
                return true;
        sql = next;
    }
    return false;
}

static bool check_for_mysql(const char *sql, struct err *err)
{
    const char *end = sql + strlen(sql);
    bool program = is_program(sql);
    for (const char *p = sql, *next; p < end; p = next) {
        next = sqltoken_end(p, end);
        next = next > p ? next : p + 1;
        if (*p == '\\' && p[1] != 'N')
            return refuse(err, "mysql", "a backslash outside quotes");
        if (*p == ';' && !program)
            return refuse(err, "mysql", "another statement");
    }
    return true;
}

static bool add_for_mysql(const char *sql, struct buf *out, struct err *err)
{
    const char *before_end = ends_in_comment(sql) ? "\n" : "";
    char delimiter[16] = "$$";
    if (!check_for_mysql(sql, err))
        return false;
    if (!strchr(sql, ';')) {
        buf_addf(out, "%s%s;\n", sql, before_end);
        return true;
    }
    for (unsigned i = 1; strstr(sql, delimiter); i++)
        snprintf(delimiter, sizeof(delimiter), "$%u$", i);
    buf_addf(out, "DELIMITER %s\n%s%s%s\nDELIMITER ;\n", delimiter, sql, before_end, delimiter);
    return true;
}

/* ---- both ------------------------------------------------------------------------------------ */

const char plan_settings_mysql[] =
    "SET SESSION sql_mode='STRICT_ALL_TABLES,ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO,"
    "NO_ENGINE_SUBSTITUTION', character_set_client=utf8mb4, collation_connection=utf8mb4_bin, "
    "time_zone='+00:00'";

/* Settings: those of dbtwin's own sessions that change what a statement of a plan means. */
static const struct print_client clients[] = {
    {ENGINE_PG, add_for_psql,
     "SET client_encoding = 'UTF8';\n"
     "SET standard_conforming_strings = on;\n"
     "SELECT pg_catalog.set_config('search_path', '', false);\n"
     "SET TimeZone = 'UTC';\n"
     "SET DateStyle = 'ISO, YMD';\n"
     "SET IntervalStyle = 'postgres';\n"
     "SET check_function_bodies = off;\n"
     "SET xmloption = 'content';\n"
     "SET row_security = off;\n"
     "SET default_tablespace = '';\n"
     "SET default_table_access_method = heap;\n"
     "SET client_min_messages = warning;\n",
     NULL, "psql -X -v ON_ERROR_STOP=1 -f FILE"},
    {ENGINE_ALL, add_for_mysql,
     "SET NAMES utf8mb4 COLLATE utf8mb4_bin;\n"
     "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ALLOW_INVALID_DATES,"
     "NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION';\n"
     "SET SESSION time_zone = '+00:00';\n"
     "SET SESSION explicit_defaults_for_timestamp = ON;\n"
     "SET SESSION default_storage_engine = InnoDB;\n",
     plan_settings_mysql, "mysql --comments DATABASE <FILE"},
};

const struct print_client *print_client_of(unsigned flavor)
{
    return ENGINE_ROW(clients, flavor);
}

bool plan_print_statement(const char *sql, unsigned flavor, struct buf *out, struct err *err)
{
    return print_client_of(flavor)->add(sql, out, err);
}

void plan_print_settings(unsigned flavor, struct buf *out)
{
    buf_adds(out, print_client_of(flavor)->settings);
}
