#include "snapshot.h"

#include <dbtwin/log.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/*
 * One state for n sessions. Each method is tried in turn, the ones without a way to stall writers
 * first among those of equal strength:
 *   MariaDB  BACKUP STAGE (RELOAD): commits wait only while the snapshots open; then equal
 *            binlog_snapshot_* of all sessions, which the server sets with the snapshot itself
 *   MySQL    LOCK INSTANCE FOR BACKUP and FLUSH TABLES WITH READ LOCK (BACKUP_ADMIN, RELOAD), each
 *            waiting SNAP_LOCK_WAIT seconds at most; then an unmoved binlog and GTID set
 * and where none works only the first session is used. No lock of ours is ever waited behind for
 * longer than that, and the server itself ends a holder that falls silent (wait_timeout).
 */
#define SNAP_LOCK_WAIT "3"
#define SNAP_TRIES     20

struct snap {
    struct my_session *const *s;
    unsigned n;
    struct arena *a;
    const char *position, *identity;
    uint64_t transactions;
};

enum outcome { METHOD_DONE, METHOD_CLOSED, METHOD_FAILED };
typedef enum outcome snap_method(struct snap *p, struct err *err);

/* ---- one session --------------------------------------------------------------------------- */

static bool snap_begin(struct my_session *s, struct err *err)
{
    return my_conn_run(s, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", err) &&
           my_conn_run(s, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", err);
}

static bool snap_begin_all(struct snap *p, struct err *err)
{
    for (unsigned i = 0; i < p->n; i++) {
        if (!snap_begin(p->s[i], err))
            return err_context(err, "while opening a snapshot");
    }
    return true;
}

/* ---- positions ----------------------------------------------------------------------------- */

struct pair_rows {
    struct buf *out;
    bool by_name; /* rows of SHOW STATUS: name, value; else one row of SHOW BINARY LOG STATUS */
};

static bool snap_position_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                              struct err *err)
{
    struct pair_rows *r = ctx;
    (void)lengths, (void)err;
    if (n < 2 || !v[0] || !v[1])
        return true;
    if (r->by_name) {
        if (v[1][0])
            buf_addf(r->out, "%s%s", r->out->len ? ":" : "", v[1]);
        return true;
    }
    buf_addf(r->out, "%s:%s", v[0], v[1]);
    if (n >= 5 && v[4] && v[4][0])
        buf_addf(r->out, " gtid %s", v[4]);
    return true;
}

/* Where the session's snapshot (MariaDB) or the server (MySQL) stands in the binlog, or NULL. */
static const char *snap_position(struct my_session *s, struct arena *a)
{
    struct buf out = BUF_INIT;
    struct pair_rows r = {&out, s->flavor == ENGINE_MA};
    struct err ignored = ERR_INIT;
    const char *sql = s->flavor == ENGINE_MA
                          ? "SHOW STATUS WHERE Variable_name IN "
                            "('Binlog_snapshot_file', 'Binlog_snapshot_position')"
                      : s->version >= 80200 ? "SHOW BINARY LOG STATUS"
                                            : "SHOW MASTER STATUS";
    bool good = my_conn_rows((struct session *)(void *)s, sql, snap_position_row, &r, &ignored);
    /* Without a binlog MariaDB gives position 0 and no file. */
    const char *text = good && strchr(out.data, ':') ? arena_strndup(a, out.data, out.len) : NULL;
    buf_release(&out);
    return text;
}

/* ---- what tells two states apart ------------------------------------------------------------ */

static bool monitor_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                        struct err *err)
{
    (void)err;
    if (n >= 3 && v[2])
        buf_add(ctx, v[2], lengths[2]);
    return true;
}

/* Those that write and are not over; the others have numbers far above the counter. */
static void snap_active(const char *text, uint64_t counter, struct buf *out)
{
    static const char word[] = "---TRANSACTION ";
    for (const char *p = text; (p = strstr(p, word));) {
        p += strlen(word);
        uint64_t id = strtoull(p, NULL, 10);
        if (id && id < counter)
            buf_addf(out, ",%llu", (unsigned long long)id);
    }
}

static bool counter_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                        struct err *err)
{
    (void)lengths, (void)err;
    if (n >= 2 && v[0] && v[1])
        buf_addf(ctx, ", %s %s", v[0], v[1]);
    return true;
}

/* The binlog hears of most; these of what goes past it, but for who waits to begin. */
static bool snap_counts(struct snap *p, struct buf *out, struct err *err)
{
    static const char counts[] =
        "SHOW GLOBAL STATUS WHERE Variable_name IN ('Innodb_rows_updated', 'Innodb_rows_deleted', "
        "'Com_alter_table', 'Com_create_table', 'Com_drop_table', 'Com_import', 'Com_insert', "
        "'Com_insert_select', 'Com_load', 'Com_rename_table', 'Com_replace', "
        "'Com_replace_select', 'Com_truncate')";
    const char *none = NULL;
    if (!p->position)
        return err_set(err, ERR_RUNTIME, "the server has no binlog");
    const char *waiting = arena_printf(
        p->a,
        "SELECT (SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for "
        "%% lock') + (@@GLOBAL.log_%s_updates = 0)",
        p->s[0]->version >= 80026 ? "replica" : "slave");
    if (!my_conn_value(p->s[0], waiting, p->a, &none, err))
        return false;
    if (!str_eq(none, "0"))
        return err_set(err, ERR_RUNTIME,
                       "another session waits to write, or replicates without the binlog");
    return my_conn_rows((struct session *)(void *)p->s[0], counts, counter_row, out, err);
}

/*
 * While commits are held up: what every change of rows moves, whether or not the binlog hears of
 * it, and the transactions under way. Who had changed rows before and commits later leaves that
 * list; who changes rows later is counted. On MariaDB that is InnoDB's counter of transactions; on
 * MySQL, where merely opening a table moves that, the binlog and counts of rows and statements.
 * These start over with the server, but so does the binlog. The place is told too, because nodes of
 * a cluster have one name. Writers wait for it (SHOW ENGINE INNODB STATUS lists all transactions):
 * it is done for who resumes only, and cannot wait until they are let go, as it is of this moment.
 */
static void snap_identify(struct snap *p)
{
    static const char word[] = "Trx id counter ";
    struct buf text = BUF_INIT, out = BUF_INIT;
    struct err why = ERR_INIT;
    const char *place = NULL, *at = NULL;
    struct session *s = (struct session *)(void *)p->s[0];
    bool maria = p->s[0]->flavor == ENGINE_MA;
    if (!p->s[0]->identify)
        return;
    bool good = my_conn_value(p->s[0], "SELECT CONCAT_WS(':', @@hostname, @@port, @@datadir)", p->a,
                              &place, &why) &&
                (maria || snap_counts(p, &out, &why)) &&
                my_conn_rows(s, "SHOW ENGINE INNODB STATUS", monitor_row, &text, &why);
    if (!good)
        log_debug("snapshot: nothing to recognise it by: %s", why.msg);
    else
        at = strstr(text.data, word);
    if (at && !strstr(text.data, "truncated")) {
        uint64_t counter = strtoull(at + strlen(word), NULL, 10);
        if (maria)
            buf_addf(&out, ", transaction %llu", (unsigned long long)counter);
        p->transactions = maria ? counter : 0;
        snap_active(at, counter, &out);
        p->identity = arena_printf(p->a, "%s%s, %s", place ? place : "", out.data,
                                   p->position ? p->position : "");
    }
    buf_release(&text);
    buf_release(&out);
}

static void snap_pause(unsigned ms)
{
    struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&t, NULL);
}

/* ---- the methods --------------------------------------------------------------------------- */

/* A refused or impossible method is closed; a lost connection or an interrupt is a failure. */
static enum outcome snap_closed(const char *what, struct err *err)
{
    if (err->cls == ERR_CONNECTION || err->cls == ERR_INTERRUPTED)
        return METHOD_FAILED;
    log_debug("snapshot: %s: %s", what, err->msg);
    err_clear(err);
    return METHOD_CLOSED;
}

static bool snap_run_list(struct my_session *s, const char *const *list, struct err *err)
{
    for (; *list; list++) {
        if (!my_conn_run(s, *list, err))
            return false;
    }
    return true;
}

static enum outcome snap_backup_stage(struct snap *p, struct err *err)
{
    static const char *const lock[] = {
        "SET SESSION lock_wait_timeout=" SNAP_LOCK_WAIT ", wait_timeout=30",
        "BACKUP STAGE START",
        "BACKUP STAGE FLUSH",
        "BACKUP STAGE BLOCK_DDL",
        "BACKUP STAGE BLOCK_COMMIT",
        NULL,
    };
    struct session *holder;

    /* BACKUP STAGE END ends the holder's own transaction: so the holder is one of its own. */
    if (!my_conn_sibling(p->s[0], &holder, err))
        return snap_closed("second connection", err);
    if (!snap_run_list(my_session(holder), lock, err)) {
        my_conn_close(holder);
        return snap_closed("BACKUP STAGE", err);
    }
    bool good = snap_begin_all(p, err);
    if (good) {
        p->position = snap_position(p->s[0], p->a);
        snap_identify(p);
        good = my_conn_run(my_session(holder), "BACKUP STAGE END", err);
    }
    my_conn_close(holder);
    return good ? METHOD_DONE : METHOD_FAILED;
}

static enum outcome snap_equal_snapshots(struct snap *p, struct err *err)
{
    for (unsigned try = 0; try < SNAP_TRIES; try++) {
        if (!snap_begin_all(p, err))
            return METHOD_FAILED;
        const char *first = snap_position(p->s[0], p->a);
        unsigned i = 1;
        while (first && i < p->n && str_eq(first, snap_position(p->s[i], p->a)))
            i++;
        if (!first)
            return METHOD_CLOSED;
        if (i == p->n) {
            p->position = first;
            return METHOD_DONE;
        }
        snap_pause(2 + 3 * try);
    }
    return METHOD_CLOSED;
}

static enum outcome snap_read_lock(struct snap *p, struct err *err)
{
    static const char *const lock[] = {
        "SET SESSION lock_wait_timeout=" SNAP_LOCK_WAIT ", wait_timeout=30",
        "LOCK INSTANCE FOR BACKUP",
        "FLUSH TABLES WITH READ LOCK",
        NULL,
    };
    static const char *const unlock[] = {
        "UNLOCK TABLES",
        "UNLOCK INSTANCE",
        "SET SESSION lock_wait_timeout=60, wait_timeout=604800",
        NULL,
    };
    struct my_session *holder = p->s[0];
    struct err later = ERR_INIT;
    bool locked = snap_run_list(holder, lock, err);
    bool good = locked && snap_begin_all(p, err);
    if (good) {
        p->position = snap_position(holder, p->a);
        snap_identify(p);
    }
    /* Whatever happened: nothing stays locked. */
    bool unlocked = snap_run_list(holder, unlock, good ? err : &later);
    if (good && unlocked)
        return METHOD_DONE;
    return locked ? METHOD_FAILED : snap_closed("read lock", err);
}

/*
 * The binlog moves when a commit begins, the GTID set when it is through: so when both stand still
 * from before the first snapshot until a while after the last, no commit lay between them.
 */
static enum outcome snap_unmoved_binlog(struct snap *p, struct err *err)
{
    for (unsigned try = 0; try < SNAP_TRIES; try++) {
        const char *before = snap_position(p->s[0], p->a);
        if (!before || !strstr(before, " gtid "))
            return METHOD_CLOSED;
        snap_pause(50);
        if (!snap_begin_all(p, err))
            return METHOD_FAILED;
        snap_pause(100);
        if (str_eq(before, snap_position(p->s[0], p->a))) {
            p->position = before;
            return METHOD_DONE;
        }
    }
    return METHOD_CLOSED;
}

static enum outcome snap_one_session(struct snap *p, struct err *err)
{
    bool maria = p->s[0]->flavor == ENGINE_MA;
    const char *before = maria ? NULL : snap_position(p->s[0], p->a);
    if (!snap_begin(p->s[0], err))
        return METHOD_FAILED;
    const char *after = snap_position(p->s[0], p->a);
    /* MySQL's is the server's, not the snapshot's: known only when it did not move. */
    p->position = maria || str_eq(before, after) ? after : NULL;
    return METHOD_DONE;
}

/* ---- what is not in it --------------------------------------------------------------------- */

struct outside {
    struct buf text;
    unsigned n;
};

static bool outside_row(void *ctx, unsigned n, const char *const *v, const size_t *lengths,
                        struct err *err)
{
    struct outside *o = ctx;
    (void)n, (void)lengths, (void)err;
    if (o->n++ < 5)
        buf_addf(&o->text, "%s%s (%s)", o->n > 1 ? ", " : "", v[0] ? v[0] : "?", v[1] ? v[1] : "?");
    return true;
}

static bool snap_note(struct snap *p, const char **ret, struct err *err)
{
    struct outside o = {.text = BUF_INIT};
    bool good = my_conn_rows(
        (struct session *)(void *)p->s[0],
        "SELECT t.TABLE_NAME, t.ENGINE FROM information_schema.TABLES t JOIN "
        "information_schema.ENGINES e ON e.ENGINE = t.ENGINE WHERE t.TABLE_SCHEMA = DATABASE() AND "
        "t.TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') AND "
        "COALESCE(e.TRANSACTIONS, 'NO') <> 'YES' ORDER BY t.TABLE_NAME",
        outside_row, &o, err);
    *ret = NULL;
    if (good && o.n)
        *ret = arena_printf(p->a,
                            "%u table%s of engines without transactions %s read as found, outside "
                            "the snapshot: %s%s",
                            o.n, o.n == 1 ? "" : "s", o.n == 1 ? "is" : "are", o.text.data,
                            o.n > 5 ? " …" : "");
    buf_release(&o.text);
    return good;
}

/* ---- all together -------------------------------------------------------------------------- */

static bool snap_take(struct snap *p, unsigned *ret_usable, struct err *err)
{
    static snap_method *const maria[] = {snap_backup_stage, snap_equal_snapshots, NULL};
    static snap_method *const mysql[] = {snap_read_lock, snap_unmoved_binlog, NULL};
    bool is_maria = p->s[0]->flavor == ENGINE_MA;

    for (snap_method *const *w = is_maria ? maria : mysql; p->n > 1 && *w; w++) {
        enum outcome got = (*w)(p, err);
        if (got == METHOD_FAILED)
            return false;
        if (got == METHOD_DONE) {
            *ret_usable = p->n;
            return true;
        }
    }
    if (p->n > 1) {
        for (unsigned i = 0; i < p->n; i++) {
            if (!my_conn_run(p->s[i], "ROLLBACK", err))
                return false;
        }
        log_info("%s: one session reads alone: for several to read one state, this account needs "
                 "GRANT %s ON *.*",
                 p->s[0]->label, is_maria ? "RELOAD" : "BACKUP_ADMIN, RELOAD");
    }
    *ret_usable = 1;
    return snap_one_session(p, err) == METHOD_DONE;
}

bool my_snapshot(struct session *const *sessions, unsigned n, struct arena *a,
                 struct snapshot_info *ret, struct err *err)
{
    struct my_session **s = arena_alloc(a, n * sizeof *s);
    struct snapshot_info info = {0};

    for (unsigned i = 0; i < n; i++)
        s[i] = my_session(sessions[i]);
    struct snap p = {.s = s, .n = n, .a = a};
    if (!snap_take(&p, &info.usable, err) || !snap_note(&p, &info.note, err) ||
        !my_conn_value(s[0], "SELECT DATE_FORMAT(UTC_TIMESTAMP(), '%Y-%m-%dT%H:%i:%SZ')", a,
                       &info.taken_at, err))
        return err_context(err, "while taking a snapshot");
    info.position = p.position;
    info.identity = p.identity;
    info.transactions = p.transactions;
    if (!p.identity)
        info.unknown = s[0]->flavor == ENGINE_MA
                           ? "that needs -j 2 or more, and RELOAD and PROCESS on the source"
                           : "that needs a binlog, -j 2 or more, and BACKUP_ADMIN, RELOAD and "
                             "PROCESS on the source";
    for (unsigned i = 0; i < info.usable; i++)
        s[i]->in_snapshot = true;
    *ret = info;
    return true;
}

bool my_enter(struct session *session, const char *database, struct arena *a, const char **ret_note,
              struct err *err)
{
    struct my_session *s = my_session(session);
    struct snap p = {.s = &s, .n = 1, .a = a};
    return my_conn_enter(session, database, err) && (!ret_note || snap_note(&p, ret_note, err));
}
