#include "masking.h"

#include <dbtwin/engine.h>

#include "job.h"

#include <string.h>

/*
 * Between scan and load, in the worker: fields of masked columns are taken out of the text rows,
 * masked and put back; all other bytes pass as they are.
 */

/* What one column of a projection needs. */
struct field {
    const struct mask_rule *rule;  /* NULL: passes */
    const struct mask_rule *other; /* of same_as */
    int entity, other_at;          /* columns of the projection, or -1 */
    bool when;                     /* its values begin with a character that is not theirs */
};

struct masking {
    struct reader base;
    struct arena arena;
    struct reader *in;
    struct mask_worker *worker;
    struct field *fields;
    uint32_t n, last; /* columns; one past the last that is masked or read */
    uint32_t n_key;
    bool copy_escapes; /* engine.h */
    bool rows_known;   /* some rule reads other columns */
    bool *stays;       /* by column, where a rule has a condition; or NULL */
    struct slice *raw;
    struct buf out, value, made, entity, other, key;
};

/* ---- text of fields ------------------------------------------------------------------------ */

static bool is_null(struct slice raw)
{
    return raw.len == 2 && raw.data[0] == '\\' && raw.data[1] == 'N';
}

/* The value of a field that is not NULL. */
static struct slice plain(struct slice raw, struct buf *b)
{
    static const char from[] = "bfnrtv0", to[] = "\b\f\n\r\t\v";
    const char *p = raw.data, *end = raw.data + raw.len;

    if (!memchr(raw.data, '\\', raw.len))
        return raw;
    buf_reset(b);
    while (p < end) {
        const char *slash = memchr(p, '\\', (size_t)(end - p)), *at;

        if (!slash || slash + 1 == end) {
            buf_add(b, p, (size_t)(end - p));
            break;
        }
        buf_add(b, p, (size_t)(slash - p));
        at = strchr(from, slash[1]);
        buf_addch(b, at && slash[1] ? (at - from == 6 ? '\0' : to[at - from]) : slash[1]);
        p = slash + 2;
    }
    return buf_slice(b);
}

/* As the servers' own scans write it, so that a digest of what was loaded is the same. */
static void add_escaped(const struct masking *m, struct slice v, struct buf *out)
{
    static const char of_postgres[256] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
                                          ['\t'] = 't', ['\v'] = 'v', ['\\'] = '\\'};
    static const char of_mysql[256] = {['\t'] = 't', ['\n'] = 'n', ['\\'] = '\\', [0] = '0'};
    const char *letters = m->copy_escapes ? of_postgres : of_mysql;
    size_t from = 0;

    for (size_t i = 0; i < v.len; i++) {
        char c = letters[(unsigned char)v.data[i]];

        if (!c)
            continue;
        buf_add(out, v.data + from, i - from);
        buf_addch(out, '\\');
        buf_addch(out, c);
        from = i + 1;
    }
    buf_add(out, v.data + from, v.len - from);
}

/* ---- rows ---------------------------------------------------------------------------------- */

/* Takes the condition's character off the values that have one. */
static void read_conditions(struct masking *m)
{
    for (uint32_t i = 0; i < m->n; i++) {
        if (!m->fields[i].when)
            continue;
        m->stays[i] = false;
        if (is_null(m->raw[i]) || !m->raw[i].len)
            continue;
        m->stays[i] = m->raw[i].data[0] == 'k';
        m->raw[i].data++;
        m->raw[i].len--;
    }
}

static bool mask_field(struct masking *m, uint32_t i, struct err *err)
{
    const struct field *f = &m->fields[i];
    struct mask_input in = {.row_key = buf_slice(&m->key), .other = f->other};
    bool null = false;

    if (is_null(m->raw[i])) {
        buf_adds(&m->out, "\\N");
        return true;
    }
    if (f->when && m->stays[i]) {
        buf_add(&m->out, m->raw[i].data, m->raw[i].len);
        return true;
    }
    in.value = plain(m->raw[i], &m->value);
    if (f->entity >= 0 && !is_null(m->raw[f->entity]))
        in.entity = plain(m->raw[f->entity], &m->entity);
    if (f->other_at >= 0 && !is_null(m->raw[f->other_at]))
        in.other_value = plain(m->raw[f->other_at], &m->other);
    buf_reset(&m->made);
    if (!mask_value(m->worker, f->rule, &in, &m->made, &null, err))
        return false;
    if (null)
        buf_adds(&m->out, "\\N");
    else
        add_escaped(m, buf_slice(&m->made), &m->out);
    return true;
}

/* Splits a row into fields; false: it has not as many as there are columns. */
static bool split_row(struct masking *m, struct slice row)
{
    const char *p = row.data, *end = row.data + row.len;

    for (uint32_t i = 0; i < m->n; i++) {
        const char *tab = memchr(p, '\t', (size_t)(end - p));

        if (!tab != (i + 1 == m->n))
            return false;
        m->raw[i] = (struct slice){p, (size_t)((tab ? tab : end) - p)};
        p = tab ? tab + 1 : end;
    }
    return true;
}

/* What tells the row from others: its key, or all of it. */
static void set_key(struct masking *m, struct slice row)
{
    buf_reset(&m->key);
    if (!m->n_key)
        buf_add(&m->key, row.data, row.len);
    for (uint32_t i = 0; i < m->n_key; i++) {
        buf_add(&m->key, m->raw[i].data, m->raw[i].len);
        buf_addch(&m->key, '\t');
    }
}

static bool mask_row(struct masking *m, struct slice row, struct err *err)
{
    if (!split_row(m, row))
        return err_set(err, ERR_RUNTIME, "a row has not as many fields as its table has columns");
    if (m->rows_known)
        set_key(m, row);
    if (m->stays)
        read_conditions(m);
    for (uint32_t i = 0; i < m->n; i++) {
        if (i)
            buf_addch(&m->out, '\t');
        if (!m->fields[i].rule)
            buf_add(&m->out, m->raw[i].data, m->raw[i].len);
        else if (!mask_field(m, i, err))
            return false;
    }
    buf_addch(&m->out, '\n');
    return true;
}

static int masking_next(struct reader *r, struct slice *ret, struct err *err)
{
    struct masking *m = (struct masking *)(void *)r;
    struct slice block;
    int got = reader_next(m->in, &block, err);
    const char *p, *end;

    if (got != 1)
        return got;
    buf_reset(&m->out);
    buf_grow(&m->out, block.len);
    for (p = block.data, end = block.data + block.len; p < end;) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        struct slice row = {p, (size_t)((nl ? nl : end) - p)};

        if (!mask_row(m, row, err))
            return -1;
        p = nl ? nl + 1 : end;
    }
    *ret = buf_slice(&m->out);
    return 1;
}

static void masking_close(struct reader *r)
{
    struct masking *m = (struct masking *)(void *)r;
    struct buf *const bufs[] = {&m->out, &m->value, &m->made, &m->entity, &m->other, &m->key};
    struct arena arena = m->arena;

    reader_close(m->in);
    mask_worker_free(m->worker);
    for (size_t i = 0; i < ARRAY_LEN(bufs); i++)
        buf_release(bufs[i]);
    arena_release(&arena);
}

static const struct reader_ops masking_ops = {masking_next, masking_close};

/* ---- making it ----------------------------------------------------------------------------- */

static int find_column(const struct mask_set *s, const struct projection *p, const char *name)
{
    const struct object *column = name ? mask_set_beside(s, p->table, name) : NULL;

    for (uint32_t i = 0; column && i < p->n_columns; i++)
        if (p->columns[i].column == column)
            return (int)i;
    return -1;
}

static void set_field(struct masking *m, const struct mask_set *s, const struct projection *p,
                      uint32_t i)
{
    const struct mask_found *found = mask_set_find(s, p->columns[i].column);
    const struct mask_rule_facts *f = found ? mask_rule_facts(found->rule) : NULL;
    struct field *field = &m->fields[i];

    field->entity = field->other_at = -1;
    if (!f || f->keeps || f->sql)
        return;
    field->rule = found->rule;
    field->when = f->when != NULL;
    field->entity = find_column(s, p, f->entity);
    field->other_at = find_column(s, p, f->same_as);
    if (field->other_at >= 0) {
        const struct mask_found *other = mask_set_find(s, p->columns[field->other_at].column);

        field->other = other ? other->rule : NULL;
    }
    m->rows_known |= f->suffix;
}

struct reader *masking_rows(struct reader *in, const struct mask_set *s, const struct projection *p,
                            struct mask_key *key, unsigned flavor)
{
    struct arena arena = ARENA_INIT;
    struct masking *m;

    if (!s || !mask_set_changes(s, p->table))
        return in;
    m = arena_new(&arena, struct masking);
    m->fields = arena_calloc(&arena, p->n_columns * sizeof *m->fields);
    m->raw = arena_calloc(&arena, (p->n_columns + 1) * sizeof *m->raw);
    m->arena = arena;
    m->base.ops = &masking_ops;
    m->in = in;
    m->worker = mask_worker_new(key);
    m->n = p->n_columns;
    m->n_key = p->n_key;
    m->copy_escapes = engine_of(flavor)->copy_escapes;
    buf_init(&m->out);
    buf_init(&m->value);
    buf_init(&m->made);
    buf_init(&m->entity);
    buf_init(&m->other);
    buf_init(&m->key);
    for (uint32_t i = 0; i < p->n_columns; i++) {
        set_field(m, s, p, i);
        if (m->fields[i].when && !m->stays)
            m->stays = arena_calloc(&m->arena, p->n_columns * sizeof *m->stays);
    }
    return &m->base;
}

/* A value as the server writes it, behind 'k' where the condition is false; what it does not know
 * (NULL) is masked. */
static const char *conditional(const char *when, const char *read, unsigned flavor, struct arena *a)
{
    if (engine_of(flavor)->copy_escapes)
        return arena_printf(a,
                            "CASE WHEN %s IS NOT DISTINCT FROM NULL THEN NULL WHEN (%s) IS FALSE "
                            "THEN pg_catalog.format('k%%s', %s) ELSE pg_catalog.format('m%%s', %s) "
                            "END",
                            read, when, read, read);
    return arena_printf(a, "CONCAT(IF((%s) IS FALSE, 'k', 'm'), %s)", when, read);
}

void masking_read(const struct mask_set *s, struct projection *p, unsigned flavor, struct arena *a)
{
    for (uint32_t i = 0; s && i < p->n_columns; i++) {
        const struct mask_found *f = mask_set_find(s, p->columns[i].column);
        const struct mask_rule_facts *facts = f ? mask_rule_facts(f->rule) : NULL;
        struct projection_column *c = &p->columns[i];

        if (facts && facts->sql)
            c->read = facts->sql;
        else if (facts && facts->when)
            c->read = conditional(facts->when, c->read, flavor, a);
    }
}

bool masking_reads(const struct mask_set *s, const struct projection *p, uint32_t column)
{
    for (uint32_t i = 0; s && i < p->n_columns; i++) {
        const struct mask_found *f = mask_set_find(s, p->columns[i].column);
        const struct mask_rule_facts *facts = f ? mask_rule_facts(f->rule) : NULL;

        if (facts &&
            ((i == column && !facts->keeps) || find_column(s, p, facts->entity) == (int)column ||
             find_column(s, p, facts->same_as) == (int)column))
            return true;
    }
    return false;
}

bool masking_of_key(const struct mask_set *s, const struct projection *p)
{
    for (uint32_t i = 0; s && i < p->n_key; i++) {
        const struct mask_found *f = mask_set_find(s, p->columns[i].column);

        if (f && !mask_rule_facts(f->rule)->keeps)
            return true;
    }
    return false;
}

/* ---- a copy ---------------------------------------------------------------------------------- */

struct live {
    const struct driver *driver;
    struct session *session;
    const struct model *model;
};

static void sample(void *ctx, const struct object *table, struct arena *a,
                   struct classify_sample *ret)
{
    const struct live *l = ctx;
    const struct source_ops *d = l->driver->source;
    struct classify_rows r = {a, VEC_INIT(struct slice), 0};
    struct err err = ERR_INIT;

    if (!log_cancelled() && d->sample &&
        d->sample(l->session, table, CLASSIFY_ROWS, classify_rows_add, &r, &err))
        *ret = classify_rows_sample(&r);
    vec_release(&r.values);
}

static bool fits(void *ctx, const struct object *column, bool unique, const char *rule)
{
    const struct live *l = ctx;

    return mask_fits((void *)(uintptr_t)l->model, column, unique, rule);
}

bool sync_masks(const struct mask_config *config, struct mask_key *key, const struct model *m,
                const struct driver *d, struct session *live, struct arena *a,
                struct mask_set **ret, struct err *err)
{
    struct live l = {d, live, m};
    struct classify_help help = {.sample = live ? sample : NULL, .fits = fits, .ctx = &l};

    if (!config)
        return true;
    if (!mask_set_new(config, m, key, a, ret, err))
        return false;
    return mask_set_missing(config, *ret, m, &help, err) &&
           masking_literals_missing(config, *ret, m, a, err);
}

/* Whether a state of the target holds rows of a run without masks; *ret false: there is none. */
static bool is_raw(struct job *j, enum target_state which, bool *ret, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    struct session *s = NULL;
    const char *masked = NULL, *source = NULL;
    bool ok;

    *ret = false;
    if (!d->target->state(j->target, which, &s, err))
        return false;
    if (!s)
        return true;
    ok = d->source->noted(s, "masked", j->arena, &masked, err) &&
         d->source->noted(s, "source", j->arena, &source, err);
    d->source->close(s);
    *ret = source && (!masked || str_starts(masked, "no:"));
    return ok;
}

/* What earlier runs without masks left on the target holds persons still. */
static bool check_raw(struct job *j, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    bool present = false, kept = false;

    if (!j->target || !d->live || !d->target->state || !d->source->noted)
        return true;
    if (!is_raw(j, STATE_KEPT, &kept, err) ||
        (j->opt->keep_previous && !is_raw(j, STATE_PRESENT, &present, err)))
        return err_context(err, "while looking for unmasked rows on %s", j->target_at->label);
    if (!present && !kept)
        return true;
    j->drop_kept = j->opt->drop_raw;
    if (j->drop_kept)
        return true;
    err_set(err, ERR_REFUSED, "%s: %s rows that are not masked", j->target_at->label,
            kept ? "a previous state that is kept there holds"
                 : "--keep-previous would keep its present state, which holds");
    return err_hint(err, "--drop-raw drops %s; no previous state is kept by that run",
                    kept ? "the previous states" : "it");
}

/* No rule can change them, and anything may be in them. */
static bool check_large_objects(const struct job *j, struct err *err)
{
    bool out = j->opt->mask->require == MASK_REQUIRE_NONE;

    for (size_t i = 0; j->opt->without && j->opt->without[i]; i++)
        out |= str_eq(j->opt->without[i], "large_objects");
    if (out || !model_count(&j->model, K_LARGE_OBJECTS))
        return true;
    err_set(err, ERR_REFUSED, "%s has large objects, which cannot be masked", j->source->label);
    return err_hint(err, "--without large_objects leaves them out; require: none copies them as "
                         "they are");
}

/* Lines to paste stand by themselves; a hint is one line. */
static void tell_lines(struct job *j, struct err *err)
{
    char *save = NULL, *hint = arena_strdup(j->arena, err->hint);
    char *line = strtok_r(hint, "\n", &save);

    if (err->cls != ERR_REFUSED || !strchr(err->hint, '\n'))
        return;
    err_hint(err, "%s the lines above", line);
    while ((line = strtok_r(NULL, "\n", &save)))
        job_event(j, LOG_WARN, "%s", line);
}

/* By the run's own word; what the source's neutralising empties is not known yet. */
static bool is_empty(const void *ctx, const struct object *table)
{
    const struct job *j = ctx;

    for (size_t i = 0; j->opt->empty && j->opt->empty[i]; i++)
        if (table_fits(table, j->opt->empty[i]))
            return true;
    for (size_t i = 0; j->opt->rows && i < j->opt->rows->none.len; i++)
        if (table_fits(table, VEC_AT(&j->opt->rows->none, const char *, i)))
            return true;
    return false;
}

/* A file has rows, and no server that could work out an expression or a condition of them. */
static bool check_no_sql(const struct job *j, struct err *err)
{
    for (size_t i = 0; i < mask_set_count(j->mask); i++) {
        const struct mask_found *f = mask_set_at(j->mask, i);
        const struct mask_rule_facts *facts = mask_rule_facts(f->rule);

        if (!facts->sql && !facts->when)
            continue;
        err_set(err, ERR_REFUSED, "%s: its rule is SQL (%s) of a live source, and %s is a file",
                f->facts->path, facts->sql ? "sql" : "when", j->source->label);
        return err_hint(err, "give it a rule without SQL for this restore, or take a masked "
                             "snapshot of the source");
    }
    return true;
}

bool masking_rules(struct job *j, struct session *live, struct err *err)
{
    struct mask_config *config;

    if (!j->opt->mask || j->opt->unmasked || j->source_facts.masked)
        return true;
    config = arena_memdup(j->arena, j->opt->mask, sizeof *config);
    config->of_several = j->opt->of_set;
    config->is_empty = is_empty;
    config->ctx = j;
    mask_key_id(j->opt->mask_key, j->mask_key_id);
    return sync_masks(config, j->opt->mask_key, &j->model, j->source->driver, live, j->arena,
                      &j->mask, err) &&
           (!job_from_archive(j) || check_no_sql(j, err));
}

bool masking_allowed(struct job *j, struct err *err)
{
    if (j->opt->mask && !j->opt->unmasked && j->source_facts.masked)
        return check_raw(j, err); /* a masked snapshot beside what raw nights left */
    return !j->mask || (check_large_objects(j, err) && check_raw(j, err));
}

bool masking_begin(struct job *j, struct err *err)
{
    if (j->opt->mask && !j->opt->unmasked && j->source_facts.masked)
        job_event(j, LOG_INFO, "not masked again: the rows of %s are masked already (%s)",
                  j->source->label, j->source_facts.masked);
    if (!masking_rules(j, job_from_archive(j) ? NULL : j->first, err)) {
        tell_lines(j, err);
        return false;
    }
    if (!masking_allowed(j, err))
        return false;
    if (j->mask)
        masking_literals(j);
    if (j->mask)
        job_event(j, LOG_INFO, "masking: rules %s mask %zu columns and keep %zu, key %s",
                  mask_set_digest(j->mask), mask_set_masked(j->mask),
                  mask_set_count(j->mask) - mask_set_masked(j->mask), j->mask_key_id);
    return true;
}

const char *masking_note(const struct job *j)
{
    if (j->opt->unmasked)
        return arena_printf(j->arena, "no: %s", j->opt->unmasked);
    if (j->source_facts.masked)
        return j->source_facts.masked;
    return j->mask ? arena_printf(j->arena, "rules %s, key %s", mask_set_digest(j->mask),
                                  j->mask_key_id)
                   : NULL;
}
