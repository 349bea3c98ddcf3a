#include "digest.h"
#include "job.h"

#include <stdio.h>

/*
 * What was loaded is looked at again: counted, or read back whole. The digest of what was read
 * from the source is made as the rows pass, so the source is not read twice and the two are of
 * one snapshot by nature.
 */

static bool add_rows(void *ctx, struct slice block, struct err *err)
{
    (void)err;
    digest_sum(ctx, block);
    return true;
}

struct reader *check_passing(const struct job *j, struct reader *in, struct digest_sum *sum)
{
    return j->opt->verify == SYNC_VERIFY_FULL ? reader_tee(in, add_rows, sum) : in;
}

static bool differs(const struct job *j, const struct table_state *t, const char *what,
                    struct err *err)
{
    struct buf path = BUF_INIT;
    model_path(t->table, &path);
    err_set(err, ERR_RUNTIME, "%s: %s: %s", j->target_at->label, path.data, what);
    err_hint(err, "the copy is discarded, the target is as it was; does the target's server alter "
                  "rows (a trigger of its own, another version)?");
    buf_release(&path);
    return false;
}

static bool read_back(struct worker *w, const struct table_state *t, struct digest_sum *ret,
                      struct err *err)
{
    const struct driver *d = w->job->target_at->driver;
    struct arena a = ARENA_INIT;
    struct projection p;
    struct chunk c = {.projection = &p, .only = true};
    struct reader *r = NULL;
    struct slice block;
    int got = -1;
    bool ok = d->source->project(w->target, t->table, false, &a, &p, err);
    if (ok && !t->kept)
        documents_carry(w->job, &p, &a);
    if (ok && d->source->scan(w->target, &c, &r, err))
        while ((got = reader_next(r, &block, err)) == 1)
            digest_sum(ret, block);
    reader_close(r);
    arena_release(&a);
    return got == 0;
}

bool check_table(struct worker *w, const struct table_state *t, struct err *err)
{
    const struct job *j = w->job;
    struct digest_sum sum = {0};
    char text[96];
    bool full = j->opt->verify == SYNC_VERIFY_FULL;
    if (full ? !read_back(w, t, &sum, err)
             : !j->target_at->driver->source->count(w->target, t->table, &sum.rows, err))
        return err_context(err, "while checking %s", t->table->name);
    if (sum.rows != t->rows) {
        snprintf(text, sizeof(text), "%llu rows were loaded, but it holds %llu",
                 (unsigned long long)t->rows, (unsigned long long)sum.rows);
        return differs(j, t, text, err);
    }
    if (full && !hash_equal(sum.sum, t->sum.sum))
        return differs(j, t, "its rows differ from those that were read", err);
    return true;
}
