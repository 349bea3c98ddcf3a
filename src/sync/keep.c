#include "job.h"

#include <dbtwin/engine.h>

#include <string.h>

/* ---- what is kept -------------------------------------------------------------------------- */

static bool any(const char *const *list)
{
    return list && list[0];
}

static bool in_list(const char *const *list, const char *text)
{
    for (size_t i = 0; list && text && list[i]; i++)
        if (strcmp(list[i], text) == 0)
            return true;
    return false;
}

static bool is_pattern(const char *text)
{
    return strpbrk(text, "*?[") != NULL;
}

/* A kept table that could not be read completely would be lost in part. */
static bool check_gaps(struct job *j, const struct object *o, struct err *err)
{
    const char *path = model_path_text(o, j->arena);
    size_t n = strlen(path);
    for (size_t i = 0; i < j->keep.old.gaps.len; i++) {
        const struct coverage_gap *g = &VEC_AT(&j->keep.old.gaps, struct coverage_gap, i);
        if (g->path && strncmp(g->path, path, n) == 0 && (!g->path[n] || g->path[n] == '.'))
            return err_set(err, ERR_REFUSED, "%s cannot be kept: %s %s: %s", path, g->kind, g->path,
                           g->why);
    }
    return true;
}

static bool find_tables(struct job *j, struct vec *wanted, struct err *err)
{
    const char *const *list = j->opt->keep_tables;
    for (size_t p = 0; list && list[p]; p++) {
        size_t n = 0;
        for (uint32_t i = 0; i < j->keep.old.n_objects; i++) {
            const struct object *o = j->keep.old.objects[i];
            if (o->kind->id != K_TABLE || !table_fits(o, list[p]))
                continue;
            if (!check_gaps(j, o, err))
                return false;
            job_event(j, LOG_INFO, "kept as it is on %s: %s", j->target_at->label,
                      model_path_text(o, j->arena));
            VEC_PUSH(wanted, const struct object *, o);
            n++;
        }
        if (n && j->opt->fits)
            j->opt->fits(j->opt->ctx, list[p]);
        if (n || j->opt->of_set || is_pattern(list[p]))
            continue;
        err_set(err, ERR_USAGE, "--keep-table %s: %s has no such table", list[p],
                j->target_at->label);
        return err_hint(err, "tables are named as in reports: public.notes, or notes on MySQL and "
                             "MariaDB; a pattern may match none");
    }
    return true;
}

static bool keep_tables(struct job *j, struct err *err)
{
    struct vec wanted = VEC_INIT(const struct object *);
    bool ok = find_tables(j, &wanted, err) && keep_fits(j, &wanted, err);
    keep_note_before(j);
    ok = ok && model_graft(&j->model, &j->keep.old, wanted.items, wanted.len, err);
    for (size_t i = 0; ok && i < wanted.len; i++)
        VEC_PUSH(&j->keep.tables, const struct object *,
                 model_counterpart(&j->model, VEC_AT(&wanted, const struct object *, i)));
    keep_note_after(j);
    vec_release(&wanted);
    return ok;
}

/* ---- rights -------------------------------------------------------------------------------- */

static bool is_right(const struct object *o)
{
    return o->kind->id == K_GRANT || o->kind->id == K_DEFAULT_PRIVILEGE;
}

/* Grants of the database itself are carried across the swap by the target. */
static const char *grantee_of(const struct object *o)
{
    if (o->kind->id == K_GRANT)
        return o->parent->kind->id == K_DATABASE ? NULL : model_get(o, P_GRANT_GRANTEE);
    return o->kind->id == K_DEFAULT_PRIVILEGE ? model_get(o, P_DEFAULT_PRIVILEGE_GRANTEE) : NULL;
}

struct right {
    const struct object *old;
    struct object *parent, *there; /* in the job's model; there: or NULL */
};

/* What the role may do by the source's word alone is taken away. */
static bool is_source_right(void *ctx, const struct object *o)
{
    const struct job *j = ctx;
    return is_right(o) && in_list(j->opt->keep_grants, grantee_of(o)) &&
           !model_counterpart(&j->keep.old, o);
}

static bool check_roles(struct job *j, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    struct vec names = VEC_INIT(const char *);
    bool ok = !d->target->roles || d->target->roles(j->target, j->arena, &names, err);
    for (size_t i = 0; ok && d->target->roles && j->opt->keep_grants[i]; i++) {
        const char *role = j->opt->keep_grants[i];
        bool there = strcmp(role, "PUBLIC") == 0;
        for (size_t k = 0; k < names.len && !there; k++)
            there = strcmp(VEC_AT(&names, const char *, k), role) == 0;
        if (!there)
            ok = err_set(err, ERR_USAGE, "--keep-grants %s: %s has no such role", role,
                         j->target_at->label);
    }
    vec_release(&names);
    return ok;
}

static bool keep_rights(struct job *j, struct err *err)
{
    struct vec rights = VEC_INIT(struct right);
    if (!any(j->opt->keep_grants))
        return true;
    if (!check_roles(j, err) || !model_prune(&j->model, is_source_right, j, err))
        return false;
    for (uint32_t i = 0; i < j->keep.old.n_objects; i++) {
        const struct object *o = j->keep.old.objects[i];
        if (!in_list(j->opt->keep_grants, grantee_of(o)))
            continue;
        const struct object *parent = model_counterpart(&j->model, o->parent);
        const struct object *there = model_counterpart(&j->model, o);
        struct right r = {o, (struct object *)(uintptr_t)parent, (struct object *)(uintptr_t)there};
        if (parent)
            VEC_PUSH(&rights, struct right, r);
    }
    model_thaw(&j->model);
    for (size_t i = 0; i < rights.len; i++) {
        const struct right *r = &VEC_AT(&rights, struct right, i);
        struct object *o =
            r->there ? r->there : model_add(&j->model, r->old->kind, r->parent, r->old->name);
        for (unsigned s = 0; s < o->kind->n_props; s++)
            model_set(&j->model, o, s, r->old->v[s]);
    }
    job_event(j, LOG_INFO, "kept: %zu privileges of roles on %s", rights.len, j->target_at->label);
    vec_release(&rights);
    return model_freeze(&j->model, err);
}

/* Without the source's rights, those that are kept are all there are. */
static bool is_foreign_right(void *ctx, const struct object *o)
{
    const struct job *j = ctx;
    return is_right(o) && !in_list(j->opt->keep_grants, grantee_of(o));
}

/* ---- positions ----------------------------------------------------------------------------- */

static int position_slot(const struct object *o)
{
    return o->kind->id == K_SEQUENCE                                        ? P_SEQUENCE_LAST_VALUE
           : o->kind->id == K_TABLE && model_get(o, P_TABLE_AUTO_INCREMENT) ? P_TABLE_AUTO_INCREMENT
                                                                            : -1;
}

/* Whether the position `o` gives out again what `old` has given out. */
static bool is_behind(const struct object *o, const struct object *old, int slot)
{
    bool down = o->kind->id == K_SEQUENCE && model_get(o, P_SEQUENCE_INCREMENT) &&
                model_get(o, P_SEQUENCE_INCREMENT)[0] == '-';
    int64_t is, was;
    if (!model_get(old, slot) || !str_parse_i64(model_get(old, slot), &was))
        return false;
    if (!model_get(o, slot) || !str_parse_i64(model_get(o, slot), &is))
        return true;
    if (is == was && o->kind->id == K_SEQUENCE)
        return model_yes(old, P_SEQUENCE_IS_CALLED) && !model_yes(o, P_SEQUENCE_IS_CALLED);
    return down ? is > was : is < was;
}

/* Positions are volatile slots: nothing else of the object changes. True when it was behind. */
static bool keep_position(struct job *j, const struct object *old)
{
    struct object *o = (struct object *)(uintptr_t)model_counterpart(&j->model, old);
    int slot = position_slot(old);
    if (!o || slot < 0 || !is_behind(o, old, slot))
        return false;
    model_thaw(&j->model);
    model_set(&j->model, o, (unsigned)slot, model_get(old, slot));
    if (o->kind->id == K_SEQUENCE)
        model_set(&j->model, o, P_SEQUENCE_IS_CALLED, old->v[P_SEQUENCE_IS_CALLED]);
    j->model.frozen = true; /* nothing was added or renamed */
    job_event(j, LOG_INFO, "stays at %s: %s", model_get(old, slot), model_path_text(o, j->arena));
    return true;
}

static bool has_wanted_position(const struct job *j, const struct object *o)
{
    for (size_t p = 0; position_slot(o) >= 0 && j->opt->keep_sequences[p]; p++)
        if (table_fits(o, j->opt->keep_sequences[p]))
            return true;
    return false;
}

static bool set_counter(struct job *j, const struct object *table, struct err *err)
{
    const char *sql = plan_counter(&j->model, table, j->arena);
    return !sql || j->target_at->driver->target->exec(j->workers[0].target, NULL, sql, err);
}

/* The statements that set the positions that were changed here, on the loaded copy. */
static bool set_positions(struct job *j, const struct object *const *moved, size_t n,
                          struct err *err)
{
    struct plan_options o = {.without = j->opt->without};
    struct plan plan;
    bool ok = plan_create(&plan, &j->model, &o, err);
    if (!ok)
        return false;
    for (size_t i = 0; ok && i < plan.steps.len; i++) {
        const struct step *s = &VEC_AT(&plan.steps, struct step, i);
        for (size_t k = 0; ok && k < n; k++)
            if (s->object == moved[k] && resume_run_is_position(s))
                ok = j->target_at->driver->target->exec(j->workers[0].target, s->object, s->sql,
                                                        err);
    }
    for (size_t k = 0; ok && k < n; k++)
        ok = set_counter(j, moved[k], err);
    plan_release(&plan);
    return ok;
}

/*
 * The target goes on giving out numbers while the copy is loaded: what it has given out by now is
 * looked at once more, so that only the moment of the swap is left.
 */
bool keep_positions_late(struct job *j, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    struct session *state = NULL;
    struct snapshot_info info;
    struct vec moved = VEC_INIT(const struct object *);
    struct model now;
    if (!any(j->opt->keep_sequences) || !d->live)
        return true;
    model_init(&now);
    bool ok = d->target->state(j->target, STATE_PRESENT, &state, err);
    if (ok && state)
        ok = d->source->snapshot(&state, 1, j->arena, &info, err) &&
             d->source->introspect(state, &now, err);
    for (uint32_t i = 0; ok && state && i < now.n_objects; i++)
        if (has_wanted_position(j, now.objects[i]) && keep_position(j, now.objects[i]))
            VEC_PUSH(&moved, const struct object *, model_counterpart(&j->model, now.objects[i]));
    ok = ok && (!moved.len || set_positions(j, moved.items, moved.len, err));
    if (state)
        d->source->close(state);
    model_release(&now);
    vec_release(&moved);
    return ok ||
           err_context(err, "while reading the sequence positions of %s", j->target_at->label);
}

static bool keep_positions(struct job *j, struct err *err)
{
    const char *const *list = j->opt->keep_sequences;
    for (size_t p = 0; list && list[p]; p++) {
        size_t n = 0;
        for (uint32_t i = 0; i < j->keep.old.n_objects; i++) {
            const struct object *o = j->keep.old.objects[i];
            if ((o->kind->id != K_SEQUENCE && o->kind->id != K_TABLE) || !table_fits(o, list[p]) ||
                (o->kind->id == K_TABLE && !engine_of(j->keep.old.flavor)->counters))
                continue;
            keep_position(j, o);
            n++;
        }
        if (n && j->opt->fits)
            j->opt->fits(j->opt->ctx, list[p]);
        if (!n && !j->opt->of_set && !is_pattern(list[p]))
            return err_set(err, ERR_USAGE, "--keep-sequence %s: %s has no such %s", list[p],
                           j->target_at->label,
                           engine_of(j->keep.old.flavor)->counters ? "table or sequence"
                                                                   : "sequence");
    }
    return true;
}

/* ---- the present state --------------------------------------------------------------------- */

static bool look(struct job *j, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    struct snapshot_info info;
    if (!d->source->snapshot(&j->keep.state, 1, j->arena, &info, err) ||
        !d->source->introspect(j->keep.state, &j->keep.old, err))
        return err_context(err, "while reading what %s keeps", j->target_at->label);
    plan_prove(&j->keep.old);
    return true;
}

void keep_init(struct job *j)
{
    model_init(&j->keep.old);
    vec_init(&j->keep.tables, sizeof(const struct object *));
    vec_init(&j->keep.chunks, sizeof(struct chunk));
    vec_init(&j->keep.along, sizeof(const struct object *));
}

bool keep_is_wanted(const struct sync_options *o)
{
    return any(o->keep_tables) || any(o->keep_grants) || any(o->keep_sequences);
}

uint64_t keep_bytes(const struct job *j)
{
    uint64_t sum = 0, n;
    for (size_t i = 0; i < j->keep.tables.len; i++) {
        const char *text =
            model_get(VEC_AT(&j->keep.tables, const struct object *, i), P_TABLE_BYTES);
        if (text && str_parse_u64(text, &n))
            sum += n;
    }
    return sum;
}

bool keep_begin(struct job *j, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    const struct sync_options *o = j->opt;
    if (!keep_is_wanted(o))
        return true;
    if (!d->live)
        return err_set(err, ERR_USAGE, "%s is a file, in which nothing can be kept",
                       j->target_at->label);
    if (!(d->flavors & j->model.flavor))
        return true; /* refused elsewhere */
    if (!d->target->state(j->target, STATE_PRESENT, &j->keep.state, err))
        return false;
    if (!j->keep.state) {
        job_event(j, LOG_INFO, "%s does not exist yet, so there is nothing to keep",
                  j->target_at->label);
        return true;
    }
    if (!look(j, err))
        return false;
    j->keep.grants = any(o->keep_grants) && !o->grants;
    if (j->keep.grants && !model_prune(&j->model, is_foreign_right, j, err))
        return false;
    return keep_tables(j, err) && keep_rights(j, err) && keep_positions(j, err);
}

bool keep_is_kept(const struct job *j, const struct object *table)
{
    for (size_t i = 0; i < j->keep.tables.len; i++)
        if (VEC_AT(&j->keep.tables, const struct object *, i) == table)
            return true;
    return false;
}

/* ---- what kept rows refer to ---------------------------------------------------------------- */

static bool bring(struct job *j, struct session *from, struct session *to, uint64_t *ret,
                  struct err *err)
{
    size_t n = j->keep.chunks.len;
    struct projection **p = arena_alloc(j->arena, sizeof(*p) * (n + 1));
    for (size_t i = 0; i < n; i++)
        p[i] = (struct projection *)(uintptr_t)VEC_AT(&j->keep.chunks, struct chunk, i).projection;
    return j->target_at->driver->target->bring(from, to, p, n, j->arena, ret, err);
}

/* Before hours are spent: whether there may be such rows, and whether it could be read by now. */
static bool look_at_references(struct job *j, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    const char *others = NULL;
    uint64_t n = 0;
    bool any;
    if (!d->source->refers || !d->target->bring || !j->keep.chunks.len)
        return true;
    if (!d->source->refers(j->keep.state, j->keep.tables.items, j->keep.tables.len, j->arena,
                           &others, &any, err))
        return false;
    j->keep.refers = others != NULL;
    return !others || bring(j, j->keep.state, NULL, &n, err);
}

/* Once, before the first of the kept rows is read. */
bool keep_bring(struct job *j, struct session *to, struct err *err)
{
    uint64_t n = 0;
    if (!j->keep.refers || j->keep.brought)
        return true;
    if (!bring(j, j->keep.held[0], to, &n, err))
        return false;
    j->keep.brought = true;
    if (n)
        job_event(j, LOG_INFO, "kept: %llu large objects, to which kept tables refer",
                  (unsigned long long)n);
    return true;
}

bool keep_waits_locked(const struct job *j)
{
    return j->keep.refers && !j->keep.brought && j->chunks_running && !j->stop;
}

bool keep_project(struct job *j, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    for (size_t i = 0; i < j->keep.tables.len; i++) {
        const struct object *o = VEC_AT(&j->keep.tables, const struct object *, i);
        struct projection *p = arena_new(j->arena, struct projection);
        struct chunk c = {.projection = p, .only = true};
        if (!table_holds_rows(&j->model, o))
            continue;
        if (!d->source->project(j->keep.state, o, false, j->arena, p, err))
            return false;
        VEC_PUSH(&j->keep.chunks, struct chunk, c);
    }
    bool ok = !j->keep.state || look_at_references(j, err);
    if (j->keep.state)
        d->source->close(j->keep.state);
    j->keep.state = NULL;
    return ok;
}

void keep_release(struct job *j)
{
    if (j->keep.state)
        j->target_at->driver->source->close(j->keep.state);
    model_release(&j->keep.old);
    vec_release(&j->keep.tables);
    vec_release(&j->keep.chunks);
    vec_release(&j->keep.along);
    map_release(&j->keep.before);
}

/* ---- rows ---------------------------------------------------------------------------------- */

bool keep_left(const struct job *j)
{
    return j->keep.next < j->keep.chunks.len;
}

bool keep_next_locked(struct job *j, struct chunk *ret)
{
    if (!keep_left(j))
        return false;
    *ret = VEC_AT(&j->keep.chunks, struct chunk, j->keep.next++);
    return true;
}

static bool hold(struct job *j, struct err *err)
{
    size_t n = j->keep.tables.len;
    struct session **held = arena_calloc(j->arena, sizeof(struct session *) * (n + 1));
    if (j->target_at->driver->target->write_lock(j->target, j->keep.tables.items, n, held, err)) {
        j->keep.held = held;
        return true;
    }
    if (!err->hint[0])
        err_hint(err, "another transaction writes to them, or this account may not lock them");
    return err_context(err, "while locking the kept tables of %s against writes",
                       j->target_at->label);
}

bool keep_session(struct job *j, const struct object *table, struct session **ret, struct err *err)
{
    if (!j->keep.held && !hold(j, err))
        return false;
    for (size_t i = 0; i < j->keep.tables.len; i++)
        if (VEC_AT(&j->keep.tables, const struct object *, i) == table)
            *ret = j->keep.held[i];
    return true;
}

/* ---- foreign keys -------------------------------------------------------------------------- */

bool keep_touches(const struct job *j, const struct object *fk, const struct object **ret_to)
{
    bool kept = keep_is_kept(j, model_top(fk));
    *ret_to = NULL;
    for (size_t i = 0; i < j->model.deps.len; i++) {
        const struct dependency *d = &VEC_AT(&j->model.deps, struct dependency, i);
        const struct object *to = model_top(d->to);
        if (d->from != fk || to->kind->id != K_TABLE || to == model_top(fk))
            continue;
        *ret_to = to;
        kept |= keep_is_kept(j, to);
    }
    return kept;
}

static bool refuse_key(struct job *j, const struct object *fk, const struct object *to,
                       const char *row, struct err *err)
{
    bool kept = keep_is_kept(j, model_top(fk));
    row = j->mask ? NULL : row;
    err_set(err, ERR_REFUSED,
            "rows of %s table %s refer to what %s table %s does not have: foreign key %s%s%s%s",
            kept ? "the kept" : "the copied", model_path_text(model_top(fk), j->arena),
            !to || keep_is_kept(j, to) ? "the kept" : "the copied",
            to ? model_path_text(to, j->arena) : "?", fk->name, row ? " (" : "", row ? row : "",
            row ? ")" : "");
    return err_hint(err, kept ? "staging is as it was; delete or correct those rows of the kept "
                                "table there, or keep the other table too"
                              : "staging is as it was; add the rows to the kept table there, or do "
                                "not keep it");
}

bool keep_check_keys(struct job *j, struct err *err)
{
    const struct driver *d = j->target_at->driver;
    for (uint32_t i = 0; d->target->orphan && j->keep.tables.len && i < j->model.n_objects; i++) {
        const struct object *fk = j->model.objects[i], *to;
        const char *row = NULL;
        if (fk->kind->id != K_FOREIGN_KEY || !keep_touches(j, fk, &to))
            continue;
        if (!d->target->orphan(j->workers[0].target, fk, j->arena, &row, err))
            return err_context(err, "while checking foreign key %s", fk->name);
        if (row)
            return refuse_key(j, fk, to, row, err);
    }
    return true;
}

void keep_explain(struct job *j, const struct step *s, struct err *err)
{
    const struct object *to;
    if (!s || !s->object || s->object->kind->id != K_FOREIGN_KEY ||
        strcmp(err->sqlstate, "23503") != 0 || !keep_touches(j, s->object, &to))
        return;
    const char *why = arena_strdup(j->arena, err->msg);
    refuse_key(j, s->object, to, why, err);
}
