#include "cli.h"

#include <dbtwin/json.h>
#include <dbtwin/mask.h>
#include <dbtwin/select.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- what sync asks and tells ------------------------------------------------------------ */

static void on_event(void *ctx, enum log_level level, const char *text)
{
    const struct cli *c = ctx;
    if (level == LOG_DEBUG && !c->verbose)
        return;
    if (level == LOG_INFO && c->quiet)
        return;
    progress_line(level, text);
}

/* Only a person at a terminal is asked; a job is refused. The name is no word that fingers type by
 * themselves. */
bool copy_ask_name(const char *question, const char *what, const char *database)
{
    struct buf prompt = BUF_INIT;
    char line[512];
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return false;
    buf_addf(&prompt, "Type the database's name (%s) to %s it: ", database, what);
    bool yes = progress_ask(question, prompt.data, line, sizeof(line)) && str_eq(line, database);
    buf_release(&prompt);
    return yes;
}

static bool on_confirm(void *ctx, const char *question, const char *database)
{
    (void)ctx;
    return copy_ask_name(question, "replace", database);
}

/* The n-th database of the config that has role: production. */
static const struct config_database *production_at(const struct cli *c, size_t n)
{
    for (size_t i = 0; i < config_count(c->config); i++) {
        const struct config_database *d = config_at(c->config, i);
        if (d->role == DATABASE_ROLE_PRODUCTION && n-- == 0)
            return d;
    }
    return NULL;
}

static bool on_production(void *ctx, size_t i, struct endpoint *ret, struct err *err)
{
    struct cli *c = ctx;
    const struct config_database *d = production_at(c, i);
    struct place p;
    ret->label = d->name;
    ret->url = d->url;
    ret->driver = driver_for_url(d->url);
    if (!place_find(c, d->name, &p, err))
        return false;
    *ret = p.e;
    return true;
}

static void add_production(struct cli *c, struct sync_options *o)
{
    for (size_t i = 0; i < config_count(c->config); i++)
        o->n_production += config_at(c->config, i)->role == DATABASE_ROLE_PRODUCTION;
    o->production = on_production;
}

/* ---- the three verbs --------------------------------------------------------------------- */

static struct json *numbers(const struct sync_result *r)
{
    struct json *f = json_obj();
    json_set(f, "tables", json_int((int64_t)r->tables));
    json_set(f, "rows", json_int((int64_t)r->rows));
    json_set(f, "bytes", json_int((int64_t)r->bytes));
    json_set(f, "seconds", json_num(r->seconds));
    json_set(f, "seconds_data", json_num(r->seconds_data));
    json_set(f, "seconds_indexes", json_num(r->seconds_index));
    json_set(f, "seconds_check", json_num(r->seconds_check));
    json_set(f, "seconds_publish", json_num(r->seconds_publish));
    if (r->resumed) {
        json_set(f, "resumed_tables", json_int((int64_t)r->tables_there));
        json_set(f, "resumed_rows", json_int((int64_t)r->rows_there));
    }
    json_set(f, "taken_at", json_str(r->taken_at));
    json_set(f, "position", json_str(r->position));
    return f;
}

static void say_result(const struct cli *c, const char *from, const char *to,
                       const struct sync_result *r)
{
    char rows[32], bytes[32];
    struct buf b = BUF_INIT;
    if (c->quiet)
        return;
    str_human_count(r->rows, rows);
    str_human_bytes(r->bytes, bytes);
    buf_addf(&b, "%s → %s: %llu tables, %s rows, %s in %.1f s", from, to,
             (unsigned long long)r->tables, rows, bytes, r->seconds);
    if (r->taken_at)
        buf_addf(&b, ", as of %s", r->taken_at);
    if (r->resumed && r->tables_there)
        buf_addf(&b, "; resumed: %llu of %llu tables were there already",
                 (unsigned long long)r->tables_there, (unsigned long long)r->tables);
    else if (r->resumed)
        buf_addf(&b, "; resumed: %llu rows were there already", (unsigned long long)r->rows_there);
    progress_event(LOG_INFO, "done", b.data, c->log_json ? numbers(r) : NULL);
    buf_reset(&b);
    buf_addf(&b, "data %.1f s, keys and indexes %.1f s, check %.1f s, swap %.1f s", r->seconds_data,
             r->seconds_index, r->seconds_check, r->seconds_publish);
    if (c->verbose)
        progress_line(LOG_INFO, b.data);
    buf_release(&b);
}

bool copy_in_place(const struct cli *c, const struct endpoint *to, struct err *err)
{
    if (!c->in_place)
        return true;
    if (to->driver != &driver_postgres)
        return err_set(err, ERR_USAGE, "--in-place is for PostgreSQL targets");
    if (c->resume) {
        err_set(err, ERR_USAGE,
                "--in-place cannot be resumed: its one transaction is rolled back when it fails");
        return err_hint(err, "omit --resume, or let the target's role create databases");
    }
    if (!c->keep_previous)
        return true;
    err_set(err, ERR_USAGE,
            "--in-place keeps no previous state: a schema that holds extensions cannot be renamed, "
            "so what else is in it is dropped");
    return err_hint(err, "omit --keep-previous; snapshots can be kept instead");
}

void copy_map(const struct cli *c, const struct place *from, struct sync_options *o)
{
    if (from->e.role != DATABASE_ROLE_STAGING)
        o->map = config_map(c->config);
}

/* Kinds, and what gaps of coverage are called that are about none; KIND:PATTERN. */
static bool check_kinds(struct cli *c, struct err *err)
{
    static const char *const gaps[] = {PLAN_UNPROVEN, "json_duality_view", "library", "routine"};
    for (size_t i = 0; c->without[i]; i++) {
        const char *text = c->without[i];
        bool known = kind_find(text) || str_starts(text, "pg_");
        if (strchr(text, ':') && !select_means_check(text, &c->arena, err))
            return err_context(err, "--without");
        for (size_t k = 0; k < ARRAY_LEN(gaps); k++)
            known |= str_eq(text, gaps[k]);
        if (!known && !strchr(text, ':')) {
            err_set(err, ERR_USAGE, "--without: there is no kind \"%s\"", text);
            return err_hint(err, "dbtwin-model(7) lists the kinds");
        }
    }
    return true;
}

void copy_safety(struct cli *c, struct sync_options *ret)
{
    *ret = (struct sync_options){.jobs = 1,
                                 .owners = !c->no_owners,
                                 .grants = !c->no_grants,
                                 .version = DBTWIN_VERSION,
                                 .event = on_event,
                                 .ctx = c};
    add_production(c, ret);
}

/* Why persons' data may move as it is must be typed, and can be read later. */
static bool copy_masks(struct cli *c, struct sync_options *o, struct err *err)
{
    bool given = config_mask_rules(c->config) != NULL;
    if (c->unmasked && !c->unmasked[strspn(c->unmasked, " \t")])
        return err_set(err, ERR_USAGE, "--unmasked needs a reason");
    if (c->unmasked && !given) {
        err_set(err, ERR_USAGE, "--unmasked: the config has no mask:");
        return err_hint(err, "omit --unmasked, or name the config: --config FILE");
    }
    o->unmasked = c->unmasked;
    if (!given || c->unmasked)
        return true;
    if (c->mask_key) { /* one key for all of a run */
        o->mask = config_mask_rules(c->config);
        o->mask_key = c->mask_key;
        return true;
    }
    o->mask = config_masks(c, &c->mask_key, err);
    o->mask_key = c->mask_key;
    return o->mask != NULL;
}

bool copy_options(struct cli *c, struct sync_options *ret, struct err *err)
{
    struct sync_options o = {.jobs = c->jobs ? (unsigned)c->jobs : 2,
                             .schema_jobs = (unsigned)c->jobs,
                             .in_place = c->in_place,
                             .overwrite = c->force,
                             .compress = c->compress,
                             .build_memory = (uint64_t)c->build_memory,
                             .without = c->without,
                             .leave_broken = c->broken == BROKEN_LEAVE,
                             .empty = c->truncate,
                             .after = c->after,
                             .keep_tables = c->keep_tables,
                             .keep_grants = c->keep_grants,
                             .keep_sequences = c->keep_sequences,
                             .replace = c->replace,
                             .create = c->create,
                             .verify = c->verify,
                             .owners = !c->no_owners,
                             .grants = !c->no_grants,
                             .version = DBTWIN_VERSION,
                             .keep_previous = (unsigned)c->keep_previous,
                             .acting = c->n_args > 1 ? config_acting(c->config, c->args[1]) : 0,
                             .resume = c->resume,
                             .no_disk_check = c->no_disk_check,
                             .rehearse = !c->no_rehearsal,
                             .limits = {.rate = (uint64_t)c->max_rate,
                                        .snapshot_age = (double)c->max_snapshot_age,
                                        .replica_lag = (double)c->max_replica_lag},
                             .confirm = on_confirm,
                             .event = on_event,
                             .ctx = c};
    if (c->deadline) {
        o.limits.deadline = amount_until(c->deadline, time(NULL));
        o.limits.deadline_text = c->deadline;
    }
    if (!check_kinds(c, err))
        return false;
    add_production(c, &o);
    o.drop_raw = c->drop_raw;
    if (c->command->bit != CMD_RESTORE) /* a file has the rows that it was given */
        o.rows = config_rows(c->config);
    if (!copy_masks(c, &o, err))
        return false;
    *ret = o;
    return true;
}

static bool move_options(struct cli *c, const struct place *from, struct place *to,
                         struct sync_options *ret, struct err *err)
{
    if (!copy_options(c, ret, err) || !copy_in_place(c, &to->e, err))
        return false;
    copy_map(c, from, ret);
    return true;
}

/* Several databases, from server to server. */
static int move_set(struct cli *c, struct place *from, struct place *to, struct err *err)
{
    struct sync_options o;
    struct sync_set set;
    return move_options(c, from, to, &o, err) && set_members(c, from, to, &set, err)
               ? set_copy(c, &set, &o, err)
               : -1;
}

static int move(struct cli *c, struct place *from, struct place *to, struct err *err)
{
    struct sync_progress progress = {0};
    struct sync_result r;
    struct sync_options o;
    if (!move_options(c, from, to, &o, err))
        return -1;
    o.progress = &progress;
    struct progress *p = progress_start(c, &progress);
    bool ok = sync_copy(&from->e, &to->e, &o, &c->arena, &r, err);
    progress_stop(p);
    if (!ok)
        return -1;
    c->result = arena_memdup(&c->arena, &r, sizeof(r));
    say_result(c, from->e.label, to->e.label, &r);
    return 0;
}

static bool find_places(struct cli *c, struct place *from, struct place *to, struct err *err)
{
    if (!options_of_places(c, err) || !place_find(c, c->args[0], from, err) ||
        (to && !place_find(c, c->args[1], to, err)))
        return false;
    if (to)
        place_tell_apart(from, to);
    return true;
}

static bool need_live(const struct place *p, const char *verb, struct err *err)
{
    if (p->kind == AT_LIVE)
        return true;
    err_set(err, ERR_USAGE, "%s: %s is a file, not a live database", verb, p->e.label);
    return err_hint(err, "snapshot writes files, restore reads them");
}

/* Told before anything is connected to. What a snapshot holds is known once it is open. */
static bool need_one_engine(const struct place *from, const struct place *to, struct err *err)
{
    if (from->kind != AT_LIVE || from->e.driver == to->e.driver)
        return true;
    err_set(err, ERR_USAGE, "%s and %s are of different engines (%s and %s)", from->e.label,
            to->e.label, from->e.driver->name, to->e.driver->name);
    return err_hint(err,
                    "PostgreSQL is copied to PostgreSQL, MySQL and MariaDB to MySQL or MariaDB");
}

bool copy_places(struct cli *c, struct place *from, struct place *to, struct err *err)
{
    if (!find_places(c, from, to, err) || !need_live(to, c->command->name, err))
        return false;
    if (from->kind != AT_MODEL)
        return need_one_engine(from, to, err);
    err_set(err, ERR_USAGE, "%s: %s is a model, which holds no rows", c->command->name,
            from->e.label);
    return err_hint(err, "a database, or a snapshot, can be copied");
}

int cmd_copy(struct cli *c, struct err *err)
{
    struct place from, to;
    if (!find_places(c, &from, &to, err) || !need_live(&from, "copy", err) ||
        !need_live(&to, "copy", err) || !need_one_engine(&from, &to, err))
        return -1;
    return (set_wanted(c) ? move_set : move)(c, &from, &to, err);
}

/* A file in a folder is read again before anything older is removed for it. */
static bool keep_snapshots(struct cli *c, const char *path, struct err *err)
{
    struct check_result r;
    if (!c->keep_daily && !c->keep_weekly && !c->keep_monthly)
        return true;
    return check_snapshot(path, true, &c->arena, &r, err) && retention_apply(c, path, err);
}

static bool check_output(const struct cli *c, bool folder, struct err *err)
{
    const char *o = c->outputs[0];
    if (!o || c->outputs[1])
        return err_set(err, ERR_USAGE, "snapshot needs one -o FILE, or -o - for standard output");
    if (set_wanted(c) && !folder) {
        err_set(err, ERR_USAGE, "several databases are written into a folder");
        return err_hint(err, "-o %s/ would be a folder", strcmp(o, "-") == 0 ? "FOLDER" : o);
    }
    if (!folder && (c->keep_daily || c->keep_weekly || c->keep_monthly)) {
        err_set(err, ERR_USAGE, "--keep-daily, --keep-weekly and --keep-monthly need -o FOLDER");
        return err_hint(err, "for a folder, write -o %s/", o);
    }
    if (strcmp(o, "-") == 0 && isatty(STDOUT_FILENO)) {
        err_set(err, ERR_USAGE, "a snapshot cannot be written to a terminal");
        return err_hint(err, "pipe it on (| dbtwin restore - TARGET), or name a file: -o FILE");
    }
    return true;
}

int cmd_snapshot(struct cli *c, struct err *err)
{
    struct place from, to = {.kind = AT_ARCHIVE};
    bool folder = c->outputs[0] && retention_is_folder(c->outputs[0]);
    if (!options_of_places(c, err) || !check_output(c, folder, err) ||
        !place_find(c, c->args[0], &from, err) || !need_live(&from, "snapshot", err))
        return -1;
    if (set_wanted(c)) {
        struct sync_options o;
        return move_options(c, &from, &to, &o, err) ? set_snapshot(c, &from, c->outputs[0], &o, err)
                                                    : -1;
    }
    if (folder)
        retention_sweep(c, c->outputs[0], &from);
    to.e.driver = &driver_archive;
    to.e.path = folder ? retention_path(c, c->outputs[0], &from) : c->outputs[0];
    to.e.label = strcmp(to.e.path, "-") == 0 ? "standard output" : to.e.path;
    int code = move(c, &from, &to, err);
    return code == 0 && folder && !keep_snapshots(c, to.e.path, err) ? -1 : code;
}

/* A folder, and the snapshots that its index names. */
static int restore_set(struct cli *c, struct err *err)
{
    struct place from = {.kind = AT_ARCHIVE}, to;
    struct sync_options o;
    struct sync_set set;
    return place_find(c, c->args[1], &to, err) && need_live(&to, "restore", err) &&
                   move_options(c, &from, &to, &o, err) && set_folder(c, c->args[0], &to, &set, err)
               ? set_copy(c, &set, &o, err)
               : -1;
}

int cmd_restore(struct cli *c, struct err *err)
{
    struct place from, to;
    if (c->list)
        return check_list(c, err);
    if (!options_of_places(c, err))
        return -1;
    if (set_wanted(c))
        return restore_set(c, err);
    if (!find_places(c, &from, &to, err) || !need_live(&to, "restore", err))
        return -1;
    if (from.kind != AT_ARCHIVE) {
        err_set(err, ERR_USAGE, "restore: %s is not a snapshot", from.e.label);
        err_hint(err, "dbtwin snapshot writes snapshots; dbtwin copy goes from server to server");
        return -1;
    }
    return move(c, &from, &to, err);
}

int cmd_rollback(struct cli *c, struct err *err)
{
    struct place p;
    struct sync_options o = {.schema_jobs = (unsigned)c->jobs, .event = on_event, .ctx = c};
    const char *kept = NULL;
    add_production(c, &o);
    if (!find_places(c, &p, NULL, err) || !need_live(&p, "rollback", err) ||
        !sync_rollback(&p.e, &o, &c->arena, &kept, err))
        return -1;
    if (!c->quiet) {
        const char *text = arena_printf(
            &c->arena,
            "%s is as it was before the last swap; the state that this replaces is kept as %s",
            p.e.label, kept);
        progress_event(LOG_INFO, "done", text, NULL);
    }
    return 0;
}
