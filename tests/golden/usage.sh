#!/bin/bash
# usage.sh DBTWIN - the command line and the config file, without any server: what is wrong is said
# where it is wrong, with exit code 2, and no password is ever shown.
dbtwin=$(realpath "$1") || exit 2
here=$(cd "$(dirname "$0")" && pwd)
. "$(dirname "$0")/../lib/tap.sh"
cd "$WORK" || exit 2
unset PGPASSWORD XDG_CONFIG_HOME
nowhere=127.0.0.1:1 # nobody listens there

# wrong NAME TEXT ARGUMENT...: exit code 2 with TEXT in the message
wrong() {
    local name=$1 text=$2
    shift 2
    expect_exit 2 "$name" "$dbtwin" "$@"
    err_has "$name: says so" "$text"
    is "$name: nothing on stdout" "$(cat "$OUT")" ""
}

wrong "no command" "no command was given"
wrong "an unknown command" "unknown command: explode" explode
wrong "too few arguments" "diff takes FROM TO: 2 arguments, not 1" diff a
wrong "too many arguments" "diff takes FROM TO: 2 arguments, not 7" diff a b c d e f g
wrong "an unknown option" "unknown option: --nope" diff a b --nope
err_has "an unknown option: the hint is the command's" "dbtwin diff --help"
wrong "an unknown letter" "unknown option: -Z" diff -Z a b
wrong "an option without its argument" "--format needs an argument" diff a b --format
wrong "a flag with an argument" "--strict takes no argument" diff a b --strict=yes
wrong "another command's option" "--limit does not go with diff" diff a b --limit 3
wrong "another command's option, before it" "--strict does not go with copy" --strict copy a b
wrong "not a number" '--jobs takes a whole number from 1 to 64, not "x"' copy a b -j x
wrong "too small a number" 'not "0"' copy a b -j 0
wrong "too great a number" 'not "65"' copy a b -j65
wrong "a number and more" 'not "3x"' copy a b -j 3x
wrong "an unknown format" "unknown format: yaml" diff a b -f yaml
wrong "an unknown format of inspect" "unknown format: yaml" inspect a -f yaml
wrong "a format that cannot be told" "cannot tell the format of x.bin" diff a b -o x.bin
wrong "an unknown --fail-on" 'not "maybe"' diff a b --fail-on maybe
wrong "a severity and a word" 'not "security,drift"' diff a b --fail-on security,drift
wrong "a comma too many" 'not "security,"' diff a b --fail-on security,
wrong "an unknown --color" '--color takes auto, always or never, not "pink"' diff a b --color pink
wrong "an unknown --log-format" '--log-format takes text or json, not "xml"' diff a b --log-format xml
wrong "an unknown --scope" '--scope takes server or database, not "all"' diff a b --scope all
wrong "an unknown --broken" '--broken takes refuse or leave, not "skip"' copy a b --broken skip
wrong "an unknown --verify" '--verify takes none, counts or full, not "yes"' copy a b --verify yes
wrong "an unknown --together" '--together takes yes or no, not "maybe"' copy a b --together maybe
wrong "no size" '--max-rate takes a number of bytes such as 500k or 20M, not "fast"' copy a b --max-rate fast
wrong "no time" '--max-replica-lag takes a time such as 90s, 30m or 2h, not "long"' copy a b --max-replica-lag long
wrong "no time of day" '--deadline takes a time of day such as 05:00, not "noon"' copy a b --deadline noon
wrong "a snapshot without a place" "snapshot needs one -o FILE" snapshot a
for option in --after --truncate --keep-table --keep-grants --keep-sequence --without; do
    wrong "$option with nothing" "$option is empty" copy "postgresql://$nowhere/a" "postgresql://$nowhere/b" "$option" ""
done
wrong "-o with nothing" "--output is empty" snapshot "postgresql://$nowhere/a" -o ""
wrong "an unknown kind" 'there is no kind "tabel"' copy "postgresql://$nowhere/a" \
    "postgresql://$nowhere/b" --without tabel
wrong "an unknown name" '"prod" is neither a name in the config, a URL nor a file' diff prod staging
err_has "an unknown name: there is no config" "there is no dbtwin.yaml here"
wrong "an unknown scheme" "unknown kind of URL" inspect oracle://h/x
echo hello >text
wrong "a file that is neither" "text" inspect text
err_has "a file that is neither: what it should be" "dbtwin snapshot DB -o FILE"
echo "{}" >json
wrong "JSON is not what is read" "json is JSON, neither a model nor a snapshot" diff json json
head -c 600 /dev/zero >zeros
wrong "copy from a file" "is a file, not a live database" copy zeros "postgresql://$nowhere/b"
wrong "restore of a model" "is not a snapshot" restore <(echo '<model/>') "postgresql://$nowhere/b"

# ---- help ------------------------------------------------------------------------------------
ok "--help" "$dbtwin" --help
commands=$(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' "$OUT")
isnt "--help lists the commands" "$commands" ""
for command in $commands; do
    ok "$command --help" "$dbtwin" "$command" --help
    out_has "$command --help: usage" "Usage: dbtwin $command "
    out_has "$command --help: options" "--config FILE"
    is "$command --help: fits 100 columns" "$(awk 'length > 100' "$OUT")" ""
done
ok "help diff" "$dbtwin" help diff
out_has "help diff is diff's" "Usage: dbtwin diff "
ok "help" "$dbtwin" help
out_has "help lists the commands" "preflight"
ok "version" "$dbtwin" version
out_like "version" '^dbtwin [0-9]+\.[0-9]+\.[0-9]+$'

wrong "an unknown mask command" "unknown mask command: frob" mask frob x
err_has "an unknown mask command: which there are" "suggest"
for rename in x =y x=; do
    wrong "--rename $rename" "--rename takes OLD=NEW, not \"$rename\"" plan "$here/drift/from.xml" "$here/drift/to.xml" --rename "$rename"
done

# ---- what may have been meant ------------------------------------------------------------------
wrong "letters that changed places" "unknown command: rollbakc" rollbakc a
err_has "letters that changed places: rollback" "did you mean rollback?"
wrong "a letter too few" "unknown option: --shema" diff a b --shema x
err_has "a letter too few: --schema" "did you mean --schema?"
wrong "an option of another command" "unknown option: --keep-tabel" copy a b --keep-tabel=x
err_has "an option with a value: --keep-table" "did you mean --keep-table?"
wrong "nothing like it" "unknown command: zzzzzz" zzzzzz
is "nothing like it: no guess" "$(grep -c "did you mean" "$ERR")" 0

# ---- completion: the words that a line may go on with ----------------------------------------
mkdir completing
printf 'databases:\n  prod: {url: "postgresql://h/a"}\n  prod_old: {url: "postgresql://h/b"}\n  staging: {url: "mysql://h/c"}\n' >completing/dbtwin.yaml
completes() { # completes NAME LINE WORD...: sorted
    local name=$1 line=$2
    shift 2
    is "completion: $name" "$(cd completing && COMP_LINE=$line COMP_POINT=${#line} "$dbtwin" completion words | sort | tr '\n' ' ')" "$([ $# = 0 ] || printf '%s ' "$@")"
}
is "completion: commands" "$(COMP_LINE='dbtwin ' "$dbtwin" completion words | sort)" "$(sort <<<"$commands")"
completes "a command's beginning" "dbtwin rest" restore
completes "names of the config" "dbtwin diff pr" prod "prod_old"
completes "in the second place too" "dbtwin diff prod st" staging
completes "options of the command" "dbtwin inspect --st" --stats
completes "not another's" "dbtwin inspect --keep-t"
completes "kinds" "dbtwin diff --kind materialized_" materialized_view
completes "kinds to ignore" "dbtwin diff --ignore kind:materialized_" kind:materialized_view
completes "formats" "dbtwin diff --format jun" junit
completes "formats of inspect" "dbtwin inspect --format s" sql
completes "formats of plan" "dbtwin plan --format m" markdown
completes "hazards" "dbtwin apply --allow rew" rewrite
completes "what a choice takes" "dbtwin --color al" always
completes "another config" "dbtwin diff --config /nowhere pr"
completes "words of config" "dbtwin config c" check
completes "words of mask" "dbtwin mask s" staging suggest
printf 'environments: {ci: {}, cd: {}, local: {}}\n' >>completing/dbtwin.yaml
completes "environments" "dbtwin diff --env c" cd ci
mkdir -p .cache/dbtwin
printf 's public\nt public.orders\nt public.order_lines\nt shop.x\nt public.a b\nt $(touch pwned)\nx public.other\n' >.cache/dbtwin/paths
completes "tables of the last schema" "dbtwin diff --table public.or" public.order_lines public.orders
completes "its schemas" "dbtwin diff --schema pu" public
completes "both, to ignore" "dbtwin diff --ignore pub" public public.order_lines public.orders
completes "what a shell would read is not offered" "dbtwin copy --truncate public.a"
completes "nor run" "dbtwin copy --keep-table \$"
rm .cache/dbtwin/paths && mkfifo .cache/dbtwin/paths
completes "a pipe in its place keeps nobody waiting" "dbtwin diff --table pub"
rm -r .cache
line="dbtwin diff pr staging"
is "completion: in the middle of a line" "$(cd completing && COMP_LINE=$line COMP_POINT=14 "$dbtwin" completion words | sort | tr '\n' ' ')" "prod prod_old "
for shell in bash zsh fish; do
    ok "completion $shell" "$dbtwin" completion $shell
    out_has "completion $shell: a script that asks dbtwin" "dbtwin completion words"
done
bash -c 'eval "$("$1" completion bash)" && complete -p dbtwin' - "$dbtwin" >"$OUT" 2>&1
out_has "bash takes its script" "complete -o default -C 'dbtwin completion words' dbtwin"
wrong "another shell" "tcsh" completion tcsh
wrong "no shell" '""' completion

# ---- variables -------------------------------------------------------------------------------
(cd / && DBTWIN_CONFIG=/nowhere.yaml "$dbtwin" inspect prod) >"$OUT" 2>"$ERR"
err_has "DBTWIN_CONFIG must exist" "/nowhere.yaml"
DBTWIN_CONFIG=$PWD/completing/dbtwin.yaml "$dbtwin" inspect nobody >"$OUT" 2>"$ERR"
err_has "DBTWIN_CONFIG is read" "the config names prod, prod_old, staging"
colours() { (unset NO_COLOR; env "$@" "$dbtwin" diff "$here/drift/from.xml" "$here/drift/to.xml") | grep -c $'\033'; }
isnt "CLICOLOR_FORCE forces colours" "$(colours CLICOLOR_FORCE=1)" 0
is "unless NO_COLOR is there" "$(colours CLICOLOR_FORCE=1 NO_COLOR=1)" 0
is "or it is 0" "$(colours CLICOLOR_FORCE=0)" 0
# ---- rows: of the config, without any server --------------------------------------------------------
rows() { # rows NAME TEXT YAML
    printf 'databases: {a: {url: "postgresql://%s/a"}, b: {url: "postgresql://%s/b"}}\n%s\n' "$nowhere" "$nowhere" "$3" >rows.yaml
    wrong "rows: $1" "$2" copy -c rows.yaml a b
}
rows "without a start" "rows.yaml:2:" "rows: {whole: [x]}"
rows "an unknown key" "rows: has start, whole, none" "rows: {begin: {t: 'id = 1'}}"
rows "a share above all" "percent is a number from 0 to 100" "rows: {start: {t: {percent: 101}}}"
rows "a share that is none" "percent is a number" "rows: {start: {t: {percent: many}}}"
rows "an unknown key of a start" "where, percent, cover and at_least" "rows: {start: {t: {share: 3}}}"
rows "an empty condition" "the condition is empty" "rows: {start: {t: ''}}"
rows "a size that is none" "small is a number of bytes" "rows: {start: {t: x}, small: large}"
rows "no rows at most" "max_rows is a number" "rows: {start: {t: x}, max_rows: 0}"
rows "a reference without a table" "named with its table" "references: {id: t.id}"
rows "a reference to nowhere" "where to" "references: {t.id: {when: x}}"

ok "--version" "$dbtwin" --version
out_like "--version" '^dbtwin [0-9]+\.[0-9]+\.[0-9]+$'

# ---- errors as JSON, and nothing that steers a terminal -------------------------------------------
json() { # NAME ARGUMENT...: one line, an object that says what the text says
    local name=$1
    shift
    expect_exit 2 "json: $name" "$dbtwin" "$@"
    is "json: $name: one line" "$(wc -l <"$ERR")" 1
    err_like "json: $name: an object" '^\{"time":.*"level": ?"error".*\}$'
    err_has "json: $name: the exit code" '"exit_code"'
}
json "an unknown command" explode --log-format json
json "an unknown option after it" diff --log-format json a b --nope
json "an unknown option before it" diff a b --nope --log-format=json
json "by a beginning of its name" diff a b --nope --log-f json
json "too few arguments" copy a --log-format json
json "no command" --log-format json
json "a bad config" inspect prod -c none.yaml --log-format json
json "a name that is nothing" inspect prod --log-format json
wrong "text by --log-format text" "unknown option: --nope" diff a b --nope --log-format text
wrong "behind -- it is an argument" "diff takes FROM TO: 2 arguments, not 4" diff -- a b --log-format json
err_lacks "behind -- it is an argument: in text" '"level"'

evil=$'x\e[31m\rdbtwin: all is well\n\x9b2J\xc2\x9b3J\xe2\x80\xaetxt\x7f'
wrong "a name that steers the terminal" '\x1B[31m' inspect "$evil"
is "a name that steers the terminal: two lines" "$(wc -l <"$ERR")" 2
is "a name that steers the terminal: no control character" \
    "$(LC_ALL=C tr -d '\n\040-\176' <"$ERR" | LC_ALL=C tr -d '\200-\377' | wc -c)" 0
err_lacks "a name that steers the terminal: nor one of two bytes" $'\xc2\x9b'
err_lacks "a name that steers the terminal: nor one that turns it" $'\xe2\x80\xae'
printf 'databases:\n  "a\\e[2J": {}\n' >c.yaml
wrong "a name in the config that steers the terminal" '\x1B[2J' -c c.yaml inspect prod

# ---- metrics of a run that fails keep those of the last success -----------------------------------
long=$(printf 'x%.0s' {1..6000})
for end in '\n' ''; do
    printf "dbtwin_last_success_rows{command=\"copy\",source=\"$long\"} 7\ndbtwin_last_success_timestamp_seconds{command=\"copy\"} 42$end" >m.prom
    expect_exit 2 "metrics: a run that fails" "$dbtwin" copy "postgresql://$nowhere/a" \
        "postgresql://$nowhere/b" --metrics m.prom
    is "metrics: a long line stays" "$(grep -c "^dbtwin_last_success_rows{command=\"copy\",source=\"x\{6000\}\"} 7$" m.prom)" 1
    is "metrics: the last line stays" "$(grep -c '^dbtwin_last_success_timestamp_seconds{command="copy"} 42$' m.prom)" 1
    is "metrics: the run is there" "$(grep -c '^dbtwin_last_run_exit_code{.*} 2$' m.prom)" 1
done
rm m.prom

# ---- the config ------------------------------------------------------------------------------
# config NAME TEXT-OF-THE-MESSAGE: standard input is the file
config() {
    cat >c.yaml
    chmod 600 c.yaml
    wrong "config: $1" "$2" -c c.yaml inspect prod
}
wrong "config: a named file that is not there" "cannot read the config none.yaml" \
    -c none.yaml inspect prod
config "bad YAML, with line and column" "c.yaml:2:1: found character" <<END
databases:
$(printf '\t')prod:
END
config "an unknown key" 'c.yaml:1:1: unknown key "database"' <<'END'
database:
  prod:
END
config "an unknown key of a database" 'c.yaml:4:5: unknown key "pasword"' <<'END'
databases:
  prod:
    url: postgresql:///x
    pasword: x
END
config "a database without a URL" 'c.yaml:3:5: database "prod" has no url' <<'END'
databases:
  prod:
    role: production
END
config "an unknown role" 'c.yaml:4:11: role is production or staging, not "prod"' <<'END'
databases:
  prod:
    url: postgresql:///x
    role: prod
END
# What stands there twice, or hides, is an error that names both lines.
config "a database twice" 'c.yaml:4:3: "prod" is given twice, the first time in line 2' <<'END'
databases:
  prod:
    url: postgresql:///x
  prod:
    url: postgresql:///y
END
config "a URL twice" 'c.yaml:4:5: "url" is given twice, the first time in line 3' <<'END'
databases:
  prod:
    url: postgresql:///x
    url: postgresql:///y
END
config "a role twice, quoted once" 'c.yaml:5:5: "role" is given twice, the first time in line 4' <<'END'
databases:
  prod:
    url: postgresql:///x
    "role": production
    role: staging
END
config "databases twice" 'c.yaml:3:1: "databases" is given twice, the first time in line 1' <<'END'
databases:
  prod: {url: "postgresql:///x", role: production}
databases:
  prod: {url: "postgresql:///x"}
END
config "an option twice" 'c.yaml:6:7: "jobs" is given twice, the first time in line 5' <<'END'
databases:
  prod:
    url: postgresql:///x
    options:
      jobs: 2
      jobs: 3
END
config "a pattern's key twice" 'c.yaml:2:1: "ignore" is given twice, the first time in line 1' <<'END'
ignore: a
ignore: b
END
config "a rule twice" 'c.yaml:1:28: "events" is given twice' <<'END'
neutralise: {events: true, events: false}
END
config "a key that is an alias" '"url" is given twice' <<'END'
databases:
  prod:
    &u url: postgresql:///x
    *u : postgresql:///y
END
config "a second document" 'c.yaml:3:1: a second document begins here, the first one in line 1' <<'END'
databases:
  prod: {url: "postgresql:///x", role: production}
---
databases:
  prod: {url: "postgresql:///x"}
END
config "a second document that is empty" 'c.yaml:3:1: a second document begins here' <<'END'
databases:
  prod: {url: "postgresql:///x", role: production}
---
END
config "a merge key" 'c.yaml:3:11: merge keys (<<) are not supported' <<'END'
databases:
  prod: &p {url: "postgresql:///x", role: production}
  other: {<<: *p, role: staging}
END
config "a merge key among databases" 'merge keys (<<) are not supported' <<'END'
databases:
  prod: {url: "postgresql:///x"}
  <<: {prod: {url: "postgresql:///y"}}
END
config "an alias of itself" 'refers to this value itself' <<'END'
databases: &a
  prod: *a
END
config "a list that holds itself" 'refers to this value itself' <<'END'
ignore: &a [x, *a]
END
config "an option that holds itself" 'refers to this value itself' <<'END'
databases:
  prod:
    url: postgresql:///x
    options:
      without: &w [a, [*w]]
END
{
    echo 'x0: &x0 [a, a, a, a, a, a, a, a, a]'
    for i in {1..12}; do
        printf 'x%d: &x%d [' "$i" "$i"
        printf "*x$((i - 1)), %.0s" {1..9}
        echo ']'
    done
} >bomb.yaml
config "aliases that multiply" 'with its aliases the file has more than 1000000 values' <bomb.yaml
config "tags" 'c.yaml:2:1: %TAG directives are not supported' <<'END'
# x
%TAG !e! tag:example.org:
---
a: b
END
config "too deep" 'nested deeper than 32 levels' < <(printf '[%.0s' {1..5000})
config "a NUL in a key" 'holds a NUL character' <<'END'
databases:
  prod: {url: "postgresql:///x", "role\0": staging}
END
config "many anchors" 'more than 1000 anchors and aliases' < <(
    for i in {1..1500}; do echo "- &a$i x"; done)
printf 'ignore: [&t a, *t]\n' >c.yaml
wrong "an alias that hides nothing" '"prod" is neither a name' -c c.yaml inspect prod

# Time grows with the size: 100,000 entries are read within seconds, whatever they are.
big() {
    local name=$1 text=$2
    expect_exit 2 "config: $name" timeout 20 "$dbtwin" -c c.yaml inspect nobody
    err_has "config: $name: read to its end" "$text"
}
awk 'BEGIN { print "databases:"
    for (i = 0; i < 100000; i++) print "  d" i ": {url: \"mysql://h/d\"}" }' >c.yaml
big "100,000 databases" '"nobody" is neither a name'
awk 'BEGIN { print "ignore:"; for (i = 0; i < 100000; i++) print "- t" i }' >c.yaml
big "100,000 patterns" '"nobody" is neither a name'
awk 'BEGIN { print "map:\n  roles:"; for (i = 0; i < 100000; i++) print "    r" i ": s" i }' >c.yaml
big "100,000 names" '"nobody" is neither a name'
awk 'BEGIN { printf "map: {roles: {"; for (i = 0; i < 100000; i++) printf "r%d: s%d, ", i, i
    print "}}" }' >c.yaml
big "100,000 names in one line" '"nobody" is neither a name'
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "? a%d\n", i }' >c.yaml
big "100,000 keys without values" 'unknown key'
awk 'BEGIN { for (i = 0; i < 500000; i++) printf "- " }' >c.yaml
big "a list in a list in a list" 'nested deeper'
head -c 5000000 /dev/zero | tr '\0' '#' >c.yaml
big "5 MB" 'larger than 4 MB'
expect_exit 2 "config: a file without an end" timeout 20 "$dbtwin" -c /dev/zero inspect nobody
err_has "config: a file without an end: is given up" 'larger than 4 MB'
mkfifo endless
sleep 30 >endless & writer=$!
timeout --signal=TERM 1 "$dbtwin" -c endless inspect nobody 2>err
is "config: SIGTERM is heard while the file is read" "$(cat err)" \
    "dbtwin: error: interrupted while reading endless"
kill "$writer"

config "a list for a URL" 'c.yaml:3:10: "url" must be a single value' <<'END'
databases:
  prod:
    url: [a, b]
END
config "a database that is a word" 'c.yaml:2:9: database "prod" must be a mapping with a url' <<'END'
databases:
  prod: postgresql:///x
END
config "a list of databases" 'c.yaml:2:3: "databases" must be a mapping' <<'END'
databases:
  - prod
END
config "not a mapping" "c.yaml:1:1: the file must be a mapping" <<'END'
just text
END
config "a variable that is not set" "c.yaml:3:10: the environment has no variable NOT_SET_HERE" <<'END'
databases:
  prod:
    url: ${NOT_SET_HERE}
END
config "another name" '"prod" is neither a name' <<'END'
databases:
  production: {url: "postgresql:///x"}
  staging: {url: "postgresql:///y"}
END
err_has "another name: those that there are" "the config names production, staging"
config "an empty file" '"prod" is neither a name' </dev/null
config "a passwordcmd that fails" "the passwordcmd of prod failed (exit status 7)" <<END
databases:
  prod:
    url: postgresql://u@$nowhere/x
    passwordcmd: echo topsecret; exit 7
END
err_lacks "a passwordcmd that fails: what it said is not shown" topsecret
config "a passwordcmd that says nothing" "the passwordcmd of prod printed no password" <<END
databases:
  prod:
    url: postgresql://u@$nowhere/x
    passwordcmd: "true"
END
cat >dbtwin.yaml <<END
databases:
  prod:
    url: postgresql://u:\${SECRET_OF_PROD}@\${HOST_OF_PROD}/x
END
export SECRET_OF_PROD=hunter2 HOST_OF_PROD=$nowhere
wrong "dbtwin.yaml of this folder, with variables" "127.0.0.1" inspect prod
err_lacks "dbtwin.yaml: no password" hunter2
err_lacks "a variable is no password in the file" "chmod 600"
mkdir -p .config/dbtwin
mv dbtwin.yaml .config/dbtwin/
wrong "dbtwin.yaml of the home folder" "127.0.0.1" inspect prod
rm -r .config
# /etc/dbtwin for jobs, which have no home, and perhaps the file of the home folder before it
mkdir -p etc/dbtwin
printf 'databases:\n  prod:\n    url: postgresql://u@127.0.0.1:1/of_etc\n' >etc/dbtwin/dbtwin.yaml
cp /etc/passwd /etc/group etc/
if unshare -rm mount --bind "$PWD/etc" /etc 2>/dev/null; then
    # shellcheck disable=SC2016
    expect_exit 2 "dbtwin.yaml of /etc/dbtwin" env -u HOME unshare -rm sh -c 'mount --bind "$1" /etc && exec "$2" inspect prod' sh "$PWD/etc" "$dbtwin"
    err_has "dbtwin.yaml of /etc/dbtwin: is read" "127.0.0.1"
else
    skip "dbtwin.yaml of /etc/dbtwin" "a mount of one's own is not allowed here"
fi
rm -r etc
cat >c.yaml <<END
databases:
  prod:
    url: mysql://u:hunter2@$nowhere/x
END
chmod 644 c.yaml
wrong "a password that others may read" "chmod 600 c.yaml" -c c.yaml inspect prod
chmod 600 c.yaml
wrong "a password that others may not read" "127.0.0.1" -c c.yaml inspect prod
err_lacks "a password that others may not read: no warning" "chmod"

# ---- no password is ever shown -----------------------------------------------------------------
# The word stands where people put passwords, also wrongly; -v says the most.
for url in "postgresql://u:hunter2@$nowhere/x" "mysql://u:hunter2@$nowhere/x" \
    "mariadb://u:hunter2@$nowhere/x" "oracle://u:hunter2@h/x" "postgresql://u:hun/hunter2@h/x" \
    "postgresql://u:a@hunter2@$nowhere/x" "postgresql://u:hunter2@$nowhere/x?sslmode=hm" \
    "mysql://u:hunter2@$nowhere/x?nonsense=1" "postgresql://$nowhere/x?user=u&password=hunter2" \
    "mysql://$nowhere/x?password=hunter2" "host=localhost password=hunter2" \
    "postgresql://u:hunter2@h:port/x" "postgresql://u:hunter2@[::1/x"; do
    name=${url/hunter2/…}
    expect_exit 2 "inspect $name" "$dbtwin" inspect -v "$url"
    err_lacks "inspect $name: no password" hunter2
    expect_exit 2 "diff $name" "$dbtwin" diff -v "$url" "$url"
    err_lacks "diff $name: no password" hunter2
    expect_exit 2 "copy $name" "$dbtwin" copy -v "$url" "$url"
    err_lacks "copy $name: no password" hunter2
done
# Engines are told apart before anything is connected to.
wrong "PostgreSQL is not copied to MySQL" "are of different engines (postgres and mysql)" \
    copy "postgresql://$nowhere/a" "mysql://$nowhere/b"
wrong "nor asked about" "are of different engines" preflight "mysql://$nowhere/a" "postgresql://$nowhere/b"

wrong "libpq's own reason for refusing a URL" 'error: x@127.0.0.1:1: the URL cannot be read: invalid URI query parameter: "foo"' \
    inspect "postgresql://u@$nowhere/x?foo=bar"

# A side that is down: the CI server finds a report with an error in it.
expect_exit 2 "a database that is down" "$dbtwin" diff "$here/drift/from.xml" \
    "postgresql://$nowhere/down" -q -o "$WORK/down.junit.xml"
is "a database that is down: the report is good XML with one error" "$(python3 -c '
import sys, xml.etree.ElementTree as e
t = e.parse(sys.argv[1]).getroot()
print(len(t.findall(".//testcase/error")), t.find("testsuite").get("errors"))' "$WORK/down.junit.xml")" "1 1"

# Whoever reads may have seen enough.
piped() { "$dbtwin" inspect "$here/drift/from.xml" --format xml; echo $? >"$WORK/code"; }
piped 2>"$ERR" | true
is "| head ends quietly" "$(cat "$WORK/code")" 0
err_empty "| head: without a word"
for what in "1 diff $here/drift/to.xml" "0 plan $here/drift/to.xml" "0 inspect"; do
    read -r code command to <<<"$what"
    # shellcheck disable=SC2086
    { "$dbtwin" "$command" "$here/drift/from.xml" $to; echo $? >"$WORK/code"; } 2>"$ERR" | true
    is "$command | head: its own exit code" "$(cat "$WORK/code")" "$code"
    err_empty "$command | head: without a word"
done
# a side is called by what tells it from others, and never by its password
while read -r url label; do
    expect_exit 2 "$url" "$dbtwin" inspect "$url"
    err_has "$url is $label in messages" "error: $label: "
    err_lacks "$url: no secret" secret
done <<'END'
postgresql://u:secret@host.invalid/shop shop@host.invalid
postgresql://u:secret@one.invalid,two.invalid/shop shop@one.invalid,two.invalid
postgresql:///shop?host=/nowhere shop@localhost
postgresql:///?dbname=shop&host=/nowhere shop@localhost
mysql://u:secret@localhost/sh%6Fp?socket=/nowhere/s shop@localhost
mysql://u:secret@host.invalid/ mysql://u:***@host.invalid/
END
expect_exit 2 "two sides of one name" "$dbtwin" diff "postgresql:///shop?host=/nowhere" "postgresql:///shop?host=/nowhere2"
err_has "are called by their URLs" "error: postgresql:///shop?host=/nowhere: "

done_testing
