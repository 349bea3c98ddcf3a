/*
 * proof.h - what was built against what should be: the last look before a swap.
 *
 * A copy, a restore and a rehearsal read back the schema that they built and prove it here against
 * the model that they built it from. What was left out or made otherwise on purpose is no finding.
 * An expression whose spelling differs is judged by the server that holds the built schema (the
 * second opinion). What nobody can judge is not a difference: the server accepted the definition
 * that the source gave, so it is a finding to warn of, by name.
 *
 * Pure: a function of two frozen models and a plan; it sees no driver. Cost: that of a diff.
 */
#ifndef DBTWIN_PROOF_H
#define DBTWIN_PROOF_H

#include <dbtwin/plan.h>

/* Whether two texts of one property mean the same to the server of the built schema: 1 yes, 0 no,
 * -1 nobody can say. `source` and `built` are the object on either side. */
typedef int proof_opinion(void *ctx, const struct object *source, const struct object *built,
                          unsigned slot);

struct proof_options {
    bool owners, grants;    /* as in plan_options */
    proof_opinion *opinion; /* NULL: nobody is asked */
    void *opinion_ctx;
};

struct proof_finding {
    const struct object *source, *built; /* NULL: that side has no such object */
    int slot;                            /* the property, or -1: the object as a whole */
    /* For people, one line: "check public.s.s_v_check: expression: the source has …, what was
     * built has …", both cut to the place where they begin to differ. */
    const char *text;
};

struct proof {
    struct arena arena;
    struct vec differs; /* struct proof_finding: the schema is not what it should be */
    struct vec unsure;  /* struct proof_finding: spelled differently, and nobody can judge */
    struct vec absent;  /* const char *: what the copy needs and the target's server lacks, and
                         * what that server adds by itself */
};

bool proof_make(struct proof *ret, const struct model *source, const struct model *built,
                const struct plan *plan, const struct proof_options *opt, struct err *err);
void proof_release(struct proof *p);
#endif
