#include "connection/pg.h"

static const char *const schemes[] = {"postgresql", "postgres", NULL};

static const struct source_ops source_ops = {
    .open = pg_open,
    .close = pg_close,
    .facts = pg_facts,
    .snapshot = pg_snapshot,
    .introspect = pg_introspect,
    .scan = pg_scan,
    .cancel = pg_cancel,
    .rows = pg_rows,
    .project = pg_project,
    .project_computed = pg_project_computed,
    .split = pg_split,
    .count = pg_count,
    .history = pg_history,
    .ask = pg_ask,
    .lag = pg_lag,
    .waits = pg_waits,
    .noted = pg_noted,
    .databases = pg_databases,
    .narrow = pg_narrow,
    .scanned = pg_scanned,
};

static const struct target_ops target_ops = {
    .open = pg_target_open,
    .close = pg_target_close,
    .prepare = pg_target_prepare,
    .session = pg_target_session,
    .load = pg_load,
    .publish = pg_target_publish,
    .server = pg_target_server,
    .facts = pg_target_facts,
    .exec = pg_exec,
    .exec_after = pg_exec_after,
    .analyze = pg_analyze,
    .ask = pg_target_ask,
    .tell = pg_target_tell,
    .running = pg_target_run,
    .failed = pg_history_failed,
    .journal = pg_history_journal,
    .state = pg_target_state,
    .write_lock = pg_target_write_lock,
    .rollback = pg_target_rollback,
    .strategy = pg_target_strategy,
    .keeps = pg_target_keeps,
    .may_lock = pg_target_may_lock,
    .fits = pg_target_fits,
    .roles = pg_target_roles,
    .exec_batch = pg_exec_batch,
    .helpers = pg_helpers,
    .about = pg_settings_apply,
    .again = pg_again,
    .settle = pg_settle,
    .elaborate = pg_elaborate,
};

static const struct resume_ops resume_ops = {
    .notes = pg_target_notes,
    .shadow = pg_target_shadow,
    .note = pg_note,
    .exec_noted = pg_exec_noted,
    .empty = pg_empty,
    .lasting = pg_lasting,
};

const struct driver driver_postgres = {
    .name = "postgres",
    .url_schemes = schemes,
    .flavors = ENGINE_PG,
    .live = true,
    .address = pg_address,
    .source = &source_ops,
    .target = &target_ops,
    .resume = &resume_ops,
};
