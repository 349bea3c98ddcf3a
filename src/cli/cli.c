#include "cli.h"

#include "hooks.h"

#include <dbtwin/clock.h>
#include <dbtwin/json.h>
#include <dbtwin/mask.h>

#include <string.h>
#include <unistd.h>

static const struct command commands[] = {
    {CMD_DIFF, "diff", "FROM TO", 2, cmd_diff, "compare two schemas: how TO differs from FROM",
     "Compares the schema of TO (staging) with that of FROM (production) and reports what\n"
     "drifted. Each is a live database, a model written by inspect, a snapshot, or SQL: a file, a\n"
     "folder, git:REV:PATH, a dump.\n"
     "Exit code: 0 same; 1 drift; 3 nothing differs, but something could not be compared."},
    {CMD_PLAN, "plan", "FROM TO", 2, cmd_plan, "print the SQL that makes TO's schema FROM's",
     "Prints the SQL that changes the schema of TO (staging) into that of FROM (production), in\n"
     "order, with what may go wrong in each step. Nothing is changed.\n"
     "Exit code: 0; with --exit-code 1 when there is something to do; 3 when a person has to do\n"
     "a part of it."},
    {CMD_APPLY, "apply", "FROM TO", 2, cmd_apply, "make TO's schema FROM's, and prove it",
     "Changes the schema of TO (staging) into that of FROM (production): shows the plan,\n"
     "rehearses it in a scratch, carries it out, reads TO again and compares. TO is never\n"
     "production.\n"
     "Exit code: 0 same; 1 something still differs; 2 error; 3 a person has to do a part of it,\n"
     "so nothing was changed; 4 refused by a safety rule, or for a hazard that is not allowed."},
    {CMD_INSPECT, "inspect", "DB", 1, cmd_inspect, "read a schema and print it",
     "Reads the schema of DB and prints it for people (tree), or for dbtwin and other programs\n"
     "(xml, json). A model in a file can stand in for the database in diff.\n"
     "Exit code: 0; 3 when something could not be read."},
    {CMD_COPY, "copy", "SOURCE TARGET", 2, cmd_copy, "copy a whole database into another",
     "Copies SOURCE into TARGET in one consistent snapshot. The copy is loaded into a\n"
     "shadow and swapped in at the end: TARGET is old or new, never in between. SOURCE is only "
     "read."},
    {CMD_PREFLIGHT, "preflight", "SOURCE TARGET", 2, cmd_preflight,
     "check whether a copy would succeed",
     "Checks whether copy (or restore, of a snapshot) would succeed: what is missing, with the\n"
     "statement that provides it; what would be left out; how much disk and time it takes; which\n"
     "settings differ. Rehearses it: the schema is built without rows in a shadow on the target\n"
     "and dropped. Source and target stay as they are. The last line is go or no-go.\n"
     "Exit code: 0 go; 2 it would fail; 4 a safety rule would refuse it."},
    {CMD_SNAPSHOT, "snapshot", "SOURCE", 1, cmd_snapshot, "write a database into one file",
     "Writes schema and rows of SOURCE into one compressed file, or a stream with -o -.\n"
     "dbtwin-snapshot(5) describes it."},
    {CMD_RESTORE, "restore", "FILE TARGET", 2, cmd_restore, "load a snapshot into a database",
     "Loads a snapshot (or - for standard input) into TARGET, as copy does: a damaged or cut file\n"
     "leaves TARGET as it was. Restoring runs what the file contains (functions, defaults,\n"
     "triggers): list a stranger's with --list first, and see SECURITY in dbtwin-concepts(7)."},
    {CMD_CHECK, "check", "FILE", 1, cmd_check, "verify a snapshot file",
     "Reads all of a snapshot (or - for standard input), compares it with its own manifest, "
     "unpacks\n"
     "schema and rows and counts them. Nothing is loaded anywhere.\n"
     "Exit code: 0 complete; 2 damaged, cut short or not a snapshot."},
    {CMD_ROLLBACK, "rollback", "TARGET", 1, cmd_rollback, "put back what the last copy replaced",
     "Swaps in the newest state that copy --keep-previous kept. The current state is kept in "
     "turn,\n"
     "so that a second rollback returns to it."},
    {CMD_STATUS, "status", "TARGET", 1, cmd_status,
     "show when a database was filled, and from what",
     "Shows what TARGET is a copy of and how old its rows are, and lists the runs that filled it.\n"
     "Exit code: 0; 1 never filled by dbtwin, or older than --max-age."},
    {CMD_MASK, "mask", "suggest|check SOURCE|audit TARGET", 2, cmd_mask,
     "suggest, check and audit the masking of persons' data",
     "suggest reads the schema of SOURCE and some rows of each table, and prints a complete mask:\n"
     "section for dbtwin.yaml: for each column a rule or keep, and why. check proves the rules of\n"
     "the config against SOURCE, with an example of each. audit looks in TARGET, a masked copy,\n"
     "for values of masked columns of --against SOURCE. Both are only read; no value is shown.\n"
     "Exit code: 0; check: 4 no-go; audit: 1 values were found, 3 not all could be looked at."},
    {CMD_SETUP, "config", "check|init [FILE]", 2, cmd_config,
     "check the config, or write a first one",
     "check reads dbtwin.yaml (or FILE) and says what each entry means; --connect also tries the\n"
     "databases. init asks for the URLs of two databases, tries them, finds out which one is\n"
     "production, and writes dbtwin.yaml, never over another file.\n"
     "Exit code: 0; 2 the config is wrong, or a database cannot be read; 4 init: the file is "
     "there\n"
     "already, or both URLs are one database."},
    {CMD_VERIFY, "verify", "SOURCE TARGET", 2, cmd_verify, "compare the rows of two databases",
     "Compares all rows of both sides, each in a snapshot of its own, and names the tables, key\n"
     "ranges and rows that differ. Exit code: 0 equal; 1 different."},
    {CMD_WATCH, "watch", "FROM TO", 2, cmd_watch, "compare again and again, and report changes",
     "Compares as diff does, every ten minutes or as --every says, and keeps metrics for "
     "Prometheus.\n"
     "A webhook is sent JSON when the state changes: same, drift, incomplete or error.\n"
     "Ends at a signal; with --checks N after N checks, with the exit code of the last: 0 same;\n"
     "1 drift; 2 error; 3 incomplete."},
    {0},
};

static void on_log(enum log_level level, const char *line, void *ctx)
{
    (void)ctx;
    progress_line(level, line);
}

static int say_error(const struct cli *c, const struct err *err)
{
    struct buf b = BUF_INIT;
    struct json *fields = NULL;
    int code = err_exit_code(err);
    code = code ? code : 2;
    buf_adds(&b, err->msg);
    if (err->sqlstate[0])
        buf_addf(&b, " [%s]", err->sqlstate);
    else if (err->native)
        buf_addf(&b, " [%d]", err->native);
    if (c->log_json) {
        fields = json_obj();
        if (c->command)
            json_set(fields, "command", json_str(c->command->name));
        json_set(fields, "exit_code", json_int(code));
        json_set(fields, "hint", json_str(err->hint[0] ? err->hint : NULL));
    }
    progress_event(LOG_ERROR, "failed", b.data, fields);
    if (err->hint[0] && !c->log_json)
        progress_hint(err->hint);
    buf_release(&b);
    return code;
}

static bool print_help(struct cli *c, struct err *err)
{
    struct buf b = BUF_INIT;
    bool ok = true;
    if (c->completion)
        ok = completion_print(c, c->completion, &b, err);
    else if (c->version)
        buf_addf(&b, "dbtwin %s\n", DBTWIN_VERSION);
    else
        options_help(c, &b);
    ok = ok && output_write("-", buf_slice(&b), err);
    buf_release(&b);
    return ok;
}

static int run(struct cli *c, int argc, char **argv, bool *ret_ran, struct err *err)
{
    c->log_json = options_want_json(argc, argv);
    if (c->log_json)
        progress_use_json();
    if (!options_parse(c, argc, argv, err))
        return -1;
    if (c->help || c->version || c->completion)
        return print_help(c, err) ? 0 : -1;
    log_install(on_log, NULL, c->quiet ? LOG_WARN : c->verbose ? LOG_DEBUG : LOG_INFO);
    if (c->command->bit != CMD_SETUP && !config_load(c, err)) /* which reads it itself */
        return -1;
    *ret_ran = true;
    return c->command->run(c, err);
}

int cli_main(int argc, char **argv)
{
    struct cli c = {.commands = commands, .limit = -1};
    struct err err = ERR_INIT, late = ERR_INIT;
    double start = clock_now();
    bool ran = false;
    arena_init(&c.arena);
    int code = run(&c, argc, argv, &ran, &err);
    if (code < 0)
        code = say_error(&c, &err);
    if (c.metrics && c.command && c.command->bit != CMD_WATCH && !c.help &&
        !metrics_write(&c, code, &late))
        log_warn("no metrics: %s", late.msg);
    if (ran)
        hooks_run(&c, code, &err, clock_now() - start);
    mask_key_free(c.mask_key);
    config_release(c.config);
    arena_release(&c.arena);
    return code;
}
