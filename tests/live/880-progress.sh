#!/bin/bash
# How far runs are: JSON lines whose counters grow and end at what was moved, bars and a closing table on a terminal;
# and hooks that are told what came of it, also after SIGTERM.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

json_lines() { # json_lines NAME ROWS: of $ERR, the last run's
    python3 - "$ERR" "$2" "$1" >"$WORK/why" 2>&1 <<'END' && pass "$1" || fail "$1" "$(cat "$WORK/why")"
import json, sys
lines = [json.loads(x)["progress"] for x in open(sys.argv[1]) if x.startswith('{"progress"')]
last = lines[-1]
assert len(lines) > 1, f"{len(lines)} lines"
assert all(a["rows"] <= b["rows"] and a["milliseconds"] <= b["milliseconds"] for a, b in zip(lines, lines[1:])), lines
assert last["rows"] == int(sys.argv[2]), last
assert last["tables_done"] == last["tables"] == 3 or last["phase"] in ("check", "publish"), last
shares = [x["percent"] for x in lines if x["percent"] is not None]
assert shares and all(0 <= s <= 100 for s in shares) and shares[-1] > 50, shares
assert any(r["table"].endswith("large") for x in lines for r in x["running"]) or "restore" in sys.argv[3], lines
END
}
# 3 MB at this rate last two seconds and more on any machine: a line of JSON is written once a second.
rate=1200k
for kind in $(one_of_each); do
    start "$kind" prod staging
    fresh_db prod far
    fresh_db staging far
    must q prod far "CREATE TABLE large (id int PRIMARY KEY, t varchar(200))"
    must q prod far "CREATE TABLE small (id int PRIMARY KEY)"
    must q prod far "CREATE TABLE none (id int PRIMARY KEY)"
    if server_is_pg prod; then
        must q prod far "INSERT INTO large SELECT i, repeat('x', 150) FROM generate_series(1, 20000) i"
        must q prod far "CREATE INDEX ON large (t)"
        must q prod far "ANALYZE large"
    else
        must q prod far "INSERT INTO large SELECT seq, repeat('x', 150) FROM seq_1_to_20000"
        must q prod far "CREATE INDEX i ON large (t)"
    fi
    must q prod far "INSERT INTO small VALUES (1), (2)"
    from=$(url prod far) to=$(url staging far)
    cat >"$WORK/dbtwin.yaml" <<END
databases:
  prod: {url: "$from", role: production}
  staging: {url: "$to", role: staging, on_success: [sh, -c, "cat >>$WORK/told"]}
on_failure: [sh, -c, "cat >>$WORK/told"]
END
    chmod 600 "$WORK/dbtwin.yaml"
    rm -f "$WORK/told"

    ok "$kind: copy" dbtwin copy -c "$WORK/dbtwin.yaml" prod staging --progress json --max-rate $rate
    json_lines "$kind: copy: lines" 20002
    ok "$kind: verify" dbtwin verify -c "$WORK/dbtwin.yaml" prod staging --progress json -j 1
    is "$kind: hooks: what was moved and compared" \
        "$(python3 -c 'import json, sys
for line in open(sys.argv[1]):
    v = json.loads(line)
    print(v["command"], v["source"], v["target"], v["exit_code"], v["rows"], v["bytes"] > 2500000, v["reason"])' "$WORK/told")" \
        "$(printf 'copy prod staging 0 20002 True None\nverify prod staging 0 20002 True None')"
    err_has "$kind: verify: all of it" '"percent":100,'
    # What the counters are made of is one room's for both engines: PROGRESS=all has the rest of it on MariaDB, too.
    server_is_pg prod || [ -n "${PROGRESS:-}" ] || continue
    ok "$kind: snapshot" dbtwin snapshot -q "$from" -o "$WORK/s.dbtwin" --force
    ok "$kind: check" dbtwin check "$WORK/s.dbtwin" --progress json
    err_has "$kind: check: to the file's end" '"percent":100,'
    err_has "$kind: check: rows" '"rows":20002,'
    ok "$kind: restore" dbtwin restore "$WORK/s.dbtwin" "$to" --progress json --max-rate $rate
    json_lines "$kind: restore: lines" 20002
    ok "$kind: inspect" dbtwin inspect "$from" --progress json
    err_has "$kind: inspect: all of the catalog" '"percent":100,'
    ok "$kind: a pipe gets one line" dbtwin copy "$from" "$to"
    is "$kind: a pipe gets one line, and no bar" "$(grep -vc 'warning:\|^dbtwin: .* → .*tables' "$ERR")" 0

    printf 'nothing that is ever asked\t\n' >"$WORK/talk"
    LC_ALL=C.UTF-8 timeout 60 python3 "$TOP/tests/lib/dialogue.py" "$WORK/talk" "$DBTWIN" copy "$from" "$to" --max-rate $rate >"$OUT" 2>"$ERR"
    out_like "$kind: a terminal: a bar with what is left" '█░* +[0-9]+ %  about 0:0[0-9] left'
    out_like "$kind: a terminal: the table under way" '^  .*large +[█░]'
    out_like "$kind: a terminal: the table in the end" '^  .*large +[0-9]+\.[0-9] +20,000 '

    # A signal: the hook of the failure still runs.
    rm "$WORK/told"
    "$DBTWIN" copy -c "$WORK/dbtwin.yaml" prod staging --max-rate 300k >"$OUT" 2>"$ERR" & run=$!
    sleep 1.5
    kill -TERM $run
    wait $run
    is "$kind: SIGTERM" $? 130
    is "$kind: SIGTERM: the hook knows" "$(python3 -c 'import json, sys
v = json.load(open(sys.argv[1])); print(v["event"], v["exit_code"], v["rows"])' "$WORK/told")" "failure 130 None"
    rm "$WORK/s.dbtwin" "$WORK/told"
done
done_testing
