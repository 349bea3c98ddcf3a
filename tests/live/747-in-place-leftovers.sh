#!/bin/bash
# --in-place over whatever stands in the target outside of schemas, or in one that an extension shares: each
# is replaced by what production has, which is nothing; what the server was born with is what it was.
. "$(dirname "$0")/../lib/live.sh"

born() { # privileges of the server's own objects, and default ones
    q staging leftovers "SELECT 'r', oid::regclass::text, relacl::text FROM pg_class WHERE oid < 16384 AND relacl IS NOT NULL
        UNION ALL SELECT 'a', attrelid::regclass || '.' || attname, attacl::text FROM pg_attribute WHERE attrelid < 16384 AND attacl IS NOT NULL
        UNION ALL SELECT 'f', p.oid::regprocedure::text, a::text FROM pg_proc p, aclexplode(coalesce(proacl, acldefault('f', proowner))) a WHERE p.oid < 16384
        UNION ALL SELECT 'l', lanname, a::text FROM pg_language, aclexplode(coalesce(lanacl, acldefault('l', lanowner))) a
        UNION ALL SELECT 't', t.oid::regtype::text, a::text FROM pg_type t, aclexplode(coalesce(typacl, acldefault('T', typowner))) a WHERE t.oid < 16384
        UNION ALL SELECT 'n', nspname, nspacl::text FROM pg_namespace WHERE nspname IN ('pg_catalog', 'information_schema')
        UNION ALL SELECT 'd', pg_get_userbyid(defaclrole), defaclacl::text FROM pg_default_acl ORDER BY 1, 2, 3"
}

for kind in $(servers pg); do
    start "$kind" prod staging
    for n in prod staging; do fresh_db $n leftovers; done
    q staging postgres "DROP ROLE IF EXISTS left_bob, left_amy" >/dev/null 2>&1
    must q staging postgres "CREATE ROLE left_bob; CREATE ROLE left_amy"
    must q prod leftovers "CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1); CREATE EXTENSION hstore"
    from=$(url prod leftovers) to=$(url staging leftovers)
    must q staging leftovers "CREATE EXTENSION hstore"
    born >"$WORK/before"
    n=0
    while IFS= read -r sql; do
        n=$((n + 1))
        must q staging leftovers "$sql"
        ok "$kind: over $sql" dbtwin copy -q --in-place --replace leftovers "$from" "$to"
        # hstore keeps public where it is: what is in it is dropped there
        is "$kind: $n: it is production's" "$(q staging leftovers "SELECT a FROM t")" 1
        ok "$kind: $n: no drift" dbtwin diff "$from" "$to"
        born >"$WORK/now"
        same_files "$kind: $n: the server's own is what it was" "$WORK/now" "$WORK/before"
    done <<'SQL'
CREATE TYPE r AS RANGE (subtype = int); CREATE TABLE uses (a r)
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC; ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; ALTER DEFAULT PRIVILEGES FOR ROLE left_amy IN SCHEMA public GRANT INSERT ON TABLES TO left_bob WITH GRANT OPTION
REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC; GRANT USAGE ON LANGUAGE plpgsql TO left_bob WITH GRANT OPTION; SET ROLE left_bob; GRANT USAGE ON LANGUAGE plpgsql TO left_amy
GRANT SELECT ON pg_authid TO left_bob; GRANT EXECUTE ON FUNCTION pg_read_file(text) TO left_amy; GRANT SELECT (rolname) ON pg_authid TO left_amy; REVOKE SELECT ON pg_tables FROM PUBLIC; REVOKE USAGE ON TYPE int4 FROM PUBLIC; GRANT CREATE ON SCHEMA pg_catalog TO left_bob
REVOKE EXECUTE ON FUNCTION hstore_in(cstring) FROM PUBLIC; GRANT EXECUTE ON FUNCTION hstore_out(hstore) TO left_bob
CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal))
CREATE ACCESS METHOD am TYPE TABLE HANDLER heap_tableam_handler; CREATE TABLE odd (a int) USING am; INSERT INTO odd VALUES (1)
CREATE LANGUAGE lang HANDLER plpgsql_call_handler; CREATE FUNCTION lf() RETURNS int LANGUAGE lang AS 'x'
CREATE TYPE base; CREATE FUNCTION base_in(cstring) RETURNS base LANGUAGE internal AS 'textin' STRICT IMMUTABLE; CREATE FUNCTION base_out(base) RETURNS cstring LANGUAGE internal AS 'textout' STRICT IMMUTABLE; CREATE TYPE base (INPUT = base_in, OUTPUT = base_out, LIKE = text); CREATE TABLE based (b base); CREATE CONVERSION conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8; CREATE OPERATOR FAMILY fam USING btree; CREATE TEXT SEARCH TEMPLATE tmpl (LEXIZE = dsimple_lexize); CREATE TEXT SEARCH PARSER pars (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype); CREATE TABLE st_t (a int, b int); CREATE STATISTICS st ON a, b FROM st_t
SQL
    for n in prod staging; do must q $n postgres "DROP DATABASE leftovers"; done
    must q staging postgres "DROP ROLE left_bob, left_amy"
done
done_testing
