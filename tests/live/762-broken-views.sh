#!/bin/bash
# What production itself cannot use does not stop the night: it is refused by name before anything moves,
# and left out with --broken leave, or by its name or a pattern with --without KIND:PATTERN.
. "$(dirname "$0")/../lib/live.sh"

views() { q staging brokenst "SELECT TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE() ORDER BY 1" | tr '\n' ' '; }

for kind in $(servers my); do
    start "$kind" prod staging
    fresh_db prod brokenpr
    fresh_db staging brokenst
    cat >"$WORK/in.sql" <<'EOF'
CREATE TABLE gone (a int, b int); INSERT INTO gone VALUES (1,2);
CREATE TABLE dropped (a int);
CREATE VIEW broken1 AS SELECT a, b FROM gone;
CREATE VIEW broken2 AS SELECT a FROM broken1;
CREATE VIEW broken3 AS SELECT a FROM dropped;
CREATE FUNCTION f() RETURNS int DETERMINISTIC RETURN 1;
CREATE VIEW broken4 AS SELECT f() AS x FROM gone;
CREATE VIEW fine AS SELECT a FROM gone;
CREATE VIEW `odd.name` AS SELECT a FROM gone;
ALTER TABLE gone DROP COLUMN b; DROP TABLE dropped; DROP FUNCTION f;
EOF
    must load prod brokenpr "$WORK/in.sql"
    from=$(url prod brokenpr) to=$(url staging brokenst)
    expect_exit 4 "$kind: preflight finds them" dbtwin preflight "$from" "$to"
    for v in broken1 broken2 broken3 broken4; do out_has "$kind: preflight names $v" "view $v: the source itself cannot use it"; done
    out_lacks "$kind: and not what is well" "view fine"
    expect_exit 4 "$kind: a copy refuses them before anything moves" dbtwin copy "$from" "$to" -q
    expect_exit 0 "$kind: --broken leave" dbtwin copy "$from" "$to" --broken leave
    for v in broken1 broken2 broken3 broken4; do err_has "$kind: it names $v" "left out: view $v"; done
    is "$kind: the rest is there" "$(views)" "fine odd.name "
    ok "$kind: preflight with it says go" dbtwin preflight "$from" "$to" --broken leave
    ok "$kind: by name and pattern" dbtwin copy "$from" "$to" -q --without 'view:broken?,view:"odd.name"'
    is "$kind: only what was not named is there" "$(views)" "fine "
    expect_exit 4 "$kind: three of four named are not enough" dbtwin copy "$from" "$to" -q --without view:broken1,view:broken2,view:broken3
    expect_exit 2 "$kind: a kind that is none" dbtwin copy "$from" "$to" -q --without vew:broken1
    ok "$kind: a snapshot leaves them out" dbtwin snapshot "$from" -o "$WORK/$kind.dbtwin" -q --broken leave
    ok "$kind: and can be restored so" dbtwin restore "$WORK/$kind.dbtwin" "$to" -q --broken leave
    is "$kind: with the rest" "$(views)" "fine odd.name "
    printf 'databases:\n  p: {url: "%s"}\n  s: {url: "%s", options: {without: ["view:broken*"]}}\n' "$from" "$to" >"$WORK/c.yaml"
    ok "$kind: and in the config" dbtwin -c "$WORK/c.yaml" copy p s -q
    is "$kind: the same" "$(views)" "fine odd.name "
done
for kind in $(servers pg | cut -d' ' -f1); do
    start "$kind" prod staging
    fresh_db prod brokenpr
    fresh_db staging brokenst
    must q prod brokenpr "CREATE TABLE t (a int); CREATE VIEW old_v AS SELECT a FROM t; CREATE VIEW v AS SELECT a FROM t; CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION f(text) RETURNS int LANGUAGE sql AS 'SELECT 2'"
    ok "$kind: views by pattern, one function of two" dbtwin copy "$(url prod brokenpr)" "$(url staging brokenst)" -q --without 'view:public.old_*' --without 'function:f(integer)'
    is "$kind: the others are there" "$(q staging brokenst "SELECT string_agg(relname, ' ') || ' ' || f('x') FROM pg_class WHERE relname IN ('v', 'old_v')")" "v 2"
done
done_testing
