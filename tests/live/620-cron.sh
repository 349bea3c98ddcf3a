#!/bin/bash
# For cron: silence when all is well, one paragraph when not, JSON lines and metrics for machines,
# and the examples do what they say.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

# every line is a JSON object that has what each must have; the last line's value at a path
json_lines() { python3 -c '
import json, sys, datetime
n = 0
for line in open(sys.argv[1]):
    o = json.loads(line)
    assert o["level"] in ("error", "warning", "info", "debug"), o
    datetime.datetime.strptime(o["time"], "%Y-%m-%dT%H:%M:%S.%fZ")
    assert o["event"] and o["text"], o
    n += 1
assert n, "no line"' "$1"; }
json_last() { python3 -c '
import json, sys
o = json.loads(open(sys.argv[1]).read().splitlines()[-1])
for k in sys.argv[2:]:
    o = o[k]
print(o)' "$@"; }
metric() { sed -n "s/^$1{.*} //p" "$WORK/m.prom"; }

for kind in $(one_of_each); do
    start "$kind" prod staging
    fresh_db prod nightly
    fresh_db staging nightly
    must q prod nightly "CREATE TABLE t (a int PRIMARY KEY, b varchar(200))"
    must q prod nightly "INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, NULL)"
    from=$(url prod nightly) to=$(url staging nightly)
    begin=$(date +%s)

    ok "$kind: a quiet copy" dbtwin copy -q "$from" "$to"
    out_empty "$kind: says nothing"
    err_empty "$kind: nor complains"
    expect_exit 2 "$kind: a quiet copy that fails" dbtwin copy -q "${from/nightly/nowhere}" "$to"
    out_empty "$kind: prints no data"
    [ "$(grep -c . "$ERR")" -le 3 ] && grep -q nowhere "$ERR" && ! grep -q '^$' "$ERR" &&
        pass "$kind: one paragraph" || fail "$kind: one paragraph" "$(cat "$ERR")"

    rm -f "$WORK/m.prom"
    ok "$kind: JSON lines and metrics" dbtwin copy --log-format json --metrics "$WORK/m.prom" "$from" "$to"
    out_empty "$kind: all of it on standard error"
    cp "$ERR" "$WORK/log"
    ok "$kind: lines of JSON" json_lines "$WORK/log"
    is "$kind: the last says that it is done" "$(json_last "$WORK/log" event)" done
    is "$kind: and how many rows" "$(json_last "$WORK/log" fields rows)" 3
    is "$kind: metrics: rows" "$(metric dbtwin_last_success_rows)" 3
    is "$kind: metrics: success" "$(metric dbtwin_last_run_success)" 1
    is "$kind: metrics: phases" "$(metric dbtwin_last_success_phase_seconds | wc -l)" 4
    when=$(metric dbtwin_last_success_timestamp_seconds)
    [ "$when" -ge "$begin" ] && pass "$kind: metrics: when" || fail "$kind: metrics: when" "$when"
    when=$(metric dbtwin_last_success_snapshot_timestamp_seconds)
    [ "$when" -ge "$begin" ] && pass "$kind: metrics: as of" || fail "$kind: metrics: as of" "$when"
    is "$kind: each metric has its help" "$(grep -c '^# HELP' "$WORK/m.prom")" \
        "$(sed -n 's/^\([a-z_]*\){.*/\1/p' "$WORK/m.prom" | uniq | wc -l)"
    grep last_success "$WORK/m.prom" >"$WORK/before"
    expect_exit 2 "$kind: a failure" \
        dbtwin copy --log-format json --metrics "$WORK/m.prom" "${from/nightly/nowhere}" "$to"
    cp "$ERR" "$WORK/log"
    ok "$kind: is JSON as well" json_lines "$WORK/log"
    is "$kind: named so" "$(json_last "$WORK/log" event)" failed
    is "$kind: with its code" "$(json_last "$WORK/log" fields exit_code)" 2
    is "$kind: metrics: no success" "$(metric dbtwin_last_run_success)" 0
    is "$kind: metrics: the code" "$(metric dbtwin_last_run_exit_code)" 2
    grep last_success "$WORK/m.prom" >"$WORK/after"
    same_files "$kind: metrics: the last success stays known" "$WORK/before" "$WORK/after"
    ok "$kind: no .partial is left" bash -c "! ls '$WORK'/*.partial"

    # the examples, on this config
    mkdir -p "$HOME/.config/dbtwin" "$HOME/metrics" "$HOME/snapshots" "$WORK/bin"
    ln -sf "$DBTWIN" "$WORK/bin/dbtwin"
    printf 'databases:\n  prod:\n    url: %s\n    role: production\n  staging:\n    url: %s\n' \
        "$from" "$to" >"$HOME/.config/dbtwin/dbtwin.yaml"
    n=0
    while read -r line; do
        n=$((n + 1))
        ok "$kind: crontab line $n" env PATH="$WORK/bin:$PATH" sh -c "$line"
        out_empty "$kind: crontab line $n says nothing"
        err_empty "$kind: crontab line $n nor complains"
    done < <(sed -nE 's/^([0-9*]+ +){5}//p' "$TOP/examples/crontab")
    [ "$n" -ge 2 ] && pass "$kind: crontab lines" || fail "$kind: crontab lines" "$n"
    ok "$kind: wrote metrics" grep -q 'dbtwin_last_run_success{.*} 1' "$HOME/metrics/dbtwin-staging.prom"
    is "$kind: wrote a snapshot" "$(find "$HOME/snapshots" -name 'prod-*.dbtwin' | wc -l)" 1
    line=$(sed -n 's/^ExecStart=//p' "$TOP/examples/dbtwin-copy.service.in" |
        sed "s|@bindir@/dbtwin|$DBTWIN|; s|/etc/dbtwin|$HOME/.config/dbtwin|; s|/var/lib/dbtwin|$WORK|")
    ok "$kind: the service's command" sh -c "$line"
    err_empty "$kind: the service's command says nothing"
    rm -rf "$HOME/.config" "$HOME/snapshots"
done
if command -v systemd-analyze >/dev/null; then
    mkdir -p "$WORK/units"
    for unit in dbtwin-copy.timer dbtwin-copy.service dbtwin-failed@.service dbtwin-watch.service; do
        sed "s|@bindir@/dbtwin|$DBTWIN|" "$TOP/examples/$unit.in" >"$WORK/units/$unit"
    done
    ok "the timer's calendar" systemd-analyze calendar "$(sed -n 's/^OnCalendar=//p' "$WORK/units/dbtwin-copy.timer")"
    systemd-analyze verify "$WORK"/units/* >"$OUT" 2>&1
    is "systemd finds no fault with the units" "$(grep -E 'dbtwin-(copy|failed)' "$OUT" | grep -v "'man")" ''
else
    skip "systemd finds no fault with the units" "there is no systemd-analyze here"
fi
expect_exit 2 "--log-format xml" dbtwin copy --log-format xml a b
done_testing
