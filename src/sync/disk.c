#include "job.h"

/*
 * The shadow stands beside the old state until the swap, so the source's whole size is needed
 * once more. On top of it: the temporary files of sorting the largest index (one build at a time is
 * the least that is at work), and what the server logs: PostgreSQL keeps up to max_wal_size and
 * more while it cannot keep up, MySQL and MariaDB write rows a second time to a binlog that this
 * account may not switch off. A source that is bloated needs less than this says.
 */

const char *disk_fact(const struct vec *answers, const char *name)
{
    for (size_t i = 0; i < answers->len; i++) {
        const struct answer *x = &VEC_AT(answers, struct answer, i);
        if (str_eq(x->topic, "fact") && str_eq(x->name, name))
            return x->value;
    }
    return NULL;
}

static uint64_t number(const struct vec *answers, const char *name)
{
    const char *text = disk_fact(answers, name);
    uint64_t n = 0;
    return text && str_parse_u64(text, &n) ? n : 0;
}

/* Without indexes, and of what the server estimates: a snapshot's model holds no more. */
static uint64_t of_model(const struct model *m)
{
    uint64_t sum = 0, n;
    for (uint32_t i = 0; m && i < m->n_objects; i++) {
        const struct object *o = m->objects[i];
        const char *text = o->kind->id == K_TABLE           ? model_get(o, P_TABLE_BYTES)
                           : o->kind->id == K_LARGE_OBJECTS ? model_get(o, P_LARGE_OBJECTS_BYTES)
                                                            : NULL;
        if (text && str_parse_u64(text, &n))
            sum += n;
    }
    return sum;
}

void disk_measure(const struct vec *source, const struct vec *target, const struct model *m,
                  uint64_t kept, struct disk *ret)
{
    struct disk d = {.kept = kept,
                     .rows = number(source, "database_bytes"),
                     .index = number(source, "largest_index_bytes")};
    if (d.rows < number(source, "file_bytes"))
        d.rows = number(source, "file_bytes");
    if (!d.rows)
        d.rows = of_model(m);
    if (disk_fact(target, "max_wal_bytes")) {
        uint64_t most = number(target, "max_wal_bytes");
        d.log = most < d.rows ? most : d.rows;
    } else if (str_eq(disk_fact(target, "log_bin"), "ON") &&
               !str_eq(disk_fact(target, "may_skip_binlog"), "yes")) {
        d.log = d.rows;
    }
    d.need = d.rows ? d.rows + d.kept + d.index + d.log : 0;
    d.free_known = disk_fact(target, "free_bytes") != NULL;
    d.free = number(target, "free_bytes");
    for (size_t i = 0; i < target->len; i++)
        if (str_eq(VEC_AT(target, struct answer, i).name, "free_bytes"))
            d.folder = VEC_AT(target, struct answer, i).more;
    *ret = d;
}

static void add(struct buf *out, const char *before, uint64_t bytes, const char *after)
{
    char text[32];
    str_human_bytes(bytes, text);
    buf_addf(out, "%s%s%s", before, text, after);
}

void disk_describe(const struct disk *d, struct buf *out)
{
    add(out, "needs about ", d->need, " beside what is there (");
    add(out, "the source's ", d->rows, "");
    if (d->kept)
        add(out, ", what is kept ", d->kept, "");
    if (d->index)
        add(out, ", sorting its largest index ", d->index, "");
    if (d->log)
        add(out, ", the server's log ", d->log, "");
    buf_adds(out, "); ");
    if (d->free_known) {
        add(out, "", d->free, " are free");
        if (d->folder)
            buf_addf(out, " in %s", d->folder);
    } else {
        buf_adds(out, "free space cannot be seen from here");
    }
}

bool disk_ask(struct job *j, struct err *err)
{
    const struct driver *s = j->source->driver, *t = j->target_at->driver;
    if (j->opt->no_disk_check || j->lent)
        return true; /* disk_check_all; sessions that are lent are in a snapshot, too */
    return (!s->live || s->source->ask(j->first, "fact", j->arena, &j->source_says, err)) &&
           (!t->live || t->target->ask(j->target, "fact", j->arena, &j->target_says, err));
}

static bool judge(struct job *j, struct disk *d, const char *what, struct err *err)
{
    struct buf text = BUF_INIT;
    bool ok = true;
    disk_describe(d, &text);
    if (d->need && d->free_known && d->free < d->need) {
        ok = err_set(err, ERR_REFUSED, "%s has too little disk space: the %s %s",
                     j->target_at->label, what, text.data);
        err_hint(err, "nothing was copied; free some space, or copy regardless: --no-disk-check");
    } else if (d->need && !d->free_known) {
        job_event(j, LOG_INFO, "disk of %s: the %s %s", j->target_at->label, what, text.data);
    }
    buf_release(&text);
    return ok;
}

bool disk_check(struct job *j, struct err *err)
{
    struct disk d;
    if (j->opt->no_disk_check || !j->target_at->driver->live || j->lent)
        return true;
    disk_measure(&j->source_says, &j->target_says, &j->model, keep_bytes(j), &d);
    d.free += resume_bytes_left(j); /* it is used again, or dropped */
    return judge(j, &d, "copy", err);
}

bool disk_check_all(struct job *const *jobs, size_t n, struct err *err)
{
    struct job *j = jobs[0];
    struct disk all;
    const struct vec none = VEC_INIT(struct answer);
    if (j->opt->no_disk_check)
        return true;
    if (!j->target_at->driver->target->ask(j->target, "fact", j->arena, &j->target_says, err))
        return false;
    disk_measure(&none, &j->target_says, &j->model, keep_bytes(j), &all);
    all.free += resume_bytes_left(j);
    for (size_t i = 1; i < n; i++) {
        struct disk d;
        disk_measure(&none, &j->target_says, &jobs[i]->model, keep_bytes(jobs[i]), &d);
        all.rows += d.rows;
        all.kept += d.kept;
        all.log += d.log;
        all.need += d.need;
        all.free += resume_bytes_left(jobs[i]);
    }
    return judge(j, &all, arena_printf(j->arena, "copy of %zu databases", n), err);
}

/* ---- locks --------------------------------------------------------------------------------- */

/* A relation that is made is locked, with the table of its long values and that one's index; an
 * old table before the commit, and there are about as many. */
static const struct {
    enum kind_id kind;
    unsigned locks;
} locked[] = {
    {K_TABLE, 4}, {K_MATERIALIZED_VIEW, 3}, {K_PRIMARY_KEY, 1}, {K_UNIQUE, 1}, {K_EXCLUSION, 1},
    {K_INDEX, 1}, {K_FOREIGN_TABLE, 1},     {K_SEQUENCE, 1},    {K_VIEW, 1},
};

bool locks_suffice(const struct job *j, uint64_t *ret_need, uint64_t *ret_slots)
{
    uint64_t need = 0;
    for (uint32_t i = 0; i < j->model.n_objects; i++)
        for (size_t k = 0; k < ARRAY_LEN(locked); k++)
            if (j->model.objects[i]->kind->id == locked[k].kind)
                need += locked[k].locks;
    *ret_need = need;
    *ret_slots = number(&j->target_says, "lock_slots");
    return !job_strategy(j)->one_transaction || !*ret_slots || need <= *ret_slots;
}

void locks_tell(struct job *j)
{
    uint64_t need, slots;
    if (!locks_suffice(j, &need, &slots))
        job_event(j, LOG_WARN,
                  "%s: one transaction takes about %llu locks, and its server has room for %llu: "
                  "raise max_locks_per_transaction if it runs out",
                  j->target_at->label, (unsigned long long)need, (unsigned long long)slots);
}
