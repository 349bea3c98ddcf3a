#include "target.h"

#include <inttypes.h>
#include <string.h>

/*
 * The mark says of a database that it is a copy, and of what: table dbtwin.mark, written into the
 * shadow just before the swap. Which strategy swaps does not matter to it.
 */

/* ---- reading ---------------------------------------------------------------------------- */

/*
 * Which database a mark is in, for as long as that lives: the cluster, its timeline, which a
 * promoted clone leaves, the database's oid, which a copy of a template has not, and the mark's
 * own, which a restored dump has not. Not the moment the server started (pg_facts): a mark outlives
 * that. A clone of files that was never promoted is known by its place, where this role may see
 * that.
 */
#define IDENTITY                                                                          \
    "SELECT 'target_id', c.system_identifier::pg_catalog.text || '/'::pg_catalog.text ||" \
    " CASE WHEN pg_catalog.pg_is_in_recovery()"                                           \
    " THEN pg_catalog.upper(pg_catalog.lpad(pg_catalog.to_hex((SELECT timeline_id FROM"   \
    " pg_catalog.pg_control_checkpoint())), 8, '0')) ELSE pg_catalog.left("               \
    "pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8) END ||"              \
    " '/'::pg_catalog.text || d.oid::pg_catalog.text || '/'::pg_catalog.text ||"          \
    " 'dbtwin.mark'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.text"                \
    " FROM pg_catalog.pg_control_system() c, pg_catalog.pg_database d"                    \
    " WHERE d.datname = pg_catalog.current_database() UNION ALL"                          \
    " SELECT 'target_place', setting FROM pg_catalog.pg_settings WHERE name = 'data_directory'"

static const char identity_sql[] = "; INSERT INTO dbtwin.mark " IDENTITY;

/* A mark that does not say which database it is of was written by an earlier dbtwin. Its table is
 * made in the database that it is in, so that its oid is the later one, but in a copy of a
 * template.
 */
static const char mark_sql[] =
    "SELECT 'mark', key, value FROM dbtwin.mark UNION ALL SELECT 'own', own.* FROM (" IDENTITY
    ") own UNION ALL SELECT 'own', 'later', CASE WHEN m.oid > d.oid THEN 'yes' ELSE 'no' END"
    " FROM pg_catalog.pg_class m, pg_catalog.pg_database d WHERE m.oid ="
    " 'dbtwin.mark'::pg_catalog.regclass AND d.datname = pg_catalog.current_database()";

/* A value of the mark, or of what the database says of itself; NULL: there is none. */
static const char *marked(const PGresult *res, const char *whose, const char *key)
{
    for (int i = 0; i < PQntuples(res); i++)
        if (strcmp(PQgetvalue(res, i, 0), whose) == 0 && strcmp(PQgetvalue(res, i, 1), key) == 0)
            return PQgetisnull(res, i, 2) ? NULL : PQgetvalue(res, i, 2);
    return NULL;
}

static bool mark_fits(const PGresult *res)
{
    const char *id = marked(res, "mark", "target_id"), *place = marked(res, "mark", "target_place");
    const char *here = marked(res, "own", "target_place");

    if (!id)
        return str_eq(marked(res, "own", "later"), "yes");
    return str_eq(id, marked(res, "own", "target_id")) && (!place || !here || str_eq(place, here));
}

static void take_mark(struct target_facts *f, const PGresult *res, struct arena *a)
{
    const char *role = marked(res, "mark", "role"), *source = marked(res, "mark", "source");
    const char *taken = marked(res, "mark", "taken_at");

    if (str_eq(role, "production")) {
        f->mark = MARK_PRODUCTION;
        f->mark_text = "marked as production";
    } else if (str_eq(role, "copy")) {
        f->mark = mark_fits(res) ? MARK_COPY : MARK_ELSEWHERE;
        f->mark_is_old = f->mark == MARK_COPY && !marked(res, "mark", "target_id");
        f->mark_text =
            arena_printf(a, "copied from %s as of %s", source ? source : "?", taken ? taken : "?");
    }
}

bool pg_mark_read(struct session *s, struct arena *a, struct target_facts *ret, struct err *err)
{
    const char *there = NULL;
    PGresult *res;

    if (!pg_value(s,
                  "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
                  " ON n.oid = c.relnamespace WHERE n.nspname = 'dbtwin' AND c.relname = 'mark'"
                  " AND c.relkind = 'r'",
                  a, &there, err))
        return false;
    if (!there)
        return true;
    res = pg_query(s, mark_sql, err);
    if (!res)
        return err_context(err, "while reading the mark (table dbtwin.mark)");
    take_mark(ret, res, a);
    PQclear(res);
    return true;
}

/* ---- writing ---------------------------------------------------------------------------- */

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
    add_count(&sql, "tables", m->tables);
    add_count(&sql, "rows", m->rows);
    buf_adds(&sql, identity_sql);
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
