#include "my.h"

/* A database on which an account has no privilege at all is hidden from it, unless it may see
 * all of them: https://dev.mysql.com/doc/refman/8.0/en/show-databases.html */
bool my_databases(const struct endpoint *e, struct arena *a, struct vec *ret,
                  const char **ret_hidden, bool *ret_lower, struct err *err)
{
    static const char names_sql[] =
        "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN "
        "('information_schema', 'mysql', 'performance_schema', 'sys') AND SCHEMA_NAME NOT LIKE "
        "'%\\_\\_dbtwin\\_%' ORDER BY CAST(SCHEMA_NAME AS BINARY)";
    static const char all_sql[] =
        "SELECT 1 FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE IN ('SHOW "
        "DATABASES', 'SELECT') AND GRANTEE = CONCAT('''', REPLACE(CURRENT_USER(), '@', "
        "'''@'''), '''') LIMIT 1";
    struct row_texts names = {a, ret};
    struct session *s = NULL;
    const char *all = NULL;

    if (!my_conn_open(e, DRIVER_SOURCE, "", NULL, &s, err))
        return false;
    bool good = my_conn_value(my_session(s), all_sql, a, &all, err) &&
                my_conn_rows(s, names_sql, row_texts_add, &names, err);
    if (good && ret_lower)
        *ret_lower = my_session(s)->lower_case == 1;
    my_conn_close(s);
    if (good)
        *ret_hidden = all ? NULL
                          : arena_printf(a,
                                         "%s: this account may not see all databases; it needs "
                                         "GRANT SHOW DATABASES ON *.*",
                                         e->label);
    return good || err_context(err, "while listing the databases");
}
