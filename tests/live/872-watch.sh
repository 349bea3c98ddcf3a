#!/bin/bash
# watch: metrics of each check, and a webhook when the state changes and only then: same, drift, error and back, in the
# templates; its URL is in no message; https or this machine, and no redirects.
. "$(dirname "$0")/../lib/live.sh"
. "$(dirname "$0")/../lib/webhook.sh"

cd "$WORK" || exit 2
webhook_start
umask 077
echo "http://$here/secret" >hook

wrong() { # NAME TEXT ARGUMENT...
    expect_exit 2 "$1" dbtwin watch a.xml b.xml --checks 1 "${@:3}"
    err_has "$1: said" "$2"
    err_lacks "$1: no secret" "secret"
}
for kind in $(servers all); do
    case $kind in pg15) ;; *) continue ;; esac
    start "$kind" one
    fresh_db one a
    q one a "CREATE TABLE t (a int)" >"$OUT"
    frozen one a >"$OUT"
    model=$(frozen one a)
    url=$(url one a)
    wrong "a URL in the command line" "seen by whoever lists processes" --webhook "https://example.org/secret"
    echo "http://example.org/secret" >bad
    wrong "no https" "does not begin with https://" --webhook bad
    echo "file:///secret" >bad
    wrong "another scheme" "does not begin with https://" --webhook bad
    wrong "no such file" "cannot read" --webhook nothing
    wrong "a template that is none" "json, slack, teams or a file" --template nothing
    echo '{"text": {text}}' >bad.json
    wrong "a template that is no JSON" "is no JSON" --template bad.json
    expect_exit 2 "standard input" dbtwin watch - "$model" --checks 1

    # All the same: no news.
    expect_exit 0 "same" dbtwin watch "$model" "$url" --checks 1 --webhook hook --metrics m.prom
    ok "same: nothing is sent" test ! -s got
    ok "same: metrics" grep -qx 'dbtwin_watch_state{command="watch",source="[^"]*",target="[^"]*",state="same"} 1' m.prom
    ok "same: no drift" grep -q '^dbtwin_drift{.*,kind="table"} 0$' m.prom
    # One run through all states; a state that stays is not told again.
    "$DBTWIN" watch "$model" "$url" --every 1s --webhook hook --metrics m.prom --log-format json >watch.out 2>watch.err &
    pid=$!
    wait_state() { # STATE: until the metrics say so
        for ((i = 0; i < 200; i++)); do grep -q "state=\"$1\"} 1" m.prom && break; sleep 0.1; done
        grep -q "state=\"$1\"} 1" m.prom && pass "the state is $1" || fail "the state is $1" "$(cat m.prom watch.err)"
        sleep 2.2
    }
    rm m.prom
    : >m.prom
    wait_state same
    q one a "CREATE TABLE u (a int); ALTER TABLE t ADD b int" >"$OUT.q"
    wait_state drift
    ok "drift by kind" grep -q '^dbtwin_drift{.*,kind="column"} 1$' m.prom
    q one a "DROP TABLE u; ALTER TABLE t DROP b" >"$OUT.q"
    wait_state same
    q one postgres "ALTER DATABASE a RENAME TO b" >"$OUT.q"
    wait_state error
    ok "error: when" grep -q '^dbtwin_watch_last_error_timestamp_seconds{.*} [1-9]' m.prom
    ok "error: the last success stays" grep -q '^dbtwin_last_success_timestamp_seconds{' m.prom
    q one postgres "ALTER DATABASE b RENAME TO a" >"$OUT.q"
    wait_state same
    kill -TERM $pid
    wait $pid
    is "the code after a signal" $? 130
    is "what was sent, once each" "$(sed -n 's/.*"state": "\([a-z]*\)", "before": "\([a-z]*\)".*/\2-\1/p' got | tr '\n' ' ')" \
        "same-drift drift-same same-error error-same "
    ok "drift: how much" grep -q '"differences": 2.*2 differences.*1 column, 1 table\|"differences": 2.*1 table, 1 column' got
    is "the log has each change" "$(grep -c '"event":"state"' watch.err)" 5
    is "the log has no secret" "$(grep -c secret watch.err)" 0
    # Templates, on a state that is drift at once.
    q one a "CREATE TABLE \"u<!channel>\" (a int)" >"$OUT.q"
    for template in slack teams; do
        : >got
        expect_exit 1 "$template" dbtwin watch "$model" "$url" --checks 1 --webhook hook --template $template
        is "$template: sent" "$(wc -l <got)" 1
    done
    ok "teams: an adaptive card" python3 -c 'import json; d = json.load(open("got")); c = d["attachments"][0]; assert c["contentType"] == "application/vnd.microsoft.card.adaptive" and c["content"]["type"] == "AdaptiveCard" and "1 difference" in c["content"]["body"][0]["text"]'
    echo '{"a": "{state} & {title}", "n": {differences}}' >own.json
    : >got
    expect_exit 1 "a template of one's own" dbtwin watch "$model" "$url" --checks 1 --webhook hook --template own.json
    out_lacks "a template of one's own: nothing on stdout" "."
    ok "a template of one's own: sent" grep -q '"a": "drift & .*", "n": 1' got
    # What is not taken is sent after the next check; a redirect is not followed.
    for path in redirect broken; do
        : >got
        echo "http://$here/$path" >other
        expect_exit 1 "$path" dbtwin watch "$model" "$url" --checks 2 --every 1s --webhook other
        err_like "$path: said" "answered with status (302|500); it is sent again"
        is "$path: tried again" "$(grep -c "answered with" "$ERR")" 2
        ok "$path: goes nowhere else" test ! -s got
    done
    export DBTWIN_WEBHOOK=http://$here/secret
    expect_exit 1 "from the environment" dbtwin watch "$model" "$url" --checks 1
    ok "from the environment: sent" test -s got
    unset DBTWIN_WEBHOOK
    server_stop one
done
done_testing
