#include "cli.h"

#include <string.h>

static bool find_target(struct cli *c, const struct place *file, struct place *ret, struct err *err)
{
    const struct config_database *d = config_find(c->config, c->rehearse);
    if ((d && !options_add(c, d->options, err)) || !place_find(c, c->rehearse, ret, err))
        return false;
    if (ret->kind != AT_LIVE)
        return err_set(err, ERR_USAGE, "--rehearse: %s is a file, not a live database",
                       ret->e.label);
    return strcmp(file->e.path, "-") != 0 ||
           err_set(err, ERR_USAGE, "--rehearse reads the snapshot twice, standard input only once");
}

int cmd_check(struct cli *c, struct err *err)
{
    struct check_result r;
    struct place p, target;
    char rows[32], bytes[32];
    if (!place_find(c, c->args[0], &p, err))
        return -1;
    if (p.kind != AT_ARCHIVE) {
        err_set(err, ERR_USAGE, "check: %s is not a snapshot", p.e.label);
        err_hint(err, "dbtwin snapshot writes snapshots");
        return -1;
    }
    if (c->rehearse && !find_target(c, &p, &target, err))
        return -1;
    struct sync_progress progress = {0};
    struct progress *display = progress_start(c, &progress);
    bool good = check_snapshot(p.e.path, true, &progress, &c->arena, &r, err);
    progress_stop(display);
    if (!good) {
        if (err->cls == ERR_CORRUPT) /* nothing was to be loaded here */
            err_hint(err, "do not rely on this file: take a new snapshot");
        return -1;
    }
    if (c->quiet)
        return c->rehearse ? preflight_report(c, &p, &target, err) : 0;
    struct buf b = BUF_INIT;
    str_human_count(r.rows, rows);
    str_human_bytes(r.bytes, bytes);
    buf_addf(&b, "%s is complete: %llu tables, %s rows, %s", output_line(&c->arena, p.e.label),
             (unsigned long long)r.tables, rows, bytes);
    if (r.facts.database)
        buf_addf(&b, ", database \"%s\"", output_line(&c->arena, r.facts.database));
    if (r.facts.server_version)
        buf_addf(&b, " of %s", output_line(&c->arena, r.facts.server_version));
    if (r.taken_at)
        buf_addf(&b, ", as of %s", output_line(&c->arena, r.taken_at));
    buf_addch(&b, '\n');
    bool ok = output_write("-", buf_slice(&b), err);
    buf_release(&b);
    if (ok && c->rehearse)
        return preflight_report(c, &p, &target, err);
    return ok ? 0 : -1;
}
