#include "../source/data.h"

#include <string.h>

#include <dbtwin/log.h>
#include <dbtwin/namemap.h>

/* Large objects, from the rows that source/data_large.c makes of them. */

static const char pieces_sql[] =
    "CREATE TEMPORARY TABLE dbtwin_pieces (loid oid, o bigint, piece bytea, comment text,"
    " owner text, privileges jsonb) ON COMMIT DROP;"
    "COPY pg_temp.dbtwin_pieces FROM STDIN WITH (";

/*
 * In this order: the objects, their bytes, then what belongs to the first piece. The pieces of an
 * object may be cut anywhere, and come by several transactions at a time, the later ones first. So
 * the first object here and the last one may be there already, or be about to be: who makes one
 * holds a lock on it until the commit. Locks are taken in the order of the objects, as the pieces
 * are cut, so that no two wait for one another.
 */
static const char create_sql[] =
    "SELECT pg_catalog.pg_advisory_xact_lock((1684174967::bigint << 32) | loid::bigint) FROM"
    " (SELECT pg_catalog.min(loid) FROM pg_temp.dbtwin_pieces UNION"
    " SELECT pg_catalog.max(loid) FROM pg_temp.dbtwin_pieces ORDER BY 1 OFFSET 0) e(loid)"
    " WHERE loid IS NOT NULL;"
    "SELECT pg_catalog.count(pg_catalog.lo_create(loid)) FROM"
    " (SELECT DISTINCT loid FROM pg_temp.dbtwin_pieces) p WHERE NOT EXISTS"
    " (SELECT FROM pg_catalog.pg_largeobject_metadata m WHERE m.oid = p.loid);"
    "SELECT pg_catalog.count(*) FROM (SELECT pg_catalog.lo_put(loid, o, piece)"
    " FROM pg_temp.dbtwin_pieces WHERE pg_catalog.length(piece) > 0 OFFSET 0) q;";

/* The roles that owners and privileges name. */
static const char roles_sql[] =
    "SELECT owner FROM pg_temp.dbtwin_pieces WHERE owner IS NOT NULL UNION"
    " SELECT r.name FROM pg_temp.dbtwin_pieces, pg_catalog.jsonb_to_recordset(privileges)"
    " AS x(grantee text, grantor text), LATERAL (VALUES (x.grantee), (x.grantor)) AS r(name)"
    " WHERE r.name IS NOT NULL ORDER BY 1";

/*
 * Behind a WITH RECURSIVE query role: production's name, the target's, and the latter quoted where
 * it is there and this role may give it objects. $1, $2: whether owners and privileges are set.
 * First the owner, then what he may, then what he granted, then what these granted on: who may
 * grant holds the privilege by then. Without --no-owners his own are set as they were: a REVOKE of
 * all, then the rest.
 */
static const char about_sql[] =
    ", entry AS (SELECT p.loid, p.owner, x.grantee, x.privilege, x.grantable,"
    " coalesce(x.grantor, p.owner) AS grantor"
    " FROM pg_temp.dbtwin_pieces p, pg_catalog.jsonb_to_recordset(p.privileges)"
    " AS x(grantee text, privilege text, grantable bool, grantor text)"
    " WHERE $2::bool AND x.privilege IN ('SELECT', 'UPDATE'))"
    ", chain AS (SELECT e.*, 0 AS depth FROM entry e WHERE e.grantor IS NOT DISTINCT FROM e.owner"
    " UNION SELECT e.*, c.depth + 1 FROM chain c JOIN entry e ON e.loid = c.loid"
    " AND e.grantor = c.grantee AND e.privilege = c.privilege WHERE c.grantable AND c.depth < 32"
    " AND e.grantor IS DISTINCT FROM e.owner)"
    ", granted AS (SELECT loid, owner, grantee, privilege, grantable, grantor,"
    " pg_catalog.min(depth) AS depth FROM chain GROUP BY 1, 2, 3, 4, 5, 6)"
    ", said (place, statement, role, what) AS ("
    "SELECT 0, pg_catalog.format('COMMENT ON LARGE OBJECT %s IS %L', loid, comment), NULL, NULL"
    " FROM pg_temp.dbtwin_pieces WHERE comment IS NOT NULL"
    " UNION ALL "
    "SELECT 1, CASE WHEN r.mine THEN pg_catalog.format('ALTER LARGE OBJECT %s OWNER TO %I', loid,"
    " r.name) END, r.name, 'do not belong to'"
    " FROM pg_temp.dbtwin_pieces p JOIN role r ON r.source = p.owner"
    " WHERE $1::bool AND r.name <> current_user"
    " UNION ALL "
    "SELECT 2, pg_catalog.format('REVOKE ALL ON LARGE OBJECT %s FROM %I', p.loid, r.name), NULL,"
    " NULL FROM pg_temp.dbtwin_pieces p JOIN role r ON r.source = p.owner"
    " WHERE $1::bool AND $2::bool AND r.mine AND p.privileges IS NOT NULL"
    " AND NOT EXISTS (SELECT FROM pg_catalog.jsonb_array_elements(p.privileges) AS j(x)"
    " WHERE NOT pg_catalog.jsonb_exists(j.x, 'grantor'))"
    " UNION ALL "
    "SELECT 3 + g.depth, CASE WHEN (g.grantee IS NULL OR r.there) AND (g.depth = 0 OR b.mine) THEN"
    " pg_catalog.format('%sGRANT %s ON LARGE OBJECT %s TO %s%s%s',"
    " CASE WHEN g.depth > 0 THEN pg_catalog.format('SET LOCAL ROLE %I; ', b.name) END,"
    " g.privilege, g.loid, coalesce(pg_catalog.quote_ident(r.name), 'PUBLIC'),"
    " CASE WHEN g.grantable THEN ' WITH GRANT OPTION' ELSE '' END,"
    " CASE WHEN g.depth > 0 THEN '; RESET ROLE' END) END,"
    " CASE WHEN g.grantee IS NULL OR r.there THEN b.name ELSE r.name END,"
    " CASE WHEN g.grantee IS NULL OR r.there THEN 'are not granted by' ELSE 'are not granted to'"
    " END FROM granted g LEFT JOIN role r ON r.source = g.grantee"
    " LEFT JOIN role b ON b.source = g.grantor"
    " WHERE $1::bool OR g.grantee IS DISTINCT FROM g.owner)"
    " SELECT statement, role, what FROM said ORDER BY place";

/* What the roles are called here, and whether they are there. */
static bool add_roles(struct session *s, const struct namemap *map, struct buf *sql,
                      struct err *err)
{
    PGresult *res = pg_query(s, roles_sql, err);

    buf_adds(sql, "WITH RECURSIVE named (source, name) AS (VALUES (NULL::text, NULL::text)");
    for (int i = 0; res && i < PQntuples(res); i++) {
        const char *name = PQgetvalue(res, i, 0);
        buf_adds(sql, ", (");
        pg_add_literal(sql, name);
        buf_adds(sql, ", ");
        pg_add_literal(sql, map ? namemap_role(map, name) : name);
        buf_addch(sql, ')');
    }
    buf_adds(sql, "), role AS (SELECT n.source, n.name, r.oid IS NOT NULL AS there,"
                  " coalesce(pg_catalog.pg_has_role(r.oid, 'MEMBER'), false) AS mine FROM named n"
                  " LEFT JOIN pg_catalog.pg_roles r ON r.rolname = n.name)");
    PQclear(res);
    return res != NULL;
}

/* A role that is not there, or that this one may not act for, is told once a session. */
static void tell(struct session *s, const PGresult *res, int row)
{
    const char *role = PQgetvalue(res, row, 1), *what = PQgetvalue(res, row, 2);
    struct buf line = BUF_INIT;

    buf_addf(&line, "\n%s %s\n", what, role);
    bool known = s->told && strstr(s->told, line.data);
    if (!known)
        s->told = arena_printf(&s->arena, "%s%s", s->told ? s->told : "", line.data);
    buf_release(&line);
    if (known)
        return;
    log_warn("%s: large objects %s %s: this role may not change that, or there is no such role",
             s->label, what, role);
}

static bool run_about(struct session *s, const struct namemap *map, struct err *err)
{
    const char *wanted[2] = {s->into && s->into->no_owners ? "f" : "t",
                             s->into && s->into->no_grants ? "f" : "t"};
    struct buf sql = BUF_INIT;
    bool good = add_roles(s, map, &sql, err);

    buf_adds(&sql, about_sql);
    PGresult *res = good ? pg_query_params(s, sql.data, 2, wanted, err) : NULL;
    buf_reset(&sql);
    for (int i = 0; res && i < PQntuples(res); i++) {
        if (PQgetisnull(res, i, 0))
            tell(s, res, i);
        else
            buf_addf(&sql, "%s;", PQgetvalue(res, i, 0));
    }
    good = res && (!sql.len || pg_run(s, sql.data, err));
    PQclear(res);
    buf_release(&sql);
    return good;
}

static bool load(struct session *s, const struct namemap *map, const struct chunk *c,
                 struct reader *in, uint64_t *ret_rows, struct err *err)
{
    struct err later = ERR_INIT;
    struct buf sql = BUF_INIT;
    uint64_t rows = 0;
    bool good;

    /* Lent: in the one transaction of swap_schemas.c. Each statement sees what others committed. */
    buf_adds(&sql, s->lent ? "" : "BEGIN ISOLATION LEVEL READ COMMITTED; ");
    buf_adds(&sql, pieces_sql);
    pg_data_add_encoding(&sql, s);
    buf_addch(&sql, ')');
    good = pg_data_copy_in(s, sql.data, in, &rows, err);
    buf_release(&sql);
    good = good && pg_run(s, create_sql, err) && run_about(s, map, err) &&
           (s->lent ? pg_run(s, "DROP TABLE pg_temp.dbtwin_pieces", err)
                    : pg_note_commit(s, c->note, rows, err));
    if (good) {
        *ret_rows = rows;
        return true;
    }
    pg_data_explain(s, err);
    if (!s->lent)
        pg_run(s, "ROLLBACK", &later);
    return false;
}

bool pg_large_load(struct session *s, const struct chunk *c, struct reader *in, uint64_t *ret_rows,
                   struct err *err)
{
    return load(s, s->into ? s->into->map : NULL, c, in, ret_rows, err);
}

bool pg_large_load_own(struct session *s, const struct chunk *c, struct reader *in,
                       uint64_t *ret_rows, struct err *err)
{
    return load(s, NULL, c, in, ret_rows, err);
}
