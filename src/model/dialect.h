/*
 * dialect.h - rules that give a value its canonical form. Included by dialect*.c only.
 *
 * A rule is here only when two texts that it makes equal mean the same on every server of its
 * engines: a wrong rule is drift that nobody sees. What needs a server to decide is not here.
 */
#ifndef DBTWIN_MODEL_DIALECT_H
#define DBTWIN_MODEL_DIALECT_H

#include <dbtwin/kinds.h>

enum { RULE_ANY_TYPE = -1 };

struct rule {
    unsigned engines;  /* ENGINE_… mask; ENGINE_ACROSS: see prop_canon */
    enum kind_id kind; /* or K_ANY */
    const char *prop;  /* its name, or NULL for all of the type */
    int type;          /* enum prop_type, or RULE_ANY_TYPE */
    /* Takes text (never NULL); gives text itself, a constant, a text in `a`, or NULL. */
    const char *(*apply)(const char *text, struct arena *a);
};

/* Both end with a rule whose apply is NULL. */
extern const struct rule dialect_postgres_rules[];
extern const struct rule dialect_mysql_rules[];

#endif
