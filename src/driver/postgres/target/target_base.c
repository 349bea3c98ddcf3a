#include "target.h"

#include <inttypes.h>
#include <string.h>

/* What all of a target stands on: its sessions, and names that are made of its own. */

bool pg_target_connect(struct target *t, const char *database, enum driver_role role,
                       struct session **ret, struct err *err)
{
    struct source_options o = {.jobs = t->options.jobs};
    return pg_open_database(t->endpoint, database, role, &o, ret, err);
}

/*
 * For loading and building. Notices are kept away because whatever the server says during COPY ends
 * it (load.c). Parallel workers were slower on few cores than two builds side by side: only
 * the last has some (pg_helpers).
 */
static const char load_sql[] = "SET client_min_messages = error; SET synchronous_commit = off;"
                               "SET max_parallel_maintenance_workers = 0;";

/*
 * All sessions together may take a quarter of what the server is said to have for caching (in
 * blocks of 8 kB), each up to 512 MB, because more does not help, and not less than its own
 * setting.
 */
static void add_memory(const struct target *t, struct buf *sql)
{
    bool one = t->strategy->base.one_transaction || !t->options.sessions;
    unsigned sessions = one ? 1 : t->options.sessions;
    uint64_t told = t->options.build_memory / sessions / 1024;

    if (told)
        buf_addf(sql, "SET maintenance_work_mem = '%llukB'",
                 (unsigned long long)(told < 1024        ? 1024
                                      : told > INT32_MAX ? INT32_MAX
                                                         : told));
    else
        buf_addf(sql,
                 "SELECT pg_catalog.set_config('maintenance_work_mem',"
                 " greatest(m.setting::bigint, least(524288, c.setting::bigint * 2 / %u))::text"
                 " || 'kB', false) FROM pg_catalog.pg_settings m, pg_catalog.pg_settings c"
                 " WHERE m.name = 'maintenance_work_mem' AND c.name = 'effective_cache_size'",
                 sessions);
}

bool pg_target_set(const struct target *t, struct session *s, struct err *err)
{
    struct buf sql = BUF_INIT;
    buf_adds(&sql, load_sql);
    add_memory(t, &sql);
    bool good = pg_run(s, sql.data, err);
    buf_release(&sql);
    return good;
}

enum { NAME_MAX_BYTES = 63 };

const char *pg_target_derived(struct arena *a, const char *name, const char *suffix)
{
    size_t room = NAME_MAX_BYTES - strlen(suffix), len = strlen(name);
    uint64_t h = hash_bytes64(name, len);

    if (len <= room)
        return arena_printf(a, "%s%s", name, suffix);
    len = str_utf8_floor(name, room - 9);
    return arena_printf(a, "%.*s_%08" PRIx32 "%s", (int)len, name, (uint32_t)h, suffix);
}
