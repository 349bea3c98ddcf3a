/* The tables whose rows come, and how they are divided into chunks. */
#include "subset.h"

static bool is_left_out(const struct job *j, const struct object *o)
{
    for (; o; o = o->parent)
        if (plan_leaves_out(&j->plan, o))
            return true;
    return false;
}

/* Of an extension that stays behind (pg_cron), the rows do. */
static bool stays_behind(const struct job *j, const struct object *o)
{
    for (size_t i = 0; o->kind->id == K_EXTENSION_ROWS && i < j->plan.neutralised.len; i++) {
        const struct neutralised *n = &VEC_AT(&j->plan.neutralised, struct neutralised, i);
        if (n->object == o->parent && n->what == NEUTRAL_ABSENT)
            return true;
    }
    return false;
}

void tables_list(struct job *j)
{
    size_t n = 0;
    for (uint32_t i = 0; i < j->model.n_objects; i++)
        n += table_holds_rows(&j->model, j->model.objects[i]);
    j->tables = arena_calloc(j->arena, sizeof(*j->tables) * (n + 1));
    for (uint32_t i = 0; i < j->model.n_objects; i++) {
        const struct object *o = j->model.objects[i];
        bool kept = keep_is_kept(j, o);
        if (!table_holds_rows(&j->model, o) || is_left_out(j, o) || stays_behind(j, o) ||
            (!kept && empty_wants(j, o)))
            continue;
        struct table_state *t = &j->tables[j->n_tables++];
        t->table = o;
        t->kept = kept;
        t->chunks_left = 1; /* an archive's stream; split says better */
        map_put(&j->by_table, &t->table, sizeof(t->table), t);
    }
    if (j->opt->progress)
        j->opt->progress->tables = j->n_tables;
    tell_tables(j);
}

static bool split_table(struct job *j, size_t i, uint64_t goal, struct err *err)
{
    struct table_state *t = &j->tables[i];
    size_t before = j->chunks.len;
    if (!j->source->driver->source->split(j->first, &j->projections[i], SPLIT_PHYSICAL, goal,
                                          j->arena, &j->chunks, err))
        return err_context(err, "while dividing %s", t->table->name);
    subset_chunks(j, t->table, before);
    t->chunks_left = (uint32_t)(j->chunks.len - before);
    t->shown->parts = t->chunks_left;
    t->bytes = 0;
    for (size_t c = before; c < j->chunks.len; c++) {
        struct chunk *chunk = &VEC_AT(&j->chunks, struct chunk, c);
        t->bytes += chunk->bytes;
        chunk->native =
            chunk->native && j->native && !(j->mask && mask_set_changes(j->mask, t->table));
        if (masking_of_key(j->mask, &j->projections[i]))
            chunk->range = NULL; /* shows values */
    }
    t->shown->estimate = t->bytes;
    return true;
}

enum { PART_BYTES = 128 * 1024 * 1024 }; /* less is not worth a part */

/*
 * A table that is more than its share of the work is divided: n workers take three quarters of n
 * parts of a table that is all there is, because what one of them reads and writes keeps a server
 * busy at either end. In one piece rows keep their order, which makes indexes cheaper to build and
 * their statistics the source's, and are loaded in the cheapest way (chunk->only).
 */
static bool split_shares(struct job *j, uint64_t total, struct err *err)
{
    for (size_t c = 0; c < j->chunks.len; c++) {
        struct chunk whole = VEC_AT(&j->chunks, struct chunk, c);
        double share = (double)whole.bytes / (double)(total ? total : 1);
        uint64_t parts = (uint64_t)(0.75 * j->n_workers * share);
        if (parts > whole.bytes / PART_BYTES)
            parts = whole.bytes / PART_BYTES;
        if (!whole.only || parts < 2)
            continue;
        struct chunk last = VEC_AT(&j->chunks, struct chunk, --j->chunks.len);
        if (c < j->chunks.len)
            VEC_AT(&j->chunks, struct chunk, c--) = last;
        if (!split_table(j, (size_t)(whole.projection - j->projections), whole.bytes / parts, err))
            return false;
    }
    return true;
}

bool tables_split(struct job *j, struct err *err)
{
    const struct driver *d = j->source->driver;
    uint64_t goal = j->target_at->driver->load_bytes, total = 0;
    j->projections = arena_calloc(j->arena, sizeof(*j->projections) * (j->n_tables + 1));
    for (size_t i = 0; i < j->n_tables; i++) {
        if (j->tables[i].kept)
            continue;
        if (budget_stops(j, err) || !d->source->project(j->first, j->tables[i].table, false,
                                                        j->arena, &j->projections[i], err))
            return false;
        documents_carry(j, &j->projections[i], j->arena);
        masking_read(j->mask, &j->projections[i], j->model.flavor, j->arena);
        if (!split_table(j, i, goal, err))
            return false;
        total += j->tables[i].bytes;
    }
    if (!goal && !split_shares(j, total, err))
        return false;
    job_sort_chunks(j);
    if (j->opt->progress)
        j->opt->progress->bytes_estimate = total;
    return true;
}
