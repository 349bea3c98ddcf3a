#include "pg.h"

struct names {
    struct arena *a;
    struct vec *list;
};

static bool name_row(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                     struct err *err)
{
    struct names *names = ctx;

    (void)n, (void)err;
    VEC_PUSH(names->list, const char *, arena_strndup(names->a, values[0], lengths[0]));
    return true;
}

bool pg_databases(const struct endpoint *e, struct arena *a, struct vec *ret,
                  const char **ret_hidden, struct err *err)
{
    static const char sql[] =
        "SELECT datname FROM pg_catalog.pg_database WHERE datallowconn AND NOT datistemplate AND "
        "datname NOT LIKE '%\\_\\_dbtwin\\_%' ORDER BY datname COLLATE \"C\"";
    struct names names = {a, ret};
    struct session *s = NULL;

    if (!pg_open(e, DRIVER_SOURCE, &s, err))
        return false;
    bool good = pg_rows(s, sql, name_row, &names, err);
    pg_close(s);
    if (good)
        *ret_hidden = NULL; /* everybody sees pg_database whole */
    return good || err_context(err, "while listing the databases");
}
