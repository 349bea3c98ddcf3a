#include "pins.h"

#include <dbtwin/log.h>

#include <string.h>
#include <strings.h>

/*
 * What a server, an account or its init_connect may have set otherwise, and what our statements
 * would then do otherwise. Set is only what exists on this server and differs: many need a right
 * that a plain account does not have. `value` is what SHOW VARIABLES has, and what SET takes.
 */
struct pin {
    const char *name, *value;
    bool on_target; /* for a TARGET only: about what is made and stored */
    bool needed;    /* without it results would be wrong: no session then */
};

static const struct pin pins[] = {
    {"alter_algorithm", "DEFAULT", true, false},
    {"binlog_format", "ROW", true, false}, /* else LOAD DATA has warnings where it is logged */
    {"character_set_filesystem", "binary", false, false},
    {"completion_type", "NO_CHAIN", false, true}, /* COMMIT only commits */
    {"default_collation_for_utf8mb4", "utf8mb4_0900_ai_ci", false, false},
    {"default_storage_engine", "InnoDB", true, true},
    {"default_tmp_storage_engine", "InnoDB", true, false},
    {"default_week_format", "0", false, false},
    {"div_precision_increment", "4", false, true},
    {"enforce_storage_engine", "NULL", true, false},
    {"explicit_defaults_for_timestamp", "ON", true, false},
    {"idle_readonly_transaction_timeout", "0", false, true},
    {"idle_transaction_timeout", "0", false, true},
    {"idle_write_transaction_timeout", "0", false, true},
    {"information_schema_stats_expiry", "0", false, false}, /* else counters of yesterday */
    {"innodb_compression_default", "OFF", true, false},
    {"innodb_lock_wait_timeout", "50", true, false},
    {"innodb_strict_mode", "ON", true, false},
    {"lc_time_names", "en_US", false, true},
    {"low_priority_updates", "OFF", true, false},
    {"max_error_count", "64", false, false},
    {"max_execution_time", "0", false, true},
    {"max_sort_length", "1024", false, false},
    {"max_statement_time", "0.000000", false, true},
    {"old_mode", "UTF8_IS_UTF8MB3", false, false},
    {"restrict_fk_on_non_standard_key", "OFF", true, false},
    {"show_create_table_skip_secondary_engine", "OFF", false, false},
    {"show_create_table_verbosity", "OFF", false, false},
    {"show_gipk_in_create_table_and_information_schema", "ON", false, false},
    {"sql_buffer_result", "OFF", false, false},
    {"sql_generate_invisible_primary_key", "OFF", true, false},
    {"sql_if_exists", "OFF", true, true},
    {"sql_notes", "ON", false, false},
    {"sql_require_primary_key", "OFF", true, false},
    {"sql_safe_updates", "OFF", false, true},
    {"standard_compliant_cte", "ON", false, false},
    {"system_versioning_asof", "DEFAULT", false, true}, /* else rows of another time */
    {"transaction_isolation", "REPEATABLE-READ", false, true},
    {"transaction_read_only", "OFF", false, true},
    {"tx_isolation", "REPEATABLE-READ", false, true},
    {"tx_read_only", "OFF", false, true},
    {"updatable_views_with_limit", "YES", false, false},
};

struct found {
    const struct my_session *s;
    bool differs[ARRAY_LEN(pins)];
    bool newer; /* transaction_isolation is known: tx_isolation is its old name */
};

static bool found_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                      struct err *err)
{
    struct found *f = ctx;
    (void)lengths, (void)err;
    for (size_t i = 0; n >= 2 && v[0] && i < ARRAY_LEN(pins); i++) {
        if (strcasecmp(v[0], pins[i].name) != 0)
            continue;
        f->newer |= str_eq(pins[i].name, "transaction_isolation");
        f->differs[i] = (!pins[i].on_target || f->s->role == DRIVER_TARGET) &&
                        strcasecmp(v[1] ? v[1] : "NULL", pins[i].value) != 0 &&
                        /* MariaDB shows an engine that is not set as nothing */
                        !(str_eq(pins[i].value, "NULL") && (!v[1] || !v[1][0])) &&
                        !(str_eq(pins[i].name, "default_tmp_storage_engine") && !v[1][0]);
    }
    return true;
}

/* A word or a number stands bare, the rest in quotes. A bare DEFAULT is the server's but for
 * system_versioning_asof, which has it for no time at all. */
static void add_value(struct buf *sql, const struct pin *p)
{
    bool bare = !str_eq(p->name, "alter_algorithm") &&
                !p->value[strspn(p->value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                           "0123456789._")];
    buf_addf(sql, bare ? "%s=%s" : "%s='%s'", p->name, p->value);
}

static bool set_one(struct my_session *s, const struct pin *p, struct err *err)
{
    struct buf sql = BUF_INIT;
    buf_adds(&sql, "SET SESSION ");
    add_value(&sql, p);
    bool good = my_conn_run(s, sql.data, err);
    buf_release(&sql);
    if (good || p->needed || err->cls == ERR_CONNECTION || err->cls == ERR_INTERRUPTED)
        return good || err_context(err, "while setting %s", p->name);
    log_debug("%s: %s keeps its value: %s", s->label, p->name, err->msg);
    err_clear(err);
    return true;
}

static bool set_found(struct my_session *s, const struct found *f, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(pins); i++)
        if (f->differs[i] && !(f->newer && str_starts(pins[i].name, "tx_")) &&
            !set_one(s, &pins[i], err))
            return false;
    return true;
}

bool my_pins_set(struct my_session *s, struct err *err)
{
    static const char first[] =
        "SET SESSION sql_mode='" MY_SQL_MODE "', time_zone='+00:00', autocommit=1, "
        "sql_select_limit=18446744073709551615, sql_big_selects=1, sql_quote_show_create=1, "
        "sql_auto_is_null=0, group_concat_max_len=1073741824, wait_timeout=604800, "
        "net_read_timeout=3600, net_write_timeout=3600, lock_wait_timeout=60";
    struct found f = {.s = s};
    struct buf sql = BUF_INIT;
    buf_adds(&sql, "SHOW SESSION VARIABLES WHERE Variable_name IN (");
    for (size_t i = 0; i < ARRAY_LEN(pins); i++)
        buf_addf(&sql, "%s'%s'", i ? "," : "", pins[i].name);
    buf_addch(&sql, ')');
    bool good = my_conn_run(s, "SET NAMES utf8mb4 COLLATE utf8mb4_bin", err) &&
                my_conn_run(s, first, err) &&
                my_conn_rows((struct session *)(void *)s, sql.data, found_row, &f, err) &&
                set_found(s, &f, err);
    buf_release(&sql);
    return good &&
           (s->role != DRIVER_SOURCE || my_conn_run(s, "SET SESSION TRANSACTION READ ONLY", err));
}
