/*
 * cli.h - the command line: one table of commands, one table of options, one function per verb.
 *
 * Parsing, --help, dbtwin(1) and the shell's exit code all come from these tables. This room is
 * the only one that knows terminals, files to write reports to, the config and the environment.
 */
#ifndef CLI_H
#define CLI_H

#include <dbtwin/diff.h>
#include <dbtwin/driver.h>
#include <dbtwin/log.h>
#include <dbtwin/namemap.h>
#include <dbtwin/select.h>
#include <dbtwin/sync.h>

#include <time.h>

struct config;
struct subset_config;

enum { CLI_LIST_MAX = 32, CLI_OPTIONS_MAX = 96 };

/* What the options said. Lists are NULL-terminated. */
struct cli {
    const struct command *commands; /* all there are; ends with a NULL name */
    const struct command *command;
    const char *args[4];
    int n_args;
    const char *config_path;
    const char *env;            /* of the config's environments */
    const char *prod, *staging; /* URLs for config init */
    bool connect;
    const char *format;
    const char *outputs[CLI_LIST_MAX + 1];
    const char *without[CLI_LIST_MAX + 1];
    enum broken { BROKEN_REFUSE, BROKEN_LEAVE } broken;
    const char *truncate[CLI_LIST_MAX + 1];    /* tables that arrive empty */
    const char *where[CLI_LIST_MAX + 1];       /* TABLE=CONDITION: rows to begin with */
    const char *exclude[CLI_LIST_MAX + 1];     /* tables of which no row is chosen */
    const char *after[CLI_LIST_MAX + 1];       /* SQL */
    bool list;                                 /* restore: only say what is in the file */
    const char *keep_tables[CLI_LIST_MAX + 1]; /* what staging keeps: patterns */
    const char *keep_grants[CLI_LIST_MAX + 1]; /* roles */
    const char *keep_sequences[CLI_LIST_MAX + 1];
    const char *schemas[CLI_LIST_MAX + 1];
    const char *databases[CLI_LIST_MAX + 1]; /* patterns, PATTERN=NAMES */
    enum together { TOGETHER_USUAL, TOGETHER_YES, TOGETHER_NO } together;
    const char *tables[CLI_LIST_MAX + 1];
    const char *kinds[CLI_LIST_MAX + 1];
    const char *ignore[CLI_LIST_MAX + 1];
    const char *baseline, *write_baseline, *reason, *until;
    const char *replace;
    struct mask_key *mask_key; /* of the run, once it was loaded */
    const char *unmasked;      /* why a configured mask is not applied */
    const char *against;       /* of mask audit: the source */
    const char *rehearse;      /* check: a target */
    enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color;
    const char *fail_on;
    enum scope { SCOPE_DATABASE, SCOPE_SERVER } scope;
    int64_t jobs, limit;
    int64_t max_rows;                                    /* 0: not given */
    int64_t build_memory;                                /* bytes; 0 = the driver's choice */
    int64_t max_rate, max_snapshot_age, max_replica_lag; /* bytes a second, seconds; 0 = none */
    int64_t keep_daily, keep_weekly, keep_monthly, max_age, keep_previous;
    const char *deadline; /* "05:00", checked */
    enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON } log_format;
    enum progress_form {
        PROGRESS_AUTO,
        PROGRESS_BAR,
        PROGRESS_PLAIN,
        PROGRESS_JSON,
        PROGRESS_NEVER
    } progress;
    const char *metrics, *compress;
    const char *metric_lines;       /* a command's own, while they are written; or NULL */
    const char *webhook, *template; /* of watch: a file; a name or file */
    int64_t every, checks;          /* of watch: seconds, 0: as usual; 0: without end */
    enum sync_verify verify;
    const struct sync_result *result; /* of a copy that ended well, for metrics */
    struct {
        bool known;
        uint64_t rows, bytes;
    } compared;                  /* by verify */
    bool given[CLI_OPTIONS_MAX]; /* by row of option_rows */
    bool log_json, help, version, quiet, verbose, strict, force, no_owners, no_grants, in_place;
    bool no_opinion, no_pager, full, summary;
    bool script; /* a side is one */
    enum online { ONLINE_AUTO, ONLINE_ALWAYS, ONLINE_NEVER } online;
    bool exit_code, reverse, yes, no_row_checks, prove;
    const char *allow[CLI_LIST_MAX + 1];     /* hazards */
    const char *rename[CLI_LIST_MAX + 1];    /* OLD=NEW */
    const char *scratch;                     /* URL, a name in the config, or auto */
    int64_t scratch_timeout;                 /* seconds; 0: not said */
    unsigned engine;                         /* of SQL: an ENGINE_…, or 0: as it shows */
    int64_t lock_timeout, statement_timeout; /* seconds; lock_timeout 0: not said */
    bool all_databases;
    bool drop_raw;
    bool no_disk_check, resume, no_rehearsal, create, stats;
    const char *completion; /* "bash", "words" …: dbtwin completion */
    struct config *config;
    struct arena arena; /* the process's */
};

enum { /* bit per command */
       CMD_INSPECT = 1,
       CMD_DIFF = 2,
       CMD_COPY = 4,
       CMD_SNAPSHOT = 8,
       CMD_RESTORE = 16,
       CMD_VERIFY = 32,
       CMD_CHECK = 64,
       CMD_STATUS = 128,
       CMD_ROLLBACK = 256,
       CMD_PREFLIGHT = 512,
       CMD_PLAN = 1024,
       CMD_APPLY = 2048,
       CMD_MASK = 4096,
       CMD_WATCH = 8192,
       CMD_SETUP = 16384, /* dbtwin config */
       CMD_ALL = 32767,
       CMD_CONFIG = 1 << 30, /* of an option: may stand under a database's "options" too */
};

struct command {
    unsigned bit;
    const char *name;
    const char *args; /* for usage: "FROM TO"; what may be omitted is in brackets, "[FILE]" */
    int n_args;
    int (*run)(struct cli *c, struct err *err); /* exit code, or -1 with err */
    const char *summary;
    const char *help; /* paragraphs for --help */
};

enum option_sort { /* a row each in option_type.c */
                   OPT_FLAG,
                   OPT_TEXT,
                   OPT_INT,
                   OPT_LIST,
                   OPT_WORDS,    /* the same, several with commas; a file's name may hold one */
                   OPT_BYTES,    /* 64k, 20M: bytes */
                   OPT_DURATION, /* 90s, 30m, 2h: seconds */
                   OPT_CLOCK,    /* 05:00: stays text */
                   OPT_COMPRESS, /* zstd:3: stays text */
                   OPT_BROKEN,   /* one of some words, as all below */
                   OPT_COLOR,
                   OPT_ENGINE,
                   OPT_LOG_FORMAT,
                   OPT_PROGRESS,
                   OPT_SCOPE,
                   OPT_ONLINE,
                   OPT_TOGETHER,
                   OPT_VERIFY,
};
struct option_row {
    const char *name;  /* long, without dashes */
    char letter;       /* or 0 */
    unsigned commands; /* CMD_… mask */
    enum option_sort type;
    size_t offset;    /* of the field in struct cli */
    const char *arg;  /* name of the argument in help, or NULL */
    int64_t min, max; /* OPT_INT */
    const char *help;
};
extern const struct option_row option_rows[]; /* ends with a NULL name */

/* Whether the words ask for --log-format json, also where they cannot be parsed. */
bool options_want_json(int argc, char **argv);
bool options_parse(struct cli *c, int argc, char **argv, struct err *err);
/* What the config says of a database, where the command line (or an earlier call) says nothing. */
struct config_option;
bool options_add(struct cli *c, const struct config_option *o, struct err *err);
/* What the config says of the databases that are arguments, as options_add; the first of them, the
 * source, which pays, has the first word. */
bool options_of_places(struct cli *c, struct err *err);
/* Whether a row takes this value; for the config, which names the line. */
bool options_accept(struct cli *c, const struct option_row *row, const char *value,
                    struct err *err);
const struct option_row *options_find(const char *name); /* NULL: there is none */
void options_help(const struct cli *c, struct buf *out); /* of its command, or all commands */

/* completion.c: what dbtwin completion prints: a script for a shell, or the words that the line in
 * COMP_LINE may continue with. */
bool completion_print(struct cli *c, const char *what, struct buf *out, struct err *err);

/* config.c: dbtwin.yaml (dbtwin.conf(5)). Missing default files are fine; a named one must exist.
 */
bool config_load(struct cli *c, struct err *err);
void config_none(struct cli *c);       /* a config that names nothing, whatever files there are */
void config_release(struct config *c); /* NULL is fine */
/* Rules of neutralise (plan.h), bit per neutral_id: named at all; and false. */
struct config_neutral {
    unsigned said, acting;
};
/* on_success, on_failure: a URL, or a program and its arguments, NULL-terminated. */
struct config_hook {
    const char *url; /* a secret, in no message; NULL: a program */
    const char *const *argv;
    const char *place; /* "FILE:LINE" */
    const struct config_hook *next;
};
struct config_hooks {
    const struct config_hook *success, *failure;
};
struct config_database {
    const char *name, *url, *passwordcmd;
    const char *url_written; /* with its variables */
    const char *place;       /* "FILE:LINE" */
    enum database_role role;
    const struct config_option *options; /* a list, in the file's order */
    struct config_neutral neutral;
    struct config_hooks hooks;
};
struct config_option {
    const struct option_row *row;
    const char *value;
    const struct config_option *next;
};
/* passwordcmd.c: the first line that the config's command prints. Its standard input is empty; it
 * is killed on a signal, and after two minutes. */
bool passwordcmd_run(struct cli *c, const struct config_database *d, const char **ret,
                     struct err *err);
const struct config_database *config_find(const struct config *c, const char *name);
const char *config_environment(const struct config *c);              /* the chosen one, or NULL */
const char *config_environment_at(const struct config *c, size_t i); /* NULL: no more */
size_t config_count(const struct config *c);
const struct config_database *config_at(const struct config *c, size_t i);
/* The n-th with role: production; with those whose URL an environment replaced. NULL: no more. */
const struct config_database *config_production(const struct config *c, size_t n);
/* The list of a database of the config (NULL: of the config itself), or NULL. */
const struct config_hook *config_hooks(const struct config *c, const char *database, bool success);
/* Adds the patterns of the file, and of the database if it is one that the file names; those of
 * partitions only where two sides are compared. */
bool config_select(const struct config *c, const char *database, bool partitions,
                   struct selection *ret, struct err *err);
/* For copies into that database: sync_options.acting. */
unsigned config_acting(const struct config *c, const char *database);
/* The renames of both databases and of all, "OLD=NEW", up to NULL; in a. */
const char *const *config_renames(const struct config *c, const char *from, const char *to,
                                  struct arena *a);
const struct namemap *config_map(const struct config *c);
/* The rows that copies of production take; NULL: all. */
const struct subset_config *config_rows(const struct config *c);
struct subset_config *config_rows_of_run(struct config *c); /* for options to change */
/* rows_options.c: config_rows as --where, --exclude and --max-rows change it; NULL: all rows. */
bool rows_options(struct cli *c, const struct subset_config **ret, struct err *err);
const char *config_baseline(const struct config *c); /* or NULL */
/* The section mask:, or NULL: there is none (or err is set); its key is loaded, the caller frees
 * it. */
struct mask_config;
struct mask_key;
const struct mask_config *config_masks(struct cli *c, struct mask_key **ret_key, struct err *err);
const struct mask_config *config_mask_rules(const struct config *c); /* without the key */

/* amount.c: what people write for quantities. */
bool amount_bytes(const char *text, int64_t *ret);    /* 4096, 64k, 20M, 1G; also 20M/s */
bool amount_duration(const char *text, int64_t *ret); /* seconds: 90, 90s, 30m, 2h, 1d, 1h30m */
/* 05:00 or 05:00:30, 24 hours; into tm_hour, tm_min, tm_sec, the others stay as they are. */
bool amount_clock(const char *text, struct tm *ret);
/* Seconds from `now` until a clock on the wall next shows that time, or is put past it (the hour
 * that spring leaves out); more than 0. In autumn's repeated hour that is the next of the two. */
double amount_until(const char *clock, time_t now);

/* endpoint.c: a word of the command line → where it is. */
enum endpoint_kind { AT_LIVE, AT_ARCHIVE, AT_MODEL };
struct place {
    struct endpoint e;
    enum endpoint_kind kind;
    struct source_options options; /* of sessions that read its schema */
    bool named;                    /* the config has it, and the label is its name there */
    bool by_url; /* messages use the URL, because the other side's name would be the same */
    bool (*wanted)(void *ctx, const char *schema); /* or NULL: which schemas are read */
    void *wanted_ctx;
};
bool place_find(struct cli *c, const char *word, struct place *ret, struct err *err);
bool place_configured(struct cli *c, const struct config_database *d, struct place *ret,
                      struct err *err);
/* Whether a file, or standard input ("-"), holds text that is neither XML nor JSON; or a dump of
 * pg_dump's own format. It can be read afterwards. */
bool place_is_text(const char *path);
bool place_is_pg_dump(const char *path);
/* What messages call a database of that URL on p's server. */
const char *place_label(const struct place *p, const char *url, struct arena *a);
/* Two sides never have the same label, unless they are the same: then both get their URLs. */
void place_tell_apart(struct place *a, struct place *b);
/* Reads the schema of a place: live, model file or snapshot. */
bool place_model(struct place *p, struct model *ret, struct err *err);
/* The same, and then more from the same session of a live database; what that gives is no error
 * of the place. `more` may be NULL. */
typedef void place_more_fn(const struct place *p, struct session *s, const struct model *m,
                           void *ctx);
bool place_model_and(struct place *p, struct model *ret, place_more_fn *more, void *ctx,
                     struct err *err);

/* output.c: a report to a file (by .partial and rename) or stdout; errors of close count. */
bool output_write(const char *path, struct slice text, struct err *err);
/* Adds to the end of a file. */
bool output_append(const char *path, struct slice text, struct err *err);
/* The same in pieces: good or not, it must be closed; then the file is there as a whole or not at
 * all (but for a pipe). output_add is a model_sink. */
struct output_file {
    int fd;
    const char *path;
    struct buf partial; /* its name until it is whole; empty where there is no renaming */
};
bool output_open(struct output_file *o, const char *path, struct err *err);
bool output_add(void *file, struct slice text, struct err *err);
bool output_close(struct output_file *o, bool good, struct err *err);
/* A text of any origin within a report for people (model_line); NULL is "?". */
const char *output_line(struct arena *a, const char *text);
bool output_colour(const struct cli *c, int fd);
unsigned output_width(int fd); /* 0 when not a terminal */
unsigned output_height(int fd);

/* page.c: a report for people on standard output: on a terminal folded to its width, and through
 * the pager of DBTWIN_PAGER or PAGER (else less), unless --no-pager. */
bool page_write(const struct cli *c, struct slice text, struct err *err);
const char *page_command(const struct cli *c); /* NULL: none */
/* Appends text with its lines broken at blanks, where they have more than `width` characters;
 * colours take no room. Below 40: as it is. */
void page_fold(struct slice text, unsigned width, struct buf *out);

/* progress.c: by --progress: bars on a terminal, lines of text or JSON, or nothing. */
struct progress;
struct progress *progress_start(const struct cli *c, struct sync_progress *p);
void progress_stop(struct progress *p);
/* A warning, then a question on the terminal, and its answer without the end of the line; the
 * progress line stands still meanwhile. False: there is none (end of input, a signal, too long). */
bool progress_ask(const char *warning, const char *prompt, char *ret, size_t size);
/* --log-format json: lines are JSON objects from here on. In text, whatever a line holds cannot end
 * it or steer the terminal. */
void progress_use_json(void);
/* One event: in text its words, in JSON also its name and fields (taken; may be NULL). */
struct json;
void progress_event(enum log_level level, const char *event, const char *text, struct json *fields);
/* Below an error, in text. */
void progress_hint(const char *text);
/* Some lines of this program's own, as they are. */
void progress_text(const char *lines);
/* For events: prints a whole line without disturbing the progress line. */
void progress_line(enum log_level level, const char *text);

/* check.c: reads a snapshot's members and compares them with its manifest; `unpack`: unpacks
 * model and rows as well, and counts them. `p`: for a display, or NULL. */
struct check_result {
    struct server_facts facts;
    const char *taken_at;
    uint64_t tables, rows, bytes;
};
bool check_snapshot(const char *path, bool unpack, struct sync_progress *p, struct arena *a,
                    struct check_result *ret, struct err *err);
/* restore --list: what the snapshot holds, without a target; nothing of it is carried out. */
int check_list(struct cli *c, struct err *err);

/* copy_options.c: what preflight, plan and apply have in common with copy. The places of SOURCE
 * (live, or a snapshot) and TARGET, with what the config says of them; then the options. */
bool copy_find(struct cli *c, struct place *from, struct place *to, struct err *err);
bool copy_need_live(const struct place *p, const char *verb, struct err *err);
bool copy_need_one_engine(const struct place *from, const struct place *to, struct err *err);
bool copy_places(struct cli *c, struct place *from, struct place *to, struct err *err);
/* cmd_preflight.c: a preflight from one place to another, printed; its exit code, or -1 with err.
 */
int preflight_report(struct cli *c, const struct place *from, struct place *to, struct err *err);
/* sync_options.event; and what is asked of the config's production databases. */
void copy_event(void *ctx, enum log_level level, const char *text);
void copy_production(struct cli *c, struct sync_options *o);
bool copy_options(struct cli *c, struct sync_options *ret, struct err *err);
/* The part of it that is about what may never be changed, and what is told. */
void copy_safety(struct cli *c, struct sync_options *ret);
/* A person at a terminal types the database's name to "replace" (what) it; false elsewhere. */
bool copy_ask_name(const char *question, const char *what, const char *database);
/* The config's map, whose names are production's and staging's, in this order. */
void copy_map(const struct cli *c, const struct place *from, struct sync_options *o);
/* Whether --in-place suits the target and the other options. */
bool copy_in_place(const struct cli *c, const struct endpoint *to, struct err *err);

/*
 * set.c: several databases in one run. set_wanted: --databases or --all-databases. set_members: the
 * databases of the source's server that are wanted, with what each is called on the target (TO may
 * be NULL); endpoints are filled, that of the target where TO is live.
 */
bool set_wanted(const struct cli *c);
bool set_members(struct cli *c, const struct place *from, const struct place *to,
                 struct sync_set *ret, struct err *err);
/* The same of a folder of snapshots that a run of several wrote. */
bool set_folder(struct cli *c, const char *folder, const struct place *to, struct sync_set *ret,
                struct err *err);
/* The databases of one server, by the names that they have there. */
bool set_targets(struct cli *c, const struct place *at, struct sync_set *ret, struct err *err);
/* The worse of two exit codes. */
int set_worse(int a, int b);
/* One of them could not be looked at: a line. */
void set_say_failed(const struct sync_member *m, const struct err *why);
/* Copies them, tells what became of each, and returns the exit code (-1 with err). */
int set_copy(struct cli *c, struct sync_set *set, struct sync_options *o, struct err *err);
/* set_folder.c: a file for each in a folder, and the index that restore reads. */
bool set_index(struct cli *c, const char *folder, struct vec *names, struct vec *files,
               struct err *err);
int set_snapshot(struct cli *c, const struct place *from, const char *folder,
                 struct sync_options *o, struct err *err);

/* metrics.c: --metrics, with c->metric_lines among them. */
bool metrics_write(struct cli *c, int code, struct err *err);
/* Appends a line of a metric of its table, with one label more (or NULL). */
void metrics_add(struct cli *c, const char *name, const char *label, const char *value,
                 int64_t number, struct buf *out);

/* retention.c: a folder of snapshots. */
bool retention_is_folder(const char *path);
const char *retention_path(struct cli *c, const char *folder, const struct place *from);
/* Before a snapshot: the partial files of dead runs of the same name. */
void retention_sweep(struct cli *c, const char *folder, const struct place *from);
/* Removes what --keep-daily, --keep-weekly and --keep-monthly do not keep beside `newest`. */
bool retention_apply(struct cli *c, const char *newest, struct err *err);
/* A masked snapshot beside snapshots of the same source whose rows are not masked: ERR_REFUSED
 * names them; afterwards drop_raw removes them. `path` is that of the new one. */
bool retention_raw(struct cli *c, const char *path, const char *source, struct err *err);
bool retention_drop_raw(struct cli *c, const char *newest, struct err *err);

int cmd_check(struct cli *c, struct err *err);
int cmd_config(struct cli *c, struct err *err);
int cmd_status(struct cli *c, struct err *err);
int cmd_preflight(struct cli *c, struct err *err);
int cmd_rollback(struct cli *c, struct err *err);
int cmd_plan(struct cli *c, struct err *err);
int cmd_apply(struct cli *c, struct err *err);
int cmd_inspect(struct cli *c, struct err *err);
int cmd_mask(struct cli *c, struct err *err);
int cmd_diff(struct cli *c, struct err *err);
int cmd_copy(struct cli *c, struct err *err);
int cmd_snapshot(struct cli *c, struct err *err);
int cmd_restore(struct cli *c, struct err *err);
int cmd_verify(struct cli *c, struct err *err);
int cmd_watch(struct cli *c, struct err *err);

/* mask_suggest.c: the verb of cmd_mask for a place; exit code, or -1 with err. */
int mask_suggest(struct cli *c, const char *place, struct err *err);
/* mask_check.c: the same for check; and mask --list. */
int mask_check(struct cli *c, const char *place, struct err *err);
int mask_list(const struct cli *c, struct err *err);
/* mask_audit.c: the same for audit, of a target. */
int mask_audit(struct cli *c, const char *place, struct err *err);

/* filters.c: what is selected, mapped and accepted, by options and config. */
struct filters {
    struct selection selection;
    struct diff_context context;
    struct baseline *baseline; /* or NULL: none was named */
    const char *today;         /* YYYY-MM-DD */
    bool server;               /* what is the server's own counts too */
    struct arena arena;
    struct filters_side {
        struct filters *t;
        const struct namemap *map; /* or NULL: the names are staging's already */
        struct vec unread;         /* char *: schemas that nobody wanted, in `arena` */
        struct arena arena;        /* each side is read by a thread of its own */
    } from, to;
};
/* Options and config; the labels are those of the places (TO may be NULL). */
bool filters_open(struct filters *t, struct cli *c, const char *from, const char *to,
                  struct err *err);
void filters_close(struct filters *t);
/* Sets which schemas the places read; before they are. TO may be NULL. */
void filters_places(struct filters *t, struct cli *c, struct place *from, struct place *to);
/* Puts map, selection and partitions upon the models. */
bool filters_models(struct filters *t, struct cli *c, const struct place *from,
                    struct model *from_model, const struct place *to, struct model *to_model,
                    struct err *err);
/* The baseline, then renames. With --write-baseline all that is left is accepted and written. */
bool filters_diff(struct filters *t, struct cli *c, struct diff *d, struct err *err);
/* For another look at TO, or at what is to be compared with it, after filters_models; counts and
 * folds stay those of the first. */
bool filters_again(struct filters *t, struct cli *c, const struct place *from,
                   const struct place *to, struct model *to_model, struct err *err);

/* inspect_sql.c: the schema as SQL, into a file ("-": stdout), or, where the path ends in '/' or is
 * a folder, a file for each object. *ret_missing: something is not in it. */
bool inspect_sql(const struct model *m, const char *path, bool *ret_missing, struct err *err);

/* history.c: which migrations ran, by the version tables of the common tools. */
struct history {
    struct arena arena;
    struct vec tables; /* private: struct version_table */
};
void history_init(struct history *h);
void history_release(struct history *h);
void history_read(const struct place *p, struct session *s, const struct model *m,
                  void *history); /* a place_more_fn */
/* Appends struct diff_migrations, in `a`; the texts are the histories'. */
void history_compare(const struct history *from, const struct history *to, struct arena *a,
                     struct vec *ret);

/* opinion.c: the target server's second opinion on two expressions (design §6). */
struct opinion;
struct opinion *opinion_open(const struct cli *c, struct place *target);
/* The same in a TARGET session that is open already, and stays so. */
struct opinion *opinion_in(const struct cli *c, struct place *target, struct session *s);
int opinion_ask(void *opinion, const struct object *from, const struct object *to, unsigned slot);
/* Adds a gap that says why, where it could not say. */
void opinion_tell(const struct opinion *o, struct diff *d);
void opinion_close(struct opinion *o);

/* main.c calls this; returns the exit code. */
int cli_main(int argc, char **argv);
#endif
