#include "mysql.h"

#include <dbtwin/engine.h>

/* The database itself is made by whoever prepares the target, with these defaults. */
static void mysql_database(struct plan_builder *b, const struct object *o)
{
    const char *comment = model_get(o, P_DATABASE_COMMENT);
    struct buf out = BUF_INIT;

    if (comment && b->opt->target_flavor != ENGINE_MY) {
        buf_adds(&out, "ALTER DATABASE COMMENT ");
        mysql_text(&out, comment, false);
        plan_step(b, PHASE_FINAL, o, NULL, out.data);
    }
    buf_release(&out);
}

static void add_number(const struct object *o, int slot, const char *word, struct buf *out)
{
    if (model_get(o, slot))
        buf_addf(out, " %s %s", word, model_get(o, slot));
}

static void mysql_sequence(struct plan_builder *b, const struct object *o)
{
    const char *type = model_get(o, P_SEQUENCE_TYPE), *engine = model_get(o, P_SEQUENCE_ENGINE);
    const char *comment = model_get(o, P_SEQUENCE_COMMENT);
    const char *last = model_get(o, P_SEQUENCE_LAST_VALUE);
    struct buf out = BUF_INIT;

    if (mysql_refuse_foreign(b, o))
        return;
    if (plan_unknown(b, o, P_SEQUENCE_START) || plan_unknown(b, o, P_SEQUENCE_INCREMENT))
        return;
    buf_adds(&out, "CREATE SEQUENCE ");
    mysql_name(&out, o->name);
    if (type && b->opt->target_version >= 110500)
        buf_addf(&out, " AS %s", type);
    add_number(o, P_SEQUENCE_START, "START WITH", &out);
    add_number(o, P_SEQUENCE_MIN, "MINVALUE", &out);
    add_number(o, P_SEQUENCE_MAX, "MAXVALUE", &out);
    add_number(o, P_SEQUENCE_INCREMENT, "INCREMENT BY", &out);
    add_number(o, P_SEQUENCE_CACHE, "CACHE", &out);
    buf_adds(&out, model_yes(o, P_SEQUENCE_CYCLE) ? " CYCLE" : " NOCYCLE");
    if (engine)
        buf_addf(&out, " ENGINE=%s", engine);
    if (comment) {
        buf_adds(&out, " COMMENT=");
        mysql_text(&out, comment, false);
    }
    plan_step(b, PHASE_PRE, o, NULL, out.data);
    if (last) {
        buf_reset(&out);
        buf_adds(&out, "DO SETVAL(");
        mysql_name(&out, o->name);
        buf_addf(&out, ", %s, %d)", last, model_yes(o, P_SEQUENCE_IS_CALLED) ? 1 : 0);
        plan_step_at(b, RANK_POSITION, o, out.data);
    }
    buf_release(&out);
}

const char *plan_counter(const struct model *m, const struct object *table, struct arena *a)
{
    const char *next = table->kind->id == K_TABLE ? model_get(table, P_TABLE_AUTO_INCREMENT) : NULL;
    struct buf out = BUF_INIT;
    const char *sql = NULL;

    if (next && engine_of(m->flavor)->counters) {
        buf_adds(&out, "ALTER TABLE ");
        mysql_name(&out, table->name);
        buf_addf(&out, " AUTO_INCREMENT = %s", next);
        sql = arena_strdup(a, out.data);
    }
    buf_release(&out);
    return sql;
}

/* Functions before views that call them; triggers, then events, have ranks of their own. */
const struct plan_rule plan_rules_mysql[] = {
    {.kind = K_DATABASE, .phase = PHASE_PRE, .emit = mysql_database},
    {.kind = K_SEQUENCE, .phase = PHASE_PRE, .emit = mysql_sequence, .data = true},
    {.kind = K_TABLE, .phase = PHASE_PRE, .emit = mysql_table, .data = true},
    {.kind = K_FOREIGN_KEY, .phase = PHASE_FK, .emit = mysql_foreign_key},
    {.kind = K_PACKAGE, .phase = PHASE_FINAL, .emit = mysql_package},
    {.kind = K_FUNCTION, .phase = PHASE_FINAL, .emit = mysql_function},
    {.kind = K_PROCEDURE, .phase = PHASE_FINAL, .emit = mysql_procedure},
    {.kind = K_VIEW, .phase = PHASE_FINAL, .emit = mysql_view},
    {.kind = K_TRIGGER, .phase = PHASE_FINAL, .emit = mysql_trigger},
    {.kind = K_EVENT, .phase = PHASE_FINAL, .emit = mysql_event},
    /* Parts of a table or view. */
    {.kind = K_COLUMN},
    {.kind = K_CHECK},
    {.kind = K_INDEX},
    {.kind = K_INDEX_PART},
    {.kind = K_PARTITION},
    {.kind = K_SUBPARTITION},
    {.kind = K_OPTION},
    {.kind = K_SECRET_OPTION},
    /* The server's: staging has its own, and no copy makes accounts there. */
    {.kind = K_ROLE, .stays = true},
    {.kind = K_MISSING_DEFINER, .stays = true},
    {.kind = K_GRANT, .stays = true},
    {.kind = K_FOREIGN_SERVER, .stays = true},
    {.kind = K_USER_FUNCTION, .stays = true},
    {.kind = K_PLUGIN, .stays = true},
    {.kind = K_COUNT},
};
