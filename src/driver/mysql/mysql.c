#include "connection/my.h"

#include "source/data.h"
#include "source/documents.h"
#include "source/snapshot.h"
#include "target/run_lock.h"
#include "target/target.h"

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
    .load_bytes = 128 * 1024 * 1024,
    .address = my_conn_address,
    .open = my_open,
    .close = my_conn_close,
    .facts = my_conn_facts,
    .enter = my_enter,
    .databases = my_databases,
    .introspect = my_introspect,
    .rows = my_conn_rows,
    .exec = my_conn_exec,
    .exec_after = my_exec_after,
    .runs = my_history,
    .ask = my_ask,
    .noted = my_noted,
    .lag = my_lag,
    .waits = my_waits,
    .cancel = my_conn_cancel,
    .snapshot = my_snapshot,
    .project = my_data_project,
    .project_computed = my_data_project_computed,
    .project_inner = my_documents_project,
    .split = my_data_split,
    .scan = my_scan,
    .load = my_load,
    .analyze = my_load_analyze,
    .count = my_data_count,
    .target_open = my_target_open,
    .target_server = my_target_server,
    .target_facts = my_target_facts,
    .target_ask = my_target_ask,
    .target_prepare = my_target_prepare,
    .target_tell = my_run_lock_tell,
    .target_run = my_run_lock_seen,
    .target_failed = my_history_failed,
    .target_notes = my_target_notes,
    .target_shadow = my_target_shadow,
    .note = my_note,
    .exec_noted = my_exec_noted,
    .empty = my_empty,
    .lasting = my_lasting,
    .target_session = my_target_session,
    .target_defer = my_target_defer,
    .target_publish = my_target_publish,
    .target_publish_all = my_target_publish_all,
    .target_shadow_name = my_target_shadow_name,
    .target_rollback = my_target_rollback,
    .target_state = my_target_state,
    .target_write_lock = my_target_write_lock,
    .orphan = my_orphan,
    .target_remake = my_target_remake,
    .target_close = my_target_close,
};
