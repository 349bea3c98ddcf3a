#include "mysql_alter.h"
#include "template.h"

/*
 * How what is there is changed, by kind and property. All changes of one table, but for foreign
 * keys, are one ALTER TABLE, made by the row ALTER_PARTS or, where one of its own properties
 * differs, by theirs. Sources: "ALTER TABLE Statement" and the other statements' pages in the MySQL
 * manual and in MariaDB's documentation.
 */

static void literal(struct buf *out, const char *text)
{
    mysql_text(out, text, false);
}

static void qualified(struct buf *out, const struct object *o)
{
    mysql_name(out, o->name);
}

static const struct template_style style = {mysql_name, literal, qualified};

/* ---- tables ---------------------------------------------------------------------------------- */

/* A view's columns are those of its query. */
static bool is_of_view(struct plan_builder *b, const struct plan_pair *p)
{
    (void)b;
    return p->from->parent->kind->id == K_VIEW;
}

static void nothing(struct plan_builder *b, const struct plan_pair *p)
{
    (void)b;
    (void)p;
}

#define TABLE(SLOT)                                                      \
    {                                                                    \
        .kind = K_TABLE, .slot = P_TABLE_##SLOT, .fn = mysql_alter_table \
    }
#define VIEW_COLUMN(SLOT)                                                           \
    {                                                                               \
        .kind = K_COLUMN, .slot = P_COLUMN_##SLOT, .fn = nothing, .can = is_of_view \
    }

/* Before another table gets a check of this name. */
static bool check_is_in_the_way(struct plan_builder *b, const struct plan_pair *p)
{
    return b->opt->target_flavor == ENGINE_MY && !p->from && plan_wants_name(b, p->to);
}

static const struct plan_alter table_rows[] = {
    TABLE(TABLESPACE),
    TABLE(PARTITION_KEY),
    TABLE(SUBPARTITION_KEY),
    TABLE(ENGINE),
    TABLE(CHARSET),
    TABLE(COLLATION),
    TABLE(ROW_FORMAT),
    TABLE(SYSTEM_VERSIONED),
    TABLE(COMMENT),
    {.kind = K_TABLE, .slot = ALTER_PARTS, .fn = mysql_alter_parts},
    {.kind = K_TABLE,
     .slot = ALTER_DROP,
     .sql = "DROP TABLE {name}",
     .hazards = HAZARD_DATA,
     .reason = "all rows of the table are lost"},
    {.kind = K_TABLE,
     .slot = ALTER_REBUILD,
     .manual = "no statement changes this and keeps the rows: create a new table, copy the rows "
               "and swap the names"},
    VIEW_COLUMN(TYPE),
    VIEW_COLUMN(CHARSET),
    VIEW_COLUMN(COLLATION),
    VIEW_COLUMN(NOT_NULL),
    VIEW_COLUMN(DEFAULT),
    VIEW_COLUMN(COMMENT),
    {.kind = K_FOREIGN_KEY,
     .slot = ALTER_DROP,
     .sql = "ALTER TABLE {parent} DROP FOREIGN KEY {name}",
     .apart = true},
    {.kind = K_CHECK,
     .slot = ALTER_DROP,
     .sql = "ALTER TABLE {parent} DROP CHECK {name}",
     .can = check_is_in_the_way},
    {.kind = K_COUNT},
};

/* ---- programs -------------------------------------------------------------------------------- */

static const struct plan_alter program_rows[] = {
    {.kind = K_VIEW, .slot = ALTER_DROP, .sql = "DROP VIEW {name}"},
    {.kind = K_VIEW, .slot = ALTER_REBUILD, .fn = mysql_remake_program},
    {.kind = K_FUNCTION,
     .slot = P_FUNCTION_COMMENT,
     .fn = mysql_alter_routine,
     .can = mysql_can_comment},
    {.kind = K_FUNCTION, .slot = P_FUNCTION_DATA_ACCESS, .fn = mysql_alter_routine},
    {.kind = K_FUNCTION, .slot = P_FUNCTION_SECURITY, .fn = mysql_alter_routine},
    {.kind = K_FUNCTION, .slot = ALTER_DROP, .sql = "DROP FUNCTION {name}"},
    {.kind = K_FUNCTION, .slot = ALTER_REBUILD, .fn = mysql_remake_program},
    {.kind = K_PROCEDURE,
     .slot = P_PROCEDURE_COMMENT,
     .fn = mysql_alter_routine,
     .can = mysql_can_comment},
    {.kind = K_PROCEDURE, .slot = P_PROCEDURE_DATA_ACCESS, .fn = mysql_alter_routine},
    {.kind = K_PROCEDURE, .slot = P_PROCEDURE_SECURITY, .fn = mysql_alter_routine},
    {.kind = K_PROCEDURE, .slot = ALTER_DROP, .sql = "DROP PROCEDURE {name}"},
    {.kind = K_PROCEDURE, .slot = ALTER_REBUILD, .fn = mysql_remake_program},
    {.kind = K_PACKAGE, .slot = ALTER_DROP, .fn = mysql_drop_package},
    {.kind = K_PACKAGE, .slot = ALTER_REBUILD, .fn = mysql_remake_package},
    /* Its place among others: those that have to move are made again (in_the_way). */
    {.kind = K_TRIGGER, .slot = P_TRIGGER_ORDER, .fn = nothing},
    {.kind = K_TRIGGER, .slot = ALTER_DROP, .sql = "DROP TRIGGER {name}"},
    {.kind = K_TRIGGER, .slot = ALTER_REBUILD, .fn = mysql_remake_program},
    {.kind = K_EVENT, .slot = ALTER_DROP, .sql = "DROP EVENT {name}"},
    {.kind = K_EVENT, .slot = ALTER_REBUILD, .fn = mysql_remake_program},
    {.kind = K_COUNT},
};

/* ---- sequences, the database, what belongs to the server ----------------------------------------
 */

#define SEQUENCE(SLOT)                                                            \
    {                                                                             \
        .kind = K_SEQUENCE, .slot = P_SEQUENCE_##SLOT, .fn = mysql_alter_sequence \
    }
#define SERVERS(KIND, WHY)                                 \
    {.kind = KIND, .slot = ALTER_ADD, .manual = WHY},      \
        {.kind = KIND, .slot = ALTER_DROP, .manual = WHY}, \
    {                                                      \
        .kind = KIND, .slot = ALTER_REBUILD, .manual = WHY \
    }
static const char of_server[] =
    "it belongs to the server, and other databases may use it: a person has to change it there";

static const struct plan_alter other_rows[] = {
    SEQUENCE(TYPE),
    SEQUENCE(START),
    SEQUENCE(MIN),
    SEQUENCE(MAX),
    SEQUENCE(INCREMENT),
    SEQUENCE(CACHE),
    SEQUENCE(CYCLE),
    {.kind = K_SEQUENCE, .slot = P_SEQUENCE_ENGINE, .fn = mysql_alter_sequence_table},
    {.kind = K_SEQUENCE, .slot = P_SEQUENCE_COMMENT, .fn = mysql_alter_sequence_table},
    {.kind = K_SEQUENCE,
     .slot = ALTER_DROP,
     .sql = "DROP SEQUENCE {name}",
     .hazards = HAZARD_DATA,
     .reason = "its position is lost"},
    {.kind = K_DATABASE, .slot = P_DATABASE_CHARSET, .fn = mysql_alter_database},
    {.kind = K_DATABASE, .slot = P_DATABASE_COLLATION, .fn = mysql_alter_database},
    {.kind = K_DATABASE, .slot = P_DATABASE_ENCRYPTION, .fn = mysql_alter_database},
    {.kind = K_DATABASE, .slot = P_DATABASE_COMMENT, .fn = mysql_alter_database},
    {.kind = K_DATABASE, .slot = P_DATABASE_READ_ONLY, .fn = mysql_alter_read_only},
    SERVERS(K_ROLE, of_server),
    SERVERS(K_MISSING_DEFINER, of_server),
    SERVERS(K_GRANT, of_server),
    SERVERS(K_FOREIGN_SERVER, of_server),
    SERVERS(K_USER_FUNCTION, of_server),
    SERVERS(K_PLUGIN, of_server),
    {.kind = K_COUNT},
};

/* ---- what is in the way ---------------------------------------------------------------------- */

static bool in_the_way(struct plan_builder *b, const struct object *to)
{
    switch (to->kind->id) {
    case K_FOREIGN_KEY:
        return mysql_foreign_key_breaks(b, to);
    case K_TRIGGER:
        return !plan_remakes(b, plan_other(b, to)) && mysql_trigger_moves(b, to);
    default:
        return false;
    }
}

/* Programs and views are only found to be broken when they are used: they hold nothing. */
static bool holds(const struct object *dependant)
{
    return dependant->kind->id == K_TABLE || dependant->kind->id == K_FOREIGN_KEY;
}

/* MySQL: names of checks are the database's, in any case of letters ("CHECK Constraints"). */
static const char *clash(const struct object *o, struct arena *a)
{
    char *name = o->kind->id == K_CHECK ? arena_strdup(a, o->name) : NULL;

    for (char *p = name; p && *p; p++)
        *p = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
    return name;
}

static const struct plan_alter *const tables[] = {table_rows, program_rows, other_rows, NULL};
const struct plan_alters plan_alters_mysql = {.tables = tables,
                                              .style = &style,
                                              .clash = clash,
                                              .clash_of_parts = true,
                                              .in_the_way = in_the_way,
                                              .holds = holds};
