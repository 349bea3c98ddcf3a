#include "mysql.h"
#include "template.h"

/*
 * How what is there is changed. All changes of one table, but for foreign keys, are one ALTER
 * TABLE, made by the row ALTER_PARTS. Sources: "ALTER TABLE Statement" and "Online DDL Operations"
 * in the MySQL manual, "ALTER TABLE" and "InnoDB Online DDL Operations" in MariaDB's.
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

static const struct plan_alter rows[] = {
    {.kind = K_FOREIGN_KEY,
     .slot = ALTER_DROP,
     .sql = "ALTER TABLE {parent} DROP FOREIGN KEY {name}",
     .apart = true},
    {.kind = K_TABLE, .slot = ALTER_DROP, .sql = "DROP TABLE {name}", .hazards = HAZARD_DATA},
    {.kind = K_VIEW, .slot = ALTER_DROP, .sql = "DROP VIEW {name}"},
    {.kind = K_COUNT},
};

static const struct plan_alter *const tables[] = {rows, NULL};
const struct plan_alters plan_alters_mysql = {.tables = tables, .style = &style};
