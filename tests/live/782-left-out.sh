#!/bin/bash
# What a copy left out on purpose (--no-owners, --no-grants, --without) is in the mark: the diff of the next
# minute calls it that, and not drift; what anybody changes afterwards still is.
. "$(dirname "$0")/../lib/live.sh"

for kind in $(servers pg | head -n 1); do
    start "$kind" prod staging
    fresh_db prod left
    fresh_db staging left
    for n in prod staging; do
        for r in left_alice left_bob left_loader; do q $n postgres "CREATE ROLE $r LOGIN CREATEDB" >/dev/null 2>&1; done
    done
    must q staging postgres "ALTER DATABASE \"left\" OWNER TO left_loader; GRANT pg_signal_backend TO left_loader"
    must q prod left "CREATE TABLE t (a int PRIMARY KEY, b int); INSERT INTO t VALUES (1, 2); CREATE SEQUENCE sq;
        CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION f() FROM PUBLIC;
        GRANT SELECT ON t TO left_bob; GRANT UPDATE (b) ON t TO left_bob; ALTER TABLE t OWNER TO left_alice;
        CREATE SCHEMA x AUTHORIZATION left_alice; GRANT CREATE ON SCHEMA x TO left_bob; CREATE TYPE e AS ENUM ('a');
        ALTER DEFAULT PRIVILEGES FOR ROLE left_alice GRANT SELECT ON TABLES TO left_bob;
        CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"
    from=$(url prod left) to=$(url staging left left_loader)
    for options in "--no-owners --no-grants" "--no-owners --no-grants --without trigger" "--no-owners --no-grants --without trigger,function"; do
        ok "$kind: copy $options" dbtwin copy -q "$from" "$to" $options
        ok "$kind: no drift after $options" dbtwin diff "$from" "$to"
        out_like "$kind: what was left out is counted" 'left out or disabled by the copy: [0-9]+ differences'
    done
    ok "$kind: copy --no-grants" dbtwin copy -q "$from" "$(url staging left)" --no-grants
    ok "$kind: no drift after it" dbtwin diff "$from" "$(url staging left)"
    # Owners were copied: another one is drift. Neither is what nobody left out.
    must q staging left "ALTER TABLE t OWNER TO left_bob"
    expect_exit 1 "$kind: an owner changed afterwards is drift" dbtwin diff "$from" "$(url staging left)"
    out_like "$kind: and named" 'owner: left_alice . left_bob'
    must q staging left "ALTER TABLE t OWNER TO left_alice; DROP SEQUENCE sq"
    expect_exit 1 "$kind: what nobody left out is drift" dbtwin diff "$from" "$(url staging left)"
    out_has "$kind: and named too" "sequence public.sq"
    ok "$kind: a whole copy" dbtwin copy -q "$from" "$(url staging left)"
    must q staging left "REVOKE SELECT ON t FROM left_bob"
    expect_exit 1 "$kind: after which a right that is missing is drift" dbtwin diff "$from" "$(url staging left)"
done
done_testing
