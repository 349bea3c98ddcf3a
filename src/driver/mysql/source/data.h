/*
 * data.h - rows out of and into MySQL and MariaDB: projection, chunks, scan, load, analyze.
 *
 * Each function is the one of driver.h's vtable with the same last word. What is particular here:
 *
 * Bytes. A scan reads with character_set_results = NULL, so a text column comes in its own
 * character set, and a load stores with CHARACTER SET binary: nothing is converted on the way, and
 * bytes that are invalid in the column's character set are a warning at the load, thus an error.
 * FLOAT is read as a double (`f`*1e0), because its own text has six digits only. JSON, UUID and
 * INET values are handed to the server as text, which it demands.
 *
 * A load is one transaction. It demands Skipped = 0, Warnings = 0 and as many rows as lines were
 * sent. LOAD DATA LOCAL means IGNORE even in strict mode, so this is the only check there is
 * (https://dev.mysql.com/doc/refman/en/load-data.html, "Duplicate-Key and Error Handling").
 * Where the server forbids LOCAL the same rows go as INSERTs of about 1 MB. Between MariaDB and its
 * own library bulk statements are the way (see my_bulk), with the same demands.
 *
 * Memory: a scan holds one block (256 KB and a row); a load holds its reader's block, the INSERT
 * way also one batch (1 MB and a row).
 *
 * Only src/driver/mysql may include this header.
 */
#ifndef DBTWIN_MYSQL_DATA_H
#define DBTWIN_MYSQL_DATA_H

#include "../connection/my.h"

bool my_data_project(struct session *s, const struct object *table, bool key_first, struct arena *a,
                     struct projection *ret, struct err *err);
bool my_data_project_computed(struct session *s, const struct object *o, struct arena *a,
                              struct projection *ret, struct err *err);
bool my_data_split(struct session *s, const struct projection *p, enum split_mode mode,
                   uint64_t goal, struct arena *a, struct vec *ret, struct err *err);
/* sample.c: its two ends by the key, or its beginning. */
bool my_sample(struct session *s, const struct object *table, uint32_t rows, row_fn *fn, void *ctx,
               struct err *err);
bool my_scan(struct session *s, const struct chunk *c, struct reader **ret, struct err *err);
bool my_load(struct session *s, const struct chunk *c, struct reader *in, uint64_t *ret_rows,
             struct err *err);
bool my_load_analyze(struct session *s, const struct object *table, struct err *err);

/* Prepares a TARGET session for a copy's work: no foreign key or CHECK is tested on the way in
 * (the source's rows are what they are), nothing goes to the binlog where that is permitted.
 * Done by load itself; whoever makes tables calls it before. */
bool my_load_prepare(struct my_session *s, struct err *err);
/* After my_load_prepare: the server refuses LOAD DATA LOCAL, rows will go as INSERTs. */
bool my_load_is_slow(const struct my_session *s);

/* The INSERT way of load, in the transaction that is open. *ret_rows: rows sent and stored. */
bool my_insert(struct my_session *s, const struct chunk *c, struct reader *in, uint64_t *ret_rows,
               struct err *err);
/*
 * The way of load between MariaDB's own library and a MariaDB server: prepared INSERTs whose
 * parameters are arrays of rows (COM_STMT_BULK_EXECUTE). The server then neither looks at each byte
 * for an end of field nor parses SQL: two thirds of the work of LOAD DATA (measured, 10.11). Rows
 * of more than half a megabyte, which might not fit its packets, go through `large`, one by one.
 */
typedef bool my_bulk_large(struct my_session *s, const struct chunk *c, struct slice row,
                           uint64_t *ret_rows, struct err *err);
bool my_bulk_can(const struct my_session *s);
bool my_bulk(struct my_session *s, const struct chunk *c, struct reader *in, my_bulk_large *large,
             uint64_t *ret_rows, struct err *err);
/* ERR_RUNTIME with the texts of the first warnings of the last statement. Returns false. */
bool my_load_warnings(struct my_session *s, const char *table, struct err *err);

/* checkpoint.c: the note of a load, in the transaction that is open; NULL: there is none. */
bool my_note_load(struct my_session *s, struct load_note *n, uint64_t rows, struct err *err);

/* source_ops.count */
bool my_data_count(struct session *s, const struct object *table, uint64_t *ret, struct err *err);

#endif
