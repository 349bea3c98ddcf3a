#include "print.h"

#include <dbtwin/engine.h>
#include <dbtwin/json.h>

static struct json *names(unsigned hazards)
{
    struct json *list = json_arr();
    for (size_t i = 0; i < HAZARD_COUNT; i++)
        if (hazards & plan_hazards[i].bit)
            json_push(list, json_str(plan_hazards[i].name));
    return list;
}

static struct json *step(const struct step *s, struct json *transaction)
{
    struct json *v = json_obj();
    struct buf path = BUF_INIT;
    model_path(s->object, &path);
    json_set(v, "act", json_str(plan_act_name(s->act)));
    json_set(v, "kind", json_str(s->object->kind->name));
    json_set(v, "path", json_str(path.data));
    json_set(v, "sql", json_str(s->sql));
    json_set(v, "hazards", names(s->hazards));
    if (s->reason)
        json_set(v, "reason", json_str(s->reason));
    json_set(v, "transaction", transaction);
    buf_release(&path);
    return v;
}

static struct json *steps(const struct plan *p, unsigned flavor)
{
    struct json *list = json_arr();
    struct plan_group g = {0};
    int64_t number = 0;
    while (plan_next_group(p, flavor, &g)) {
        number += g.transaction;
        for (size_t i = g.first; i < g.end; i++)
            json_push(list, step(&VEC_AT(&p->steps, struct step, i),
                                 g.transaction ? json_int(number) : json_str(NULL)));
    }
    return list;
}

static struct json *manual(const struct plan *p)
{
    struct json *list = json_arr();
    for (size_t i = 0; i < p->refusals.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&p->refusals, struct plan_refusal, i);
        struct json *v = json_obj();
        json_set(v, "kind", json_str(r->kind));
        json_set(v, "path", json_str(r->path));
        json_set(v, "why", json_str(r->why));
        json_push(list, v);
    }
    return list;
}

bool print_json(const struct plan *p, const struct plan_about *a, struct buf *out, struct err *err)
{
    struct json *v = json_obj();
    (void)err;
    json_set(v, "dbtwin", json_int(1));
    json_set(v, "from", model_json_side(a->from));
    json_set(v, "to", model_json_side(a->to));
    json_set(v, "digest", json_str(a->digest));
    json_set(v, "hazards", names(plan_all_hazards(p)));
    json_set(v, "steps", steps(p, a->to->flavor));
    json_set(v, "manual", manual(p));
    if (a->reverse) {
        struct json *r = json_obj();
        json_set(r, "steps", steps(a->reverse, a->to->flavor));
        json_set(r, "manual", manual(a->reverse));
        json_set(v, "reverse", r);
    }
    json_dump(v, 2, out);
    buf_addch(out, '\n');
    json_free(v);
    return true;
}
