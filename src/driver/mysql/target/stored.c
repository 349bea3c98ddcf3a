#include "target.h"

#include <ctype.h>

/* As InnoDB spells it, by the name of its folder. False: it has characters beyond ASCII, for which
 * MySQL offers no function. */
static bool add_folder(struct my_session *s, struct buf *sql)
{
    if (s->flavor == ENGINE_MA) {
        buf_adds(sql, "CONVERT(CAST(CONVERT(DATABASE() USING filename) AS BINARY) USING utf8mb4)");
        return true;
    }
    buf_addch(sql, '\'');
    for (const char *p = s->database; p && *p; p++) {
        if (*p & 0x80)
            return false;
        if (isalnum((unsigned char)*p) || *p == '_')
            buf_addch(sql, *p);
        else
            buf_addf(sql, "@%04x", (unsigned)*p);
    }
    buf_addch(sql, '\'');
    return true;
}

/*
 * A table that InnoDB rewrites gets a new TABLE_ID. Names are spelled as files are. Not among them:
 * what a statement that is under way makes, and the tables in which a full-text index is kept.
 */
bool my_stored(struct session *session, row_fn *fn, void *ctx, struct err *err)
{
    struct my_session *s = my_session(session);
    struct buf sql = BUF_INIT;
    buf_addf(&sql,
             "SELECT TABLE_ID, SUBSTRING_INDEX(NAME, '/', -1), TABLE_ID FROM"
             " information_schema.%s WHERE NAME NOT LIKE '%%/#sql%%' AND NAME NOT REGEXP"
             " '/fts_[0-9a-f]{16}_' AND SUBSTRING_INDEX(NAME, '/', 1) = ",
             s->flavor == ENGINE_MA ? "INNODB_SYS_TABLES" : "INNODB_TABLES");
    bool good = add_folder(s, &sql)
                    ? my_conn_rows(session, sql.data, fn, ctx, err)
                    : err_set(err, ERR_DENIED,
                              "the database's name is not ASCII, and the server does "
                              "not say how InnoDB spells it");
    buf_release(&sql);
    return good;
}

/* MariaDB tells of all that is long; MySQL of what its performance_schema follows. */
bool my_doing(struct session *session, struct arena *a, const char **ret, struct err *err)
{
    struct my_session *s = my_session(session);
    if (s->flavor == ENGINE_MA)
        return my_conn_value(s,
                             "SELECT CONCAT(STATE, ', ', FLOOR(PROGRESS), ' %') FROM"
                             " information_schema.PROCESSLIST WHERE DB = DATABASE() AND"
                             " PROGRESS > 0 AND ID <> CONNECTION_ID() LIMIT 1",
                             a, ret, err);
    return my_conn_value(s,
                         "SELECT CONCAT(SUBSTRING_INDEX(e.EVENT_NAME, '/', -1), ', ',"
                         " FLOOR(e.WORK_COMPLETED * 100 / e.WORK_ESTIMATED), ' %') FROM"
                         " performance_schema.events_stages_current e JOIN"
                         " performance_schema.threads t USING (THREAD_ID) WHERE"
                         " t.PROCESSLIST_DB = DATABASE() AND e.WORK_ESTIMATED > 0 LIMIT 1",
                         a, ret, err);
}
