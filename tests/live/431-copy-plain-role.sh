#!/bin/bash
# A copy made by a role that is no superuser: owners that it is a member of come along, whatever the
# schemas' rights, and what dbtwin itself leaves on the target is no drift.
. "$(dirname "$0")/../lib/live.sh"

for kind in $(servers pg); do
    start "$kind" prod staging
    for s in prod staging; do
        q "$s" postgres "CREATE ROLE plain_app; CREATE ROLE plain_boss; CREATE ROLE plain_copier LOGIN CREATEDB" 2>/dev/null
        must q "$s" postgres "GRANT plain_app, plain_boss TO plain_copier"
    done
    fresh_db prod plain
    fresh_db staging plain
    must q staging postgres "ALTER DATABASE plain OWNER TO plain_copier"
    must q prod plain "CREATE SCHEMA s AUTHORIZATION plain_boss; GRANT USAGE, CREATE ON SCHEMA s TO plain_app;
        GRANT CREATE ON SCHEMA public TO plain_app; SET ROLE plain_app;
        CREATE TABLE s.t (a int PRIMARY KEY); CREATE TABLE public.t (a int); INSERT INTO s.t VALUES (1)"
    ok "$kind: a plain role copies" dbtwin copy "$(url prod plain)" "$(url staging plain plain_copier)"
    is "$kind: owners are those of the source" \
        "$(q staging plain "SELECT c.oid::regclass, relowner::regrole FROM pg_class c WHERE relname = 't' ORDER BY 1::text")" \
        "$(q prod plain "SELECT c.oid::regclass, relowner::regrole FROM pg_class c WHERE relname = 't' ORDER BY 1::text")"
    is "$kind: so are rights on schemas" "$(q staging plain "SELECT nspacl FROM pg_namespace WHERE nspname = 's'")" \
        "$(q prod plain "SELECT nspacl FROM pg_namespace WHERE nspname = 's'")"
    ok "$kind: and it is the twin" dbtwin diff "$(url prod plain)" "$(url staging plain)"
done
done_testing
