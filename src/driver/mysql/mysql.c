#include "my.h"

#include "data.h"
#include "snapshot.h"
#include "target.h"

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
    .introspect = my_introspect,
    .rows = my_conn_rows,
    .exec = my_conn_exec,
    .runs = my_runs,
    .cancel = my_conn_cancel,
    .snapshot = my_snapshot,
    .project = my_data_project,
    .split = my_data_split,
    .scan = my_scan,
    .load = my_load,
    .analyze = my_load_analyze,
    .target_open = my_target_open,
    .target_server = my_target_server,
    .target_facts = my_target_facts,
    .target_prepare = my_target_prepare,
    .target_session = my_target_session,
    .target_defer = my_target_defer,
    .target_publish = my_target_publish,
    .target_close = my_target_close,
};
