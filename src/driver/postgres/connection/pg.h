/*
 * pg.h - what the files of the PostgreSQL driver share: the session, and libpq in the house style.
 *
 * A session is one libpq connection, used by one thread at a time (pg_cancel: any thread).
 * Everything that waits for the server goes through here, so that an interrupt (log_cancelled) is
 * seen within a fifth of a second: the query is cancelled and ERR_INTERRUPTED is set.
 * Texts are UTF-8 (client_encoding).
 *
 * Only src/driver/postgres may include this; it is the only folder that sees libpq.
 */
#ifndef DBTWIN_DRIVER_PG_H
#define DBTWIN_DRIVER_PG_H

#include <dbtwin/driver.h>
#include <libpq-fe.h>
#include <stdatomic.h>

struct session {
    PGconn *conn;               /* not NULL */
    _Atomic(PGcancel *) cancel; /* for other threads; NULL where libpq could not make one */
    enum driver_role role;
    unsigned version;                 /* server_version_num: 150020 */
    unsigned jobs;                    /* source_options.jobs */
    struct source_progress *progress; /* source_options.progress */
    bool columns;                     /* and its columns */
    bool snapshot;      /* inside the read-only transaction that source_ops.snapshot began */
    bool lent;          /* a target's own: pg_close leaves it, pg_exec guards it (swap_schemas.c) */
    struct arena arena; /* lives as long as the session */
    const char *label;  /* endpoint label: for messages */
    const struct target_options *into; /* of a session that loads: the target's; else NULL */
    const char *told; /* of roles of large objects what was said already, or NULL (data_large.c) */
    const char *without;    /* oids of schemas that are not read (pg_narrow), or NULL */
    const char *kept;       /* and of those of kept states, as last looked for, or NULL */
    struct pg_sizes *sizes; /* of all tables, in arena; NULL until split.c asked */
    char may_elaborate;     /* y or n: second_opinion.c looked for the mark; 0 = not yet */
    char checks_known;      /* opinion_domains.c: y, there is acting_domain; n; 0 = not yet */
    const char *acting_domain;
    bool asks_as_reader; /* and found that it may do so as pg_read_all_data */
    uint64_t scanned;    /* rows of the last scan, by the server's count (pg_scanned) */
    /* settings.c: production's, of a session that loads (else NULL); what is in force of them,
     * NULL: none; those that were refused here */
    const struct vec *settings;
    const char *in_force, *unfit;
    const struct object *named; /* is built with production's search_path, or NULL */
    const char *names_undo;     /* what that needs afterwards, or NULL */
    unsigned names_step;
    bool saved; /* there is a savepoint to take a failed statement back to */
};

/* Whether pg_namespace n is a schema of a kept state: it ends in the time of one
 * (previous_schemas.c). */
#define PG_KEPT_SCHEMA                                                                          \
    "n.nspname ~ '__dbtwin_[0-9]{8}T[0-9]{6}$' AND EXISTS (SELECT 1 FROM pg_catalog.pg_class"   \
    " kc JOIN pg_catalog.pg_namespace kn ON kn.oid = kc.relnamespace WHERE kc.relname = 'kept'" \
    " AND kc.relkind = 'r' AND kn.nspname = 'dbtwin' || pg_catalog.right(n.nspname, 24))"

/* ---- opening and closing ---------------------------------------------------------------- */

/* As source_ops.open, but into `database` where that is not NULL (shadow, maintenance database).
 * TARGET sessions are not read-only. ERR_CONNECTION, ERR_DENIED, ERR_USAGE (a URL that cannot be
 * read; older than PostgreSQL 13). */
bool pg_open_database(const struct endpoint *e, const char *database, enum driver_role role,
                      const struct source_options *o, struct session **ret, struct err *err);
bool pg_open(const struct endpoint *e, enum driver_role role, const struct source_options *o,
             struct session **ret, struct err *err);
/* Another session to the same server and database, as the same role, with the same settings. */
bool pg_open_again(struct session *s, struct session **ret, struct err *err);
/* The same without the settings, for a question or two. */
bool pg_open_bare(struct session *s, struct session **ret, struct err *err);
/* pooler.c: false with err set when s is not a session of its own but a pooler's, lent for a
 * transaction or a statement. One query; where there is a pooler, a second session and a few more.
 */
bool pg_pooler_check(struct session *s, struct err *err);
void pg_close(struct session *s);
bool pg_facts(struct session *s, struct arena *a, struct server_facts *ret, struct err *err);
void pg_cancel(struct session *s);

/* login.c. ERR_USAGE, without the URL and what it hides. */
bool pg_url_check(const struct endpoint *e, struct err *err);
/* Starts a connection, to a database of that name where it is not NULL; NULL: err is set. */
PGconn *pg_dial(const struct endpoint *e, const char *database, unsigned patience, struct err *err);
/* The same once more, to the one of several hosts that s found. */
PGconn *pg_dial_again(const struct session *s, struct err *err);
/* Until s->conn is there. No password is sent as it is over a TCP connection without TLS. */
bool pg_dial_wait(struct session *s, struct err *err);
/* libpq's messages end with newlines; several lines become one. */
void pg_add_message(struct buf *b, const char *text);
/* source_ops.databases */
bool pg_databases(const struct endpoint *e, struct arena *a, struct vec *ret,
                  const char **ret_hidden, bool *ret_lower, struct err *err);
/* The database that a URL names (after PGDATABASE and the like), in `a`; no connection is made. */
bool pg_address(const struct endpoint *e, struct arena *a, struct driver_address *ret,
                struct err *err);
bool pg_url_database(const struct endpoint *e, struct arena *a, const char **ret, struct err *err);

/* ---- which schemas ----------------------------------------------------------------------- */

/* source_ops.narrow */
bool pg_narrow(struct session *s, bool (*wanted)(void *ctx, const char *schema), void *ctx,
               struct err *err);
/* The catalog query of that name, filtered by its guards, becomes one that does not read them. */
void pg_narrow_query(const struct session *s, const char *query, struct buf *sql);

/* ---- statements ------------------------------------------------------------------------- */

/* Runs one or more statements whose rows nobody needs; asserts nothing about the role. */
bool pg_run(struct session *s, const char *sql, struct err *err);
bool pg_runf(struct session *s, struct err *err, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* source_ops.history */
bool pg_history(struct session *s, struct arena *a, struct vec *ret, struct err *err);
/* source/mark.c: the mark's rows, if there are any, as MARK_ and text; whether there are objects of
 * anybody but dbtwin; and "; " and what adds to a new mark which database it is in. */
bool pg_mark_read(struct session *s, struct arena *a, struct target_facts *ret, struct err *err);
bool pg_mark_has_objects(struct session *s, struct arena *a, bool *ret, struct err *err);
extern const char pg_mark_identity_sql[];
/* source_ops.noted */
bool pg_history_journal(struct session *s, const struct past_run *r, struct err *err);
bool pg_history_failed(const struct endpoint *e, const struct past_run *r, struct err *err);
bool pg_target_tell(struct target *t, const char *text, struct err *err);
bool pg_target_run(struct target *t, struct arena *a, struct run_seen *ret, struct err *err);
bool pg_noted(struct session *s, const char *key, struct arena *a, const char **ret,
              struct err *err);
/* target_ops.exec: pg_run that refuses a SOURCE session. */
bool pg_exec(struct session *s, const struct object *o, const char *sql, struct err *err);
/* target_ops.exec_batch and exec_after */
bool pg_exec_batch(struct session *s, const char *const *sql, size_t n, struct err *err);
bool pg_exec_after(struct session *s, const char *sql, struct err *err);
/* Where a statement begins, behind comments, blanks and empty statements. */
/* The connection is of no more use: whoever waits for an answer is told so. */
void pg_hang_up(struct session *s);
/* Runs one statement and gives its rows all at once (small answers): PQclear the result. NULL with
 * err set on failure. Parameters are text, NULL for SQL NULL. */
PGresult *pg_query(struct session *s, const char *sql, struct err *err);
/* The same in two steps; a session takes nothing else between them. */
bool pg_send(struct session *s, const char *sql, struct err *err);
PGresult *pg_receive(struct session *s, struct err *err);
PGresult *pg_query_params(struct session *s, const char *sql, int n, const char *const *params,
                          struct err *err);
/* source_ops.rows: row by row, in bounded memory. When fn fails the query is cancelled. */
bool pg_rows(struct session *s, const char *sql, row_fn *fn, void *ctx, struct err *err);
/* stored.c */
bool pg_doing(struct session *s, struct arena *a, const char **ret, struct err *err);
bool pg_stored(struct session *s, row_fn *fn, void *ctx, struct err *err);
/* One value of one row, copied into `a`; *ret NULL for SQL NULL or no row. */
bool pg_value(struct session *s, const char *sql, struct arena *a, const char **ret,
              struct err *err);

/* Waits until a result or COPY data is there without blocking; false on a lost connection or an
 * interrupt (the query is then cancelled; results still have to be drained with pg_drain). */
bool pg_wait(struct session *s, struct err *err);
/* Waits until libpq's output is flushed (non-blocking COPY IN). */
bool pg_flush(struct session *s, struct err *err);
/* Reads and forgets results until the session is idle; true if none of them was an error (else the
 * first one is in err). */
bool pg_drain(struct session *s, struct err *err);
/* The next result, waiting as pg_wait does; *ret NULL when there are no more. */
bool pg_next_result(struct session *s, PGresult **ret, struct err *err);

/* Sets err from a failed result (or from the connection when res is NULL): class by SQLSTATE,
 * message, DETAIL and the server's HINT. Returns false. Does not clear res. */
bool pg_error(struct session *s, const PGresult *res, struct err *err);

/* ---- texts ------------------------------------------------------------------------------ */
void pg_add_ident(struct buf *b, const char *name);   /* always quoted: "a""b" */
void pg_add_literal(struct buf *b, const char *text); /* 'a''b', E'' where it holds backslashes */
/* "schema"."name" of a relation, sequence … of the model (whose parent is a schema). */
void pg_add_qualified(struct buf *b, const struct object *o);

/* ---- introspection (introspect.c, probe.c) ---------------------------------------------- */
bool pg_introspect(struct session *s, struct model *m, struct err *err);
/* Sequences' last_value and is_called (data, so only within a snapshot that will be copied). */
bool pg_probe_positions(struct session *s, struct model *m, struct err *err);

/* ---- second opinion (second_opinion.c) ------------------------------------------------------- */
/* opinion_domains.c: whether the text has a constant that may be an array, a row or a range; and
 * whether it may be sent: ERR_REFUSED where such a constant could run somebody's function. */
bool pg_opinion_has_compound(const char *text);
bool pg_opinion_may_read(struct session *s, const char *text, struct err *err);
bool pg_elaborate(struct session *s, const struct object *o, unsigned slot, const char *text,
                  struct arena *a, const char **ret, struct err *err);

/* ---- notes (checkpoint.c) ------------------------------------------------------------------ */
bool pg_target_notes(struct target *t, struct arena *a, struct vec *ret, const char **ret_left,
                     struct err *err);
bool pg_target_shadow(struct target *t, enum shadow_fate fate, struct err *err);
bool pg_note(struct session *s, const struct note *n, struct err *err);
bool pg_exec_noted(struct session *s, const struct object *table, const char *sql, const char *name,
                   struct err *err);
bool pg_empty(struct session *s, const struct object *table, struct err *err);
bool pg_lasting(const struct object *table);
/* COMMIT of rows that were loaded, with their note; NULL: they have none. */
bool pg_note_commit(struct session *s, struct load_note *n, uint64_t rows, struct err *err);

/* ---- production's settings (settings.c) -------------------------------------------------- */

/* settings.c: appends production's settings (struct setting, in `a`), from its model, for the
 * sessions that load. */
void pg_settings_read(const struct model *m, struct arena *a, struct vec *ret);
/* target_ops.about: `sql` NULL where rows are loaded, or analyzed. */
bool pg_settings_apply(struct session *s, const struct object *o, const char *sql, struct err *err);
/* dbtwin's own again, for what it reads itself. Nothing to do in other sessions. */
bool pg_settings_pin(struct session *s, struct err *err);
/* target_ops.again */
bool pg_again(struct session *s, const struct object *o, struct err *why, struct buf *ret_how);
/* target_ops.settle */
bool pg_settle(struct session *s, bool failed, struct err *err);
/* source/names.c: an error for want of a name; the search_path that this role has here; and that,
 * where the table's indexes need it to be read by a query, until pg_names_leave. */
bool pg_names_wanted(const struct err *why);
bool pg_names_default(struct session *s, struct err *err);
/* settings.c: the search_path that production's database has for the owner of o. */
bool pg_names_open(struct session *s, const struct object *o, struct err *err);
bool pg_names_read(struct session *s, const struct object *table, struct err *err);
/* The empty search_path, and rights as they were. */
bool pg_names_leave(struct session *s, struct err *err);

/* pg_exec on a session whose transaction must stay open. */
bool pg_swap_schemas_exec(struct session *s, const struct object *o, const char *sql,
                          struct err *err);

/* ---- data (snapshot.c, data.c, target.c): the rest of the vtable ------------------------ */
bool pg_snapshot(struct session *const *sessions, unsigned n, struct arena *a,
                 struct snapshot_info *ret, struct err *err);
bool pg_project(struct session *s, const struct object *table, bool key_first, struct arena *a,
                struct projection *ret, struct err *err);
bool pg_project_computed(struct session *s, const struct object *o, struct arena *a,
                         struct projection *ret, struct err *err);
bool pg_split(struct session *s, const struct projection *p, enum split_mode mode, uint64_t goal,
              struct arena *a, struct vec *ret, struct err *err);
bool pg_scan(struct session *s, const struct chunk *c, struct reader **ret, struct err *err);
uint64_t pg_scanned(const struct session *s);
bool pg_refers(struct session *s, const struct object *const *tables, size_t n, struct arena *a,
               const char **ret_others, bool *ret_any_other, struct err *err);
bool pg_sample(struct session *s, const struct object *table, uint32_t rows, row_fn *fn, void *ctx,
               struct err *err);
bool pg_load(struct session *s, const struct chunk *c, struct reader *in, uint64_t *ret_rows,
             struct err *err);
bool pg_helpers(struct session *s, unsigned n, struct err *err);
bool pg_analyze(struct session *s, const struct object *table, struct err *err);
bool pg_ask(struct session *s, const char *topic, struct arena *a, struct vec *ret,
            struct err *err);
bool pg_lag(struct session *s, double *ret, struct err *err);
bool pg_waits(struct session *s, struct arena *a, const char **ret, struct err *err);
bool pg_target_ask(struct target *t, const char *topic, struct arena *a, struct vec *ret,
                   struct err *err);
bool pg_count(struct session *s, const struct object *table, uint64_t *ret, struct err *err);
bool pg_target_open(const struct endpoint *e, const struct target_options *o, struct target **ret,
                    struct err *err);
bool pg_target_server(struct target *t, struct arena *a, struct server_facts *ret, struct err *err);
bool pg_target_facts(struct target *t, struct arena *a, struct target_facts *ret, struct err *err);
const struct target_strategy *pg_target_strategy(const struct target *t);
bool pg_target_keeps(struct target *t, struct err *err);
bool pg_target_fits(struct target *t, const struct model *m, struct err *err);
bool pg_target_roles(struct target *t, struct arena *a, struct vec *ret, struct err *err);
bool pg_target_prepare(struct target *t, const struct model *m, struct err *err);
bool pg_target_session(struct target *t, struct session **ret, struct err *err);
bool pg_target_state(struct target *t, enum target_state which, struct session **ret,
                     struct err *err);
bool pg_target_write_lock(struct target *t, const struct object *const *tables, size_t n,
                          struct session **ret, struct err *err);
bool pg_target_bring(struct session *from, struct session *to, struct projection *const *p,
                     size_t n, struct arena *a, uint64_t *ret, struct err *err);
bool pg_target_may_lock(struct target *t, const struct object *const *tables, size_t n,
                        struct err *err);
bool pg_target_publish(struct target *t, const struct mark *mark, struct err *err);
bool pg_target_rollback(struct target *t, struct arena *a, const char **ret_kept, struct err *err);
void pg_target_close(struct target *t);

#endif
