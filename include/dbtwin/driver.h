/*
 * driver.h - a place that models and rows come from or go to: postgres, mysql, archive.
 *
 * A session is one connection (or one open archive). It belongs to one thread at a time, except
 * cancel, which any thread may call. `open` takes the role: a SOURCE session is made read-only on
 * the server itself, and exec and load assert TARGET. driver_source.h has what reads (struct
 * source_ops), driver_target.h what writes (struct target_ops, resume_ops); this includes both.
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

#include <dbtwin/driver_source.h>
#include <dbtwin/driver_target.h>

enum database_role { DATABASE_ROLE_NONE, DATABASE_ROLE_PRODUCTION, DATABASE_ROLE_STAGING };

/* Where a database is; what a run wants of it is in source_options and target_options. cli builds
 * it from command line and config, drivers read it. */
struct endpoint {
    const struct driver *driver;
    /* Its name in messages: the config's name, database@host, or the file's name; the redacted URL
     * if two sides would have the same. */
    const char *label;
    const char *address;  /* the redacted URL of a live one, which reports show once; else NULL */
    const char *url;      /* may hold a password: never in messages */
    const char *password; /* from passwordcmd, or NULL: then the URL's, PGPASSWORD, ~/.pgpass … */
    enum database_role role; /* as the config says */
    const char *path;        /* archive and model files: the path, "-" for stdin/stdout */
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
    const char *masked; /* of a snapshot: by which key its rows were masked, or NULL */
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

/* A place of rows, and what it can do. All of it is constant; any thread may read it. */
struct driver {
    const char *name;               /* "postgres", "mysql", "archive" */
    const char *const *url_schemes; /* "postgresql", "postgres" … NULL-terminated */
    unsigned flavors;               /* ENGINE_… mask; 0 = any (archive) */
    bool live;                      /* a server; else a file, which is read in order */
    /* Bytes of a table that load best at once (the goal of split); 0: a whole table, so that only
     * tables that would leave other workers idle are divided. */
    uint64_t load_bytes;
    /* Of a server's. Connects to nothing: what the URL says, and what completes it. Any thread. */
    bool (*address)(const struct endpoint *e, struct arena *a, struct driver_address *ret,
                    struct err *err);
    const struct source_ops *source;
    const struct target_ops *target;
    const struct resume_ops *resume; /* NULL: what a failed run left cannot be resumed */
};

extern const struct driver driver_postgres, driver_mysql, driver_archive;

/* By URL scheme, or NULL: "postgresql://…" gives driver_postgres. */
const struct driver *driver_for_url(const char *url);
/* The URL with its database replaced; in `a`. */
const char *driver_url_database(const char *url, const char *database, struct arena *a);
/* Whether a may be the address of the database of that name at b; asks the resolver. */
bool driver_address_same(const struct driver_address *a, const struct driver_address *b,
                         const char *database);
#endif
