#!/bin/bash
# config.sh DBTWIN - the config beyond one file: what it includes, its environments, variables and hooks; dbtwin
# config; without any server.
dbtwin=$(realpath "$1") || exit 2
here=$(cd "$(dirname "$0")" && pwd)
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/webhook.sh"
cd "$WORK" || exit 2
unset PGPASSWORD XDG_CONFIG_HOME DBTWIN_CONFIG DBTWIN_ENV
nowhere=127.0.0.1:1 # nobody listens there

# wrong NAME TEXT [ARGUMENT...]: reading c.yaml fails with TEXT
wrong() {
    local name=$1 text=$2
    shift 2
    chmod 600 ./*.yaml
    expect_exit 2 "$name" "$dbtwin" -c c.yaml inspect nobody "$@"
    err_has "$name: says so" "$text"
}
# names NAME NAMES [ARGUMENT...]: it is read, and names these databases
names() {
    local name=$1 text=$2
    shift 2
    wrong "$name" "the config names $text;" "$@"
}
# url NAME DATABASE TEXT [ARGUMENT...]: what config check says of it
url() {
    local name=$1 database=$2 text=$3
    shift 3
    ok "$name" "$dbtwin" config check c.yaml "$@"
    is "$name: its URL" "$(awk -v d="$database " 'index($0, d) == 1 { getline; sub(/^ */, ""); print }' "$OUT")" "$text"
}

# ---- variables -----------------------------------------------------------------------------------
printf 'databases:\n  a:\n    url: "postgresql://${H:-h.example}/${D:-d}"\n' >c.yaml
url "a default" a "postgresql://h.example/d"
H=other url "a variable that is set" a "postgresql://other/d"
H='' url "an empty one is none" a "postgresql://h.example/d"
H='${D}' url "what a variable holds is no variable" a 'postgresql://${D}/d'
printf 'databases:\n  a:\n    url: "postgresql://h/${NOT_SET_HERE}"\n' >c.yaml
wrong "a variable that is not set" "c.yaml:3:10: the environment has no variable NOT_SET_HERE"
printf 'databases:\n  a:\n    url: "postgresql://h/${A:-${B}}"\n' >c.yaml
wrong "a variable in a default" "c.yaml:3:10: a variable's default cannot hold another variable"
for bad in 'A:=b' 'A:?b' 'A-b' '' '1A' 'A B' 'A:' ':-x'; do
    printf 'databases:\n  a:\n    url: "postgresql://h/${%s}"\n' "$bad" >c.yaml
    wrong "no variable: $bad" "c.yaml:3:10: a variable is written"
done
printf 'databases:\n  a:\n    url: "postgresql://h/${E:-}x"\n' >c.yaml
url "an empty default" a "postgresql://h/x"

# ---- include -------------------------------------------------------------------------------------
mkdir -p sub/deeper
printf 'include: sub/b.yaml\ndatabases: {a: {url: "postgresql://h/a"}}\n' >c.yaml
printf 'include: [deeper/d.yaml]\ndatabases: {b: {url: "postgresql://h/b"}}\nignore: x\n' >sub/b.yaml
printf 'databases: {d: {url: "postgresql://h/d"}}\nbaseline: base.json\n' >sub/deeper/d.yaml
names "files that include files, each relative to its own folder" "a, b, d"
ok "check names them" "$dbtwin" config check c.yaml
out_has "check names them: files" "includes sub/b.yaml, sub/deeper/d.yaml"
out_has "a baseline begins where the file is that names it" "baseline: sub/deeper/base.json"
printf 'databases: {a: {url: "postgresql://h/d"}}\n' >sub/deeper/d.yaml
wrong "a database of two files" 'sub/deeper/d.yaml:1:13: "a" is given twice, the first time in c.yaml:2'
printf 'baseline: x\n' >sub/deeper/d.yaml
printf 'include: deeper/d.yaml\nbaseline: y\n' >sub/b.yaml
wrong "a key of two files" '"baseline" is given twice, the first time in sub/b.yaml:2'
printf 'map: {roles: {a: b}}\n' >sub/deeper/d.yaml
printf 'include: deeper/d.yaml\nmap: {schemas: {a: b}}\n' >sub/b.yaml
names "a map in two files, of different things" a
printf 'map: {schemas: {c: d}}\n' >sub/deeper/d.yaml
wrong "a map of one thing in two files" '"schemas" is given twice, the first time in sub/b.yaml:2'
printf 'ignore: b\n' >sub/deeper/d.yaml
printf 'include: deeper/d.yaml\nignore: a\n' >sub/b.yaml
ok "patterns of all files" "$dbtwin" config check c.yaml
out_has "patterns of all files: are added" "ignored: a, b"
printf 'include: ../c.yaml\n' >sub/b.yaml
wrong "a circle" "sub/b.yaml:1:10: sub/../c.yaml is included twice, or includes itself"
printf 'include: [sub/b.yaml, ./sub/b.yaml]\n' >c.yaml
printf 'ignore: a\n' >sub/b.yaml
wrong "a file twice" "c.yaml:1:23: ./sub/b.yaml is included twice"
ln -s b.yaml sub/link.yaml
printf 'include: [sub/b.yaml, sub/link.yaml]\n' >c.yaml
wrong "a file twice, by a link" "sub/link.yaml is included twice"
printf 'include: none.yaml\n' >c.yaml
wrong "a file that is not there" "c.yaml:1:10: cannot include none.yaml: No such file"
for what in /dev/zero sub endless; do
    [ -e "$what" ] || mkfifo "$what"
    printf 'include: %s\n' "$what" >c.yaml
    wrong "no plain file: $what" "it is no plain file"
done
printf 'include: ""\n' >c.yaml
wrong "no file's name" '"include" names no file'
printf 'include: {a: b}\n' >c.yaml
wrong "a mapping of files" '"include" must be a single value'
printf 'include: "${DIR:-sub}/b.yaml"\n' >c.yaml
printf 'databases: {b: {url: "postgresql://h/b"}}\n' >sub/b.yaml
names "a variable in a path" b
printf 'include: sub/b.yaml\n' >c.yaml
printf 'databases: {b: {url: "postgresql://u:pw@h/b"}}\n' >sub/b.yaml
chmod 644 sub/b.yaml
expect_exit 2 "a password in an included file" "$dbtwin" -c c.yaml inspect nobody
err_has "a password in an included file: the same warning" "sub/b.yaml holds a password"
printf 'datbases: {}\n' >sub/b.yaml
wrong "an unknown key of an included file" 'sub/b.yaml:1:1: unknown key "datbases"'
err_has "an unknown key: what may have been meant" "did you mean databases?"
for i in {1..12}; do printf 'include: f%d.yaml\n' $((i + 1)) >"f$i.yaml"; done
printf 'ignore: a\n' >f13.yaml
printf 'include: f1.yaml\n' >c.yaml
wrong "too deep" "files are included more than 8 deep"
for i in {1..40}; do printf 'ignore: a\n' >"g$i.yaml"; done
{ printf 'include: ['; printf 'g%d.yaml, ' {1..40}; printf ']\n'; } >c.yaml
wrong "too many" "more than 32 files"

# ---- environments --------------------------------------------------------------------------------
cat >c.yaml <<'END'
include: sub/b.yaml
databases:
  prod: {url: "postgresql://h/prod", role: production, options: {jobs: 3, max-rate: 20M}}
ignore: a
environments:
  ci:
    databases:
      staging: {url: "postgresql://ci/s"}
      prod: {options: {jobs: 1}}
      extra: {url: "postgresql://ci/extra"}
    ignore: b
  empty:
  nothing: ~
END
printf 'databases:\n  staging: {url: "postgresql://h/s", role: staging, options: {jobs: 2}}\n' >sub/b.yaml
url "without an environment" staging "postgresql://h/s"
names "without one: its names" "prod, staging"
url "--env" staging "postgresql://ci/s" --env ci
out_has "--env: what it does not replace stays" "staging: may be a target"
out_has "--env: options of the file" "options: jobs 2"
out_has "--env: its own options replace" "options: jobs 1"
out_has "--env: its patterns replace" "ignored: b"
out_has "--env: is said" "this is ci"
names "--env: a name more" "prod, staging, extra" --env ci
DBTWIN_ENV=ci url "DBTWIN_ENV" staging "postgresql://ci/s"
DBTWIN_ENV=empty url "--env wins" staging "postgresql://ci/s" --env ci
DBTWIN_ENV='' url "an empty DBTWIN_ENV is none" staging "postgresql://h/s"
url "an empty environment" staging "postgresql://h/s" --env empty
url "an environment that is null" staging "postgresql://h/s" --env nothing
wrong "an unknown environment" 'c.yaml has no environment "cii"' --env cii
err_has "an unknown environment: what may have been meant" "did you mean ci? There are: ci, empty, nothing"
printf 'ignore: a\n' >n.yaml
expect_exit 2 "no environments at all" "$dbtwin" -c n.yaml inspect nobody --env ci
err_has "no environments at all: says so" 'n.yaml has no environment "ci"'
(cd / && "$dbtwin" inspect nobody --env ci) >"$OUT" 2>"$ERR"
err_has "no config at all" 'there is no config, and so no environment "ci"'

environment() { # environment NAME TEXT YAML: of prod and ci
    printf 'databases: {prod: {url: "postgresql://h/prod", role: production}}\nenvironments: {ci: %s}\n' "$3" >c.yaml
    wrong "environment: $1" "$2" --env ci
}
environment "takes production's role" 'an environment cannot take role: production from "prod"' '{databases: {prod: {role: staging}}}'
environment "takes production's role by nothing" 'cannot take role: production' '{databases: {prod: {role: ~}}}'
environment "includes" 'unknown key "include": an environment has' '{include: sub/b.yaml}'
environment "an environment inside" 'unknown key "environments"' '{environments: {x: {}}}'
environment "an unknown key of a database" 'unknown key "roel"' '{databases: {prod: {roel: production}}}'
err_has "environment: what may have been meant" "did you mean role?"
environment "a new one without URL" 'database "x" has no url' '{databases: {x: {role: staging}}}'
environment "a word" 'environment "ci" must be a mapping' 'word'
environment "a database that is a word" 'database "prod" must be a mapping' '{databases: {prod: word}}'
environment "databases that are a list" '"databases" must be a mapping' '{databases: [prod]}'
environment "a key twice" '"ignore" is given twice' '{ignore: a, ignore: b}'
printf 'databases: {a: {url: "postgresql://h/a"}}\nenvironments: {ci: {unknown: 1}}\n' >c.yaml
names "what is not chosen is not read" a
expect_exit 2 "check reads all of them" "$dbtwin" config check c.yaml
err_has "check reads all of them: says which" "environment ci: c.yaml:2:21: unknown key"
# Both URLs of production are protected: the former one is asked too (nobody is there, which is said).
printf 'databases: {prod: {url: "postgresql://%s/prod", role: production}, s: {url: "postgresql://%s/s"}}\nenvironments: {ci: {databases: {prod: {url: "postgresql://h.invalid/ci"}}}}\n' \
    "$nowhere" "$nowhere" >c.yaml
ok "the former URL of production" "$dbtwin" config check c.yaml --env ci
out_has "the former URL of production: stays protected" "also production, without the environment: postgresql://$nowhere/prod"
printf 'environments: {a: {}}\ninclude: sub/b.yaml\n' >c.yaml
printf 'environments: {a: {}}\n' >sub/b.yaml
wrong "an environment of two files" '"a" is given twice, the first time in c.yaml:1'

# ---- hooks ---------------------------------------------------------------------------------------
cp "$here/drift/from.xml" "$here/drift/to.xml" .
hooks() { printf 'databases: {a: {url: "postgresql://u:hunter2@%s/a"}}\n%s\n' "$nowhere" "$1" >c.yaml; chmod 600 c.yaml; rm -f got; }
hooks 'on_success: [sh, -c, "cat >got", x]
on_failure: [[sh, -c, "cat >got"], [touch, second]]'
ok "on_success" "$dbtwin" -c c.yaml diff from.xml from.xml
field() { python3 -c 'import json, sys; print(json.dumps(json.load(open("got"))[sys.argv[1]]))' "$1"; }
is "on_success: the run" "$(field event) $(field command) $(field exit_code) $(field reason) $(field target)" '"success" "diff" 0 null "from.xml"'
is "on_success: all fields" "$(python3 -c 'import json; print(*json.load(open("got")))')" \
    "dbtwin version event command source target environment exit_code ended seconds rows bytes reason hint"
is "on_success: one line" "$(wc -l <got)" 1
expect_exit 1 "on_failure of drift" "$dbtwin" -c c.yaml diff from.xml to.xml -q
is "on_failure of drift: the reason" "$(field event) $(field exit_code) $(field reason)" '"failure" 1 "drift"'
is "on_failure: the second one too" "$(ls second)" second
expect_exit 2 "on_failure of an error" "$dbtwin" -c c.yaml copy a "postgresql://u:hunter2@$nowhere/b"
is "on_failure of an error: labels" "$(field source) $(field target)" '"a" "b@127.0.0.1:1"'
isnt "on_failure of an error: why" "$(field reason)" null
is "no password" "$(grep -c hunter2 got)" 0
rm got
expect_exit 0 "not of inspect" "$dbtwin" -c c.yaml inspect from.xml
is "not of inspect: nothing ran" "$(ls got 2>/dev/null)" ""
expect_exit 2 "not where the command line is wrong" "$dbtwin" -c c.yaml diff from.xml
is "not where the command line is wrong: nothing ran" "$(ls got 2>/dev/null)" ""

hooks 'on_success: [sh, -c, "echo nothing works >&2; echo out; exit 3"]'
ok "a hook that fails does not change the exit code" "$dbtwin" -c c.yaml diff from.xml from.xml
err_has "a hook that fails: a warning" "c.yaml:2: the hook sh failed (exit status 3): nothing works"
out_lacks "what a hook prints is not data" "^out"
hooks 'on_success: [/nowhere/hook]'
ok "a hook that is not there" "$dbtwin" -c c.yaml diff from.xml from.xml
err_has "a hook that is not there: a warning" "the hook /nowhere/hook cannot be run: No such file"
hooks 'on_success: [sh, -c, "kill -9 $$"]'
ok "a hook that is killed" "$dbtwin" -c c.yaml diff from.xml from.xml
err_has "a hook that is killed: a warning" "(signal 9)"
hooks 'on_success: ["true"]'
ok "a hook that does not read" "$dbtwin" -c c.yaml diff from.xml from.xml
err_empty "a hook that does not read: is no matter"
hooks 'on_success: [printf, "$(touch pwned); `touch pwned`"]'
ok "no shell reads a hook" "$dbtwin" -c c.yaml diff from.xml from.xml
is "no shell reads a hook: nothing ran" "$(ls pwned 2>/dev/null)" ""
hooks 'on_success: [sh, -c, "echo ${WORD:-default} >got"]'
WORD=given ok "variables in a hook" "$dbtwin" -c c.yaml diff from.xml from.xml
is "variables in a hook: are filled in" "$(cat got)" given
# A signal while a hook runs ends the hook, not what was done before.
hooks 'on_success: [sh, -c, "echo $$ >got; exec sleep 60"]'
"$dbtwin" -c c.yaml diff from.xml from.xml >"$OUT" 2>"$ERR" & run=$!
for _ in {1..50}; do [ -s got ] && break; sleep 0.1; done
kill -TERM $run
wait $run
is "SIGTERM while a hook runs: the run's exit code" $? 0
err_has "SIGTERM while a hook runs: a warning" "the hook sh was killed: interrupted"
is "SIGTERM while a hook runs: it is gone" "$(kill -0 "$(cat got)" 2>&1 | grep -c 'No such process')" 1

hook_error() { # hook_error NAME TEXT YAML
    printf 'on_failure: %s\n' "$3" >c.yaml
    wrong "hooks: $1" "$2"
}
# ---- hooks that are URLs -------------------------------------------------------------------------
webhook_start
hooks "on_success: http://$here/secret"
if "$dbtwin" -c c.yaml config check c.yaml 2>&1 | grep -q "without libcurl"; then
    expect_exit 2 "a URL: built without libcurl" "$dbtwin" -c c.yaml diff from.xml from.xml
    err_has "a URL: built without libcurl: where" "c.yaml:2: this dbtwin was built without libcurl"
    err_has "a URL: built without libcurl: what can" "[curl, "
    skip "hooks that are URLs" "built without libcurl"
else
    ok "a URL" "$dbtwin" -c c.yaml diff from.xml from.xml
    err_empty "a URL: nothing to say"
    is "a URL: the run" "$(field event) $(field exit_code) $(field target)" '"success" 0 "from.xml"'
    hooks "on_failure: [[sh, -c, 'cat >first'], ['http://$here/\${SECRET}']]"
    SECRET=secret expect_exit 1 "a URL after a program" "$dbtwin" -c c.yaml diff from.xml to.xml -q
    is "a URL after a program: the reason" "$(field reason)" '"drift"'
    ok "a URL after a program: the same JSON" python3 -c 'import json; assert json.load(open("first")) == json.load(open("got"))'
    for path in redirect broken; do
        hooks "on_success: http://$here/$path"
        ok "$path: the exit code stays" "$dbtwin" -c c.yaml diff from.xml from.xml
        err_like "$path: a warning" "c.yaml:2: the webhook answered with status (302|500)"
        err_lacks "$path: no URL" "$here"
        is "$path: posted nowhere else" "$(ls got 2>/dev/null)" ""
    done
    hooks "on_success: http://$nowhere/secret"
    ok "nobody is there: the exit code stays" "$dbtwin" -c c.yaml diff from.xml from.xml
    err_has "nobody is there: a warning" "c.yaml:2: the webhook was not reached"
    err_lacks "nobody is there: no URL" secret
    hooks "on_success: http://$here/slow"
    "$dbtwin" -c c.yaml diff from.xml from.xml >"$OUT" 2>"$ERR" & run=$!
    sleep 0.5
    kill -TERM $run
    wait $run
    is "SIGTERM while it is posted: the run's exit code" $? 0
    err_has "SIGTERM while it is posted: a warning" "c.yaml:2: the webhook was not reached: interrupted"
    hooks "on_failure: http://$here/secret"
    mkfifo half
    "$dbtwin" -c c.yaml diff half from.xml >"$OUT" 2>"$ERR" & run=$!
    sleep 0.5
    kill -TERM $run
    exec 7<>half # opens it, so that who waits for it goes on
    exec 7>&-
    wait $run
    is "an interrupted run is told" "$(field exit_code)" 130
    hooks "on_success: http://$here/secret"
    chmod 644 c.yaml
    ok "others may read it" "$dbtwin" -c c.yaml diff from.xml from.xml
    err_has "others may read it: a warning" "c.yaml holds a password, and others may read the file"
    printf "on_success: http://$here/secret\n" >c.yaml
    ok "others may read the URL" "$dbtwin" config check c.yaml
    err_has "others may read the URL: a warning" "c.yaml holds the URL of a webhook, and others"
    out_has "check: a URL" "posts after a success: a webhook"
    out_lacks "check: a URL is not shown" secret
    printf 'on_success: "${HOOK}"\n' >c.yaml
    HOOK=http://$here/secret ok "a URL of the environment" "$dbtwin" -c c.yaml diff from.xml from.xml
    err_empty "a URL of the environment: is none of the file"
    bad_url() { # NAME URL
        printf 'on_failure: "%s"\n' "$2" >c.yaml
        wrong "a URL: $1" "c.yaml:1: the webhook's URL does not begin with https://"
        err_lacks "a URL: $1: is not shown" secret
    }
    bad_url "to elsewhere without TLS" "http://hooks.example.org/secret"
    bad_url "that only looks like this machine" "http://${here%:*}.example.org/secret"
    user=$here@
    bad_url "with this machine as its user" "http://${user}example.org/secret"
    bad_url "of a file" "file:///secret"
    bad_url "of another scheme" "ftp://example.org/secret"
    bad_url "of nothing" "https://"
    hook_error "a URL with more" 'the URL of "on_failure" is followed by something' '["https://hooks.example.org/x", y]'
fi

hook_error "nothing" '"on_failure" names no program' '[]'
hook_error "an empty name" '"on_failure" names no program' '[""]'
hook_error "a mapping" 'is a URL, or a program with its arguments' '{a: b}'
hook_error "a list in a word's place" 'is a list of programs and URLs here' '[[a], b]'
hook_error "too deep a list" 'is a URL, or a program with its arguments' '[[[a]]]'
printf 'databases:\n  a: {url: "postgresql://h/a", on_sucess: [x]}\n' >c.yaml
wrong "hooks: a misspelt one" 'unknown key "on_sucess"'
err_has "hooks: a misspelt one: what was meant" "did you mean on_success?"

# ---- dbtwin config -------------------------------------------------------------------------------
cat >c.yaml <<END
databases:
  prod: {url: "postgresql://u:\${PW:-hunter2}@$nowhere/p?application_name=x", role: production}
  s1: {url: "mysql://u:hunter2@h/s", role: staging, keep: {tables: [a, b]}, ignore: "x*", on_failure: [mail]}
  s2: {url: "mysql://u@h/s", passwordcmd: "pass show"}
map: {roles: {a: b}}
END
chmod 600 c.yaml
ok "config check" "$dbtwin" config check c.yaml
out_has "check: production is there" "production: only read, never a target"
out_has "check: a variable's password" "password: in the URL, with variables"
out_has "check: a password in the file" "password: in the file"
out_has "check: a passwordcmd" "password: from its passwordcmd"
out_has "check: options" "options: keep-table a, keep-table b"
out_has "check: patterns" "ignored: x*"
out_has "check: hooks" "runs after a failure: mail"
out_lacks "check: no password" hunter2
err_lacks "check: nor there" hunter2
expect_exit 2 "check --connect" "$dbtwin" config check c.yaml --connect -q
out_has "check --connect: says why not" "prod: "
out_lacks "check --connect: no password" hunter2
printf 'databases: {a: {url: "postgresql://h/a"}, b: {url: "postgresql://h/a", role: staging}}\n' >c.yaml
ok "check: a doubtful config" "$dbtwin" config check c.yaml
err_has "check: no production" "no database has role: production"
err_has "check: one URL with two roles" "are one URL with different roles"
(cd / && HOME=/nowhere "$dbtwin" config check) >"$OUT" 2>"$ERR"
err_has "check: no config" "there is no config"
err_has "check: no config: what to do" "dbtwin config init"
expect_exit 2 "an unknown config command" "$dbtwin" config chek
err_has "an unknown config command: what was meant" "did you mean check?"
expect_exit 2 "config alone" "$dbtwin" config
expect_exit 2 "config with too many" "$dbtwin" config check a b

expect_exit 4 "init: never over a file" "$dbtwin" config init c.yaml --prod "postgresql://$nowhere/a" --staging "postgresql://$nowhere/b"
err_has "init: never over a file: says so" "c.yaml is there already"
expect_exit 2 "init: nobody to ask" "$dbtwin" config init new.yaml </dev/null
err_has "init: nobody to ask: what to do" "--prod URL --staging URL"
expect_exit 2 "init: one URL alone" "$dbtwin" config init new.yaml --prod "postgresql://$nowhere/a"
expect_exit 2 "init: a database that is down" "$dbtwin" config init new.yaml --prod "postgresql://u:hunter2@$nowhere/a" --staging "postgresql://$nowhere/b"
err_lacks "init: no password" hunter2
expect_exit 2 "init: no URL" "$dbtwin" config init new.yaml --prod prod --staging "postgresql://$nowhere/b"
err_has "init: no URL: says which" "--prod"
is "init: nothing was written" "$(ls new.yaml 2>/dev/null)" ""
done_testing
