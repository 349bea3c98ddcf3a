#include "cli.h"

#include "option_type.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <dbtwin/diff.h>
#include <dbtwin/pack.h>
#include <dbtwin/plan.h>

#include "suggest.h"

#define AT(field) offsetof(struct cli, field)
/* A preflight takes what the copy would. */
enum {
    CMD_CHANGE = CMD_PLAN | CMD_APPLY,
    CMD_SIDES = CMD_CHANGE | CMD_DIFF | CMD_WATCH | CMD_INSPECT
};
enum { CMD_COMPARE = CMD_DIFF | CMD_WATCH };
enum { CMD_SET = CMD_COPY | CMD_SNAPSHOT | CMD_RESTORE | CMD_VERIFY | CMD_PREFLIGHT | CMD_STATUS };
enum { CMD_MOVE = CMD_COPY | CMD_RESTORE | CMD_PREFLIGHT, CMD_MOVES = CMD_COPY | CMD_RESTORE };

const struct option_row option_rows[] = {
    {"config", 'c', CMD_ALL, OPT_TEXT, AT(config_path), "FILE", 0, 0,
     "read the names of databases from FILE instead of dbtwin.yaml"},
    {"env", 0, CMD_ALL, OPT_TEXT, AT(env), "NAME", 0, 0,
     "what the config's environment NAME changes (or DBTWIN_ENV), see dbtwin.conf(5)"},
    {"connect", 0, CMD_SETUP, OPT_FLAG, AT(connect), NULL, 0, 0,
     "check: also connect to each database, and say what its server is"},
    {"prod", 0, CMD_SETUP, OPT_TEXT, AT(prod), "URL", 0, 0, "init: production; do not ask"},
    {"staging", 0, CMD_SETUP, OPT_TEXT, AT(staging), "URL", 0, 0, "init: staging; do not ask"},
    {"format", 'f', CMD_INSPECT | CMD_DIFF | CMD_PLAN | CMD_STATUS | CMD_PREFLIGHT | CMD_VERIFY,
     OPT_TEXT, AT(format), "FORMAT", 0, 0,
     "output format: inspect xml, json, tree or sql; diff {formats}; plan {plans}; status, "
     "preflight and verify text or json"},
    {"output", 'o', CMD_INSPECT | CMD_DIFF | CMD_PLAN | CMD_SNAPSHOT | CMD_MASK, OPT_LIST,
     AT(outputs), "FILE", 0, 0,
     "write to FILE; diff and plan take several, each in the format of its extension (diff "
     "{endings}; plan {plan-endings}) or FORMAT:FILE; \"-\" is stdout"},
    {"allow", 0, CMD_APPLY | CMD_CONFIG, OPT_WORDS, AT(allow), "HAZARD", 0, 0,
     "carry out steps with this hazard (dbtwin-plan(1)); several: data,rewrite,lock"},
    {"yes", 0, CMD_APPLY, OPT_FLAG, AT(yes), NULL, 0, 0,
     "do not ask for the database's name: for cron and CI"},
    {"no-row-checks", 0, CMD_APPLY | CMD_CONFIG, OPT_FLAG, AT(no_row_checks), NULL, 0, 0,
     "do not look for rows that do not fit before anything is changed"},
    {"lock-timeout", 0, CMD_APPLY | CMD_CONFIG, OPT_DURATION, AT(lock_timeout), "TIME", 0, 0,
     "wait at most TIME for a lock (default 5s), then give up one's own and try again, five times"},
    {"statement-timeout", 0, CMD_APPLY | CMD_CONFIG, OPT_DURATION, AT(statement_timeout), "TIME", 0,
     0, "PostgreSQL: end a step that takes longer than TIME"},
    {"exit-code", 0, CMD_PLAN, OPT_FLAG, AT(exit_code), NULL, 0, 0,
     "exit with 1 if there is something to do"},
    {"prove", 0, CMD_PLAN, OPT_FLAG, AT(prove), NULL, 0, 0,
     "also rehearse the plan in a scratch on TO's server, which is dropped; never on production"},
    {"online", 0, CMD_CHANGE | CMD_CONFIG, OPT_ONLINE, AT(online), "WHEN", 0, 0,
     "use the forms that let readers and writers of a table go on; then the plan is not one "
     "transaction. auto (default): on tables of a million rows and more, always (also without "
     "WHEN), never"},
    {"rename", 0, CMD_CHANGE, OPT_LIST, AT(rename), "NAMES", 0, 0,
     "OLD=NEW: what TO calls OLD is NEW in FROM: rename it, so that it keeps its rows: "
     "public.users.mail=email"},
    {"scratch", 0, CMD_SIDES | CMD_CONFIG, OPT_TEXT, AT(scratch), "URL", 0, 0,
     "the server on which SQL is loaded into a database of its own, which is dropped again; auto "
     "(default, unless TO has role: staging): one that dbtwin starts from the installed programs, "
     "stops and deletes"},
    {"scratch-timeout", 0, CMD_SIDES | CMD_CONFIG, OPT_DURATION, AT(scratch_timeout), "TIME", 0, 0,
     "load the SQL of a side within TIME (default 10m), or fail"},
    {"engine", 0, CMD_SIDES | CMD_CONFIG, OPT_ENGINE, AT(engine), "ENGINE", 0, 0,
     "whose SQL it is: postgresql, mysql or mariadb (default: the other side's, else by its "
     "words)"},
    {"reverse", 0, CMD_PLAN, OPT_FLAG, AT(reverse), NULL, 0, 0,
     "also print the reverse plan: what would make TO again what it is now"},
    {"schema", 0, CMD_COMPARE | CMD_CHANGE | CMD_INSPECT, OPT_LIST, AT(schemas), "PATTERN", 0, 0,
     "only schemas matching PATTERN and what is in them (PostgreSQL); can be given several times"},
    {"table", 0, CMD_COMPARE | CMD_CHANGE | CMD_INSPECT | CMD_VERIFY, OPT_LIST, AT(tables),
     "PATTERN", 0, 0,
     "only tables and views matching PATTERN: public.audit_*, or users in any schema"},
    {"kind", 0, CMD_COMPARE | CMD_CHANGE | CMD_INSPECT, OPT_WORDS, AT(kinds), "KIND", 0, 0,
     "only objects of KIND and what is in them (dbtwin-model(7))"},
    {"ignore", 0, CMD_COMPARE | CMD_CHANGE | CMD_INSPECT, OPT_LIST, AT(ignore), "PATTERN", 0, 0,
     "exclude objects matching PATTERN: *.audit_*, kind:grant, column.position, "
     "public.users.*:comment"},
    {"stats", 0, CMD_INSPECT, OPT_FLAG, AT(stats), NULL, 0, 0,
     "also the time, positions of sequences, counters and sizes, which change while the schema "
     "does not"},
    {"scope", 0, CMD_COMPARE | CMD_CHANGE | CMD_INSPECT, OPT_SCOPE, AT(scope), "WHAT", 0, 0,
     "server: also what belongs to a MySQL or MariaDB server and not to the database: accounts, "
     "roles, grants, foreign servers, loadable functions, plugins; database (default): not that"},
    {"all-databases", 0, CMD_DIFF | CMD_SET | CMD_CONFIG, OPT_FLAG, AT(all_databases), NULL, 0, 0,
     "all databases of the server except the system's, each with the one of the same name on the "
     "other; restore: all that are in a FOLDER"},
    {"databases", 0, CMD_SET | CMD_CONFIG, OPT_WORDS, AT(databases), "PATTERN", 0, 0,
     "several databases in one run: shop_*,billing; shop_*=staging_* names them on the target"},
    {"together", 0, CMD_MOVES | CMD_CONFIG, OPT_TOGETHER, AT(together), "HOW", 0, 0,
     "with several databases: yes: none is swapped unless all are loaded (default of MySQL and "
     "MariaDB, in one snapshot); no (default of PostgreSQL): one that fails does not affect the "
     "others"},
    {"baseline", 0, CMD_COMPARE | CMD_CHANGE, OPT_TEXT, AT(baseline), "FILE", 0, 0,
     "ignore the drift that FILE accepts: only what is new, changed or expired counts"},
    {"write-baseline", 0, CMD_DIFF, OPT_TEXT, AT(write_baseline), "FILE", 0, 0,
     "accept all current drift: add it to FILE; needs --reason"},
    {"reason", 0, CMD_DIFF, OPT_TEXT, AT(reason), "TEXT", 0, 0,
     "why the drift is accepted, for those who read FILE later"},
    {"until", 0, CMD_DIFF, OPT_TEXT, AT(until), "DATE", 0, 0,
     "accept it until the end of that day, YYYY-MM-DD"},
    {"strict", 0, CMD_COMPARE | CMD_CHANGE, OPT_FLAG, AT(strict), NULL, 0, 0,
     "also compare what is only information otherwise, such as column order"},
    {"summary", 0, CMD_DIFF, OPT_FLAG, AT(summary), NULL, 0, 0,
     "for people: counts by kind and schema instead of the changes"},
    {"full", 0, CMD_DIFF, OPT_FLAG, AT(full), NULL, 0, 0,
     "for people: each object by itself, also where five or more differ alike"},
    {"no-pager", 0, CMD_DIFF, OPT_FLAG, AT(no_pager), NULL, 0, 0,
     "on a terminal: print the report at once, not in the pager of DBTWIN_PAGER or PAGER"},
    {"no-opinion", 0, CMD_COMPARE | CMD_CHANGE, OPT_FLAG, AT(no_opinion), NULL, 0, 0,
     "PostgreSQL: do not ask TO's server to reformat expressions: those spelled differently cannot "
     "be compared then"},
    {"fail-on", 0, CMD_DIFF, OPT_TEXT, AT(fail_on), "WHAT", 0, 0,
     "drift: exit 1 on drift, but 0 when something could not be compared; incomplete (default): "
     "exit 1 and 3; never: exit 0 whenever the comparison ran; security,data (or behaviour, "
     "harmless): exit 1 on such drift, 3 when such could not be compared"},
    {"jobs", 'j',
     CMD_MOVE | CMD_SNAPSHOT | CMD_VERIFY | CMD_INSPECT | CMD_COMPARE | CMD_CHANGE | CMD_CONFIG,
     OPT_INT, AT(jobs), "N", 1, 64,
     "work on N tables or chunks in parallel (default 2); inspect and diff: read a big schema over "
     "N connections (PostgreSQL: at most two; MySQL and MariaDB: 2 by default)"},
    {"replace", 0, CMD_MOVE | CMD_CHECK, OPT_TEXT, AT(replace), "NAME", 0, 0,
     "allow the rows of target database NAME to be lost although dbtwin did not put them there"},
    {"create", 0, CMD_MOVE | CMD_CHECK | CMD_CONFIG, OPT_FLAG, AT(create), NULL, 0, 0,
     "create the target database if it does not exist; without this a copy into it is refused"},
    {"without", 0, CMD_MOVE | CMD_SNAPSHOT | CMD_CHECK | CMD_CONFIG, OPT_WORDS, AT(without), "KIND",
     0, 0,
     "leave out all objects of KIND, such as trigger or subscription (dbtwin-model(7)), or one by "
     "name or pattern: view:old_*"},
    {"broken", 0, CMD_MOVE | CMD_SNAPSHOT | CMD_CHECK | CMD_CONFIG, OPT_BROKEN, AT(broken), "HOW",
     0, 0,
     "what the source itself cannot use, such as a view of a missing table: refuse (default) to "
     "copy it, or leave it out with a warning"},
    {"no-owners", 0, CMD_MOVE | CMD_CHECK | CMD_CHANGE | CMD_CONFIG, OPT_FLAG, AT(no_owners), NULL,
     0, 0, "do not set owners: everything belongs to the connecting role"},
    {"no-grants", 0, CMD_MOVE | CMD_CHECK | CMD_CHANGE | CMD_CONFIG, OPT_FLAG, AT(no_grants), NULL,
     0, 0, "do not set privileges"},
    {"list", 0, CMD_RESTORE | CMD_MASK, OPT_FLAG, AT(list), NULL, 0, 0,
     "restore: list what FILE holds and exit: takes no TARGET, and runs nothing in it; mask: list "
     "the "
     "transformers"},
    {"against", 0, CMD_MASK, OPT_TEXT, AT(against), "SOURCE", 0, 0,
     "audit: the database whose masked values are looked for in TARGET"},
    {"force", 0, CMD_SNAPSHOT, OPT_FLAG, AT(force), NULL, 0, 0, "replace an existing FILE"},
    {"compress", 0, CMD_SNAPSHOT | CMD_CONFIG, OPT_COMPRESS, AT(compress), "HOW", 0, 0,
     "gzip (default), zstd or none; gzip:1 (default) to gzip:9, zstd:1 to zstd:19: higher levels "
     "take much longer for little gain"},
    {"limit", 0, CMD_VERIFY | CMD_MASK, OPT_INT, AT(limit), "N", 0, 1000000000,
     "verify: name at most N differing rows of a table (default 10); mask audit: look at the first "
     "N rows of each table of TARGET (default 1000000, 0 all)"},
    {"keep-daily", 0, CMD_SNAPSHOT | CMD_CONFIG, OPT_INT, AT(keep_daily), "N", 0, 100000,
     "with -o FOLDER: keep the last good snapshot of each of N days, remove others"},
    {"keep-weekly", 0, CMD_SNAPSHOT | CMD_CONFIG, OPT_INT, AT(keep_weekly), "N", 0, 100000,
     "the same for N weeks"},
    {"keep-monthly", 0, CMD_SNAPSHOT | CMD_CONFIG, OPT_INT, AT(keep_monthly), "N", 0, 100000,
     "the same for N months"},
    {"keep-previous", 0, CMD_MOVE | CMD_CONFIG, OPT_INT, AT(keep_previous), "N", 0, 100,
     "keep the last N states of the target that copies replaced, for rollback"},
    {"keep-table", 0, CMD_MOVE | CMD_CONFIG, OPT_LIST, AT(keep_tables), "TABLE", 0, 0,
     "TABLE, rows and definition, stays what it is on the target: public.notes, or a pattern"},
    {"keep-grants", 0, CMD_MOVE | CMD_CONFIG, OPT_LIST, AT(keep_grants), "ROLE", 0, 0,
     "PostgreSQL: keep the privileges that ROLE has on the target's objects"},
    {"keep-sequence", 0, CMD_MOVE | CMD_CONFIG, OPT_LIST, AT(keep_sequences), "NAME", 0, 0,
     "never set a sequence (MySQL and MariaDB: also a table's counter) below the target's "
     "position"},
    {"in-place", 0, CMD_MOVE | CMD_CONFIG, OPT_FLAG, AT(in_place), NULL, 0, 0,
     "PostgreSQL: replace the content of the target database in one transaction, where no database "
     "can be created"},
    {"resume", 0, CMD_MOVE | CMD_CONFIG, OPT_FLAG, AT(resume), NULL, 0, 0,
     "continue from what a failed run had loaded, if the source is unchanged; and if this run "
     "fails, keep what it loaded"},
    {"verify", 0, CMD_MOVE | CMD_CONFIG, OPT_VERIFY, AT(verify), "HOW", 0, 0,
     "check the loaded tables before the swap: counts (default), full (read back and compared with "
     "what was read) or none"},
    {"truncate", 0, CMD_MOVE | CMD_SNAPSHOT | CMD_CONFIG, OPT_LIST, AT(truncate), "TABLE", 0, 0,
     "do not copy the rows of TABLE: public.sessions, or a pattern such as public.queue_*"},
    {"where", 0, CMD_COPY | CMD_SNAPSHOT | CMD_PREFLIGHT | CMD_VERIFY, OPT_LIST, AT(where), "ROWS",
     0, 0,
     "begin with ROWS, TABLE=CONDITION, and bring what they refer to, instead of all rows; as "
     "rows: start: of the config"},
    {"exclude", 0, CMD_COPY | CMD_SNAPSHOT | CMD_PREFLIGHT | CMD_VERIFY, OPT_LIST, AT(exclude),
     "TABLE", 0, 0, "no row of TABLE; as rows: none: of the config"},
    {"max-rows", 0, CMD_COPY | CMD_SNAPSHOT | CMD_PREFLIGHT | CMD_VERIFY, OPT_INT, AT(max_rows),
     "N", 1, INT64_MAX, "refuse to choose more than N rows; as rows: max_rows: of the config"},
    {"after", 0, CMD_MOVE | CMD_CONFIG, OPT_LIST, AT(after), "SQL", 0, 0,
     "run SQL in the loaded copy before the swap"},
    {"build-memory", 0, CMD_MOVE | CMD_CONFIG, OPT_BYTES, AT(build_memory), "SIZE", 0, 0,
     "PostgreSQL: let the target use SIZE bytes of memory to build indexes, all jobs together"},
    {"max-rate", 0, CMD_MOVE | CMD_SNAPSHOT | CMD_CONFIG, OPT_BYTES, AT(max_rate), "RATE", 0, 0,
     "read at most RATE bytes of rows per second, all jobs together: 20M, 500k"},
    {"max-snapshot-age", 0, CMD_COPY | CMD_PREFLIGHT | CMD_SNAPSHOT | CMD_CONFIG, OPT_DURATION,
     AT(max_snapshot_age), "TIME", 0, 0,
     "give up when the source's snapshot has been open for TIME: 90s, 30m, 2h"},
    {"max-replica-lag", 0, CMD_COPY | CMD_PREFLIGHT | CMD_SNAPSHOT | CMD_CONFIG, OPT_DURATION,
     AT(max_replica_lag), "TIME", 0, 0,
     "from a standby or replica: pause while it is more than TIME behind, and give up at three "
     "times that"},
    {"unmasked", 0, CMD_MOVE | CMD_SNAPSHOT, OPT_TEXT, AT(unmasked), "REASON", 0, 0,
     "do not mask, although the config has mask: persons' data moves as it is; REASON is kept in "
     "the "
     "mark"},
    {"drop-raw", 0, CMD_MOVE | CMD_SNAPSHOT, OPT_FLAG, AT(drop_raw), NULL, 0, 0,
     "drop the previous states of the target, or the older snapshots of the folder, that hold "
     "unmasked rows"},
    {"no-disk-check", 0, CMD_MOVE | CMD_CONFIG, OPT_FLAG, AT(no_disk_check), NULL, 0, 0,
     "copy even if the target has too little disk space"},
    {"no-rehearsal", 0, CMD_PREFLIGHT | CMD_APPLY | CMD_CONFIG, OPT_FLAG, AT(no_rehearsal), NULL, 0,
     0,
     "do not rehearse: preflight builds no shadow of the source's schema on the target, apply no "
     "scratch"},
    {"rehearse", 0, CMD_CHECK, OPT_TEXT, AT(rehearse), "TARGET", 0, 0,
     "also rehearse its schema in a shadow on TARGET, and say whether a restore would succeed"},
    {"max-age", 0, CMD_STATUS | CMD_CONFIG, OPT_DURATION, AT(max_age), "TIME", 0, 0,
     "exit with 1 if the rows are older than TIME: 26h"},
    {"deadline", 0, CMD_MOVE | CMD_SNAPSHOT | CMD_CONFIG, OPT_CLOCK, AT(deadline), "TIME", 0, 0,
     "give up if the copy is not in place by TIME (05:00, local)"},
    {"every", 0, CMD_WATCH, OPT_DURATION, AT(every), "TIME", 0, 0,
     "compare every TIME (default 10m): 90s, 1h"},
    {"checks", 0, CMD_WATCH, OPT_INT, AT(checks), "N", 1, 1000000000,
     "end after N checks (default: at a signal)"},
    {"webhook", 0, CMD_WATCH, OPT_TEXT, AT(webhook), "FILE", 0, 0,
     "send JSON to the URL in FILE (or in DBTWIN_WEBHOOK) when the state changes; https only"},
    {"template", 0, CMD_WATCH, OPT_TEXT, AT(template), "NAME", 0, 0,
     "the JSON for the webhook: json (default), slack, teams, or a file with {title}, {text}, "
     "{state}, {before}, {from}, {to}, {time}, {differences}"},
    {"log-format", 0, CMD_ALL, OPT_LOG_FORMAT, AT(log_format), "FORMAT", 0, 0,
     "text (default), or json: one JSON object per line on standard error"},
    {"progress", 0, CMD_MOVES | CMD_SNAPSHOT | CMD_VERIFY | CMD_CHECK | CMD_DIFF | CMD_INSPECT,
     OPT_PROGRESS, AT(progress), "FORM", 0, 0,
     "auto (default): bars on a terminal, else nothing; bar; plain: a line each 15 seconds, for "
     "logs; json: "
     "one object a second on standard error; never"},
    {"metrics", 0, CMD_MOVES | CMD_SNAPSHOT | CMD_WATCH, OPT_TEXT, AT(metrics), "FILE", 0, 0,
     "write the outcome to FILE, for Prometheus' textfile collector"},
    {"color", 0, CMD_ALL, OPT_COLOR, AT(color), "WHEN", 0, 0,
     "auto (default: on a terminal), always or never"},
    {"quiet", 'q', CMD_ALL, OPT_FLAG, AT(quiet), NULL, 0, 0,
     "print nothing when all is well: no progress, and a report only if there is something to "
     "report"},
    {"verbose", 'v', CMD_ALL, OPT_FLAG, AT(verbose), NULL, 0, 0, "print more about what is done"},
    {"help", 'h', CMD_ALL, OPT_FLAG, AT(help), NULL, 0, 0, "show this help"},
    {"version", 'V', CMD_ALL, OPT_FLAG, AT(version), NULL, 0, 0, "show the version"},
    {0},
};

enum { N_OPTIONS = sizeof(option_rows) / sizeof(option_rows[0]) - 1, LONG_BASE = 1000 };

_Static_assert((int)N_OPTIONS <= (int)CLI_OPTIONS_MAX, "cli.given has a place for each row");

static void set_given(struct cli *c, const struct option_row *o)
{
    c->given[o - option_rows] = true;
}

static const struct option_row *row_of(int code)
{
    for (int i = 0; i < N_OPTIONS; i++)
        if (code == LONG_BASE + i || (option_rows[i].letter && code == option_rows[i].letter))
            return &option_rows[i];
    return NULL;
}

static int argument_of(const struct option_type *t)
{
    return t->alone ? no_argument : t->optional ? optional_argument : required_argument;
}

/* A word behind such an option that is one of its choices is its value. */
static const char *optional_value(const struct option_row *o, int argc, char **argv)
{
    const struct option_type *t = option_type_of(o);
    if (!optarg && t->optional && optind < argc)
        for (const struct option_choice *c = t->choices; c->word; c++)
            if (strcmp(c->word, argv[optind]) == 0)
                return argv[optind++];
    return optarg;
}

/* getopt's own view of the table. */
static void make_getopt(struct option *longs, char *shorts)
{
    size_t n = 0;
    shorts[n++] = ':';
    for (int i = 0; i < N_OPTIONS; i++) {
        const struct option_row *o = &option_rows[i];
        longs[i] = (struct option){o->name, argument_of(option_type_of(o)), NULL, LONG_BASE + i};
        if (!o->letter)
            continue;
        shorts[n++] = o->letter;
        if (!option_type_of(o)->alone)
            shorts[n++] = ':';
    }
    longs[N_OPTIONS] = (struct option){0};
    shorts[n] = '\0';
}

static const struct command *command_named(const struct cli *c, const char *name)
{
    for (const struct command *k = c->commands; k->name; k++)
        if (strcmp(k->name, name) == 0)
            return k;
    return NULL;
}

/* The option that "--shema" or "--shema=x" may stand for, of that command (NULL: of any). */
static const char *option_meant(const char *word, const struct command *k)
{
    char name[32];
    size_t n = str_starts(word, "--") ? strcspn(word + 2, "=") : 0;
    if (!n || n >= sizeof name)
        return NULL;
    memcpy(name, word + 2, n);
    name[n] = '\0';
    struct suggestion s = {.word = name};
    for (const struct option_row *o = option_rows; o->name; o++)
        if (!k || (o->commands & k->bit))
            suggest_offer(&s, o->name);
    return s.best;
}

/* The command is only known at the end; for the hint, the first word that names one will do. */
static bool parse_error(const struct cli *c, int code, char **argv, struct err *err)
{
    const struct option_row *o = row_of(optopt);
    if (code == ':')
        err_set(err, ERR_USAGE, "--%s needs an argument", o ? o->name : "?");
    else if (o && optopt >= LONG_BASE)
        err_set(err, ERR_USAGE, "--%s takes no argument", o->name);
    else if (optopt)
        err_set(err, ERR_USAGE, "unknown option: -%c", optopt);
    else
        err_set(err, ERR_USAGE, "unknown option: %s", argv[optind - 1]);
    const struct command *command = NULL;
    for (char **word = argv + 1; *word && !command; word++)
        command = command_named(c, *word);
    const char *meant = code == '?' && !optopt ? option_meant(argv[optind - 1], command) : NULL;
    struct buf hint = BUF_INIT;
    if (meant)
        buf_addf(&hint, "did you mean --%s? ", meant);
    if (command)
        buf_addf(&hint, "dbtwin %s --help lists its options", command->name);
    else
        buf_adds(&hint, "dbtwin --help lists the commands, dbtwin COMMAND --help its options");
    err_hint(err, "%s", hint.data);
    buf_release(&hint);
    return false;
}

static bool unknown_command(const struct cli *c, const char *word, struct err *err)
{
    struct suggestion s = {.word = word};
    for (const struct command *k = c->commands; k->name; k++)
        suggest_offer(&s, k->name);
    err_set(err, ERR_USAGE, "unknown command: %s", word);
    if (s.best)
        return err_hint(err, "did you mean %s? dbtwin --help lists the commands", s.best);
    return err_hint(err, "dbtwin --help lists the commands");
}

/* "help", "help COMMAND", "version" and "completion SHELL"; they are words beside the table because
 * they need neither databases nor a config. */
static int take_other_words(struct cli *c, int i, int argc, char **argv)
{
    const char *word = argv[i];
    c->help |= strcmp(word, "help") == 0;
    c->version |= strcmp(word, "version") == 0;
    if (strcmp(word, "completion") == 0)
        c->completion = i + 1 < argc ? argv[++i] : "";
    else if (strcmp(word, "help") != 0 && strcmp(word, "version") != 0)
        return i;
    return i + 1;
}

static bool take_words(struct cli *c, int argc, char **argv, struct err *err)
{
    int i = optind < argc ? take_other_words(c, optind, argc, argv) : argc;
    if (c->completion)
        return true;
    if (i < argc) {
        c->command = command_named(c, argv[i]);
        if (!c->command)
            return unknown_command(c, argv[i], err);
        i++;
    }
    for (; i < argc; i++) {
        if (c->n_args < (int)ARRAY_LEN(c->args))
            c->args[c->n_args] = argv[i];
        c->n_args++;
    }
    return true;
}

static bool check_words(const struct cli *c, struct err *err)
{
    if (c->help || c->version || c->completion)
        return true;
    if (!c->command) {
        err_set(err, ERR_USAGE, "no command was given");
        return err_hint(err, "dbtwin --help lists the commands");
    }
    int listed = c->command->bit == CMD_MASK ? c->command->n_args : 1;
    int most = c->command->n_args - (c->list ? listed : 0);
    int least = most - (strchr(c->command->args, '[') ? 1 : 0);
    if (c->n_args <= most && c->n_args >= least)
        return true;
    if (c->list)
        return err_set(err, ERR_USAGE, "restore --list takes FILE and nothing else");
    err_set(err, ERR_USAGE, "%s takes %s: %d argument%s, not %d", c->command->name,
            c->command->args, c->command->n_args, c->command->n_args == 1 ? "" : "s", c->n_args);
    return err_hint(err, "dbtwin %s --help explains", c->command->name);
}

/* getopt takes any beginning of a name that is no other's. */
bool options_want_json(int argc, char **argv)
{
    static const char name[] = "--log-format";
    bool json = false;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        size_t n = strcspn(argv[i], "=");
        if (n < strlen("--lo") || n > strlen(name) || strncmp(argv[i], name, n) != 0)
            continue;
        const char *value = argv[i][n] ? argv[i] + n + 1 : i + 1 < argc ? argv[i + 1] : "";
        json = strcmp(value, "json") == 0;
    }
    return json;
}

bool options_parse(struct cli *c, int argc, char **argv, struct err *err)
{
    struct option longs[N_OPTIONS + 1];
    char shorts[2 * N_OPTIONS + 2];
    const struct option_row *given[64];
    size_t n_given = 0;
    make_getopt(longs, shorts);
    opterr = 0;
    for (int code; (code = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        const struct option_row *o = row_of(code);
        if (!o)
            return parse_error(c, code, argv, err);
        if (!option_type_store(o, c, optional_value(o, argc, argv), err))
            return false;
        set_given(c, o);
        if (n_given < ARRAY_LEN(given))
            given[n_given++] = o;
    }
    if (!take_words(c, argc, argv, err) || !check_words(c, err))
        return false;
    for (size_t i = 0; i < n_given; i++)
        if (c->command && !(given[i]->commands & c->command->bit)) {
            err_set(err, ERR_USAGE, "--%s does not go with %s", given[i]->name, c->command->name);
            return err_hint(err, "dbtwin %s --help lists its options", c->command->name);
        }
    return true;
}

/* ---- the config's --------------------------------------------------------------------------- */

const struct option_row *options_find(const char *name)
{
    for (const struct option_row *o = option_rows; o->name; o++)
        if (strcmp(o->name, name) == 0)
            return o;
    return NULL;
}

bool options_accept(struct cli *c, const struct option_row *row, const char *value, struct err *err)
{
    struct cli scratch = {.arena = c->arena};
    if (option_type_of(row)->alone)
        return strcmp(value, "true") == 0 || strcmp(value, "false") == 0 ||
               err_set(err, ERR_USAGE, "%s is true or false, not \"%s\"", row->name, value);
    bool ok = option_type_store(row, &scratch, value, err);
    c->arena = scratch.arena;
    return ok;
}

bool options_add(struct cli *c, const struct config_option *o, struct err *err)
{
    bool before[CLI_OPTIONS_MAX]; /* a list may stand there with several values */
    memcpy(before, c->given, sizeof(before));
    for (; o; o = o->next) {
        if (before[o->row - option_rows] || !(o->row->commands & c->command->bit))
            continue;
        set_given(c, o->row);
        if (option_type_of(o->row)->alone && strcmp(o->value, "true") != 0)
            continue;
        if (!option_type_store(o->row, c, o->value, err))
            return false;
    }
    return true;
}

bool options_of_places(struct cli *c, struct err *err)
{
    for (int i = 0; i < c->n_args; i++) {
        const struct config_database *d = config_find(c->config, c->args[i]);
        if (d && !options_add(c, d->options, err))
            return err_context(err, "options of %s", d->name);
    }
    return true;
}

/* ---- help -------------------------------------------------------------------------------- */

/* The help of an option, with the formats that there are for {formats} and {endings}. */
static void fill_help(const char *help, struct buf *out)
{
    for (const char *p = help; *p; p++) {
        if (str_starts(p, "{formats}"))
            report_format_list(false, ", ", " or ", out);
        else if (str_starts(p, "{endings}"))
            report_format_list(true, " ", " ", out);
        else if (str_starts(p, "{plans}"))
            plan_format_list(false, ", ", " or ", out);
        else if (str_starts(p, "{plan-endings}"))
            plan_format_list(true, " ", " ", out);
        else {
            buf_addch(out, *p);
            continue;
        }
        p += strcspn(p, "}");
    }
}

static void help_option(const struct option_row *o, struct buf *out)
{
    struct buf left = BUF_INIT;
    buf_adds(&left, "  ");
    if (o->letter)
        buf_addf(&left, "-%c, ", o->letter);
    buf_addf(&left, "--%s", o->name);
    if (o->arg)
        buf_addf(&left, " %s", o->arg);
    buf_addf(out, "%-24s", left.data);
    if (left.len >= 24)
        buf_addf(out, "\n%24s", "");
    buf_release(&left);
    struct buf help = BUF_INIT;
    fill_help(o->help, &help);
    size_t column = 24;
    const char *p = help.data;
    while (*p) { /* wrapped at 80 columns */
        size_t n = strcspn(p, " ");
        if (column > 24 && column + 1 + n > 79) {
            buf_addf(out, "\n%24s", "");
            column = 24;
        }
        if (column > 24) {
            buf_addch(out, ' ');
            column++;
        }
        buf_add(out, p, n);
        column += n;
        p += n;
        p += strspn(p, " ");
    }
    buf_addch(out, '\n');
    buf_release(&help);
}

void options_help(const struct cli *c, struct buf *out)
{
    const struct command *cmd = c->command;
    if (cmd) {
        buf_addf(out, "Usage: dbtwin %s %s [options]\n\n%s\n\nOptions:\n", cmd->name, cmd->args,
                 cmd->help);
        for (const struct option_row *o = option_rows; o->name; o++)
            if (o->commands & cmd->bit)
                help_option(o, out);
        return;
    }
    buf_adds(out, "dbtwin keeps a staging database the twin of production.\n\n"
                  "Usage: dbtwin COMMAND ARGUMENTS [options]\n\n"
                  "Commands:\n");
    for (const struct command *k = c->commands; k->name; k++)
        buf_addf(out, "  %-9s %-13s  %s\n", k->name, k->args, k->summary);
    buf_adds(out,
             "\n"
             "A database is a URL (postgresql://…, mysql://…, mariadb://…), a name from\n"
             "dbtwin.yaml, or a file: a model written by inspect, or a snapshot. diff, plan,\n"
             "apply, watch and inspect read SQL, too: a file, a folder, git:REV:PATH, a dump.\n"
             "Sockets: postgresql:///db?host=/folder, mysql:///db?socket=/path.\n\n"
             "Exit codes: 0 same, done; 1 drift; 2 error; 3 nothing differs but something could\n"
             "not be compared; 4 refused by a safety rule; 130 interrupted.\n\n"
             "dbtwin COMMAND --help, or dbtwin help COMMAND, shows a command's options.\n"
             "dbtwin completion bash, zsh or fish prints what that shell evaluates to complete "
             "words.\n");
}
