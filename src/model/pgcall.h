/*
 * pgcall.h - PostgreSQL's functions that have a syntax of their own, as calls: see pgexpr.h.
 * Included by pgexpr.c only. Each changes the list where the node stands, and leaves alone what is
 * none of its own; the reader's `mode` is enum pgexpr_mode.
 */
#ifndef DBTWIN_MODEL_PGCALL_H
#define DBTWIN_MODEL_PGCALL_H

#include "sqlnode.h"

/* n is a call: TRIM(BOTH FROM a) becomes btrim(a). */
void pgcall_spell_syntax(struct sqlnode_reader *c, struct sqlnode *n);
/* n is a call: of a function with two spellings, casts that only one of them shows go. */
void pgcall_spell_arguments(struct sqlnode_reader *c, struct sqlnode *n);
/* (a AT TIME ZONE b): the group becomes the call; of_call: the group is a call's arguments. */
void pgcall_spell_infix(struct sqlnode_reader *c, struct sqlnode *group, bool of_call);
/* COLLATION FOR (a), and words that only some versions write. */
void pgcall_spell_words(struct sqlnode_reader *c, struct sqlnode *n);

#endif
