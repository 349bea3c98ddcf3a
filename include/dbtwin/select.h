/*
 * select.h - selects the objects and properties of a model that are compared.
 *
 * The pattern language is one for options and config, over the paths that reports show:
 *
 *   PATTERN  = PATH | PATH ":" PROPERTY | KIND "." PROPERTY | "kind:" KIND
 *   PATH     = PART { "." PART }      names from below the root, as in model.h
 *   PART     = "**" | { CHARACTER | "*" | "?" | QUOTED }
 *   QUOTED   = '"' … '"'              as in paths: "" is a quote, \\ a backslash, \xNN a byte
 *
 * "*" is any text within one name, "?" one character, "**" as a whole part any number of parts,
 * also none. What stands in quotes is taken literally, dots and colons too; a colon needs no quotes
 * unless what follows it to the end looks like a property. A KIND may hold "*" and "?". A pattern
 * of two plain parts of which the first is a kind is KIND "." PROPERTY; to mean a path, quote it:
 * "column".position. The path "database" is the root.
 *
 * A pattern without a property stands for the objects and all that is in them.
 *
 * - SELECT_SCHEMA, a PATH of one part: only matching schemas, and what is in them
 * - SELECT_TABLE, a PATH: only matching tables, views, foreign tables; one part: in any schema
 * - SELECT_KIND, a KIND: only objects of that kind, and what is in them
 * - SELECT_IGNORE, a PATTERN: exclude what matches
 * - SELECT_PARTITION, a PATH of partitioned tables: see select_fold
 *
 * Patterns of one sort are alternatives; an object must pass all sorts that are given. The parent
 * of a selected object stays, without its values, on either side.
 * May be included by driver, diff, plan, sync and cli. Cost: objects × patterns, no copy of
 * the model.
 */
#ifndef DBTWIN_SELECT_H
#define DBTWIN_SELECT_H

#include <dbtwin/model.h>

enum select_sort { SELECT_SCHEMA, SELECT_TABLE, SELECT_KIND, SELECT_IGNORE, SELECT_PARTITION };

struct selection {
    struct arena arena;
    struct vec patterns; /* private: struct select_pattern */
    unsigned n[SELECT_PARTITION + 1];
};

/* What a selection removed from one model, including what was in the objects. */
struct select_counts {
    uint64_t objects, properties; /* by SELECT_IGNORE */
    uint64_t unread;              /* schemas that were not even read (select_schema_is_out) */
    uint64_t left_out;            /* objects, by SELECT_SCHEMA, SELECT_TABLE and SELECT_KIND */
};

void select_init(struct selection *s);
void select_release(struct selection *s);
/* The text is copied. ERR_USAGE names the column and, where that helps, the hint says what to
 * write. Duplicates are kept once. */
bool select_add(struct selection *s, enum select_sort sort, const char *text, struct err *err);
/* Whether nothing in a schema of this name can be selected, so that it need not be read. Pure, for
 * any thread; select_note_unread (one thread) marks the responsible patterns as used. */
bool select_schema_is_out(const struct selection *s, const char *schema);
void select_note_unread(struct selection *s, const char *schema);
/* Removes from a frozen model what is not selected, and the gaps about it; objects are renumbered.
 * Errors: those of model_freeze. */
bool select_apply(struct selection *s, struct model *m, struct select_counts *ret, struct err *err);
/* Whether objects of kind k (NULL: no) belong to a server of that flavor, and not to a database. */
bool select_is_servers(const struct kind *k, unsigned flavor);
/* Takes out of a frozen model of MySQL or MariaDB what is the server's own (KF_OF_SERVER), and the
 * gaps about it; *ret_any: the model is of such a server. Errors: those of model_freeze. */
bool select_leave_server(struct model *m, bool *ret_any, struct err *err);
/* Whether a kind that may be the server's own was asked for by SELECT_KIND. */
bool select_asks_server(const struct selection *s);
/* Appends (const char *) the patterns that have matched nothing in any model so far. */
void select_idle(const struct selection *s, struct vec *ret);

/* "KIND:PATH" of an option that names objects by kind and pattern; a PATH of one part may also be
 * the object's own name, whatever it is in. `a` is scratch and may be reset afterwards.
 * select_means_check: ERR_USAGE where it cannot be understood. */
bool select_means_check(const char *text, struct arena *a, struct err *err);
bool select_means(const char *text, const struct object *o, struct arena *a);

/*
 * Rotating partitions. Those of a declared table that match it (columns with their types,
 * defaults and not-nulls; keys, indexes, checks) are removed and counted; one that does not match
 * stays and is compared as any table. Partitions of a declared table's partitions are its own. On
 * MySQL a partition has no columns and matches its table if the engine is the same.
 */
struct select_fold {
    const char *path; /* of the partitioned table; in the arena given */
    uint64_t like, unlike;
};
bool select_fold(struct selection *s, struct model *m, struct arena *a,
                 struct vec *ret_folds /* struct select_fold, one per table, sorted by path */,
                 struct err *err);
#endif
