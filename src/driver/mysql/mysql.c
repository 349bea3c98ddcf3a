#include "my.h"

static const char *const my_schemes[] = {"mysql", "mariadb", NULL};

static bool my_open(const struct endpoint *e, enum driver_role role, struct session **ret,
                    struct err *err)
{
    return my_conn_open(e, role, NULL, ret, err);
}

const struct driver driver_mysql = {
    .name = "mysql",
    .url_schemes = my_schemes,
    .flavors = ENGINE_MYSQL,
    .open = my_open,
    .close = my_conn_close,
    .facts = my_conn_facts,
    .rows = my_conn_rows,
    .exec = my_conn_exec,
    .cancel = my_conn_cancel,
};
