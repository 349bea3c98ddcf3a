/*
 * driver_source.h - what a driver reads with: sessions, snapshots, projections, chunks and their
 * rows. Only driver.h includes this.
 */
#ifndef DBTWIN_DRIVER_SOURCE_H
#define DBTWIN_DRIVER_SOURCE_H

#include <dbtwin/model.h>
#include <dbtwin/reader.h>

struct driver;
struct endpoint;
struct server_facts;

enum driver_role { DRIVER_SOURCE, DRIVER_TARGET };

struct session; /* driver-private */

/*
 * Projection: the columns of a table that are copied, in order, with the expression that reads
 * each on the source (masking replaces these) and the one that stores it on the target.
 * Generated columns are not in it. Column names are plain; expressions are SQL.
 */
struct projection_column {
    const struct object *column;
    const char *read;  /* source expression: normally the quoted column name */
    const char *store; /* NULL, or target expression with %s for the value (MySQL SET clause) */
    const char *typed; /* NULL, or the one for values that begin with "!" (carry_inner) */
};
struct projection {
    const struct object *table; /* of the source's model; TABLE, or a populated pseudo table */
    struct projection_column *columns;
    uint32_t n_columns;
    uint32_t n_key; /* the first n_key columns are the primary key (or a not-null unique key) when
                     * asked for by `key_first`; 0 = no key: the whole row is its key */
};

/* The note about a chunk, written in the transaction of its rows. */
struct load_note {
    const char *name;
    /* All rows are stored: whether the result is right; appends the note's text. */
    bool (*judge)(struct load_note *n, uint64_t rows, struct buf *ret_text, struct err *err);
};

/* Chunk: a key range of a table. NULL bounds are open. Rows are lower <= key < upper. */
struct chunk {
    const struct projection *projection;
    uint32_t number; /* from 0 within its table */
    bool only;       /* the table's only chunk: load may then take faster ways (COPY FREEZE) */
    const char *condition; /* SQL condition for the range, or NULL for the whole table */
    const char *range;     /* for people and reports: "id 1..9999", or NULL */
    /* The rows may use the server's own format, which only the same driver's load reads, and not an
     * older server. split (SPLIT_PHYSICAL) sets it if every column's format means the same on all
     * servers; scan obeys it, so clear it to get text rows. */
    bool native;
    uint64_t rows, bytes;   /* estimates; 0 = unknown */
    struct load_note *note; /* for load, or NULL */
    struct buf *payload;    /* archive source: gzip member that holds the rows; owned by the chunk's
                             * taker,   freed by chunk_release */
};
enum split_mode {
    SPLIT_PHYSICAL, /* fastest to read on one server (ctid ranges) */
    SPLIT_KEY       /* ranges of the key: mean the same on both sides */
};

struct snapshot_info {
    const char *taken_at; /* ISO 8601, UTC */
    const char *position; /* LSN, GTID or binlog position, or NULL */
    const char *note;     /* for people: what is not in the snapshot (MyISAM tables), or NULL */
    unsigned usable; /* the first `usable` sessions see the snapshot; less than n where the server
                      * gives this account no way to make several see one state (MySQL without
                      * BACKUP_ADMIN and RELOAD): the others must not be read from. 0 = all n */
    /* If two snapshots of one database have the same identity, they show the same rows of all
     * tables that have transactions. NULL: unknown, and `unknown` says why; or not wanted
     * (source_options.identify), if finding out costs something. */
    const char *identity, *unknown;
    uint64_t transactions; /* a number that grows with every transaction that writes, or 0 */
};

#define RUN_APPLYING "applying: "
#define RUN_APPLIED  "applied: "
#define RUN_KEPT     "kept: "                      /* a program that an apply drops, and its text */
#define RUN_BROKEN   "failed: apply, ended while " /* before what it was at */
/* A line of the history that publish keeps beside the mark. Texts may be NULL. */
struct past_run {
    const char *started_at, *finished_at, *taken_at; /* ISO 8601, UTC */
    const char *source, *source_id, *position, *version;
    /* "done" (perhaps with "; masked: …"), "rolled back", "failed: " and why; of apply, which
     * brings no rows: RUN_APPLYING and what it is at, RUN_APPLIED and what was done,
     * RUN_KEPT with "KIND PATH: TEXT" */
    const char *result;
    uint64_t tables, rows, bytes;
};

/*
 * An answer of `ask`: to a topic, by name. Texts live in the arena given; value and more may be
 * NULL. A topic that the server did not answer has one answer, without name, whose `more` says
 * why. Topics, and what is in name, value, more (a topic may have no answer at all):
 * - fact: one value by its name: in_recovery, wal_level, log_bin, database_bytes, free_bytes …
 * - setting: a setting that changes what SQL means or who may do what; its value; its subject
 * - right: a statement that grants a missing privilege; why it is needed; "warning" if a copy
 *   proceeds without it, "shadow" if only a shadow database needs it
 * - schema: TARGET: what would allow a swap schema by schema (target_strategy), if the copy does
 *   not use a shadow database; why; "mixed" if --in-place does not need it
 * - obstacle: what blocks the swap; what to do about it; "warning" as above
 * - extension: SOURCE: installed, its version, its schema. TARGET: available, a version,
 *   "superuser" if only a superuser may create it
 * - collation: SOURCE: in use. TARGET: available
 * - engine: a storage engine in use, or available
 * - role: TARGET: a role; "yes" if this account may give it objects; "superuser"
 * - document: SOURCE: a column of documents; the types inside that rows as text lose, or NULL;
 *   which rows were looked at, or NULL: none
 * - document_left, asked for as document: of these types those that carry_inner does not carry
 */
struct answer {
    const char *topic, *name, *value, *more;
};

typedef bool row_fn(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                    struct err *err);

/* A row_fn that appends the first column, unless it is NULL. */
struct row_texts {
    struct arena *arena; /* where the texts live */
    struct vec *ret;     /* const char * */
};
bool row_texts_add(void *ctx, unsigned n, const char *const *values, const size_t *lengths,
                   struct err *err);

/* How far reading a schema is, or of a file all of it; relaxed atomics, for displays. A part is a
 * statement, a share of the tables, or a byte of the file. */
struct source_progress {
    uint64_t parts, parts_done; /* parts: 0 = not known */
    uint64_t rows;              /* of the catalog */
};

/* What a run wants of a session that reads. All zero, or NULL for it: the usual. */
struct source_options {
    unsigned jobs; /* connections that reading the schema may take; 0 = as the driver sees fit */
    unsigned patience; /* seconds that connecting may take at most; 0 = as the URL says */
    bool identify;     /* its snapshots get an identity */
    bool count;   /* archive: rows are only counted, so a scan's blocks need not end with a row */
    bool columns; /* PostgreSQL: dependencies on columns are read too (model.columns) */
    struct source_progress *progress; /* written while the session lives, or NULL */
    /* MySQL: the databases that `waits` looks at, NULL-terminated, which outlive the session; NULL:
     * its own */
    const char *const *watched;
};

/*
 * What reads: a session on a server, or an open archive. Unless a comment says otherwise,
 * - cost: a few round trips, whatever the database holds;
 * - thread: the one that has the session, and no two calls at a time;
 * - after a failure: ret_ is untouched, and the session may only be closed, for inside a snapshot
 *   the server has ended the transaction. Outside of one the next call is good again, unless the
 *   class is ERR_CONNECTION or ERR_INTERRUPTED.
 */
struct source_ops {
    /* ---- required of every driver */

    /* Connects and pins the session, or opens the file. Cost: a connection and its log-in. Any
     * thread. After a failure nothing is left open. ERR_CONNECTION, ERR_DENIED; hints say what to
     * try. */
    bool (*open)(const struct endpoint *e, enum driver_role role, const struct source_options *o,
                 struct session **ret, struct err *err);
    /* Of either role, and of target_ops.session too; NULL is fine; ends any transaction by
     * rollback. Cannot fail. */
    void (*close)(struct session *s);
    /* What the server, or the file's header, says about itself. */
    bool (*facts)(struct session *s, struct arena *a, struct server_facts *ret, struct err *err);
    /* All n sessions see one and the same state from here on, read-only, until close. Cost: on a
     * busy server it may wait seconds for locks, which it holds for moments. One thread has all n;
     * after a failure all n may only be closed. */
    bool (*snapshot)(struct session *const *sessions, unsigned n, struct arena *a,
                     struct snapshot_info *ret, struct err *err);
    /* Fills m and freezes it. Inside a snapshot if one was taken, else in one of its own. Cost: a
     * number of queries that does not grow with the schema (MySQL: and SHOW CREATE of each object,
     * many in one round trip), and connections up to source_options.jobs. After a failure m may
     * only be released. */
    bool (*introspect)(struct session *s, struct model *m, struct err *err);
    /* The rows of a chunk; each block holds whole rows. Cost: the chunk's rows, a block in memory
     * at a time. The session is busy until the reader is closed, which the same thread does.
     * Closed before its end it cancels the statement, which on PostgreSQL ends the snapshot. */
    bool (*scan)(struct session *s, const struct chunk *c, struct reader **ret, struct err *err);

    /* ---- required of a server's (driver->live) */

    /* Makes the session's current call fail soon. Any thread; does not wait; cannot fail. */
    void (*cancel)(struct session *s);
    /* Reading SQL, row by row. Cost: the query's, a row in memory at a time. When fn fails, the
     * query is cancelled and its error returned. */
    bool (*rows)(struct session *s, const char *sql, row_fn *fn, void *ctx, struct err *err);
    /* The columns of a table and how to read them. The projection and its texts live in `a`. From
     * the model alone, but for what it lacks. */
    bool (*project)(struct session *s, const struct object *table, bool key_first, struct arena *a,
                    struct projection *ret, struct err *err);
    /* For comparing: values that the server computed from rows. Of a table its key and stored
     * generated columns, of a materialized view all columns; n_columns 0: nothing. Cost: as
     * project. */
    bool (*project_computed)(struct session *s, const struct object *o, struct arena *a,
                             struct projection *ret, struct err *err);
    /* Appends struct chunk to `ret`, at least one per table; goal = bytes a chunk should hold.
     * Cost: a sample of the key's values in SPLIT_KEY. */
    bool (*split)(struct session *s, const struct projection *p, enum split_mode mode,
                  uint64_t goal, struct arena *a, struct vec *ret, struct err *err);
    /* Some `rows` rows from all over the table, to be looked at: each row's columns in their order,
     * as text, long values cut or NULL. Cost: some pages, however large the table is; ends after
     * seconds. Not inside a snapshot. */
    bool (*sample)(struct session *s, const struct object *table, uint32_t rows, row_fn *fn,
                   void *ctx, struct err *err);
    /* The number of rows in the table itself. Cost: it reads the table, or an index. */
    bool (*count)(struct session *s, const struct object *table, uint64_t *ret, struct err *err);
    /* Appends the target's history (struct past_run), newest first; none is fine. */
    bool (*history)(struct session *s, struct arena *a, struct vec *ret, struct err *err);
    /* Appends struct answer of one topic (NULL: of all) about the session's database. Cost: a query
     * a topic. Changes nothing and waits for no lock; not inside a snapshot. Fails only if the
     * connection is lost, or on an interrupt; what the server refuses is an answer. */
    bool (*ask)(struct session *s, const char *topic, struct arena *a, struct vec *ret,
                struct err *err);
    /* Lag of a standby or replica in seconds; negative: it is neither. ERR_DENIED or ERR_RUNTIME if
     * the server does not tell, or replication has stopped. */
    bool (*lag)(struct session *s, double *ret, struct err *err);
    /* Who waits for an exclusive lock on a table behind this program's reading locks, and on which
     * table; NULL: nobody. In a session of its own, which another thread may have than those that
     * hold the locks. */
    bool (*waits)(struct session *s, struct arena *a, const char **ret, struct err *err);
    /* A value of the mark of the session's database; *ret NULL: none. */
    bool (*noted)(struct session *s, const char *key, struct arena *a, const char **ret,
                  struct err *err);
    /* Appends (const char *, in `a`) the names of the databases that this account may see, in byte
     * order: not the system's, nor templates, nor dbtwin's own. The URL may name any of them, on
     * MySQL also none. *ret_hidden: why there may be more, or NULL. *ret_lower (may be NULL): the
     * server keeps names in lower case and takes them in any. Cost: a connection of its own, closed
     * in any case. Any thread. */
    bool (*databases)(const struct endpoint *e, struct arena *a, struct vec *ret,
                      const char **ret_hidden, bool *ret_lower, struct err *err);

    /* ---- required of what can only be read in order: a file */

    /* Instead of split: 1 and a chunk, 0, -1. Any thread, several at a time. The chunk's projection
     * lives as long as the session. Cost: the chunk's packed bytes, in memory until
     * chunk_release. */
    int (*next_chunk)(struct session *s, struct chunk *ret, struct err *err);
    /* After all chunks were loaded: whether they were complete (an archive's manifest). Cost: the
     * file's rest, which is read. */
    bool (*done)(struct session *s, struct err *err);

    /* ---- optional */

    /* Where one snapshot shows all databases of a server: what follows is about this one.
     * *ret_note (may be NULL): as snapshot_info.note. */
    bool (*enter)(struct session *s, const char *database, struct arena *a, const char **ret_note,
                  struct err *err);
    /* Before introspect: skips schemas that are not wanted, with what is in them. `wanted` is
     * called for each schema except the system's, before this returns. */
    bool (*narrow)(struct session *s, bool (*wanted)(void *ctx, const char *schema), void *ctx,
                   struct err *err);
    /* For comparing: what values hold that their text does not show (types inside a document). Of a
     * table its key and, for each such column, a digest of that; n_columns 0: there is nothing, or
     * this server has no such thing. Cost: as project. */
    bool (*project_inner)(struct session *s, const struct object *table, struct arena *a,
                          struct projection *ret, struct err *err);
    /* Changes how a document's column is read, and stored by the same driver's load, so that what
     * its text does not show arrives as far as it can (topic document). Where the rows come out of
     * a scan and go into a load, with nothing between that looks at this column. */
    void (*carry_inner)(struct projection *p, uint32_t column, struct arena *a);
    /* Where split makes native chunks: the rows of the last scan that was read to its end, by the
     * server's own count. No round trip. */
    uint64_t (*scanned)(const struct session *s);
    /* Where rows refer to what is no table's own (PostgreSQL: large objects): the condition for a
     * chunk of these that none of the tables refers to, in `a`; NULL: they have no such column.
     * *ret_any_other, if there is a condition: there are some. Cost: the tables' rows. */
    bool (*refers)(struct session *s, const struct object *const *tables, size_t n, struct arena *a,
                   const char **ret_others, bool *ret_any_other, struct err *err);
};

void chunk_release(struct chunk *c); /* frees the payload */
#endif
