/*
 * data.h - what the data files of the PostgreSQL driver share.
 *
 * data.c        projections, keys, ANALYZE
 * split.c  chunks of a table
 * scan.c   COPY TO as a reader
 * load.c   COPY FROM a reader
 * data_large.c  large objects, shaped like a table
 * data_refers.c  which of them a table refers to
 */
#ifndef DBTWIN_DRIVER_PG_DATA_H
#define DBTWIN_DRIVER_PG_DATA_H

#include "../connection/pg.h"

/* Columns of the table's key in key order: the primary key, else the not-null unique key with the
 * fewest columns; generated columns make a key unfit. Allocated in `a`; 0 when there is none. */
uint32_t pg_data_key(const struct object *table, struct arena *a, const struct object ***ret);
/* The rows are in its partitions. */
bool pg_data_is_partitioned(const struct object *table);
/* "ONLY name"; of a partitioned table, which holds rows only where its partitions are read through
 * it (model_hash_root), the name. */
void pg_data_add_only(struct buf *b, const struct object *table);
/* Every column is read as it is: nothing is masked. */
bool pg_data_is_plain(const struct projection *p);
/* " (a, b)", or nothing when there are no columns: then COPY takes all that are not generated,
 * which is none. */
void pg_data_add_columns(struct buf *b, const struct projection *p);
/* "ENCODING 'x'" for COPY: rows are in the server's encoding, whatever the session speaks. */
void pg_data_add_encoding(struct buf *b, struct session *s);
/* "FORMAT binary" for native chunks, else the encoding. */
void pg_data_add_format(struct buf *b, struct session *s, const struct chunk *c);
/* Binary rows are in the client's encoding, not in COPY's: it must be the server's own. */
bool pg_data_speaks_native(const struct session *s);

/*
 * Runs a statement (or several) that ends in COPY ... TO STDOUT. `prelude`, when true, says that
 * the statement before the COPY gives one boolean row that must be true: else `*ret_refused`.
 */
bool pg_data_copy_out(struct session *s, const char *sql, bool *ret_refused, struct reader **ret,
                      struct err *err);
/* Runs statements that end in COPY ... FROM STDIN, feeds it all of `in`; *ret_rows from the
 * command tag. On failure the session is idle (its transaction may be broken). */
bool pg_data_copy_in(struct session *s, const char *sql, struct reader *in, uint64_t *ret_rows,
                     struct err *err);
/* Hints for what people can mend: a full disk, missing rights. */
void pg_data_explain(struct session *s, struct err *err);
/* "while <doing> public.users: "; returns false. */
bool pg_data_context(struct err *err, const char *doing, const struct object *table);

/* ---- large objects as rows: loid, offset, bytes, comment, owner, privileges --------------- */
bool pg_large_split(struct session *s, const struct projection *p, struct arena *a, struct vec *ret,
                    struct err *err);
void pg_large_add_select(struct session *s, const struct chunk *c, struct buf *sql);
/* The same: `oid` is the expression of what an object m is called; `all`: with what is beside its
 * bytes. */
void pg_large_add_pieces(struct buf *sql, const char *oid, bool all, const char *condition);

/* A column that refers to large objects: oid, or (list) an array of it. Texts in `a`. */
struct pg_refers {
    const struct object *table;
    const char *name, *quoted;
    bool list;
};
/* Appends struct pg_refers. */
bool pg_refers_columns(struct session *s, const struct object *table, struct arena *a,
                       struct vec *ret, struct err *err);
/* Appends a query of all that the columns refer to. */
void pg_refers_add_select(struct buf *sql, const struct vec *columns);
/* wide.c: great values that are read to be compared become digests; split.c: a table's size. */
bool pg_wide_digest(struct session *s, struct projection *p, struct arena *a, struct err *err);
bool pg_split_bytes(struct session *s, const struct object *table, uint64_t *ret, struct err *err);
/* target/extension_rows.c: rows of an extension's own tables. */
void pg_extension_rows_add_select(const struct object *o, struct buf *sql);
bool pg_extension_rows_load(struct session *s, const struct chunk *c, struct reader *in,
                            uint64_t *ret_rows, struct err *err);
bool pg_large_load(struct session *s, const struct chunk *c, struct reader *in, uint64_t *ret_rows,
                   struct err *err);
/* The same of objects of the target's own: their roles are not mapped. */
bool pg_large_load_own(struct session *s, const struct chunk *c, struct reader *in,
                       uint64_t *ret_rows, struct err *err);

#endif
