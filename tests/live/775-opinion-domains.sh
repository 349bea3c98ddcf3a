#!/bin/bash
# To read a constant of an array of a domain runs the domain's checks: what somebody put there never runs
# with the rights of whoever compares; harmless checks are no reason not to ask.
. "$(dirname "$0")/../lib/live.sh"

ran() { q side acts "SELECT last_value, is_called FROM ran"; }

for kind in $(servers pg | sed -n '1p;$p' | sort -u); do
    start "$kind" side
    q side postgres "CREATE ROLE acts_dev" >/dev/null 2>&1
    q side postgres "CREATE ROLE acts_own SUPERUSER LOGIN" >/dev/null 2>&1
    for case in dev dev_builtin owner_dev harmless super; do
        fresh_db side acts
        must q side acts "GRANT CREATE, USAGE ON SCHEMA public TO acts_dev; CREATE SEQUENCE ran; GRANT ALL ON ran TO PUBLIC; CREATE TYPE pair AS (a int)"
        role=acts_dev check="public.acts(VALUE)"
        case $case in
            dev_builtin) check="pg_catalog.nextval('public.ran'::regclass) > 0" ;;
            harmless) check="VALUE > 0 AND length(VALUE::text) < 5 AND VALUE IN (1, 2)" ;;
            super) role=postgres ;;
        esac
        must q side acts "SET ROLE $([ $case = owner_dev ] && echo acts_dev || echo $role); CREATE FUNCTION public.acts(int) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RESET ROLE; PERFORM nextval(''public.ran''); RETURN true; END'"
        must q side acts "SET ROLE $([ $case = owner_dev ] && echo postgres || echo $role); CREATE DOMAIN public.d AS int CHECK ($check)"
        [ $case != owner_dev ] || q side acts "GRANT EXECUTE ON FUNCTION public.acts(int) TO postgres" >/dev/null
        must q side acts "ALTER TYPE pair ADD ATTRIBUTE d d; CREATE VIEW v AS SELECT '{1}'::d[] AS x, '(1,2)'::pair AS y"
        must q side acts "SELECT setval('ran', 1, false)"
        must dbtwin inspect "$(url side acts)" -o "$WORK/m.xml"
        sed "s/'{1}'::public.d\[\]/CAST('{1}' AS public.d[])/" "$WORK/m.xml" >"$WORK/n.xml"
        isnt "$kind: $case: another spelling" "$(cksum <"$WORK/m.xml")" "$(cksum <"$WORK/n.xml")"
        must q side acts "SELECT setval('ran', 1, false)"
        case $case in
            harmless)
                expect_exit 0 "$kind: $case: is asked" dbtwin diff "$WORK/n.xml" "$(url side acts)"
                ;;
            super)
                dbtwin diff "$WORK/n.xml" "$(url side acts)" >"$OUT" 2>"$ERR"
                is "$kind: $case: is asked, and the check runs" "$(ran)" "$(q side acts "SELECT last_value, true FROM ran")"
                ;;
            *)
                expect_exit 3 "$kind: $case: is not asked" dbtwin diff "$WORK/n.xml" "$(url side acts)"
                is "$kind: $case: nothing ran" "$(ran)" "1	f"
                out_has "$kind: $case: says why" "public.d"
                ;;
        esac
    done
    must q side postgres "DROP DATABASE acts"
    q side postgres "DROP ROLE acts_dev" >/dev/null 2>&1
    q side postgres "DROP ROLE acts_own" >/dev/null 2>&1
done
done_testing
