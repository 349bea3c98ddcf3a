/*
 * text.h - pure functions on SQL text as MySQL and MariaDB print it.
 *
 * Nothing here knows a connection or a model. Texts are UTF-8 and may hold anything; what is not
 * understood is said so (false), never guessed. Cost: one pass.
 *
 * Only src/driver/mysql and its unit test may include this header.
 */
#ifndef DBTWIN_MYSQL_TEXT_H
#define DBTWIN_MYSQL_TEXT_H

#include <dbtwin/base.h>
#include <dbtwin/sqltoken.h>

static inline const char *my_text_token(const char *p, const char *end)
{
    return sqltoken_end(p, end);
}
/* ASCII letters become small. */
void my_text_lower(struct buf *b);
/* Whether the bytes are UTF-8. */
bool my_text_is_utf8(const char *p, size_t n);
/* Appends text with every literal that is not UTF-8 (_latin1'\xE9') written as x'…': the same
 * value, since such literals have a character set in front of them. */
void my_text_as_utf8(struct buf *ret, const char *text);
/* Undoes the escapes that information_schema of MySQL puts into expressions: \' \\ \n … */
void my_text_unescape(struct buf *ret, const char *text);
/*
 * Takes the database's own name off qualified names: `db`.`t` becomes `t`. Strings are left alone.
 * Where the name is also an alias in this text, only names after FROM and JOIN and functions are
 * touched. `fold`: names compare without case (lower_case_table_names). fn, if given, is called
 * with each name that was qualified; routine: a parenthesis follows.
 */
typedef void my_text_name(void *ctx, const char *name, bool routine);
void my_text_strip(struct buf *ret, const char *text, const char *db, bool fold, my_text_name *fn,
                   void *ctx);
/* The parts of what SHOW CREATE FUNCTION, PROCEDURE, TRIGGER, EVENT, PACKAGE shows, as slices of
 * `text`; false when it is not understood. */
struct my_text_routine {
    struct slice arguments, result, body;
    bool aggregate;
};
bool my_text_routine(const char *text, struct my_text_routine *ret);
/* Appends the columns of UPDATE OF as quoted names with commas. */
bool my_text_trigger(const char *text, struct buf *ret_columns, struct slice *ret_body);
/* Appends what stands between the definer and the body, as it was written but for the database's
 * own name; false where that cannot be run as it stands: it names another database, or has a place
 * behind or before another trigger. */
bool my_text_trigger_head(const char *text, struct slice body, const char *db, struct buf *ret);
bool my_text_event(const char *text, struct slice *ret_body);
bool my_text_package(const char *text, struct slice *ret_body);
struct my_text_view {
    const char *algorithm;
    struct slice columns; /* as written between parentheses; empty: named by the query */
    struct slice query;
};
bool my_text_view(const char *text, struct my_text_view *ret);

#endif
