#include "pg.h"

bool pg_databases(const struct endpoint *e, struct arena *a, struct vec *ret,
                  const char **ret_hidden, bool *ret_lower, struct err *err)
{
    static const char sql[] =
        "SELECT datname FROM pg_catalog.pg_database WHERE datallowconn AND NOT datistemplate AND "
        "datname NOT LIKE '%\\_\\_dbtwin\\_%' ORDER BY datname COLLATE \"C\"";
    struct row_texts names = {a, ret};
    struct session *s = NULL;

    if (!pg_open(e, DRIVER_SOURCE, NULL, &s, err))
        return false;
    bool good = pg_rows(s, sql, row_texts_add, &names, err);
    pg_close(s);
    if (good && ret_lower)
        *ret_lower = false;
    if (good)
        *ret_hidden = NULL; /* everybody sees pg_database whole */
    return good || err_context(err, "while listing the databases");
}
