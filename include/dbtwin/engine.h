/*
 * engine.h - what one engine has in itself and another has not: its row of a table, so that code
 * asks for the trait and not for the engine. What an engine's SQL, rules or catalog need stands in
 * its own files. Pure data: no state, no cost.
 */
#ifndef DBTWIN_ENGINE_H
#define DBTWIN_ENGINE_H

#include <dbtwin/base.h>
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

    bool folds_databases; /* databases whose names differ in case only may be one */
    bool server_objects;  /* accounts, foreign servers, plugins are the server's (KF_OF_SERVER) */
    bool own_collations;  /* its own, by names that others of the family may lack */
    bool named_constants; /* 'app.ids'::regclass names an object */
    bool partitions;      /* a partition is a table, which has the rows */
    bool counters;        /* a table has a counter, as a sequence has a position */
    bool checks_keys;     /* a foreign key that is created looks at the rows */
    bool alike_keys;      /* a key may join columns of types that are not the same */
    bool shows_tables;    /* SHOW CREATE TABLE, by which a model is proven */
    bool makes_keys;      /* the server itself may give a table an invisible key */
    bool general_tablespaces; /* a table stays in a tablespace of that name, where there is one */
    bool deparses;            /* statements are reformatted, each major version in its own way */
    bool ddl_transactions;    /* what changes a schema can be part of a transaction */
    bool own_types;           /* domains and enumerated types are objects */
    bool worded_types;        /* a type's name may be several words; else they are modifiers */
    bool column_charsets;     /* each column has a character set; else the database has one */
    bool json_texts;          /* JSON is a text with a check */
    bool follows_renames; /* a view, a heir or a key follows what it names, whose name it shows */
    bool copy_escapes;    /* rows as text have the escapes of COPY; else those of LOAD DATA */
};

/* Never NULL: of what is no flavor the names are empty. Flags beside the flavor do not count; of a
 * driver's several flavors it is the first, for traits that the family has in common. */
const struct engine *engine_of(unsigned flavor);
/* By the name in files; its flavor is 0 when there is no such. */
const struct engine *engine_find(const char *name);

/* A table's row for a flavor: its rows begin with `unsigned flavors`; the last where none fits. */
#define ENGINE_ROW(ROWS, FLAVOR) \
    (&(ROWS)[engine_row((ROWS), ARRAY_LEN(ROWS), sizeof *(ROWS), (FLAVOR))])
size_t engine_row(const void *rows, size_t n, size_t size, unsigned flavor);

struct object;
/* Appends a name as SQL of that flavor writes it, always quoted, quotes in it doubled; of a table
 * with its schema's where there are schemas. */
void engine_quote(unsigned flavor, const char *name, struct buf *out);
void engine_quote_table(unsigned flavor, const struct object *table, struct buf *out);
/* End of the token that starts at p, by that flavor's rules (psqltoken.h, sqltoken.h); behind p
 * unless the text ends there. */
const char *engine_token_end(unsigned flavor, const char *p);

#endif
