#include "data.h"

#include <string.h>

#include <dbtwin/log.h>
#include <dbtwin/namemap.h>

/*
 * Large objects are rows of no table. Here they are given the shape of one, so that whatever moves,
 * compares and stores rows does so for them too. A row is a piece:
 *
 *   loid  offset  bytea [ comment  owner  privileges ]
 *
 * The part in brackets is filled in the first piece (offset 0), which an empty object has too, and
 * is left out where rows are compared (projection->n_key): owners need not be carried over. They
 * follow the target's map, --no-owners and --no-grants; who is not there is told, and the objects
 * are the role's that loads. Privileges are all of the object's, the owner's own too, each with who
 * granted it; in snapshots of older releases they are those of others, without a grantor: the
 * owner's.
 * Pieces keep a row far below the 1 GB that no row may exceed. lo_open answers to the role's
 * rights on each object, so one that may not be read is an error and never missing.
 */
enum {
    PIECE = 512 * 1024,
    INV_READ_FLAG = 0x40000, /* libpq/libpq-fs.h of the server */
    /* ALTER LARGE OBJECT holds a lock until the commit; the lock table is sized for some 6400. */
    OBJECTS_PER_CHUNK = 1000,
};

bool pg_large_split(struct session *s, const struct projection *p, struct arena *a, struct vec *ret,
                    struct err *err)
{
    struct buf sql = BUF_INIT;
    PGresult *res;
    int n;

    buf_addf(&sql,
             "SELECT oid FROM (SELECT oid, pg_catalog.row_number() OVER (ORDER BY oid) - 1 AS n"
             " FROM pg_catalog.pg_largeobject_metadata) q WHERE n > 0 AND n %% %d = 0 ORDER BY n",
             OBJECTS_PER_CHUNK);
    res = pg_query(s, sql.data, err);
    buf_release(&sql);
    if (!res)
        return err_context(err, "while counting large objects");
    n = PQntuples(res);
    for (int i = 0; i <= n; i++) {
        const char *from = i ? PQgetvalue(res, i - 1, 0) : NULL;
        const char *to = i < n ? PQgetvalue(res, i, 0) : NULL;
        struct chunk *c = vec_push(ret);
        c->projection = p;
        c->number = (uint32_t)i;
        c->only = n == 0;
        if (from && to)
            c->condition = arena_printf(a, "m.oid >= %s AND m.oid < %s", from, to);
        else if (from)
            c->condition = arena_printf(a, "m.oid >= %s", from);
        else if (to)
            c->condition = arena_printf(a, "m.oid < %s", to);
        if (c->condition)
            c->range = arena_printf(a, "loid %s to %s", from ? from : "first", to ? to : "last");
    }
    PQclear(res);
    return true;
}

/* OFFSET 0 keeps each step a step of its own: the descriptor is opened, asked and closed once. */
void pg_large_add_pieces(struct buf *sql, const char *oid, bool all, const char *condition)
{
    buf_addf(sql, "SELECT %s, p.o, pg_catalog.lo_get(m.oid, p.o, %d)", oid, PIECE);
    if (all)
        buf_adds(sql,
                 ", CASE p.o WHEN 0 THEN pg_catalog.obj_description(m.oid, 'pg_largeobject') END"
                 ", CASE p.o WHEN 0 THEN pg_catalog.pg_get_userbyid(m.lomowner) END"
                 ", CASE WHEN p.o = 0 AND m.lomacl IS NOT NULL THEN (SELECT coalesce("
                 "pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object("
                 "'grantee', CASE x.grantee WHEN 0 THEN NULL ELSE"
                 " pg_catalog.pg_get_userbyid(x.grantee) END, 'privilege', x.privilege_type,"
                 " 'grantable', x.is_grantable, 'grantor', pg_catalog.pg_get_userbyid(x.grantor))),"
                 " '[]') FROM pg_catalog.aclexplode(m.lomacl) x) END");
    buf_addf(sql,
             " FROM pg_catalog.pg_largeobject_metadata m"
             ", LATERAL (SELECT size + 0 * pg_catalog.lo_close(fd) AS size FROM (SELECT fd,"
             " pg_catalog.lo_lseek64(fd, 0, 2) AS size FROM (SELECT"
             " pg_catalog.lo_open(m.oid, %d) AS fd OFFSET 0) f OFFSET 0) z OFFSET 0) l"
             ", LATERAL pg_catalog.generate_series(0, greatest(l.size - 1, 0), %d) AS p(o)",
             INV_READ_FLAG, PIECE);
    if (condition)
        buf_addf(sql, " WHERE %s", condition);
    buf_adds(sql, " ORDER BY m.oid, p.o");
}

void pg_large_add_select(struct session *s, const struct chunk *c, struct buf *sql)
{
    (void)s;
    pg_large_add_pieces(sql, "m.oid", !c->projection->n_key, c->condition);
}

/* ---- loading ---------------------------------------------------------------------------- */
