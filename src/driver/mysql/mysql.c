#include "connection/my.h"

#include "source/data.h"
#include "source/documents.h"
#include "source/snapshot.h"
#include "target/run_lock.h"
#include "target/target.h"

static const char *const my_schemes[] = {"mysql", "mariadb", NULL};

static bool my_open(const struct endpoint *e, enum driver_role role, const struct source_options *o,
                    struct session **ret, struct err *err)
{
    return my_conn_open(e, role, NULL, o, ret, err);
}

static bool my_exec(struct session *s, const struct object *o, const char *sql, struct err *err)
{
    (void)o;
    return my_conn_exec(s, sql, err);
}

static const struct source_ops source_ops = {
    .open = my_open,
    .close = my_conn_close,
    .facts = my_conn_facts,
    .snapshot = my_snapshot,
    .introspect = my_introspect,
    .scan = my_scan,
    .cancel = my_conn_cancel,
    .rows = my_conn_rows,
    .project = my_data_project,
    .project_computed = my_data_project_computed,
    .split = my_data_split,
    .sample = my_sample,
    .count = my_data_count,
    .history = my_history,
    .ask = my_ask,
    .lag = my_lag,
    .waits = my_waits,
    .noted = my_noted,
    .databases = my_databases,
    .enter = my_enter,
    .project_inner = my_documents_project,
    .carry_inner = my_documents_carry,
};

static const struct target_ops target_ops = {
    .open = my_target_open,
    .close = my_target_close,
    .prepare = my_target_prepare,
    .session = my_target_session,
    .load = my_load,
    .publish = my_target_publish,
    .server = my_target_server,
    .facts = my_target_facts,
    .exec = my_exec,
    .exec_after = my_exec_after,
    .analyze = my_load_analyze,
    .ask = my_target_ask,
    .tell = my_run_lock_tell,
    .running = my_run_lock_seen,
    .failed = my_history_failed,
    .journal = my_history_journal,
    .state = my_target_state,
    .write_lock = my_target_write_lock,
    .rollback = my_target_rollback,
    .defer = my_target_defer,
    .publish_all = my_target_publish_all,
    .shadow_name = my_target_shadow_name,
    .remake = my_target_remake,
    .doing = my_doing,
    .stored = my_stored,
    .orphan = my_orphan,
};

static const struct resume_ops resume_ops = {
    .notes = my_target_notes,
    .shadow = my_target_shadow,
    .note = my_note,
    .exec_noted = my_exec_noted,
    .empty = my_empty,
    .lasting = my_lasting,
};

const struct driver driver_mysql = {
    .name = "mysql",
    .url_schemes = my_schemes,
    .flavors = ENGINE_MYSQL,
    .live = true,
    .load_bytes = 128 * 1024 * 1024,
    .address = my_conn_address,
    .source = &source_ops,
    .target = &target_ops,
    .resume = &resume_ops,
};
