/*
 * mysql.h - what the files of the MySQL and MariaDB DDL rules share.
 *
 * Names are never qualified with the model's own database: a step runs in whatever database is the
 * default, so that PHASE_FINAL steps can run in the shadow first and in the target after the swap
 * (driver.h, target_defer). Texts that are quoted with backslash escapes are right in every
 * sql_mode but NO_BACKSLASH_ESCAPES; statements that run under an object's own sql_mode are told so
 * (mysql_text's `plain`).
 *
 * PRE    CREATE SEQUENCE; CREATE TABLE with its primary key and the key its AUTO_INCREMENT column
 *        needs (engines without transactions: all keys, as they sort them while loading)
 * POST   one ALTER TABLE adds a table's other keys, since each ALTER may read the whole table;
 *        FULLTEXT keys one by one, which is all InnoDB can do
 * FK     one ALTER TABLE adds a table's foreign keys
 * FINAL  functions, procedures, packages, views, triggers, events: each a SET with the session
 *        variables it was made under and its CREATE
 *
 * Only src/plan includes this header.
 */
#ifndef PLAN_MYSQL_H
#define PLAN_MYSQL_H

#include "hooks.h"

/* mysql_text.c */
void mysql_name(struct buf *out, const char *name);
/* plain: only quotes are doubled, for NO_BACKSLASH_ESCAPES */
void mysql_text(struct buf *out, const char *text, bool plain);
/* "root@localhost" → `root`@`localhost`; a MariaDB role (no host) stands alone */
void mysql_account(struct buf *out, const char *account);
bool mysql_word(const char *text, const char *word); /* text equals word, whatever the case */
const char *mysql_upper(struct arena *a, const char *keyword);
/* UTF-8 SQL in a MySQL character set; NULL when that cannot be done. Result in a, or sql itself. */
const char *mysql_recode(struct arena *a, const char *sql, const char *charset);

/* The collation of a character set to which none is given, on a server of that flavor. In a. */
const char *mysql_default_collation(struct arena *a, const char *charset, unsigned flavor,
                                    unsigned version);

/* mysql_table.c */
/* The table as SHOW CREATE TABLE has it: one statement, with all that the model knows of it, made
 * of the same clauses as the steps. For b->show. false: something is not known. */
bool mysql_show(struct plan_builder *b, const struct object *table, struct buf *out);
void mysql_table(struct plan_builder *b, const struct object *o);
struct buf mysql_alter_start(const struct object *table); /* "ALTER TABLE `name`" */
/* " ENGINE=x": an option of the table, and one of its K_OPTION children. */
void mysql_option(const char *name, const char *value, struct buf *out);
void mysql_child_option(struct plan_builder *b, const struct object *o, struct buf *out);
/* "CONSTRAINT `name` CHECK (…)", of a check that stands with the table. */
void mysql_check(const struct object *check, struct buf *out);

/* mysql_column.c: as it stands in CREATE TABLE, or after ADD or MODIFY. false: refused */
bool mysql_column(struct plan_builder *b, const struct object *c, struct buf *out);
/* A MariaDB check that stands with its column, or NULL. */
const struct object *mysql_column_check(struct plan_builder *b, const struct object *column);

/* mysql_foreign_key.c */
void mysql_foreign_key(struct plan_builder *b, const struct object *o);
/* As it stands in CREATE TABLE or after ADD. false: refused */
bool mysql_foreign_key_clause(struct plan_builder *b, const struct object *k, struct buf *out);

/* mysql_foreign.c: what only the source's flavor has, in a table, or a sequence or package: refused
 * by name, with the reason, where the copy goes to the other one. True: something was. */
bool mysql_refuse_foreign(struct plan_builder *b, const struct object *o);

/* mysql_key.c: an index as it stands in CREATE TABLE or after ADD. false: refused */
bool mysql_key(struct plan_builder *b, const struct object *index, struct buf *out);
/* The column an index is led by, or NULL when that is an expression. */
const struct object *mysql_key_leader(const struct object *index);

/* mysql_partition.c: " PARTITION BY …", or nothing */
void mysql_partitions(struct plan_builder *b, const struct object *table, struct buf *out);
/* One of them, as it stands in that or after ADD: "PARTITION `p` VALUES …" */
void mysql_partition(struct plan_builder *b, const struct object *partition, struct buf *out);
/* Whether partitions of HASH or KEY are the first n of the server's own names, and no more is said
 * of them. */
bool mysql_are_plain(const struct object *const *list, uint32_t n);

/*
 * mysql_form.c: whether two CREATE TABLE statements, what SHOW CREATE TABLE shows and what
 * mysql_show makes, are the same; NULL, or what differs (in a). Compared are, in order: columns;
 * keys; then, each set sorted, constraints and periods; options of the table; partitions. Made
 * equal before that is only what cannot carry a difference:
 *   blanks; the case of words outside quotes; how a character in a string is escaped
 *   the order of the clauses of a column, of the options of a key and of the table
 *   the counter AUTO_INCREMENT=n, which is data; = between an option and its value, and quotes
 *   DEFAULT NULL and none; CURRENT_TIMESTAMP and current_timestamp(); how the bytes of a literal
 *     default are written (0, '0'; 0x41, 'A'), and the zeros that fill it up in BINARY(n);
 *     MariaDB: parentheses around a whole default
 *   a character set without a collation and with the one that it has by itself; utf8 and utf8mb3;
 *     MySQL: a collation that the column inherits (shown without CHARACTER SET)
 *   of partitions: the number 1, which goes without saying, quotes of names, and the engine, which
 *     is the table's
 */
const char *mysql_form_difference(struct arena *a, const struct object *table, unsigned flavor,
                                  unsigned version, const char *shown, const char *made);

/* mysql_program.c */
void mysql_function(struct plan_builder *b, const struct object *o);
void mysql_procedure(struct plan_builder *b, const struct object *o);
void mysql_package(struct plan_builder *b, const struct object *o);
void mysql_view(struct plan_builder *b, const struct object *o);
void mysql_trigger(struct plan_builder *b, const struct object *o);
void mysql_event(struct plan_builder *b, const struct object *o);

#endif
