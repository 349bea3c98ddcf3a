#include "target.h"

#include <inttypes.h>
#include <string.h>

/*
 * The mark (source/mark.c) is written into the shadow just before the swap. Which strategy swaps
 * does not matter to it.
 */

static void add_row(struct buf *sql, const char *key, const char *value)
{
    buf_adds(sql, ", (");
    pg_add_literal(sql, key);
    buf_adds(sql, ", ");
    pg_add_literal(sql, value ? value : "");
    buf_addch(sql, ')');
}

static void add_count(struct buf *sql, const char *key, uint64_t n)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, n);
    add_row(sql, key, text);
}

/* Sequences of kept tables went on until these were held: from here on no row takes a number. */
static bool add_positions(const struct target *t, struct buf *sql, struct err *err)
{
    static const char positions_sql[] =
        "SELECT pg_catalog.format('; SELECT pg_catalog.setval(%L, %s)', pg_catalog.format("
        "'%I.%I', n.nspname, q.relname), q.last) FROM (SELECT s.relname, s.relnamespace, CASE"
        " s.relkind WHEN 'S' THEN pg_catalog.pg_sequence_last_value(s.oid) END AS last"
        " FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_depend d ON d.refobjid = l.relation"
        " AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i')"
        " AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass"
        " JOIN pg_catalog.pg_class s ON s.oid = d.objid"
        " WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.mode ="
        " 'ShareLock') q JOIN pg_catalog.pg_namespace n ON n.oid = q.relnamespace"
        " WHERE q.last IS NOT NULL";
    PGresult *res;

    if (!t->held)
        return true;
    res = pg_query(t->held, positions_sql, err);
    for (int i = 0; res && i < PQntuples(res); i++)
        buf_adds(sql, PQgetvalue(res, i, 0));
    PQclear(res);
    return res != NULL;
}

/*
 * Production's event triggers are in the copy by now, and one that refuses or logs DDL must not
 * meet the mark. From 17 on our sessions have event_triggers = off (conn.c); before, they are
 * disabled and enabled again in the transaction that writes it. (No event trigger fires for that.)
 */
static bool add_event_triggers(struct session *s, bool enable, struct buf *sql, struct err *err)
{
    static const char triggers_sql[] =
        "SELECT pg_catalog.format('; ALTER EVENT TRIGGER %I DISABLE', t.evtname),"
        " pg_catalog.format('; ALTER EVENT TRIGGER %I ENABLE%s', t.evtname, CASE t.evtenabled"
        " WHEN 'R' THEN ' REPLICA' WHEN 'A' THEN ' ALWAYS' ELSE '' END)"
        " FROM pg_catalog.pg_event_trigger t, pg_catalog.pg_roles r"
        " WHERE t.evtenabled <> 'D' AND r.rolname = current_user AND r.rolsuper";
    PGresult *res;

    if (s->version >= 170000)
        return true;
    res = pg_query(s, triggers_sql, err);
    for (int i = 0; res && i < PQntuples(res); i++)
        buf_adds(sql, PQgetvalue(res, i, enable));
    PQclear(res);
    return res != NULL;
}

bool pg_mark_write(struct target *t, const struct mark *m, struct err *err)
{
    struct session *s = t->work;
    struct buf sql = BUF_INIT;
    bool good;

    if (!s && !pg_target_connect(t, t->shadow, DRIVER_TARGET, &s, err))
        return false;
    buf_adds(&sql, t->work ? "" : "BEGIN");
    good = add_event_triggers(s, false, &sql, err);
    buf_adds(&sql, "; CREATE SCHEMA IF NOT EXISTS dbtwin; DROP TABLE IF EXISTS dbtwin.mark;"
                   "CREATE TABLE dbtwin.mark (key text PRIMARY KEY, value text);"
                   "COMMENT ON SCHEMA dbtwin IS 'kept by dbtwin: see dbtwin-concepts(7), The mark';"
                   "GRANT USAGE ON SCHEMA dbtwin TO PUBLIC; GRANT SELECT ON dbtwin.mark TO PUBLIC;"
                   "INSERT INTO dbtwin.mark VALUES ('finished_at', pg_catalog.to_char("
                   "pg_catalog.clock_timestamp() AT TIME ZONE 'UTC',"
                   " 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'))");
    add_row(&sql, "role", "copy");
    add_row(&sql, "source", m->source_label);
    add_row(&sql, "source_id", m->source_id);
    add_row(&sql, "taken_at", m->taken_at);
    add_row(&sql, "dbtwin", m->version);
    if (m->neutralised)
        add_row(&sql, "neutralised", m->neutralised);
    if (m->masked)
        add_row(&sql, "masked", m->masked);
    if (m->part)
        add_row(&sql, "part", m->part);
    add_count(&sql, "tables", m->tables);
    add_count(&sql, "rows", m->rows);
    buf_adds(&sql, pg_mark_identity_sql);
    good = good && pg_history_add(t, m, &sql, err) && add_positions(t, &sql, err) &&
           add_event_triggers(s, true, &sql, err);
    buf_adds(&sql, t->work ? "" : "; COMMIT");
    good = good && pg_run(s, sql.data, err);
    buf_release(&sql);
    pg_close(s);
    return good;
}

/* ---- before the swap -------------------------------------------------------------------- */

/* Hours may have passed since the target was looked at. */
bool pg_mark_look_again(struct target *t, struct err *err)
{
    struct target_facts f = {0};
    const char *oid = NULL;
    struct session *s;
    bool good;

    if (!pg_admin_holds_lock(t, err) || !pg_admin_oid(t->admin, t->name, &t->arena, &oid, err))
        return false;
    if (!str_eq(oid, t->oid))
        return err_set(err, ERR_REFUSED, "%s: database \"%s\" was %s while the copy was made",
                       t->endpoint->label, t->name,
                       !oid      ? "dropped or renamed"
                       : !t->oid ? "created"
                                 : "replaced");
    if (!oid)
        return true;
    if (!pg_target_connect(t, t->name, DRIVER_SOURCE, &s, err))
        return false;
    good = pg_mark_read(s, &t->arena, &f, err) && pg_previous_schemas_look(t, s, err);
    pg_close(s);
    if (good && f.mark == MARK_PRODUCTION)
        return err_set(err, ERR_REFUSED,
                       "%s: database \"%s\" was marked as production while the copy was made",
                       t->endpoint->label, t->name);
    return good;
}
