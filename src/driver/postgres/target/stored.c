#include "target.h"

/* Every rewrite makes a new file, whose number is relfilenode; a partitioned table has none. */
bool pg_stored(struct session *s, row_fn *fn, void *ctx, struct err *err)
{
    return pg_rows(s,
                   "SELECT c.oid, n.nspname || '.' || c.relname, c.relfilenode"
                   " FROM pg_catalog.pg_class c"
                   " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                   " WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'"
                   " AND c.oid >= 16384",
                   fn, ctx, err);
}

/* A row is seen by whoever has the role of the session that builds. */
bool pg_doing(struct session *s, struct arena *a, const char **ret, struct err *err)
{
    return pg_value(s,
                    "SELECT phase || CASE WHEN blocks_total > 0 THEN ', ' || blocks_done * 100 /"
                    " blocks_total || ' % of the table' WHEN tuples_total > 0 THEN ', ' ||"
                    " tuples_done * 100 / tuples_total || ' % of the rows' ELSE '' END"
                    " FROM pg_catalog.pg_stat_progress_create_index"
                    " WHERE datid = (SELECT oid FROM pg_catalog.pg_database WHERE datname ="
                    " pg_catalog.current_database()) AND phase IS NOT NULL LIMIT 1",
                    a, ret, err);
}
