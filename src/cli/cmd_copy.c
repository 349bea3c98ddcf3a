#include "cli.h"

#include "recap.h"

#include <dbtwin/json.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
    if (!c->log_json && (c->verbose || isatty(STDERR_FILENO))) {
        recap_write(r, &b);
        progress_text(b.data);
    }
    buf_release(&b);
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

int cmd_copy(struct cli *c, struct err *err)
{
    struct place from, to;
    if (!copy_find(c, &from, &to, err) || !copy_need_live(&from, "copy", err) ||
        !copy_need_live(&to, "copy", err) || !copy_need_one_engine(&from, &to, err))
        return -1;
    return (set_wanted(c) ? move_set : move)(c, &from, &to, err);
}

/* A file in a folder is read again before anything older is removed for it. */
static bool keep_snapshots(struct cli *c, const char *path, struct err *err)
{
    struct check_result r;
    if (!c->keep_daily && !c->keep_weekly && !c->keep_monthly)
        return true;
    return check_snapshot(path, true, NULL, &c->arena, &r, err) && retention_apply(c, path, err);
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
        !place_find(c, c->args[0], &from, err) || !copy_need_live(&from, "snapshot", err))
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
    bool masked = folder && !c->unmasked && config_mask_rules(c->config);
    if (masked && !c->drop_raw && !retention_raw(c, to.e.path, from.e.label, err))
        return -1;
    int code = move(c, &from, &to, err);
    if (code != 0 || !folder)
        return code;
    return (masked && c->drop_raw && !retention_drop_raw(c, to.e.path, err)) ||
                   !keep_snapshots(c, to.e.path, err)
               ? -1
               : 0;
}

/* A folder, and the snapshots that its index names. */
static int restore_set(struct cli *c, struct err *err)
{
    struct place from = {.kind = AT_ARCHIVE}, to;
    struct sync_options o;
    struct sync_set set;
    return place_find(c, c->args[1], &to, err) && copy_need_live(&to, "restore", err) &&
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
    if (!copy_find(c, &from, &to, err) || !copy_need_live(&to, "restore", err))
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
    struct sync_options o = {.schema_jobs = (unsigned)c->jobs, .event = copy_event, .ctx = c};
    const char *kept = NULL;
    copy_production(c, &o);
    if (!copy_find(c, &p, NULL, err) || !copy_need_live(&p, "rollback", err) ||
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
