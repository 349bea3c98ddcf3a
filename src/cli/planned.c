#include "planned.h"

#include <dbtwin/engine.h>

#include <string.h>

/* ---- the plan -------------------------------------------------------------------------------- */

/* What --no-owners and --no-grants leave alone, in the words of a copy's mark. */
static void leave_rights(const struct cli *c, struct diff *d)
{
    struct vec list = VEC_INIT(struct diff_explained);
    sides_excuse(c, &list);
    if (c->no_owners)
        VEC_PUSH(&list, struct diff_explained, ((struct diff_explained){"*", "*", "owner", false}));
    if (c->no_grants) {
        VEC_PUSH(&list, struct diff_explained,
                 ((struct diff_explained){"grant", "*", NULL, false}));
        VEC_PUSH(&list, struct diff_explained,
                 ((struct diff_explained){"default_privilege", "*", NULL, false}));
    }
    diff_explain(d, &list);
    vec_release(&list);
}

/* Rows, by the catalog's estimate, from which a table is not locked while it is read or built. */
enum { LARGE_TABLE = 1000000 };

static void go_online(const struct cli *c, const struct model *to, struct plan *p)
{
    bool always = c->online == ONLINE_ALWAYS;
    size_t n = c->online == ONLINE_NEVER ? 0 : plan_online(p, to, always ? 0 : LARGE_TABLE);
    if (n && !always)
        log_info(
            "%zu step%s on large tables let%s readers and writers go on, each in a transaction "
            "of its own (--online=never: all in one)",
            n, n == 1 ? "" : "s", n == 1 ? "s" : "");
}

static bool make_plan(const struct cli *c, const struct diff *d, const struct planned *p,
                      struct plan *ret, struct err *err)
{
    const struct server_facts *facts = &p->pair.to.facts;
    struct plan_options o = {.owners = !c->no_owners && !c->script,
                             .grants = !c->no_grants && !c->script,
                             .target_version = d->to->version,
                             .target_flavor = d->to->flavor,
                             .target_database = d->to->database,
                             .lower_names = facts->lower_names,
                             .rights = p->knows_rights ? &p->rights : NULL};
    if (!plan_changes(ret, d, &o, err))
        return false;
    go_online(c, d->to, ret);
    return true;
}

static void say_idle(const struct pair *p)
{
    for (size_t i = 0; i < p->filters.context.idle.len; i++)
        log_warn("pattern %s matches nothing", VEC_AT(&p->filters.context.idle, const char *, i));
}

static bool compare(struct planned *p, struct cli *c, struct err *err)
{
    if (!pair_compare(&p->pair, c, err))
        return false;
    leave_rights(c, &p->pair.diff);
    say_idle(&p->pair);
    p->has_plan = make_plan(c, &p->pair.diff, p, &p->plan, err);
    if (p->has_plan)
        renames_before(&p->renames, &p->plan);
    renames_propose(&p->pair.diff);
    if (p->has_plan && c->reverse) {
        diff_reverse(&p->pair.diff, &p->back);
        p->has_reverse = make_plan(c, &p->back, p, &p->reverse, err);
        if (p->has_reverse)
            renames_after(&p->renames, &p->reverse,
                          !engine_of(p->pair.to.facts.flavor)->follows_renames);
        else
            diff_release(&p->back);
    }
    return p->has_plan && p->has_reverse == c->reverse;
}

/* They are the server's, and leave the model before it is compared; a routine that is made again
 * gets them back all the same. */
static void note_rights(struct planned *p, const struct model *to)
{
    p->knows_rights = to->flavor == ENGINE_MY && p->pair.to.place.kind == AT_LIVE;
    for (size_t i = 0; i < to->gaps.len; i++)
        if (str_eq(VEC_AT(&to->gaps, struct coverage_gap, i).kind, "grant"))
            p->knows_rights = false;
    for (uint32_t i = 0; p->knows_rights && i < to->n_objects; i++) {
        const struct object *o = to->objects[i];
        if (o->kind->id != K_GRANT ||
            (o->parent->kind->id != K_FUNCTION && o->parent->kind->id != K_PROCEDURE))
            continue;
        VEC_PUSH(
            &p->rights, struct plan_right,
            ((struct plan_right){o->parent->kind->id, o->parent->name,
                                 model_get(o, P_GRANT_GRANTEE), model_get(o, P_GRANT_PRIVILEGES)}));
    }
}

static bool prepare(void *planned, struct model *to, struct err *err)
{
    struct planned *p = planned;
    note_rights(p, to);
    return renames_apply(&p->renames, to, err);
}

bool planned_make(struct planned *ret, struct cli *c, const struct place *from,
                  const struct place *to, struct err *err)
{
    *ret = (struct planned){.rights = VEC_INIT(struct plan_right)};
    if (!pair_open(&ret->pair, c, from, to, err))
        return false;
    ret->pair.to.whole = true;
    ret->pair.from.place.options.columns = ret->pair.to.place.options.columns = true;
    renames_init(&ret->renames, c->rename,
                 config_renames(c->config, c->args[0], c->args[1], &c->arena));
    ret->pair.prepare = prepare;
    ret->pair.prepare_ctx = ret;
    if (compare(ret, c, err))
        return true;
    planned_release(ret);
    return false;
}

void planned_release(struct planned *p)
{
    if (p->has_reverse) {
        plan_release(&p->reverse);
        diff_release(&p->back);
    }
    if (p->has_plan)
        plan_release(&p->plan);
    pair_close(&p->pair);
    vec_release(&p->rights);
    renames_release(&p->renames);
}

struct plan_about planned_about(const struct planned *p)
{
    return (struct plan_about){.from = &p->pair.from.model,
                               .to = &p->pair.to.model,
                               .digest = *p->pair.to.digest ? p->pair.to.digest : NULL,
                               .reverse = p->has_reverse ? &p->reverse : NULL};
}

/* ---- what came of it ------------------------------------------------------------------------- */

/* "column public.t.c: type", and whether it is there on one side only. */
static void add_texts(const struct change *c, struct arena *a, struct vec *ret)
{
    const struct object *o = c->from ? c->from : c->to;
    const char *path = output_line(a, model_path_text(o, a));
    uint64_t slots = c->differs | c->unknown;
    if (!c->from || !c->to)
        VEC_PUSH(ret, const char *,
                 arena_printf(a, "%s %s %s", o->kind->name, path,
                              c->to ? "is not in FROM" : "is missing"));
    for (; c->from && c->to && slots; slots &= slots - 1) {
        unsigned s = (unsigned)__builtin_ctzll(slots);
        VEC_PUSH(ret, const char *,
                 arena_printf(a, "%s %s: %s %s", o->kind->name, path, o->kind->props[s].name,
                              c->differs >> s & 1 ? "differs" : "could not be compared"));
    }
}

/* After a rehearsal: only of what it could try out. */
static void list_texts(const struct diff *d, enum apply_stage stage, struct arena *a,
                       struct vec *ret)
{
    for (size_t i = 0; i < d->changes.len; i++) {
        const struct change *c = &VEC_AT(&d->changes, struct change, i);
        if (stage != APPLY_REHEARSED || sync_rehearses(d->to->flavor, c->from ? c->from : c->to))
            add_texts(c, a, ret);
    }
}

/* Compared by the rules of the first comparison, but for what it reports beside the changes. */
static bool diff_again(struct planned_check *k, struct session *s, const struct model *with,
                       const struct model *built, struct diff *ret, struct err *err)
{
    struct pair *p = &k->p->pair;
    struct diff_options o = {.strict = k->c->strict};
    struct opinion *opinion = opinion_in(k->c, &p->to.place, s);
    if (opinion) {
        o.opinion = opinion_ask;
        o.opinion_ctx = opinion;
    }
    bool ok = diff_models(ret, with, built, &o, err);
    opinion_close(opinion);
    if (!ok)
        return false;
    pair_explain(p, ret);
    leave_rights(k->c, ret);
    return filters_diff(&p->filters, k->c, ret, err);
}

static void keep_others(struct planned_check *k, const struct vec *found, struct vec *ret)
{
    for (size_t i = 0; i < found->len; i++) {
        const char *text = VEC_AT(found, const char *, i);
        if (!map_get(&k->excused, text, strlen(text)))
            VEC_PUSH(ret, const char *, text);
    }
}

/* What the scratch lacks or has too much is told from the other side afterwards. */
static void excuse(struct planned_check *k, const struct vec *found)
{
    for (size_t i = 0; i < found->len; i++) {
        const char *text = arena_strdup(k->arena, VEC_AT(found, const char *, i));
        map_put(&k->excused, text, strlen(text), (void *)(uintptr_t)text);
    }
}

/* A NOT NULL of 18 of which only its name is told, as a target's session is: names of them are no
 * drift, and the other side was read without. */
static bool is_only_a_name(void *ctx, const struct object *o)
{
    (void)ctx;
    return o->kind->id == K_NOT_NULL && model_yes(o, P_NOT_NULL_VALIDATED) &&
           model_no(o, P_NOT_NULL_NO_INHERIT) && !model_get(o, P_NOT_NULL_COMMENT);
}

bool planned_compare(void *ctx, struct session *s, enum apply_stage stage, struct arena *a,
                     struct vec *ret, struct err *err)
{
    struct planned_check *k = ctx;
    struct pair *p = &k->p->pair;
    struct vec found = VEC_INIT(const char *);
    struct model built;
    struct diff d;
    model_init(&built);
    bool ok = p->to.place.e.driver->source->introspect(s, &built, err) &&
              model_prune(&built, is_only_a_name, NULL, err);
    if (ok) {
        plan_prove(&built);
        ok = filters_again(&p->filters, k->c, &p->from.place, &p->to.place, &built, err) &&
             diff_again(k, s, stage == APPLY_SCRATCH ? &p->to.model : &p->from.model, &built, &d,
                        err);
    }
    if (ok) {
        list_texts(&d, stage, a, &found);
        if (stage == APPLY_SCRATCH)
            excuse(k, &found);
        else if (stage == APPLY_REHEARSED)
            keep_others(k, &found, ret);
        for (size_t i = 0; stage == APPLY_DONE && i < found.len; i++)
            VEC_PUSH(ret, const char *, VEC_AT(&found, const char *, i));
        diff_release(&d);
    }
    vec_release(&found);
    model_release(&built);
    return ok;
}

enum { LOCK_SECONDS = 5, TRIES = 5 };

void planned_options(struct planned_check *k, const struct sync_options *run,
                     struct apply_options *ret)
{
    const struct pair *p = &k->p->pair;
    *ret = (struct apply_options){.run = run,
                                  .source = p->from.place.e.label,
                                  .source_id = p->from.facts.database_id,
                                  .digest = p->to.digest,
                                  .rehearse = !k->c->no_rehearsal,
                                  .row_checks = !k->c->no_row_checks,
                                  .lock_timeout = k->c->lock_timeout ? (double)k->c->lock_timeout
                                                                     : LOCK_SECONDS,
                                  .statement_timeout = (double)k->c->statement_timeout,
                                  .tries = TRIES,
                                  .compare = planned_compare,
                                  .compare_ctx = k};
}
