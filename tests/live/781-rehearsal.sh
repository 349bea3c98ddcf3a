#!/bin/bash
# preflight proves its "go": it builds the source's schema without rows in a shadow on the target.
# What fails there is named with its statement; source and target stay as they are; nothing is left.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

run_is_there() { [ -n "$(shadows_of staging reh)" ] && sleep 1; }

for kind in $(some_servers); do
    start "$kind" prod staging
    fresh_db prod reh
    fresh_db staging reh
    must q staging reh "CREATE TABLE earlier (a int PRIMARY KEY)"
    must q staging reh "INSERT INTO earlier VALUES (1)"
    admin=$(server_is_pg prod && echo postgres || echo '')
    if server_is_pg prod; then
        cat >"$WORK/prod.sql" <<'SQL'
CREATE TABLE t (a int PRIMARY KEY, v varchar(10) CHECK (v IN ('a', 'b')));
INSERT INTO t SELECT n, 'a' FROM generate_series(1, 1000) n;
CREATE VIEW w AS SELECT * FROM t WHERE v IN ('a', 'b');
CREATE FUNCTION boom() RETURNS int LANGUAGE plpgsql STABLE AS
    'BEGIN IF NOT EXISTS (SELECT FROM public.t) THEN RAISE ''no rows''; END IF; RETURN 1; END';
CREATE MATERIALIZED VIEW m AS SELECT boom() AS b;
SQL
        must load prod reh "$WORK/prod.sql"
    else
        must q prod reh "CREATE TABLE t (a int PRIMARY KEY, v varchar(10) CHECK (v IN ('a', 'b')))"
        must q prod reh "INSERT INTO t VALUES (1, 'a'), (2, 'b')"
        must q prod reh "CREATE VIEW w AS SELECT * FROM t WHERE v IN ('a', 'b')"
    fi
    sum=$(sum_of staging reh)
    replace="--replace reh"
    ok "$kind: go" dbtwin preflight "$(url prod reh)" "$(url staging reh)" $replace
    out_like "$kind: what was rehearsed is told" '^  rehearsal +ok .* [0-9]+ statements in [0-9.]+ s$'
    untouched "$kind: after a go" staging reh "$sum"
    ok "$kind: without a rehearsal" dbtwin preflight --no-rehearsal "$(url prod reh)" "$(url staging reh)" $replace
    out_like "$kind: is told as such" '^  rehearsal +note .*--no-rehearsal'

    # A snapshot is tried out in the same way.
    must dbtwin snapshot "$(url prod reh)" -o "$WORK/$kind.dbtwin"
    ok "$kind: a good snapshot" dbtwin check "$WORK/$kind.dbtwin" --rehearse "$(url staging reh)" $replace --without enum
    out_has "$kind: is complete" "is complete"
    out_like "$kind: and can be restored" '^  rehearsal +ok'
    expect_exit 2 "$kind: of standard input" dbtwin check - --rehearse "$(url staging reh)" <"$WORK/$kind.dbtwin"
    expect_exit 2 "$kind: on a file" dbtwin check "$WORK/$kind.dbtwin" --rehearse "$WORK/$kind.dbtwin"

    # While a copy runs nobody can begin another, and nothing is tried out beside it.
    sleep_sql="SELECT pg_sleep(20)"
    server_is_pg prod || sleep_sql="SELECT SLEEP(20)"
    "$DBTWIN" copy --create -q "$(url prod reh)" "$(url staging reh)" $replace --after "$sleep_sql" >/dev/null 2>&1 &
    copy=$!
    at_exit kill "$copy"
    if until_true 20 run_is_there; then
        expect_exit 4 "$kind: while a copy runs" dbtwin preflight "$(url prod reh)" "$(url staging reh)" $replace
        out_like "$kind: it is told who, and since when" '^  running +NO .*another run .* since 20.* by (process|connection) [0-9]+'
        is "$kind: its shadow stays" "$(shadows_of staging reh | grep -c shadow)" 1
    else
        fail "$kind: the copy began" "no shadow within 20 s"
    fi
    kill -INT "$copy" && wait "$copy"
    is "$kind: the copy was interrupted" $? 130

    # What production has, and nobody could create again.
    if server_is_pg prod; then
        must q prod reh "CREATE FUNCTION f(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN \$1; END'; CREATE INDEX once ON t (f(a));
            ALTER FUNCTION f(int) VOLATILE"
        code=2 wrong='index public.t.once cannot be created: .*IMMUTABLE' statement='CREATE INDEX "once"'
    else
        must q prod reh "CREATE TABLE gone (a int)"
        must q prod reh "CREATE VIEW broken AS SELECT a FROM gone"
        must q prod reh "DROP TABLE gone"
        code=4 wrong='broken' statement='broken'
    fi
    expect_exit $code "$kind: what cannot be created again" dbtwin preflight "$(url prod reh)" "$(url staging reh)" $replace
    out_like "$kind: is named" "NO .*$wrong"
    out_has "$kind: with its statement" "$statement"
    is "$kind: no-go is the last line" "$(tail -n 1 "$OUT" | cut -d: -f1)" no-go
    untouched "$kind: after a no-go" staging reh "$sum"
    expect_exit $code "$kind: and so it is at night" dbtwin copy -q "$(url prod reh)" "$(url staging reh)" $replace
    is "$kind: nothing is left" "$(shadows_of staging reh)" ''
done
done_testing
