#include "change.h"

#include <string.h>

const char *core_words(struct arena *a, const char *kind)
{
    struct buf words = BUF_INIT;

    kind_words(kind, &words);
    const char *ret = arena_strdup(a, words.data);
    buf_release(&words);
    return ret;
}

static uint64_t bytes_of(const struct object *table)
{
    const char *text = NULL;
    uint64_t bytes = 0;

    if (table && table->kind->id == K_TABLE)
        text = model_get(table, P_TABLE_BYTES);
    else if (table && table->kind->id == K_MATERIALIZED_VIEW)
        text = model_get(table, P_MATERIALIZED_VIEW_BYTES);
    if (text)
        str_parse_u64(text, &bytes);
    return bytes;
}

static struct step *add_step(struct plan_builder *b, struct plan_key key, const struct object *o,
                             const struct object *table, const char *sql)
{
    struct step *s = vec_push(&b->plan->steps);
    bool parallel = key.phase == PHASE_POST || key.phase == PHASE_FK;

    key.number = b->core->keys.len;
    VEC_PUSH(&b->core->keys, struct plan_key, key);
    *s = (struct step){
        .phase = key.phase,
        .object = o,
        .table = parallel ? table : NULL,
        .sql = arena_strdup(b->arena, sql),
        .what = o->parent ? arena_printf(b->arena, "%s %s", core_words(b->arena, o->kind->name),
                                         model_path_text(o, b->arena))
                          : "database",
        .weight = bytes_of(table),
        .act = b->core->now ? b->core->now->act : ACT_CREATE,
        .hazards = b->core->hazards,
        .reason = b->core->reason,
    };
    return s;
}

struct step *plan_step(struct plan_builder *b, enum plan_phase phase, const struct object *o,
                       const struct object *table, const char *sql)
{
    if (b->core->now && b->core->now->phase > phase)
        phase = b->core->now->phase;
    return add_step(b, (struct plan_key){.phase = phase}, o, table, sql);
}

struct step *plan_step_at(struct plan_builder *b, enum plan_rank rank, const struct object *o,
                          const char *sql)
{
    return add_step(b, (struct plan_key){.phase = PHASE_FINAL, .rank = rank}, o, NULL, sql);
}

static void name_object(struct plan_builder *b, struct vec *list, const struct object *o,
                        const char *why)
{
    VEC_PUSH(list, struct plan_refusal,
             ((struct plan_refusal){.without = -1,
                                    .object = o,
                                    .kind = o->kind->name,
                                    .path = model_path_text(o, b->arena),
                                    .why = arena_strdup(b->arena, why)}));
}

void plan_refuse(struct plan_builder *b, const struct object *o, const char *why)
{
    name_object(b, &b->plan->refusals, o, why);
}

void plan_leave(struct plan_builder *b, const struct object *o, const char *why)
{
    name_object(b, &b->plan->left_out, o, why);
}

bool plan_leaves_out(const struct plan *p, const struct object *o)
{
    for (size_t i = 0; i < p->left_out.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&p->left_out, struct plan_refusal, i);
        if (r->object == o && r->without < 0)
            return true;
    }
    return false;
}

void plan_leave_some(struct plan_builder *b, const struct object *o, const char *why)
{
    plan_leave(b, o, why);
    VEC_AT(&b->plan->left_out, struct plan_refusal, b->plan->left_out.len - 1).object = NULL;
}

void plan_leave_property(struct plan_builder *b, const struct object *o, int slot, const char *why)
{
    plan_leave(b, o, why);
    VEC_AT(&b->plan->left_out, struct plan_refusal, b->plan->left_out.len - 1).without = slot;
}

bool plan_unknown(struct plan_builder *b, const struct object *o, int slot)
{
    if (o->v[slot] != model_unknown)
        return false;
    plan_refuse(b, o,
                arena_printf(b->arena, "its %s " PLAN_UNREAD,
                             core_words(b->arena, o->kind->props[slot].name)));
    return true;
}

bool plan_is_late(const struct plan_builder *b, const struct object *o)
{
    return b->core->late[o->id];
}

/* Nothing of what is there now is left out. */
bool plan_is_left_out(const struct plan_builder *b, const struct object *o)
{
    return o->id < b->model->n_objects && b->model->objects[o->id] == o && b->core->left_out[o->id];
}

const struct object *plan_child(const struct object *o, enum kind_id kind,
                                const struct object *after)
{
    const struct object *c = after ? after->next : o->first;

    while (c && c->kind->id != kind)
        c = c->next;
    return c;
}

const struct object *plan_part(const struct plan_builder *b, const struct object *o,
                               enum kind_id kind, const struct object *after)
{
    const struct object *c = plan_child(o, kind, after);

    while (c && plan_is_left_out(b, c))
        c = plan_child(o, kind, c);
    return c;
}

const struct object **plan_parts(const struct plan_builder *b, const struct object *o,
                                 enum kind_id kind, uint32_t *ret_n)
{
    uint32_t all, n = 0;
    const struct object **list = model_parts(o, kind, b->arena, &all);

    for (uint32_t i = 0; i < all; i++)
        if (!plan_is_left_out(b, list[i]))
            list[n++] = list[i];
    list[n] = NULL;
    if (ret_n)
        *ret_n = n;
    return list;
}

const struct object *plan_other(const struct plan_builder *b, const struct object *o)
{
    const struct model *other =
        o->id < b->model->n_objects && b->model->objects[o->id] == o ? b->to : b->model;
    return model_counterpart(other, o);
}

bool plan_creates(const struct plan_builder *b, const struct object *o)
{
    return !b->core->change || (b->core->change->from_marks[o->id] & CHANGE_MADE);
}

bool plan_drops(const struct plan_builder *b, const struct object *o)
{
    return b->core->change && (b->core->change->to_marks[o->id] & CHANGE_LOST);
}

bool plan_remakes(const struct plan_builder *b, const struct object *o)
{
    return b->core->change && (b->core->change->from_marks[o->id] & CHANGE_REMAKE);
}

uint64_t plan_differs(const struct plan_builder *b, const struct object *o)
{
    const struct change_set *s = b->core->change;

    return s && !(s->from_marks[o->id] & CHANGE_MADE) ? s->differs[o->id] : 0;
}

bool plan_names(const struct plan_builder *b, const struct object *o)
{
    const struct change_set *s = b->core->change;
    bool is_from = o->id < s->from->n_objects && s->from->objects[o->id] == o;

    return (is_from ? s->from_marks : s->to_marks)[o->id] & CHANGE_NAMED;
}

bool plan_wants_name(const struct plan_builder *b, const struct object *o)
{
    const struct change_set *s = b->core->change;
    const char *name = s->alters->clash(o, &b->core->arena);

    return name && map_get(&s->wanted, name, strlen(name));
}

const struct object *const *plan_dependants(const struct plan_builder *b, const struct object *o,
                                            uint32_t *ret_n)
{
    const struct change_set *s = b->core->change;

    *ret_n = s->first[o->id + 1] - s->first[o->id];
    return s->needed_by + s->first[o->id];
}

void plan_hazard(struct plan_builder *b, struct step *s, unsigned hazards, const char *reason)
{
    s->hazards |= hazards;
    if (reason)
        s->reason = s->reason ? arena_printf(b->arena, "%s; %s", s->reason, reason)
                              : arena_strdup(b->arena, reason);
}

void plan_make(struct plan_builder *b, const struct object *o)
{
    const struct plan_rule *rule = b->core->by_kind[o->kind->id];

    size_t first = b->plan->steps.len;

    if (rule)
        rule->emit(b, o);
    change_costs(b, first);
}
