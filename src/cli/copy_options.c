#include "cli.h"

#include <dbtwin/json.h>
#include <dbtwin/mask.h>
#include <dbtwin/select.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- what sync asks and tells ------------------------------------------------------------ */

void copy_event(void *ctx, enum log_level level, const char *text)
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

static bool on_production(void *ctx, size_t i, struct endpoint *ret, struct err *err)
{
    struct cli *c = ctx;
    const struct config_database *d = config_production(c->config, i);
    struct place p;
    ret->label = d->name;
    ret->url = d->url;
    ret->driver = driver_for_url(d->url);
    if (!place_configured(c, d, &p, err))
        return false;
    *ret = p.e;
    return true;
}

void copy_production(struct cli *c, struct sync_options *o)
{
    while (config_production(c->config, o->n_production))
        o->n_production++;
    o->production = on_production;
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
                                 .event = copy_event,
                                 .ctx = c};
    copy_production(c, ret);
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
                             .event = copy_event,
                             .ctx = c};
    if (c->deadline) {
        o.limits.deadline = amount_until(c->deadline, time(NULL));
        o.limits.deadline_text = c->deadline;
    }
    if (!check_kinds(c, err))
        return false;
    copy_production(c, &o);
    o.drop_raw = c->drop_raw;
    /* a file has the rows that it was given */
    if (c->command->bit != CMD_RESTORE && !rows_options(c, &o.rows, err))
        return false;
    if (!copy_masks(c, &o, err))
        return false;
    *ret = o;
    return true;
}

bool copy_find(struct cli *c, struct place *from, struct place *to, struct err *err)
{
    if (!options_of_places(c, err) || !place_find(c, c->args[0], from, err) ||
        (to && !place_find(c, c->args[1], to, err)))
        return false;
    if (to)
        place_tell_apart(from, to);
    return true;
}

bool copy_need_live(const struct place *p, const char *verb, struct err *err)
{
    if (p->kind == AT_LIVE)
        return true;
    err_set(err, ERR_USAGE, "%s: %s is a file, not a live database", verb, p->e.label);
    return err_hint(err, "snapshot writes files, restore reads them");
}

/* Told before anything is connected to. What a snapshot holds is known once it is open. */
bool copy_need_one_engine(const struct place *from, const struct place *to, struct err *err)
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
    if (!copy_find(c, from, to, err) || !copy_need_live(to, c->command->name, err))
        return false;
    if (from->kind != AT_MODEL)
        return copy_need_one_engine(from, to, err);
    err_set(err, ERR_USAGE, "%s: %s is a model, which holds no rows", c->command->name,
            from->e.label);
    return err_hint(err, "a database, or a snapshot, can be copied");
}
