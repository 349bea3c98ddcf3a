#include "pg.h"

static const char *const schemes[] = {"postgresql", "postgres", NULL};

const struct driver driver_postgres = {
    .name = "postgres",
    .url_schemes = schemes,
    .flavors = ENGINE_PG,
    .open = pg_open,
    .close = pg_close,
    .facts = pg_facts,
    .narrow = pg_narrow,
    .introspect = pg_introspect,
    .rows = pg_rows,
    .exec = pg_exec,
    .runs = pg_runs,
    .cancel = pg_cancel,
    .snapshot = pg_snapshot,
    .project = pg_project,
    .split = pg_split,
    .scan = pg_scan,
    .load = pg_load,
    .analyze = pg_analyze,
    .target_open = pg_target_open,
    .target_server = pg_target_server,
    .target_facts = pg_target_facts,
    .target_roles = pg_target_roles,
    .target_prepare = pg_target_prepare,
    .target_session = pg_target_session,
    .target_publish = pg_target_publish,
    .target_rollback = pg_target_rollback,
    .target_close = pg_target_close,
    .elaborate = pg_elaborate,
};
