#include "cli.h"

#include <string.h>

/* Rows as the file holds them: a newline always ends one (driver.h). */
static bool count_chunk(struct session *s, struct chunk *ch, struct check_result *r,
                        struct err *err)
{
    struct reader *in = NULL;
    struct slice block;
    int got = -1;
    if (driver_archive.scan(s, ch, &in, err))
        while ((got = reader_next(in, &block, err)) == 1) {
            r->bytes += block.len;
            r->rows += str_newlines(block);
        }
    reader_close(in);
    return got == 0;
}

static bool read_rows(struct session *s, struct check_result *r, struct err *err)
{
    struct map seen = MAP_INIT; /* tables */
    struct chunk ch = {0};
    int got;
    while ((got = driver_archive.next_chunk(s, &ch, err)) == 1) {
        const struct object *table = ch.projection->table;
        if (!map_get(&seen, &table, sizeof(table))) {
            const struct object *const *key = &ch.projection->table;
            map_put(&seen, key, sizeof(*key), (void *)(uintptr_t)key);
            r->tables++;
        }
        bool ok = count_chunk(s, &ch, r, err);
        chunk_release(&ch);
        if (ok && log_cancelled())
            ok = err_set(err, ERR_INTERRUPTED, "interrupted");
        if (!ok) {
            got = -1;
            break;
        }
    }
    map_release(&seen);
    return got == 0;
}

bool check_snapshot(const char *path, bool wholly, struct arena *a, struct check_result *ret,
                    struct err *err)
{
    const struct driver *d = &driver_archive;
    struct endpoint e = {.driver = d, .label = path, .path = path};
    struct check_result r = {0};
    struct snapshot_info info;
    struct session *s = NULL;
    struct model m;
    model_init(&m);
    if (strcmp(path, "-") == 0)
        e.label = "standard input";
    bool ok = d->open(&e, DRIVER_SOURCE, &s, err) && d->facts(s, a, &r.facts, err) &&
              d->snapshot(&s, 1, a, &info, err);
    if (ok)
        r.taken_at = info.taken_at;
    if (ok && wholly)
        ok = d->introspect(s, &m, err) && read_rows(s, &r, err) && d->source_done(s, err);
    d->close(s);
    model_release(&m);
    if (ok)
        *ret = r;
    else if (!str_starts(err->msg, e.label))
        err_context(err, "%s", e.label);
    return ok;
}

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
    if (!check_snapshot(p.e.path, true, &c->arena, &r, err)) {
        if (err->cls == ERR_CORRUPT) /* nothing was to be loaded here */
            err_hint(err, "do not count on this file: make a new snapshot");
        return -1;
    }
    if (c->quiet)
        return c->rehearse ? preflight_report(c, &p, &target, err) : 0;
    struct buf b = BUF_INIT;
    str_human_count(r.rows, rows);
    str_human_bytes(r.bytes, bytes);
    buf_addf(&b, "%s is whole: %llu tables, %s rows, %s", p.e.label, (unsigned long long)r.tables,
             rows, bytes);
    if (r.facts.database)
        buf_addf(&b, ", database \"%s\"", r.facts.database);
    if (r.facts.server_version)
        buf_addf(&b, " of %s", r.facts.server_version);
    if (r.taken_at)
        buf_addf(&b, ", as of %s", r.taken_at);
    buf_addch(&b, '\n');
    bool ok = output_write("-", buf_slice(&b), err);
    buf_release(&b);
    if (ok && c->rehearse)
        return preflight_report(c, &p, &target, err);
    return ok ? 0 : -1;
}
