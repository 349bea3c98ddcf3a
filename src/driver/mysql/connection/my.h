/*
 * my.h - what the files of the MySQL and MariaDB driver share.
 *
 * One session is one connection of the client library (MariaDB Connector/C or Oracle's
 * libmysqlclient: both must compile and behave alike; MARIADB_PACKAGE_VERSION tells them apart).
 * It belongs to one thread at a time; only my_conn_cancel may be called from another.
 *
 * Every session is pinned when opened (pins.c): names utf8mb4, time_zone +00:00, MY_SQL_MODE, no
 * time limits that would end a long read, and all else that changes what our statements do. A
 * SOURCE session is READ ONLY on the server as well.
 * LOAD DATA LOCAL is refused from before the login on, in every connection, so that no server can
 * ask for a file of ours: who loads calls my_conn_infile before the statement, with a handler that
 * only ever gives rows, and my_conn_no_infile after it.
 *
 * Only src/driver/mysql may include this header.
 */
#ifndef DBTWIN_MYSQL_MY_H
#define DBTWIN_MYSQL_MY_H

#include <dbtwin/driver.h>
#include <mysql.h>
#include <pthread.h>
#include <stdatomic.h>

/* Zero and invalid dates pass unchanged, id 0 stays 0, an engine is never replaced, and what does
 * not fit is an error. SHOW CREATE quotes with backticks under it. */
#define MY_SQL_MODE \
    "STRICT_ALL_TABLES,ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION"

/* Prefix of the databases that dbtwin makes and drops by itself, and the table of its mark. */
#define MY_SHADOW_PREFIX "dbtwin_"
#define MY_MARK_TABLE    "dbtwin_mark"
#define MY_RUN_TABLE     "dbtwin_run"
#define MY_MARK_COLUMNS                                                                          \
    " (k varchar(64) NOT NULL PRIMARY KEY, v mediumtext) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 " \
    "COLLATE=utf8mb4_bin COMMENT='made by dbtwin: what this database is a copy of'"
#define MY_JOURNAL_TABLE  "dbtwin_journal"  /* see target.h; never part of a model */
#define MY_PROGRESS_TABLE "dbtwin_progress" /* see checkpoint.c; in a shadow only */

enum my_tls {
    MY_TLS_DEFAULT,
    MY_TLS_DISABLED,
    MY_TLS_PREFERRED,
    MY_TLS_REQUIRED,
    MY_TLS_VERIFY_CA,
    MY_TLS_VERIFY
};

/* A connection URL in its parts; texts percent-decoded, in the arena given; NULL where not said. */
struct my_url {
    const char *user, *password, *host, *database, *socket;
    unsigned port; /* 0 = not said */
    enum my_tls tls;
    const char *ssl_ca, *ssl_capath, *ssl_cert, *ssl_key, *ssl_cipher;
    const char *ssl_crl, *ssl_crlpath, *ssl_fp, *plugin_dir; /* from option files only */
    const char *server_key; /* server-public-key-path: the one key that a password is sealed with */
    bool ask_key;           /* get-server-public-key: whatever key the server sends will do */
    bool compress;
    unsigned connect_timeout; /* seconds; 0 = not said */
    unsigned net_timeout;     /* the same: how long a network may be silent */
};

/* ERR_USAGE names what is wrong without showing the URL. */
bool my_url_parse(const char *url, struct arena *a, struct my_url *ret, struct err *err);
/* What the URL does not say, from the option files (~/.my.cnf …, [client] and [dbtwin]): who, where
 * to and how it is encrypted; never less encryption than without them, and nothing else of theirs
 * counts (defaults.c). */
void my_url_defaults(struct my_url *u, struct arena *a);
/* By a socket, so on this machine. */
bool my_url_by_socket(const struct my_url *u);
/* The TLS mode that holds, the default worked out. */
enum my_tls my_url_tls(const struct my_url *u);

/*
 * Logs in (login.c); the connection is not pinned yet, and answers no request for a file. `label`
 * names it in messages. NULL on error. Takes connect-timeout seconds at most; a signal ends it.
 */
MYSQL *my_login(const struct my_url *u, enum driver_role role, const char *database,
                const char *label, struct err *err);
/* mysql_init, of which this must be the only one: the library is then initialised as we want it. */
MYSQL *my_login_handle(void);
/* KILL QUERY of a connection by another one, within two seconds, also after a signal. */
bool my_login_kill(const struct my_url *u, unsigned long thread_id);
/* Sets err from the connection's last error; cancelled: it was interrupted. Returns false. */
bool my_conn_fail_db(MYSQL *db, const char *label, bool cancelled, struct err *err);
/* LOAD DATA LOCAL may (not) be answered; see my_conn_no_infile. */
void my_conn_refuse_infile(MYSQL *db, void *userdata);

/* A thread that hears a signal while the session waits for its server (watch.c). */
struct my_watch {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool started, stop;
    atomic_bool waiting;
};

struct my_session {
    MYSQL *db;
    enum driver_role role;
    unsigned flavor;                  /* ENGINE_MY or ENGINE_MA */
    unsigned version;                 /* 101119, 90704 */
    const char *server_version;       /* as the server says */
    const char *database;             /* as the server names it; NULL when connected to none */
    const char *label;                /* endpoint->label: for messages */
    unsigned lower_case;              /* lower_case_table_names */
    struct server_facts known;        /* once asked: those of the server, and the account */
    bool in_snapshot;                 /* a snapshot was taken: no transaction of one's own */
    struct source_progress *progress; /* source_options.progress */
    unsigned jobs; /* source_options.jobs: connections for reading the schema; 0 = usual */
    bool identify; /* source_options.identify: the snapshot is to be known again */
    const char *const *watched; /* source_options.watched */
    atomic_bool critical;       /* what must be brought to its end: signals do not stop it */
    void *data;                 /* for src/driver/mysql/data.c */
    struct my_run_lock *locks; /* of targets that share this session (target/run_lock.h), or NULL */
    void (*locks_end)(struct my_run_lock *l); /* as the session is closed */

    struct arena arena; /* lives as long as the session */
    struct my_url url;
    unsigned long thread_id;
    atomic_bool cancelled;
    pthread_mutex_t lock; /* cancel against close */
    struct my_watch watch;
};

static inline struct my_session *my_session(struct session *s)
{
    return (struct my_session *)(void *)s;
}

/* Connects and pins. `database`: NULL = the URL's (which must name one), "" = none (for servers
 * where the database does not exist yet), else this one. */
bool my_conn_open(const struct endpoint *e, enum driver_role role, const char *database,
                  const struct source_options *o, struct session **ret, struct err *err);
/* Another session like `of`, which it must not outlive (texts are shared). */
bool my_conn_sibling(struct my_session *of, struct session **ret, struct err *err);
void my_conn_close(struct session *s); /* NULL is fine */
bool my_conn_address(const struct endpoint *e, struct arena *a, struct driver_address *ret,
                     struct err *err);
bool my_conn_facts(struct session *s, struct arena *a, struct server_facts *ret, struct err *err);
/* TARGET only; one statement; its rows, if any, are thrown away. */
bool my_conn_exec(struct session *s, const char *sql, struct err *err);
/* The rows of one statement, unbuffered: one row in memory. `fn` must not use the session. */
bool my_conn_rows(struct session *s, const char *sql, row_fn *fn, void *ctx, struct err *err);
/* By a socket, so on this machine. */
bool my_conn_is_local(const struct my_session *s);
/* KILL QUERY over a second connection; where that fails the socket is shut down. */
void my_conn_cancel(struct session *s);

/* For the driver's own files: any role. The statement runs; its result is not read
 * (mysql_use_result or mysql_store_result is next). SQL may hold NULs. */
bool my_conn_query(struct my_session *s, const char *sql, size_t len, struct err *err);
/* Throws away the results that follow the current one (which has been freed, if it had rows). */
bool my_conn_rest(struct my_session *s, struct err *err);
/* One statement without rows, any role: SET, START TRANSACTION … */
bool my_conn_run(struct my_session *s, const char *sql, struct err *err);
/* First column of the first row in `a`; NULL for SQL NULL and for no row. */
bool my_conn_value(struct my_session *s, const char *sql, struct arena *a, const char **ret,
                   struct err *err);
/* Sets err from the connection's last error: class, number, SQLSTATE, hint. Returns false. */
bool my_conn_fail(struct my_session *s, struct err *err);
/* From here on a LOAD DATA LOCAL is answered by these, whatever file it names; */
void my_conn_infile(struct my_session *s, int (*init)(void **, const char *, void *),
                    int (*read)(void *, char *, unsigned), void (*end)(void *),
                    int (*error)(void *, char *, unsigned), void *userdata);
/* and from here on refused, as it is from the start. */
void my_conn_no_infile(struct my_session *s);

/* `name` with backticks doubled, in backticks; 'text' as a literal good in every sql_mode but
 * NO_BACKSLASH_ESCAPES, which no session of ours has. Appended. */
void my_quote_name(struct buf *b, const char *name);
void my_quote_text(struct buf *b, const char *text, size_t len);

void my_watch_start(struct my_session *s);
void my_watch_stop(struct my_session *s); /* not started: fine */

/* source_ops.enter */
bool my_conn_enter(struct session *s, const char *database, struct err *err);
/* source_ops.databases */
bool my_databases(const struct endpoint *e, struct arena *a, struct vec *ret,
                  const char **ret_hidden, bool *ret_lower, struct err *err);

/* source_ops.ask and lag (ask.c) */
bool my_ask(struct session *s, const char *topic, struct arena *a, struct vec *ret,
            struct err *err);
bool my_lag(struct session *s, double *ret, struct err *err);
/* Without the right PROCESS the server shows only this account's own connections. */
bool my_waits(struct session *s, struct arena *a, const char **ret, struct err *err);

/* Fills m and freezes it. */
bool my_introspect(struct session *s, struct model *m, struct err *err);

#endif
