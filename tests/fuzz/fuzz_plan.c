/* From a model's XML to a plan, for every sort of target: a file that lacks what a rule needs is an
 * error that says so or a refusal by name, and a plan's steps are whole. */
#include "fuzz.h"

#include <string.h>

#include <dbtwin/plan.h>

static const char *const none[] = {NULL}, *const few[] = {"grant", "trigger", "foreign_key", NULL};

static const struct plan_options options[] = {
    {.without = none, .owners = true, .grants = true},
    {.without = few, .acting = ~0U, .target_database = "other"},
    {.owners = true, .target_version = 130000, .target_flavor = ENGINE_PG},
    {.grants = true, .target_version = 180000, .target_flavor = ENGINE_PG},
    {.target_version = 90100, .target_flavor = ENGINE_MY},
    {.target_version = 110800, .target_flavor = ENGINE_MA},
};

static void check_steps(const struct plan *p)
{
    for (size_t i = 0; i < p->steps.len; i++) {
        const struct step *s = &VEC_AT(&p->steps, struct step, i);

        FUZZ_MUST(s->sql && *s->sql && s->object && s->what && s->phase < PHASE_COUNT);
    }
    for (size_t i = 0; i < p->refusals.len; i++) {
        const struct plan_refusal *r = &VEC_AT(&p->refusals, struct plan_refusal, i);

        FUZZ_MUST(r->kind && r->why && *r->why);
    }
}

static bool is_for(const struct plan_options *o, const struct model *m)
{
    return !o->target_flavor || (o->target_flavor == ENGINE_PG) == (m->flavor == ENGINE_PG);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct model m;
    struct err err = ERR_INIT;

    model_init(&m);
    if (model_from_xml(&m, (struct slice){(const char *)data, size}, &err)) {
        plan_prove(&m);
        for (size_t i = 0; i < ARRAY_LEN(options); i++) {
            struct plan p;

            if (!is_for(&options[i], &m))
                continue;
            if (plan_create(&p, &m, &options[i], &err)) {
                check_steps(&p);
                plan_release(&p);
            } else {
                FUZZ_MUST(err.cls != ERR_NONE && err.msg[0]);
                err_clear(&err);
            }
        }
    }
    model_release(&m);
    return 0;
}
