/*
 * model.h - one catalog: a tree of objects with a slot for each property.
 *
 * Built once (by a driver through the loader, or from XML), then frozen: sorted and indexed, and
 * from then on read-only and shared between threads without locks. Everything in it lives in its
 * arena; model_release frees it all.
 *
 * Root: one object of kind DATABASE. On PostgreSQL schemas are its children, and relations the
 * schemas' children; on MySQL relations are the root's children.
 *
 * A slot has three states: model_unknown (this server version does not have it, or this role may
 * not read it), NULL (SQL NULL: not set), or text (interned; UTF-8 if the server's text is).
 * "Unknown" is reported as not comparable, never as drift and never as the same.
 *
 * Identity is (space, parent, name). Path: names from below the root, joined by dots; a name
 * that holds a dot, a double quote or a control character, or is empty, is double-quoted (with
 * quotes doubled, control characters as \xNN and backslashes doubled). The root's path is its
 * kind name, "database".
 */
#ifndef DBTWIN_MODEL_H
#define DBTWIN_MODEL_H

#include <dbtwin/err.h>
#include <dbtwin/kinds.h>

extern const char model_unknown[]; /* compare by address */

struct object {
    const struct kind *kind;
    struct object *parent; /* NULL for the root */
    const char *name;      /* as the server has it, never NULL */
    struct object *first;  /* children; after freeze sorted by (space, name bytes, kind) */
    struct object *last;
    struct object *next; /* next sibling */
    uint32_t id;         /* place in model->objects, set by freeze: parents before children */
    uint32_t n_children;
    const char *v[]; /* kind->n_props slots */
};

/* What makes a comparison incomplete: a catalog class not modelled, an object not readable. */
struct coverage_gap {
    const char *kind; /* kind or catalog name, e.g. "subscription", "pg_transform" */
    const char *path; /* object path, or NULL for the class as a whole */
    const char *why;  /* for people: what could not be compared, and the GRANT that helps */
    /* Both or NULL: the schema it is in, and the text that stands for many such objects there
     * (model_fold_gaps). Not in files. */
    const char *within, *many;
};

struct dependency {
    struct object *from; /* needs … */
    struct object *to;   /* … this one first */
};

struct model {
    struct arena arena;
    struct intern strings;
    unsigned flavor;            /* ENGINE_PG, ENGINE_MY or ENGINE_MA */
    unsigned version;           /* 150020, 101119, 90704 */
    const char *server_version; /* the server's text */
    const char *database;       /* name of the database */
    const char *label;          /* its origin, for people: see endpoint->label */
    const char *address;        /* endpoint->address of a live one just read, else NULL */
    const char *server_id;      /* system identifier or server uuid, or NULL */
    const char *taken_at;       /* ISO 8601, UTC: when the snapshot was taken, or NULL */
    struct object *root;
    struct object **objects; /* after freeze: all, parents before children, n_objects of them;
                              * the children of o are adjacent, from objects[o->first->id] */
    uint32_t n_objects;
    struct vec gaps;    /* struct coverage_gap */
    struct vec deps;    /* struct dependency */
    struct vec outside; /* struct dependency: `from` was pruned away, and is neither numbered nor in
                         * the tree; what a plan may not touch though it is in its way. Not in files
                         */
    bool columns; /* deps say which column needs, or is needed by, another object; else only which
                   * table, and nothing of an object's own table. Not in files */
    struct map by_id; /* the loader's ids; freed by freeze */
    struct arena ids; /* where they live */
    bool frozen;
};

/* Creates the root, with an empty name. Set flavor (and the other texts, interned or outliving the
 * model) before the first row: the flavor decides which slots can be unknown. */
void model_init(struct model *m);
void model_release(struct model *m);

/* Building. All texts are interned (copied). Slots start out unknown. */
/* Without a parent it goes below the root; for K_DATABASE this names and returns the root. */
struct object *model_add(struct model *m, const struct kind *k, struct object *parent,
                         const char *name);
void model_set(struct model *m, struct object *o, unsigned slot,
               const char *text); /* NULL = NULL */
void model_gap(struct model *m, const char *kind, const char *path, const char *why);
/* The same for a frozen model that no other thread uses; keeps the gaps in order. */
void model_gap_late(struct model *m, const char *kind, const char *path, const char *why);
/* Sets within and many of the gap that was added last. */
void model_gap_many(struct model *m, const char *within, const char *many);
void model_depend(struct model *m, struct object *from, struct object *to);
/* Sorts, numbers and indexes. ERR_RUNTIME when two objects have one identity. */
bool model_freeze(struct model *m, struct err *err);

/* Allows additions to a frozen model until it is frozen again; objects keep their place. */
void model_thaw(struct model *m);
/*
 * Puts top-level objects of `from` into m (both frozen), replacing those of the same name: with
 * their parts, a table with the sequences that it owns, and with what they need and m does not
 * have (types, functions …; but ERR_REFUSED for a table that is not wanted). Objects of m that
 * depended on a replaced one depend on the new one. Cost: a few passes over the dependencies.
 * Replaced objects are removed from m, not from memory.
 */
bool model_graft(struct model *m, const struct model *from, const struct object *const *wanted,
                 size_t n, struct err *err);

/* PostgreSQL: the partitioned table that a table or foreign table is a partition of, or NULL. */
const struct object *model_partition_of(const struct model *m, const struct object *table);
/*
 * PostgreSQL: the partitioned table through which the rows of `table` (itself, or a partition
 * below) must be read and loaded, because by its HASH key another server may put them into other
 * partitions; NULL: into the same. Also NULL if one of the partitions is a foreign table.
 */
const struct object *model_hash_root(const struct model *m, const struct object *table);

/* Removes from a frozen model all objects except the root for which `goes` is true, with what is
 * in them and their dependencies, and freezes it again. */
bool model_prune(struct model *m, bool (*goes)(void *ctx, const struct object *o), void *ctx,
                 struct err *err);

/* Reading (after freeze; model_path at any time). */
/* Appends gaps (struct coverage_gap) for people: if more than a few in one schema are of one
 * sort, a single one, in `a`, stands for all. */
void model_fold_gaps(const struct vec *gaps, struct arena *a, struct vec *ret);
struct object *model_child(const struct model *m, const struct object *parent, enum space_id space,
                           const char *name);
/* The object of that kind at the same place in another model, or NULL. */
const struct object *model_counterpart(const struct model *m, const struct object *o);
/* PostgreSQL: whether the sequence belongs to a column of the table. */
bool model_owns_sequence(const struct object *table, const struct object *sequence);
void model_path(const struct object *o, struct buf *ret_path); /* appends */
const char *model_path_text(const struct object *o, struct arena *a);
/* Whether a gap of the model names this very object. */
bool model_has_gap(const struct model *m, const struct object *o);
/* Appends a text of any origin to a line of a terminal or log, so that it neither ends the line nor
 * controls the terminal. Line breaks become spaces, other control characters \xNN. */
void model_line(const char *text, struct buf *out);
/* The object that reports group by: o itself or its nearest ancestor that is not a PART. */
const struct object *model_top(const struct object *o);
/* Whether o is `ancestor` or in it. */
bool model_is_within(const struct object *o, const struct object *ancestor);
/* Holds only what every database has: schemas, roles, extensions and what belongs to them. */
bool model_is_empty(const struct model *m);
/* The children of o of that kind in the order of their places (the property "position" or "order";
 * of an index's parts the name), those without one last, then by name: a list in `a` that NULL
 * ends. ret_n may be NULL. */
const struct object **model_parts(const struct object *o, enum kind_id kind, struct arena *a,
                                  uint32_t *ret_n);
/* Gives an object of a frozen model another name, and what the server deparses of it (keys, views,
 * checks …) with it, as RENAME does. ERR_RUNTIME if another object has it. O(objects and texts). */
bool model_rename(struct model *m, struct object *o, const char *name, struct err *err);
/* What tells two states of a schema apart: 32 digits, equal for equal schemas, whatever their
 * positions, counters and sizes. O(size). */
void model_digest(const struct model *m, char ret[33]);
/* Number of objects of a kind. */
size_t model_count(const struct model *m, enum kind_id k);
static inline const char *model_get(const struct object *o, int slot)
{
    const char *t = o->v[slot];
    return t == model_unknown ? NULL : t;
}
static inline bool model_yes(const struct object *o, int slot)
{
    const char *t = model_get(o, slot);
    return t && t[0] == 'y';
}
static inline bool model_no(const struct object *o, int slot)
{
    const char *t = model_get(o, slot);
    return t && t[0] == 'n';
}

/*
 * ---- the loader: rows of a catalog query become objects --------------------------------
 *
 * Column aliases are property names, or one of the reserved ones:
 * - _kind: kind name; without it the query's file name is the kind
 * - _id: text by which children and dependencies name this object
 * - _parent: _id of the parent; without it the root
 * - _name: the object's name; without it the row sets slots of the object `_id` (which must
 *   exist), or with neither, of the root
 * - _unknown: comma-separated property names that are unknown in this row
 *
 * A row of the query "depend" has _from and _to (ids; unknown ids are ignored); of "gap" kind, path
 * and why. An alias that no kind of the query has is an error that names it; a value in a column
 * that the row's kind does not have must be NULL. An unknown _parent is an error. Properties that
 * the query does not select stay unknown, except those of other engines, which are set to NULL.
 */
struct loader;
struct loader *loader_start(struct model *m, const char *query_name, unsigned n_columns,
                            const char *const *aliases, struct err *err); /* NULL on error */
/* values[i] NULL for SQL NULL; lengths for values with NULs (cut: an error) */
bool loader_row(struct loader *l, const char *const *values, const size_t *lengths,
                struct err *err);
void loader_end(struct loader *l);

/* ---- XML and JSON ------------------------------------------------------------------- */
/*
 * They append to out and fail only for want of memory. The XML has everything, and equal models
 * give equal bytes; JSON and the tree leave out what is INTERNAL. (Form of the XML: model/xml.h.)
 *
 * model_from_xml takes an initialised model, gives back what it holds, and fills and freezes it; on
 * failure it is as after model_init. Errors are ERR_CORRUPT with the line.
 * Safe on hostile input: no network, no document type (so no entities), at most 32 levels and 100
 * attributes, memory in proportion to the file (some 20 times its size at worst). A secret that
 * is not a digest becomes one.
 */
bool model_to_xml(const struct model *m, struct buf *out, struct err *err);
/* The same bytes, in pieces: the file of a big model is as large as the model. */
typedef bool model_sink(void *ctx, struct slice text, struct err *err);
bool model_write_xml(const struct model *m, model_sink *sink, void *ctx, struct err *err);
bool model_from_xml(struct model *ret, struct slice xml, struct err *err);
/* The same from a file in pieces, which need not be in memory all at once. A source gives 1 and a
 * piece that stays until it is called again, 0 at the end, -1 with an error that is returned. */
typedef int model_source(void *ctx, struct slice *ret, struct err *err);
bool model_read_xml(struct model *ret, model_source *source, void *ctx, struct err *err);
bool model_to_json(const struct model *m, struct buf *out, struct err *err);
struct json;
/* Where it comes from, as reports have it: label, URL, engine, version, database. */
struct json *model_json_side(const struct model *m);
bool model_to_tree(const struct model *m, struct buf *out, struct err *err); /* for people */
#endif
