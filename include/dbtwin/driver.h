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

/* Where a database is. Made by the command line and config (cli), read by drivers. */
struct endpoint {
    const struct driver *driver;
    const char *label;    /* what messages call it: config name, redacted URL or file name */
    const char *url;      /* may hold a password: never in messages */
    const char *password; /* from passwordcmd, or NULL: then the URL's, PGPASSWORD, ~/.pgpass … */
    unsigned jobs; /* connections that reading the schema may take; 0 = as the driver sees fit */
    enum database_role role; /* as the config says */
    const char *path;        /* archive and model files: the path, "-" for stdin/stdout */
    bool in_place;           /* PostgreSQL target: no shadow, see dbtwin-copy(1), --in-place */
    bool overwrite;          /* archive target: an existing file may be replaced */
    /* An archive's rows are only counted: a scan gives pieces that need not end with a row.
     * target_open only looks: read-only, no run lock, nothing is cleared away; only
     * target_server, _facts, _way, _keeps, _fits, _roles, _state, _hold and _ask may follow; _hold
     * then only says whether this account may */
    bool look;
    /* target: the shadow is only for trying (preflight.h). It bears a name of its own; what other
     * runs left, and the target itself, stay untouched; nothing is ever published */
    bool rehearse;
    const char *compress; /* archive target: for pack_method_parse; NULL = gzip */
    bool resume;          /* target: see target_notes; source: snapshots are to be known again */
    unsigned patience;    /* seconds that connecting may take at most; 0 = as the URL says */
    unsigned sessions;    /* target: how many will work on it at once; 0 = unknown */
    /* target: what becomes of owners and grantees that come as rows (of large objects) */
    const struct namemap *map; /* production's roles by the target's names, or NULL */
    bool no_owners, no_grants;
    uint64_t build_memory; /* target: bytes for building indexes, all together; 0 = default */
};

/* The live server's own word about itself. Texts live in the arena given. */
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
    unsigned port;    /* where the server listens by its own word; 0 = not known */
    bool socket_only; /* nowhere but at a socket */
    bool standby;
    bool lower_names; /* MySQL, MariaDB: lower_case_table_names = 1 */
};

/* What a URL, and all that completes it (a service file, defaults), says of where a database is. */
struct driver_address {
    const char *host;     /* NULL: this machine, by a socket */
    const char *socket;   /* where that is told, of MySQL, in the place of a port */
    unsigned port;        /* 0 = not told */
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
    bool mark_is_old;      /* MARK_COPY that does not say for which database it was written */
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
    unsigned keep_previous;  /* so many replaced states are kept; 0 where target_rollback is NULL */
};

/* A line of the history that publish keeps beside the mark. Texts may be NULL. */
struct past_run {
    const char *started_at, *finished_at, *taken_at; /* ISO 8601, UTC */
    const char *source, *source_id, *position, *version;
    const char *result; /* "done" */
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

/* A text by its name that a run leaves in its shadow, for one that goes on with it. */
struct note {
    const char *name, *text;
};

/* What is noted of a chunk, in the transaction of its rows. */
struct load_note {
    const char *name;
    /* All rows that came are stored: whether all is well, and the note's text, appended. */
    bool (*judge)(struct load_note *n, uint64_t rows, struct buf *ret_text, struct err *err);
};

/* Chunk: a key range of a table. NULL bounds are open. Rows are lower <= key < upper. */
struct chunk {
    const struct projection *projection;
    uint32_t number; /* from 0 within its table */
    bool only;       /* the table's only chunk: load may then take faster ways (COPY FREEZE) */
    const char *condition; /* SQL condition for the range, or NULL for the whole table */
    const char *range;     /* for people and reports: "id 1..9999", or NULL */
    /* The rows may travel in the server's own form, which only the same driver's load reads, and
     * not an older server. Set by split (SPLIT_PHYSICAL) where every column's form is known to mean
     * the same everywhere; scan obeys it, so it is to be cleared where text rows are wanted. */
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
    /* Where two snapshots of one database have one identity, they show the same rows of all tables
     * that have transactions. NULL: nobody can tell, and `unknown` says why; or nobody wants to
     * know (endpoint->resume), where telling costs something. */
    const char *identity, *unknown;
    uint64_t transactions; /* a number that grows with every transaction that writes, or 0 */
};

/* What is to become of a shadow: see target_notes. */
enum shadow_fate {
    SHADOW_TAKE,   /* target_prepare goes on with what was left, and makes none */
    SHADOW_KEEP,   /* target_close leaves it */
    SHADOW_FORGET, /* its notes go: nobody can go on with it any more */
};

/* A whole state of a target: the one in place, or the newest of those that were kept. */
enum target_state { STATE_PRESENT, STATE_KEPT };

/* How a copy comes into its place: through a shadow beside it; schema by schema within it, in one
 * transaction while readers go on; or so with what cannot step aside dropped first (in_place). All
 * but the first have one session: a job is all there is. */
enum target_strategy { STRATEGY_DATABASE, STRATEGY_SCHEMAS, STRATEGY_IN_PLACE };

struct session; /* driver-private; first member is `const struct driver *driver` */
struct target;  /* driver-private: one target during one run; same first member */

/*
 * An answer of `ask`: to a topic, by name. Texts live in the arena given; value and more may be
 * NULL. A topic that the server would not answer to has one answer, without name, whose `more`
 * says why. Topics, and what is in name, value, more (a topic may have no answer at all):
 *   fact       one value by its name: in_recovery, wal_level, log_bin, database_bytes, free_bytes …
 *   setting    a setting that changes what SQL means or who may do what; its value; what it is
 * about right      a statement that would give a missing right; why it is needed; "warning" where a
 *              copy goes on without it, "shadow" where only STRATEGY_DATABASE needs it
 *   schema     TARGET: what would let the copy go schema by schema (target_strategy), where it does
 *              not go by a shadow; why; "mixed" where STRATEGY_IN_PLACE does without
 *   obstacle   what stands in the way of the swap; what to do about it; "warning" as above
 *   extension  SOURCE: installed, its version, its schema. TARGET: can be had, a version,
 * "superuser" where only such a one may create it collation  SOURCE: in use. TARGET: there is
 *   engine     a storage engine in use, or one that there is
 *   document   SOURCE: a column of documents; the types inside that rows as text lose, or NULL;
 *              which rows were looked at, or NULL: none
 *   role       TARGET: a role; "yes" where this account may give it objects; "superuser"
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
    /* How many bytes of a table it loads best at once (the goal of split); 0: a whole table, so
     * that only those are divided that would leave other workers with nothing to do. */
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
    /* Optional, before introspect: schemas that are not wanted are not read, nor what is in them.
     * `wanted` is asked for each schema but the system's. */
    bool (*narrow)(struct session *s, bool (*wanted)(void *ctx, const char *schema), void *ctx,
                   struct err *err);
    /* Optional. Appends (const char *, in `a`) the names of the databases that this account
     * may see, in byte order: not the system's, nor templates, nor those that dbtwin makes. The URL
     * may name any of them, MySQL's none. *ret_hidden: why there may be more, or NULL. */
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
    /* What the user says by --after: one or more statements. ERR_REFUSED where what they changed
     * would not stay, or would not be in the shadow; then it must not be published. */
    bool (*exec_after)(struct session *s, const char *sql, struct err *err);

    /* ---- data. The projection and its texts live in `a`. */
    bool (*project)(struct session *s, const struct object *table, bool key_first, struct arena *a,
                    struct projection *ret, struct err *err);
    /* Optional, for comparing: what the server worked out from rows. Of a table its key and stored
     * generated columns, of a materialized view all columns; n_columns 0: there is nothing. */
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
    /* Optional. All chunks were loaded: whether what came was complete (an archive's manifest). */
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
    /* Up to n helpers of the server's may work beside the session's statements from now on: for an
     * index that is built while nobody else has anything to do. Optional. */
    bool (*helpers)(struct session *s, unsigned n, struct err *err);
    bool (*analyze)(struct session *s, const struct object *table, struct err *err); /* optional */
    /* Optional. What exec carries out next is `sql`, which builds o: the settings that change what
     * its expressions mean are those of production's database. o NULL: of the phase before the
     * rows, where nothing is worked out. load and analyze see to that themselves. */
    bool (*about)(struct session *s, const struct object *o, const char *sql, struct err *err);
    /* Optional. A statement that builds o, or a load or analyze of it, failed so: whether to try
     * once more, and how it will be done then, appended. To be asked until it says no. */
    bool (*again)(struct session *s, const struct object *o, struct err *why,
                  struct buf *ret_how);
    /* Beside again: the statement is done or has failed for good, and the session is as before. */
    bool (*settle)(struct session *s, bool failed, struct err *err);
    /* Optional. How many rows a table holds itself. */
    bool (*count)(struct session *s, const struct object *table, uint64_t *ret, struct err *err);
    /* Optional. Appends the target's history (struct past_run), newest first; none is fine. */
    bool (*runs)(struct session *s, struct arena *a, struct vec *ret, struct err *err);
    /* Optional. Appends struct answer of one topic (NULL: of all) about the session's database.
     * Nothing is changed and no lock is waited for; not inside a snapshot. Fails only when the
     * connection is lost, or on an interrupt. */
    bool (*ask)(struct session *s, const char *topic, struct arena *a, struct vec *ret,
                struct err *err);
    /* Optional. Seconds by which a standby or replica is behind; negative: it is none. ERR_DENIED
     * and ERR_RUNTIME where the server does not tell, or replication stands still. */
    bool (*lag)(struct session *s, double *ret, struct err *err);
    /* Optional. Who waits for a table to itself behind locks of this program's reading, and for
     * which; NULL: nobody. A session of its own. */
    bool (*waits)(struct session *s, struct arena *a, const char **ret, struct err *err);
    /* Optional. A value of the mark of the session's database; *ret NULL: there is none. */
    bool (*noted)(struct session *s, const char *key, struct arena *a, const char **ret,
                  struct err *err);
    /* Any thread: makes the session's current call fail soon. */
    void (*cancel)(struct session *s);

    /* ---- targets: everything goes into a shadow; publish puts it in the target's place.
     * target_open takes the run lock (two runs on one target exclude each other: ERR_REFUSED)
     * and, with sweep, removes what a killed run left. */
    bool (*target_open)(const struct endpoint *e, struct target **ret, struct err *err);
    bool (*target_server)(struct target *t, struct arena *a, struct server_facts *ret,
                          struct err *err); /* NULL for an archive */
    bool (*target_facts)(struct target *t, struct arena *a, struct target_facts *ret,
                         struct err *err);
    /* Optional: the way that was chosen as the target was opened, by the account's rights; where it
     * is NULL, STRATEGY_DATABASE. */
    enum target_strategy (*target_strategy)(const struct target *t);
    /* Optional, where target_strategy is STRATEGY_SCHEMAS: the state in place will be kept; whether
     * it can be, as a whole. target_fits and target_prepare then answer for that too. ERR_REFUSED.
     */
    bool (*target_keeps)(struct target *t, struct err *err);
    /* Optional, before prepare: whether what the model holds, and the target, can go that way.
     * Nothing is changed. ERR_REFUSED. */
    bool (*target_fits)(struct target *t, const struct model *m, struct err *err);
    /* Optional: appends the names of the server's roles (const char *, in `a`). Where it is there,
     * owners and grantees of the plan must be among them. */
    bool (*target_roles)(struct target *t, struct arena *a, struct vec *ret, struct err *err);
    /* Optional. As ask, of the target: whether or not its database is there. */
    bool (*target_ask)(struct target *t, const char *topic, struct arena *a, struct vec *ret,
                       struct err *err);
    /* Creates the empty shadow; an archive writes the model. */
    bool (*target_prepare)(struct target *t, const struct model *m, struct err *err);
    /*
     * Optional, all six or none: shadows that a later run can go on with. With endpoint->resume
     * target_open leaves a shadow alone that may be one, and target_prepare makes one that takes
     * notes; what was left it drops, unless it is to be taken (target_shadow). target_notes: those
     * in what was left (struct note, in `a`), once the sessions of the earlier run are gone; none
     * where there is nothing, or nothing that can be read. With endpoint->look they are not waited
     * for. *ret_left: NULL, nothing was left; else why notes there cannot be read, or "".
     */
    bool (*target_notes)(struct target *t, struct arena *a, struct vec *ret, const char **ret_left,
                         struct err *err);
    bool (*target_shadow)(struct target *t, enum shadow_fate fate, struct err *err);
    /* In a session on the shadow: a note, in the place of an earlier one of its name; */
    bool (*note)(struct session *s, const struct note *n, struct err *err);
    /* as exec, of a table's POST or FK step or a FINAL one, and a note of that name, which is there
     * from then on if, and only if, the statement was carried out; */
    bool (*exec_noted)(struct session *s, const struct object *table, const char *sql,
                       const char *name, struct err *err);
    /* no row stays in a table; */
    bool (*empty)(struct session *s, const struct object *table, struct err *err);
    /* whether rows that were committed are there after any crash, and only with their note. */
    bool (*lasting)(const struct object *table);
    /* A TARGET session on the shadow. */
    bool (*target_session)(struct target *t, struct session **ret, struct err *err);
    /* Optional. Carries out one PHASE_FINAL statement, in the plan's order, instead of exec on a
     * session of the shadow: for engines that cannot move every object in the swap (MySQL: views,
     * triggers, routines and events do not follow RENAME TABLE). It runs in the shadow now, so that
     * a fault shows while the target is untouched, and once more in its final place within
     * publish. `meanwhile`, where not NULL, is what the shadow gets instead. *ret_own: the account
     * may not give the object to its definer and has become it. Where target_defer is NULL, exec is
     * right. */
    bool (*target_defer)(struct target *t, const char *sql, const char *meanwhile, bool *ret_own,
                         struct err *err);
    /* One atomic swap; then the old content is dropped. After success the shadow is the target. */
    bool (*target_publish)(struct target *t, const struct mark *mark, struct err *err);
    /* Optional. Puts the newest kept state in the target's place, atomically; what was there is
     * kept in turn; *ret_kept says where (`database "x"`), in `a`. ERR_REFUSED when none was kept.
     */
    bool (*target_rollback)(struct target *t, struct arena *a, const char **ret_kept,
                            struct err *err);
    /* Optional. A SOURCE session on a state; *ret NULL when there is none. */
    bool (*target_state)(struct target *t, enum target_state which, struct session **ret,
                         struct err *err);
    /* With target_state: a session for each table (perhaps one for all) on the present state that
     * sees it as it is now, and nobody writes to them until publish or close, which end it; it is
     * only for scan. Names that the objects bear count, whatever model they are of. ERR_DENIED, or
     * ERR_RUNTIME when writers do not go. */
    bool (*target_write_lock)(struct target *t, const struct object *const *tables, size_t n,
                              struct session **ret, struct err *err);
    /* Optional, where the server does not look at the rows when a foreign key is made: one value
     * of the key that refers to nothing, in `a`, or NULL. */
    bool (*orphan)(struct session *s, const struct object *fk, struct arena *a, const char **ret,
                   struct err *err);
    /* Optional, beside target_rollback and target_state: a statement that makes again an object
     * of a state that cannot move with its tables (see target_defer), in the plan's order. Before
     * a publish that keeps the present state: that one's. Before a rollback: both states'. */
    bool (*target_remake)(struct target *t, enum target_state which, const char *sql,
                          struct err *err);
    /* Drops an unpublished shadow, gives up the lock, frees. Never touches the old content. */
    void (*target_close)(struct target *t);

    /*
     * Second opinion (optional; design §6): how this server writes the expression `text` of o's
     * property, settled: given back to it, it does not change any more. TARGET sessions only (such
     * as one on the shadow); scratch objects in a transaction, or a part of the present one, that
     * is rolled back; nothing in the text is executed, whoever wrote it. o is the server's own
     * object, or one that has just been made there. False without err set: there is no way to ask
     * about this property, so what is spelled differently is different. False with err: the server
     * did not take it, or, ERR_CORRUPT, it was not asked, because the text is not what the property
     * says (one expression, one query …) as a server writes it. Otherwise, by its SQLSTATE, either
     * the answer is unknown (no right to make scratch objects, a lock or time limit, a standby, a
     * lost connection, something out of order), or the text needs what the target does not have
     * (42…, 22…, 3F…): then it cannot mean the same as the target's own, which stands there and has
     * all it needs.
     */
    bool (*elaborate)(struct session *s, const struct object *o, unsigned slot, const char *text,
                      struct arena *a, const char **ret, struct err *err);
};

extern const struct driver driver_postgres, driver_mysql, driver_archive;

/* By URL scheme, or NULL: "postgresql://…" gives driver_postgres. */
const struct driver *driver_for_url(const char *url);
/* The URL with this database in the place of its own; in `a`. */
const char *driver_url_database(const char *url, const char *database, struct arena *a);
/* Whether a may be the place of the database of that name that is at b; asks the resolver. */
bool driver_address_same(const struct driver_address *a, const struct driver_address *b,
                         const char *database);
void chunk_release(struct chunk *c); /* frees the payload */
#endif
