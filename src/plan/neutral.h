/*
 * neutral.h - what a copy must not do to the world: the plan's side of it (plan.h, neutral_rules).
 *
 * Staging's events, jobs, subscriptions and foreign servers are production's: they would send mail,
 * take its changes, write to its neighbours. Only src/plan includes this header.
 */
#ifndef PLAN_NEUTRAL_H
#define PLAN_NEUTRAL_H

#include "hooks.h"

bool neutral_is_on(const struct plan_builder *b, enum neutral_id rule);
/* Names an object that a rule applies to; why is copied. slot: of NEUTRAL_CHANGED, else -1. */
void neutral_note(struct plan_builder *b, enum neutral_id rule, enum neutral_what what,
                  const struct object *o, int slot, const char *why);
/* Whether a rule leaves the object out. */
bool neutral_leaves(const struct plan_builder *b, const struct object *o, enum neutral_id *ret,
                    const char **ret_why);
/* Whether all objects of a kind are: then it is no matter that some could not be read. */
bool neutral_leaves_kind(const struct plan_builder *b, const char *kind);
/* Whether a view's query reads foreign tables, by way of other views too. */
bool neutral_reads_foreign(const struct plan_builder *b, const struct object *view);
/* When all steps are made: rows that stay behind, and what is only named. O(bytes of bodies). */
void neutral_finish(struct plan_builder *b);

#endif
