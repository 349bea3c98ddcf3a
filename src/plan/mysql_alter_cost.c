#include "mysql_alter.h"

/*
 * How the servers carry out each clause. Sources: MySQL 8.0 and 8.4 manual, "Online DDL
 * Operations"; MariaDB, "InnoDB Online DDL Operations with the INSTANT / NOCOPY / INPLACE Alter
 * Algorithm" and "Online Schema Change" (copies that let writers go on, from 11.2). What the
 * manuals leave open was asked of the servers themselves, by ALGORITHM and LOCK.
 */
enum {
    INSTANT,  /* data dictionary alone */
    IN_PLACE, /* readers and writers go on, no row is read */
    BUILD,    /* an index is built, readers and writers go on */
    BUILD_S,  /* the same, writers wait */
    REBUILD,  /* the table is rewritten, readers and writers go on */
    REBUILD_S,
    COPY, /* copied to a new table, readers and writers go on */
    COPY_S
};

enum { OLD_MY, MY, MA, NEW_MA }; /* MySQL before 8.0.29 and since; MariaDB before 11.2 and since */

static const unsigned char costs[OP_COUNT][4] = {
    [OP_ADD_COLUMN] = {INSTANT, INSTANT, INSTANT, INSTANT},
    [OP_ADD_COLUMN_WITH_EXPRESSION] = {COPY_S, COPY_S, INSTANT, INSTANT},
    [OP_ADD_COLUMN_WITH_CHECK] = {COPY_S, COPY_S, INSTANT, INSTANT},
    [OP_ADD_VIRTUAL] = {INSTANT, INSTANT, INSTANT, INSTANT},
    [OP_ADD_STORED] = {COPY_S, COPY_S, COPY_S, COPY},
    [OP_ADD_AUTO_INCREMENT] = {REBUILD_S, REBUILD_S, REBUILD_S, REBUILD_S},
    [OP_COLUMNS_WITH_FULLTEXT] = {COPY_S, COPY_S, REBUILD_S, REBUILD_S},
    [OP_COLUMNS_COMPRESSED] = {REBUILD, REBUILD, REBUILD, REBUILD},
    [OP_VIRTUAL_OF_PARTITIONED] = {INSTANT, INSTANT, COPY_S, COPY},
    [OP_COLUMNS_WITH_VIRTUAL] = {INSTANT, INSTANT, COPY_S, COPY},
    [OP_DROP_COLUMN] = {REBUILD, INSTANT, INSTANT, INSTANT},
    [OP_DROP_INDEXED_COLUMN] = {REBUILD, REBUILD, IN_PLACE, IN_PLACE},
    [OP_MOVE_COLUMN] = {REBUILD, REBUILD, INSTANT, INSTANT},
    [OP_COLUMN_META] = {INSTANT, INSTANT, INSTANT, INSTANT},
    [OP_NULLABLE] = {REBUILD, REBUILD, REBUILD, REBUILD},
    [OP_LONGER] = {IN_PLACE, IN_PLACE, INSTANT, INSTANT},
    [OP_LABELS] = {INSTANT, INSTANT, INSTANT, INSTANT},
    [OP_TYPE] = {COPY_S, COPY_S, COPY_S, COPY},
    [OP_UTF8MB4] = {IN_PLACE, IN_PLACE, INSTANT, INSTANT},
    [OP_COLLATION] = {IN_PLACE, IN_PLACE, INSTANT, INSTANT},
    [OP_INDEXED_COLLATION] = {COPY_S, COPY_S, BUILD, BUILD},
    [OP_VIRTUAL_EXPRESSION] = {COPY_S, COPY_S, INSTANT, INSTANT},
    [OP_INDEXED_VIRTUAL_EXPRESSION] = {COPY_S, COPY_S, COPY_S, COPY},
    [OP_STORED_EXPRESSION] = {COPY_S, COPY_S, COPY_S, COPY},
    [OP_MAKE_AUTO_INCREMENT] = {COPY_S, COPY_S, COPY_S, COPY_S},
    [OP_TABLE_META] = {IN_PLACE, IN_PLACE, INSTANT, INSTANT},
    [OP_ADD_INDEX] = {BUILD, BUILD, BUILD, BUILD},
    [OP_ADD_FULLTEXT] = {REBUILD_S, REBUILD_S, REBUILD_S, REBUILD_S},
    [OP_DROP_INDEX] = {IN_PLACE, IN_PLACE, IN_PLACE, IN_PLACE},
    [OP_INDEX_META] = {IN_PLACE, IN_PLACE, INSTANT, INSTANT},
    [OP_ADD_PRIMARY] = {REBUILD, REBUILD, REBUILD, REBUILD},
    [OP_DROP_PRIMARY] = {COPY_S, COPY_S, COPY_S, COPY},
    [OP_ADD_CHECK] = {COPY_S, COPY_S, COPY_S, COPY},
    [OP_DROP_CHECK] = {INSTANT, INSTANT, INSTANT, INSTANT},
    [OP_ROW_FORMAT] = {REBUILD, REBUILD, REBUILD, REBUILD},
    [OP_COPY] = {COPY_S, COPY_S, COPY_S, COPY},
    [OP_PARTITION_BY] = {COPY_S, COPY_S, COPY_S, COPY},
    [OP_RANGE] = {IN_PLACE, IN_PLACE, IN_PLACE, IN_PLACE},
    [OP_REORGANIZE] = {REBUILD_S, REBUILD_S, REBUILD_S, REBUILD_S},
    [OP_ADD_VERSIONING] = {COPY_S, COPY_S, COPY_S, COPY},
    [OP_DROP_VERSIONING] = {REBUILD_S, REBUILD_S, REBUILD_S, REBUILD_S},
};

unsigned my_cost_of(const struct plan_builder *b, enum my_op op)
{
    bool maria = b->opt->target_flavor == ENGINE_MA;
    unsigned version = b->opt->target_version;

    return costs[op][maria ? version >= 110200 ? NEW_MA : MA : version >= 80029 ? MY : OLD_MY];
}

unsigned my_cost_hazards(unsigned cost)
{
    static const unsigned hazards[] = {
        [BUILD] = HAZARD_SCAN,      [BUILD_S] = HAZARD_SCAN | HAZARD_LOCK,
        [REBUILD] = HAZARD_REWRITE, [REBUILD_S] = HAZARD_REWRITE | HAZARD_LOCK,
        [COPY] = HAZARD_REWRITE,    [COPY_S] = HAZARD_REWRITE | HAZARD_LOCK,
    };

    return hazards[cost];
}

bool my_cost_copies(unsigned cost)
{
    return cost == COPY || cost == COPY_S;
}

const char *my_cost_words(unsigned cost)
{
    static const char *const words[] = {
        [BUILD] = "indexes are built; readers and writers go on",
        [BUILD_S] = "indexes are built, and writers wait",
        [REBUILD] = "the table is rebuilt in place; readers and writers go on",
        [REBUILD_S] = "the table is rebuilt in place, and writers wait",
        [COPY] = "the table is copied; readers and writers go on",
        [COPY_S] = "the table is copied, and writers wait",
    };

    return words[cost];
}

unsigned my_cost_together(const struct plan_builder *b, unsigned cost)
{
    /* MariaDB drops a column and an index at a time, without a rebuild. */
    unsigned least = b->opt->target_flavor == ENGINE_MA ? BUILD : IN_PLACE;

    return cost >= least && cost < REBUILD ? REBUILD : cost;
}
