/*
 * driver.h - a place that models and rows come from or go to: postgres, mysql, archive.
 *
 * A session is one connection (or one open archive). It belongs to one thread at a time, except
 * driver->cancel, which any thread may call. `open` takes the role: a SOURCE session is made
 * read-only on the server itself, and exec and load assert TARGET.
 *
 * Sessions are pinned when opened: search_path '' , UTF-8 (data: the server's own bytes, see
 * below), TimeZone UTC, ISO dates, extra_float_digits 3, row_security off, all timeouts that
 * would kill a snapshot 0; MySQL: time_zone +00:00, a fixed sql_mode, character_set_results binary
 * for data. Sessions that load into PostgreSQL build under the settings of production's database
 * instead, where expressions depend on them (about). application_name / connection attribute
 * program_name is "dbtwin".
 *
 * Row format ("text rows"): what COPY ... TO STDOUT (text) gives, or, on MySQL, the same shape that
 * LOAD DATA INFILE reads with FIELDS TERMINATED BY '\t' ESCAPED BY '\\' LINES TERMINATED BY '\n':
 * one line a row, \N for NULL, tabs, newlines, backslashes (and NULs on MySQL) escaped. So a
 * newline byte is always a row's end.
 * PostgreSQL rows are in the server's encoding (client_encoding = server_encoding).
 */
#ifndef DBTWIN_DRIVER_H
#define DBTWIN_DRIVER_H

#include <dbtwin/model.h>
#include <dbtwin/reader.h>

enum driver_role { DRIVER_SOURCE, DRIVER_TARGET };
enum database_role { DATABASE_ROLE_NONE, DATABASE_ROLE_PRODUCTION, DATABASE_ROLE_STAGING };

struct namemap;

/* Where a database is. cli builds it from command line and config, drivers read it. */
struct endpoint {
    const struct driver *driver;
    /* Its name in messages: the config's name, database@host, or the file's name; the redacted URL
     * if two sides would have the same. */
    const char *label;
    const char *address;  /* the redacted URL of a live one, which reports show once; else NULL */
    const char *url;      /* may hold a password: never in messages */
    const char *password; /* from passwordcmd, or NULL: then the URL's, PGPASSWORD, ~/.pgpass … */
    unsigned jobs; /* connections that reading the schema may take; 0 = as the driver sees fit */
    enum database_role role; /* as the config says */
    const char *path;        /* archive and model files: the path, "-" for stdin/stdout */
    bool in_place;           /* PostgreSQL target: no shadow, see dbtwin-copy(1), --in-place */
    bool overwrite;          /* archive target: an existing file may be replaced */
    /* Archive source: rows are only counted, and the blocks of a scan need not end with a row.
     * Target: target_open is read-only, takes no run lock and cleans up nothing; only
     * target_server, _facts, _strategy, _keeps, _fits, _roles, _state, _write_lock and _ask may
     * follow, and _write_lock then only says whether this account may lock */
    bool look;
    /* target: the shadow is only a rehearsal (preflight.h). It has a name of its own; the target,
     * and what other runs left, stay untouched; nothing is ever published */
    bool rehearse;
    const char *compress; /* archive target: for pack_method_parse; NULL = gzip */
    bool resume;          /* target: see target_notes; source: snapshots get an identity */
    unsigned patience;    /* seconds that connecting may take at most; 0 = as the URL says */
    unsigned sessions;    /* target: number of workers; 0 = unknown */
    /* target: how to treat owners and grantees that come as rows (of large objects) */
    const struct namemap *map; /* production's roles by the target's names, or NULL */
    bool no_owners, no_grants;
    uint64_t build_memory; /* target: bytes for building indexes, all together; 0 = default */
    /* target: several targets that one thread works on, one after another, may share a connection
     * that is about none of them (PostgreSQL's admin session). The first opens it; whoever made the
     * endpoints closes it, after them. NULL: each has its own. */
    struct session **shared;
};

/* What the live server says about itself. Texts live in the arena given. */
struct server_facts {
    unsigned flavor;            /* ENGINE_PG, ENGINE_MY, ENGINE_MA */
    unsigned version;           /* 150020, 101119, 90704 */
    const char *server_version; /* for people */
    /* PostgreSQL system_identifier (and data directory where readable), MySQL server_uuid, MariaDB
     * a value that only this instance has; never NULL */
    const char *server_id;
    const char *database;    /* name */
    const char *database_id; /* server_id and oid or name: two equal ids are one database */
    const char *user;
    const char *source; /* of a snapshot: what its source was called */
    unsigned port;      /* where the server says it listens; 0 = not known */
    bool socket_only;   /* only at a socket */
    bool standby;
    bool lower_names; /* MySQL, MariaDB: lower_case_table_names = 1 */
};

/* A database's address, from a URL and what completes it (a service file, defaults). */
struct driver_address {
    const char *host;     /* NULL: this machine, by a socket */
    const char *socket;   /* MySQL: if known, instead of a port */
    unsigned port;        /* 0 = not known */
    const char *database; /* NULL: the URL names none */
};

/* What a target holds before a copy. */
/* MARK_ELSEWHERE: a copy's, but written for another database: a restored dump, a clone. */
enum mark_role { MARK_NONE, MARK_COPY, MARK_PRODUCTION, MARK_ELSEWHERE };
struct target_facts {
    bool exists;           /* the database is there */
    bool has_objects;      /* tables, views … of anybody but dbtwin */
    bool has_rows;         /* some table holds a row (LIMIT 1 each, not counted) */
    const char *row_table; /* one table that does, for messages */
    enum mark_role mark;   /* dbtwin-concepts(7), "The mark" */
    const char *mark_text; /* for people: when, from where */
    bool mark_is_old;      /* MARK_COPY without the identity of its database */
};

/* What publish writes into the mark. */
struct mark {
    const char *source_label;
    const char *source_id; /* server_facts.database_id */
    const char *taken_at;
    const char *started_at, *position; /* of the run; of the snapshot, or NULL */
    const char *version;               /* of dbtwin */
    uint64_t tables, rows, bytes;
    const char *neutralised; /* what sync_neutralised reads, or NULL */
    unsigned keep_previous;  /* number of replaced states to keep; 0 if target_rollback is NULL */
};

/* The run that has a target's lock. Texts may be NULL: not everybody is shown them. */
struct run_seen {
    bool there;
    const char *who, *since; /* for people; ISO 8601, UTC */
    const char *text;        /* of its target_tell */
};

/* A line of the history that publish keeps beside the mark. Texts may be NULL. */
struct past_run {
    const char *started_at, *finished_at, *taken_at; /* ISO 8601, UTC */
    const char *source, *source_id, *position, *version;
    const char *result; /* "done", "rolled back", or "failed: " and why */
    uint64_t tables, rows, bytes;
};

/*
 * Projection: the columns of a table that are copied, in order, with the expression that reads
 * each on the source (masking replaces these) and the one that stores it on the target.
 * Generated columns are not in it. Column names are plain; expressions are SQL.
 */
struct projection_column {
    const struct object *column;
    const char *read;  /* source expression: normally the quoted column name */
    const char *store; /* NULL, or target expression with %s for the value (MySQL SET clause) */
};
struct projection {
    const struct object *table; /* of the source's model; TABLE, or a populated pseudo table */
    struct projection_column *columns;
    uint32_t n_columns;
    uint32_t n_key; /* the first n_key columns are the primary key (or a not-null unique key) when
                     * asked for by `key_first`; 0 = no key: the whole row is its key */
};

/* A named text that a run leaves in its shadow, for the run that resumes it. */
struct note {
    const char *name, *text;
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
     * (endpoint->resume), if finding out costs something. */
    const char *identity, *unknown;
    uint64_t transactions; /* a number that grows with every transaction that writes, or 0 */
};

/* What precedes a table's path in a note of target_notes. */
#define NOTE_TABLE "table "

/* What to do with a shadow: see target_notes. */
enum shadow_fate {
    SHADOW_TAKE,   /* target_prepare continues the one that was left */
    SHADOW_KEEP,   /* target_close leaves it */
    SHADOW_FORGET, /* its notes are removed: it can no longer be resumed */
};

/* A complete state of a target: the current one, or the newest that was kept. */
enum target_state { STATE_PRESENT, STATE_KEPT };

/* How a copy replaces the target: a shadow database beside it; shadow schemas within it, in one
 * transaction while readers continue; or the same with schemas that cannot be renamed emptied
 * first (in_place). All but the first use a single session. */
enum target_strategy { STRATEGY_DATABASE, STRATEGY_SCHEMAS, STRATEGY_IN_PLACE };

struct session; /* driver-private; first member is `const struct driver *driver` */
struct target;  /* driver-private: one target during one run; same first member */

/*
 * An answer of `ask`: to a topic, by name. Texts live in the arena given; value and more may be
 * NULL. A topic that the server did not answer has one answer, without name, whose `more` says
 * why. Topics, and what is in name, value, more (a topic may have no answer at all):
 * - fact: one value by its name: in_recovery, wal_level, log_bin, database_bytes, free_bytes …
 * - setting: a setting that changes what SQL means or who may do what; its value; its subject
 * - right: a statement that grants a missing privilege; why it is needed; "warning" if a copy
 *   proceeds without it, "shadow" if only STRATEGY_DATABASE needs it
 * - schema: TARGET: what would allow STRATEGY_SCHEMAS (target_strategy), if the copy does not use a
 *   shadow database; why; "mixed" if STRATEGY_IN_PLACE does not need it
 * - obstacle: what blocks the swap; what to do about it; "warning" as above
 * - extension: SOURCE: installed, its version, its schema. TARGET: available, a version,
 *   "superuser" if only a superuser may create it
 * - collation: SOURCE: in use. TARGET: available
 * - engine: a storage engine in use, or available
 * - role: TARGET: a role; "yes" if this account may give it objects; "superuser"
 * - document: SOURCE: a column of documents; the types inside that rows as text lose, or NULL;
 *   which rows were looked at, or NULL: none
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

struct driver {
    const char *name;               /* "postgres", "mysql", "archive" */
    const char *const *url_schemes; /* "postgresql", "postgres" … NULL-terminated */
    unsigned flavors;               /* ENGINE_… mask; 0 = any (archive) */
    /* Bytes of a table that load best at once (the goal of split); 0: a whole table, so that only
     * tables that would leave other workers idle are divided. */
    uint64_t load_bytes;

    /* NULL for an archive. Connects to nothing. */
    bool (*address)(const struct endpoint *e, struct arena *a, struct driver_address *ret,
                    struct err *err);

    /* ---- sessions. Errors: ERR_CONNECTION, ERR_DENIED; hints say what to try. */
    bool (*open)(const struct endpoint *e, enum driver_role role, struct session **ret,
                 struct err *err);
    void (*close)(struct session *s); /* NULL is fine; ends any transaction by rollback */
    bool (*facts)(struct session *s, struct arena *a, struct server_facts *ret, struct err *err);

    /* All n sessions see one and the same state from here on, read-only, until close. */
    bool (*snapshot)(struct session *const *sessions, unsigned n, struct arena *a,
                     struct snapshot_info *ret, struct err *err);
    /* Optional, where one snapshot shows all databases of a server: what follows is about this one.
     * *ret_note (may be NULL): as snapshot_info.note. */
    bool (*enter)(struct session *s, const char *database, struct arena *a, const char **ret_note,
                  struct err *err);
    /* Optional, before introspect: skips schemas that are not wanted, with what is in them.
     * `wanted` is called for each schema except the system's. */
    bool (*narrow)(struct session *s, bool (*wanted)(void *ctx, const char *schema), void *ctx,
                   struct err *err);
    /* Optional. Appends (const char *, in `a`) the names of the databases that this account
     * may see, in byte order: not the system's, nor templates, nor dbtwin's own. The URL
     * may name any of them, on MySQL also none. *ret_hidden: why there may be more, or NULL. */
    bool (*databases)(const struct endpoint *e, struct arena *a, struct vec *ret,
                      const char **ret_hidden, struct err *err);
    /* Fills m and freezes it. Inside a snapshot if one was taken, else in one of its own. */
    bool (*introspect)(struct session *s, struct model *m, struct err *err);

    /* Reading SQL, row by row. */
    bool (*rows)(struct session *s, const char *sql, row_fn *fn, void *ctx, struct err *err);
    /* TARGET only. One statement and no more, whatever the text says: it may be a stranger's; NULL
     * for an archive. */
    bool (*exec)(struct session *s, const char *sql, struct err *err);
    /* Optional: n of them in one transaction. */
    bool (*exec_batch)(struct session *s, const char *const *sql, size_t n, struct err *err);
    /* The user's --after: one or more statements. ERR_REFUSED if their changes would not last, or
     * would not be in the shadow; then the shadow must not be published. */
    bool (*exec_after)(struct session *s, const char *sql, struct err *err);

    /* ---- data. The projection and its texts live in `a`. */
    bool (*project)(struct session *s, const struct object *table, bool key_first, struct arena *a,
                    struct projection *ret, struct err *err);
    /* Optional, for comparing: values that the server computed from rows. Of a table its key and
     * stored generated columns, of a materialized view all columns; n_columns 0: nothing. */
    bool (*project_computed)(struct session *s, const struct object *o, struct arena *a,
                             struct projection *ret, struct err *err);
    /* Optional, for comparing: what values hold that their text does not show (types inside a
     * document). Of a table its key and, for each such column, a digest of that; n_columns 0: there
     * is nothing, or this server has no such thing. */
    bool (*project_inner)(struct session *s, const struct object *table, struct arena *a,
                          struct projection *ret, struct err *err);
    /* Appends struct chunk to `ret`, at least one per table; goal = bytes a chunk should hold. */
    bool (*split)(struct session *s, const struct projection *p, enum split_mode mode,
                  uint64_t goal, struct arena *a, struct vec *ret, struct err *err);
    /* Instead of split, for a source that can only be read in order: 1 and a chunk, 0, -1.
     * Thread-safe. The chunk's projection lives as long as the session. */
    int (*next_chunk)(struct session *s, struct chunk *ret, struct err *err);
    /* Optional. After all chunks were loaded: whether they were complete (an archive's manifest).
     */
    bool (*source_done)(struct session *s, struct err *err);
    /* The rows of a chunk; each block holds whole rows. The session is busy until close. */
    bool (*scan)(struct session *s, const struct chunk *c, struct reader **ret, struct err *err);
    /* Where split makes native chunks: the rows of the last scan that was read to its end, by the
     * server's own count. */
    uint64_t (*scanned)(const struct session *s);
    /* TARGET only. Loads all rows of `in` (does not close it) into the table of the same name in
     * one transaction; *ret_rows as the server counted them; any warning or skipped row fails. */
    bool (*load)(struct session *s, const struct chunk *c, struct reader *in, uint64_t *ret_rows,
                 struct err *err);
    /* Optional. The server may use up to n parallel workers for the session's statements from now
     * on: for an index that is built while other workers are idle. */
    bool (*helpers)(struct session *s, unsigned n, struct err *err);
    bool (*analyze)(struct session *s, const struct object *table, struct err *err); /* optional */
    /* Optional. Before exec of `sql`, which builds o: sets the settings that change what its
     * expressions mean to those of production's database. o NULL: a statement of the phase before
     * the rows, where nothing is computed. load and analyze do this themselves. */
    bool (*about)(struct session *s, const struct object *o, const char *sql, struct err *err);
    /* Optional. A statement that builds o, or a load or analyze of it, failed with `why`: whether
     * to try once more; appends how that will be done. Call it until it returns false. */
    bool (*again)(struct session *s, const struct object *o, struct err *why, struct buf *ret_how);
    /* With again: the statement is done or has finally failed; restores the session. */
    bool (*settle)(struct session *s, bool failed, struct err *err);
    /* Optional. The number of rows in the table itself. */
    bool (*count)(struct session *s, const struct object *table, uint64_t *ret, struct err *err);
    /* Optional. Appends the target's history (struct past_run), newest first; none is fine. */
    bool (*runs)(struct session *s, struct arena *a, struct vec *ret, struct err *err);
    /* Optional. Appends struct answer of one topic (NULL: of all) about the session's database.
     * Changes nothing and waits for no lock; not inside a snapshot. Fails only if the connection is
     * lost, or on an interrupt. */
    bool (*ask)(struct session *s, const char *topic, struct arena *a, struct vec *ret,
                struct err *err);
    /* Optional. Lag of a standby or replica in seconds; negative: it is neither. ERR_DENIED or
     * ERR_RUNTIME if the server does not tell, or replication has stopped. */
    bool (*lag)(struct session *s, double *ret, struct err *err);
    /* Optional. Who waits for an exclusive lock on a table behind this program's reading locks, and
     * on which table; NULL: nobody. Needs a session of its own. */
    bool (*waits)(struct session *s, struct arena *a, const char **ret, struct err *err);
    /* Optional. A value of the mark of the session's database; *ret NULL: none. */
    bool (*noted)(struct session *s, const char *key, struct arena *a, const char **ret,
                  struct err *err);
    /* Any thread: makes the session's current call fail soon. */
    void (*cancel)(struct session *s);

    /* ---- targets: everything goes into a shadow; publish swaps it in. target_open takes the run
     * lock (two runs on one target exclude each other: ERR_REFUSED) and removes what a killed run
     * left. */
    bool (*target_open)(const struct endpoint *e, struct target **ret, struct err *err);
    bool (*target_server)(struct target *t, struct arena *a, struct server_facts *ret,
                          struct err *err); /* NULL for an archive */
    bool (*target_facts)(struct target *t, struct arena *a, struct target_facts *ret,
                         struct err *err);
    /* Optional: the strategy that target_open chose by the account's privileges; if the function is
     * NULL, STRATEGY_DATABASE. */
    enum target_strategy (*target_strategy)(const struct target *t);
    /* Optional, for STRATEGY_SCHEMAS: announces that the current state will be kept, and checks
     * that it can be kept completely. target_fits and target_prepare then check that too.
     * ERR_REFUSED.
     */
    bool (*target_keeps)(struct target *t, struct err *err);
    /* Optional, before prepare: whether the strategy suits the model and the target. Changes
     * nothing. ERR_REFUSED. */
    bool (*target_fits)(struct target *t, const struct model *m, struct err *err);
    /* Optional: appends the names of the server's roles (const char *, in `a`). If there is such a
     * function, owners and grantees of the plan must be among them. */
    bool (*target_roles)(struct target *t, struct arena *a, struct vec *ret, struct err *err);
    /* Optional. Like ask, about the target, whose database need not exist. */
    bool (*target_ask)(struct target *t, const char *topic, struct arena *a, struct vec *ret,
                       struct err *err);
    /* Creates the empty shadow; an archive writes the model. */
    bool (*target_prepare)(struct target *t, const struct model *m, struct err *err);
    /* Optional, both or none. Says on the target's server what this run does, for target_run of
     * others: up to 40 bytes, beside any other call on t but target_close, in a session of its own.
     * NULL: nothing more for now, that session is closed. */
    bool (*target_tell)(struct target *t, const char *text, struct err *err);
    /* Of a target that only looks: who has its run lock, if anybody. Texts in `a`. */
    bool (*target_run)(struct target *t, struct arena *a, struct run_seen *ret, struct err *err);
    /* Optional. A run into e failed, `result` says why: into the history of the database, if it
     * bears the mark of a copy; never within anything else that is done there. */
    bool (*target_failed)(const struct endpoint *e, const struct past_run *r, struct err *err);
    /*
     * Optional, all six or none: shadows that a later run can resume. With endpoint->resume
     * target_open keeps a shadow that may be one, and target_prepare creates one with notes; it
     * drops the one that was left, unless that is to be continued (target_shadow). target_notes:
     * the notes of the one that was left (struct note, in `a`), and one NOTE_TABLE "SCHEMA\nNAME"
     * (MySQL: "\nNAME") for each table that still exists there, once the sessions of the earlier
     * run have ended; with endpoint->look it does not wait for them. *ret_left: NULL, nothing was
     * left; else why its notes cannot be read, or "".
     */
    bool (*target_notes)(struct target *t, struct arena *a, struct vec *ret, const char **ret_left,
                         struct err *err);
    bool (*target_shadow)(struct target *t, enum shadow_fate fate, struct err *err);
    /* In a session on the shadow: writes a note, replacing one of the same name; */
    bool (*note)(struct session *s, const struct note *n, struct err *err);
    /* like exec, for a table's POST or FK step or a FINAL one, with a note of that name, which
     * exists from then on if, and only if, the statement took effect; */
    bool (*exec_noted)(struct session *s, const struct object *table, const char *sql,
                       const char *name, struct err *err);
    /* empties a table; */
    bool (*empty)(struct session *s, const struct object *table, struct err *err);
    /* whether committed rows survive any crash, and only with their note. */
    bool (*lasting)(const struct object *table);
    /* A TARGET session on the shadow. */
    bool (*target_session)(struct target *t, struct session **ret, struct err *err);
    /* Optional. Runs one PHASE_FINAL statement, in the plan's order, instead of exec on a session
     * of the shadow: for engines that cannot move every object in the swap (MySQL: views, triggers,
     * routines and events do not follow RENAME TABLE). It runs in the shadow now, so that an error
     * shows while the target is untouched, and again in its final place within publish.
     * `meanwhile`, if not NULL, is what the shadow gets instead. *ret_own: the account may not give
     * the object to its definer and has become the definer. If target_defer is NULL, use exec. */
    bool (*target_defer)(struct target *t, const char *sql, const char *meanwhile, bool *ret_own,
                         struct err *err);
    /* One atomic swap; then the old content is dropped. After success the shadow is the target. */
    bool (*target_publish)(struct target *t, const struct mark *mark, struct err *err);
    /* Optional, with target_shadow_name: the same of several targets of one server, all in one
     * atomic swap. *ret_swapped: it was made, whatever err says. */
    bool (*target_publish_all)(struct target *const *t, const struct mark *marks, size_t n,
                               bool *ret_swapped, struct err *err);
    /* The database that is being loaded: names of it in what is built move along with the swap. */
    const char *(*target_shadow_name)(const struct target *t);
    /* Optional. Puts the newest kept state in the target's place, atomically; the current state is
     * kept in turn; *ret_kept says where (`database "x"`), in `a`. ERR_REFUSED if none was kept.
     */
    bool (*target_rollback)(struct target *t, struct arena *a, const char **ret_kept,
                            struct err *err);
    /* Optional. A SOURCE session on a state; *ret NULL when there is none. */
    bool (*target_state)(struct target *t, enum target_state which, struct session **ret,
                         struct err *err);
    /* With target_state: a session for each table (possibly one for all) on the current state, only
     * for scan. Nobody writes to these tables until publish or close, which end it. The objects'
     * names count, whatever their model. ERR_DENIED, or ERR_RUNTIME if writers do not finish. */
    bool (*target_write_lock)(struct target *t, const struct object *const *tables, size_t n,
                              struct session **ret, struct err *err);
    /* Optional, if the server does not check rows when a foreign key is created: one value of the
     * key that refers to nothing, in `a`, or NULL. */
    bool (*orphan)(struct session *s, const struct object *fk, struct arena *a, const char **ret,
                   struct err *err);
    /* Optional, with target_rollback and target_state: a statement that recreates an object of a
     * state that cannot move with its tables (see target_defer), in the plan's order. Before a
     * publish that keeps the current state: that one's. Before a rollback: both states'. */
    bool (*target_remake)(struct target *t, enum target_state which, const char *sql,
                          struct err *err);
    /* Drops an unpublished shadow, releases the lock, frees. Never touches the old content. */
    void (*target_close)(struct target *t);

    /*
     * Second opinion (optional): how this server writes the expression `text` of o's property,
     * settled: given to it again, it no longer changes. TARGET sessions only (such as one on the
     * shadow). Uses scratch objects in a transaction, or a part of the current one, that is rolled
     * back; runs nothing of the text, whoever wrote it. o is the server's own object, or one just
     * created there. False without err set: this property cannot be asked about, so a different
     * spelling is a difference. False with err: the server rejected it, or, ERR_CORRUPT, it was not
     * asked, because the text is not what the property says (one expression, one query …) as a
     * server writes it. Otherwise, by its SQLSTATE, either the answer is unknown (no right to
     * create scratch objects, a lock or time limit, a standby, a lost connection, an internal
     * error), or the text needs what the target does not have (42…, 22…, 3F…): then it cannot mean
     * the same as the target's own, which has everything it needs.
     */
    bool (*elaborate)(struct session *s, const struct object *o, unsigned slot, const char *text,
                      struct arena *a, const char **ret, struct err *err);
};

extern const struct driver driver_postgres, driver_mysql, driver_archive;

/* By URL scheme, or NULL: "postgresql://…" gives driver_postgres. */
const struct driver *driver_for_url(const char *url);
/* The URL with its database replaced; in `a`. */
const char *driver_url_database(const char *url, const char *database, struct arena *a);
/* Whether a may be the address of the database of that name at b; asks the resolver. */
bool driver_address_same(const struct driver_address *a, const struct driver_address *b,
                         const char *database);
void chunk_release(struct chunk *c); /* frees the payload */
#endif
