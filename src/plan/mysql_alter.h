/*
 * mysql_alter.h - what the files that change a table of MySQL or MariaDB share.
 *
 * All changes of one table, but for its foreign keys and its partitions, are clauses of one ALTER
 * TABLE: each may read or copy the whole table, and some are only right together (an AUTO_INCREMENT
 * column and its key; a check that goes and comes under one name). In this order, which both
 * servers take: what is dropped, columns, keys, checks, options of the table, PARTITION BY.
 *
 * Only src/plan/mysql*.c include this header.
 */
#ifndef PLAN_MYSQL_ALTER_H
#define PLAN_MYSQL_ALTER_H

#include "mysql.h"

/* What a clause costs depends on the server's version: mysql_alter_cost.c has the table. */
enum my_op {
    OP_ADD_COLUMN,
    OP_ADD_COLUMN_WITH_EXPRESSION, /* as its default */
    OP_ADD_COLUMN_WITH_CHECK,
    OP_ADD_VIRTUAL,
    OP_ADD_STORED,
    OP_ADD_AUTO_INCREMENT,
    /* Columns come, go or move in a table that has a full-text key, or is compressed; or in another
     * place than the last, or several at a time, and it has a virtual one. */
    OP_COLUMNS_WITH_FULLTEXT,
    OP_COLUMNS_COMPRESSED,
    OP_COLUMNS_WITH_VIRTUAL,
    OP_VIRTUAL_OF_PARTITIONED, /* a virtual column of a partitioned table comes or goes */
    OP_DROP_COLUMN,
    OP_DROP_INDEXED_COLUMN,
    OP_MOVE_COLUMN,
    OP_COLUMN_META, /* its default, comment, visibility */
    OP_NULLABLE,
    OP_LONGER, /* a longer VARCHAR whose length takes as many bytes */
    OP_LABELS, /* labels added at the end of an ENUM or SET */
    OP_TYPE,
    OP_UTF8MB4, /* a column's utf8mb3 becomes utf8mb4, no key has it */
    OP_COLLATION,
    OP_INDEXED_COLLATION,
    OP_VIRTUAL_EXPRESSION,
    OP_INDEXED_VIRTUAL_EXPRESSION,
    OP_STORED_EXPRESSION,
    OP_MAKE_AUTO_INCREMENT,
    OP_TABLE_META, /* default character set, comment, statistics */
    OP_ADD_INDEX,
    OP_ADD_FULLTEXT,
    OP_DROP_INDEX,
    OP_INDEX_META, /* its name, its visibility */
    OP_ADD_PRIMARY,
    OP_DROP_PRIMARY,
    OP_ADD_CHECK,
    OP_DROP_CHECK, /* or NOT ENFORCED */
    OP_ROW_FORMAT, /* also the engine, if it stays InnoDB */
    OP_COPY,       /* whatever no server does otherwise: another engine */
    OP_PARTITION_BY,
    OP_RANGE, /* a range or list partition is added or dropped */
    OP_REORGANIZE,
    OP_ADD_VERSIONING,
    OP_DROP_VERSIONING,
    OP_COUNT
};

struct my_alter {
    struct plan_builder *b;
    const struct object *from, *to; /* tables */
    struct buf sql;                 /* the clauses */
    unsigned n;
    unsigned cost; /* the dearest clause's */
    bool columns;  /* columns come, go or move, */
    bool placed;   /* to another place than the last */
    unsigned hazards;
    struct buf why;           /* of hazards */
    struct buf misfit;        /* condition of rows that do not fit, or empty, */
    struct buf doubles;       /* a sum of queries that count rows that a key finds twice */
    struct buf misfit_what;   /* and what both are */
    struct vec before, after; /* const char *: statements of their own, */
    struct vec tight; /* const char *: clauses that no copy of the table may have beside it; */
    const char *partitioning; /* and what ends the statement, without a comma */
    bool refused;
};

/* mysql_alter_clause.c: what the files of all clauses call. */
/* Begins a clause: returns where it is to be added. */
struct buf *my_alter_clause(struct my_alter *a, enum my_op op);
/* More hazards of the statement; why may be NULL. */
void my_alter_hazard(struct my_alter *a, unsigned hazards, const char *why);
/* Rows that would make it fail: a condition, and a name for them: "with no `email`". Copied. */
void my_alter_misfit(struct my_alter *a, const char *condition, const char *what);
/* Rows that a unique key of these columns finds twice, among those that the condition is true of.
 */
void my_alter_doubles(struct my_alter *a, const char *columns, const char *where);
/* Whether a name is among those of a list like "`a`,`b`". */
bool my_list_has(const char *list, const char *name);
/* Whether a foreign key that stays has TO's column, on either side. */
bool my_foreign_key_has(const struct plan_builder *b, const struct object *column);
/* Whether a part, or anything in it, is named by the diff. */
bool my_part_differs(const struct plan_builder *b, const struct object *from);
bool my_children_differ(const struct plan_builder *b, const struct object *from);

/* mysql_alter_cost.c: what `op` costs there: hazards, and in words how the server does it */
unsigned my_cost_of(const struct plan_builder *b, enum my_op op);
unsigned my_cost_hazards(unsigned cost);
const char *my_cost_words(unsigned cost);
bool my_cost_copies(unsigned cost);
/* With clauses that add, drop or move columns: where not all is instant, they rebuild the table. */
unsigned my_cost_together(const struct plan_builder *b, unsigned cost);

/* mysql_alter_type.c: what a change of type does to the rows. Adds hazards and misfits. */
enum my_op my_type_change(struct my_alter *a, const struct object *from, const struct object *to);

/* mysql_alter_column.c */
void my_alter_columns(struct my_alter *a);      /* DROP, then … */
void my_alter_columns_back(struct my_alter *a); /* ADD and MODIFY */
/* Whether FROM's column is dropped and added, since no ALTER changes it so. */
bool my_column_is_remade(const struct plan_builder *b, const struct object *from);
bool my_column_is_indexed(const struct object *column);
/* Whether an expression names a column that is dropped and added. */
bool my_uses_remade(const struct plan_builder *b, const struct object *from_table,
                    const char *expression);

/* mysql_alter_key.c */
void my_alter_keys(struct my_alter *a);
void my_alter_keys_back(struct my_alter *a);

/* mysql_alter_partition.c: statements before and after, or the end of this one */
void my_alter_partitions(struct my_alter *a);

/* mysql_alter_table.c: rows' functions */
void mysql_alter_table(struct plan_builder *b, const struct plan_pair *p);
void mysql_alter_parts(struct plan_builder *b, const struct plan_pair *p);
/* mysql_alter_program.c: rows' functions */
bool mysql_can_comment(struct plan_builder *b, const struct plan_pair *p);
plan_alter_fn mysql_remake_program, mysql_remake_package, mysql_drop_package, mysql_alter_routine,
    mysql_alter_sequence, mysql_alter_sequence_table, mysql_alter_database, mysql_alter_read_only;
/* FROM's programs whose text names a column, for people; NULL: none. */
const char *mysql_mentions(const struct plan_builder *b, const struct object *column);
/* Whether TO's trigger, which is not to be made, would fire in another order than FROM's. */
bool mysql_trigger_moves(const struct plan_builder *b, const struct object *to);

/* mysql_alter_table.c */
/* A foreign key's columns, on either side, change so that it cannot stay meanwhile. */
bool mysql_foreign_key_breaks(struct plan_builder *b, const struct object *to);
#endif
