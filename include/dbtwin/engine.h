/*
 * engine.h - what one engine has in itself and another has not: its row of a table, so that code
 * asks for the trait and not for the engine. What an engine's SQL, rules or catalog need stands in
 * its own files. Pure data: no state, no cost.
 */
#ifndef DBTWIN_ENGINE_H
#define DBTWIN_ENGINE_H

#include <dbtwin/kinds.h>

struct engine {
    unsigned flavor;   /* ENGINE_PG, ENGINE_MY or ENGINE_MA */
    unsigned family;   /* flavors whose schemas can be compared and copied: an ENGINE_… mask */
    const char *name;  /* in files: "postgresql" */
    const char *title; /* for people: "PostgreSQL" */
    char quote;        /* around names */
    bool folds_names;  /* a name in lower case needs no quotes */
    bool dollars;      /* $tag$ quotes strings, and " names alone; a backslash is itself in '…' */
    bool schemas;      /* a database is divided into schemas; else it is the schema */
    bool account_host; /* an account is user@host */
    unsigned release;  /* a version over this is its release: 150004 / 10000, 80403 / 100 */
};

/* Never NULL: of what is no flavor the names are empty. Flags beside the flavor do not count. */
const struct engine *engine_of(unsigned flavor);
/* By the name in files; its flavor is 0 when there is no such. */
const struct engine *engine_find(const char *name);

#endif
