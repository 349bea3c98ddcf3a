#!/bin/bash
# What a masked copy leaves around its rows: of a copy that is aborted, one that resumes it, a snapshot that is
# aborted and one that is whole, no value of a masked column is in staging's files (rows, statistics, log, checkpoints,
# history), in temporary files, in what --verbose says, in a snapshot; no core is dumped; the key is in no statement.
. "$(dirname "$0")/../lib/live.sh"

schema() { # NAME: a table whose key, by which it is cut into chunks, is what must not be seen
    cat <<'SQL'
CREATE TABLE people (mail varchar(60) PRIMARY KEY, nick varchar(40) NOT NULL UNIQUE, note varchar(400) NOT NULL, n int NOT NULL);
CREATE TABLE visits (id int PRIMARY KEY, mail varchar(60) NOT NULL, FOREIGN KEY (mail) REFERENCES people (mail));
SQL
    if server_is_pg "$1"; then
        cat <<'SQL'
INSERT INTO people SELECT 'leakquux' || i || '@leak.example', 'leaknick' || i, repeat('leaknote' || i || ' ', 20), i FROM generate_series(1, 12000) i;
INSERT INTO visits SELECT i, 'leakquux' || i || '@leak.example' FROM generate_series(1, 3000) i;
CREATE STATISTICS together (mcv) ON nick, note FROM people;
ANALYZE;
SQL
    else
        cat <<'SQL'
INSERT INTO people WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 900) SELECT concat('leakquux', a.n * 1000 + b.n, '@leak.example'), concat('leaknick', a.n * 1000 + b.n), repeat(concat('leaknote', a.n * 1000 + b.n, ' '), 20), b.n FROM i a JOIN i b WHERE a.n < 14;
INSERT INTO visits SELECT row_number() OVER (ORDER BY mail), mail FROM people LIMIT 3000;
SQL
        [ "$(server_kind "$1")" = mysql9 ] || echo "ANALYZE TABLE people PERSISTENT FOR ALL;"
    fi
}
leaks() { # FILE-OR-FOLDER...: files with a value of a masked column, or with the key
    grep -raliE "leakquux|leaknick|leaknote|leak[.]example|$key" "$@" 2>/dev/null | head -3
}
staging_files() { # of its own databases, and what it wrote before and beside them
    if server_is_pg staging; then pg staging postgres -c CHECKPOINT >/dev/null; fi
    leaks "$(server_dir staging)"
}
abort() { # NAME COMMAND...: it is aborted when it has moved something
    local name=$1 pid
    shift
    : >"$WORK/aborted"
    (cd "$WORK/core" && ulimit -c unlimited && exec "$DBTWIN" "$@") >"$WORK/aborted" 2>&1 &
    pid=$!
    if until_true 20 grep -q 'phase: data' "$WORK/aborted"; then pass "$name: it moves rows"; else fail "$name: it moves rows" "$(tail -3 "$WORK/aborted")"; fi
    is "$name: no core may be dumped" "$(awk '/core file/ { print $5 }' "/proc/$pid/limits")" 0
    sleep 1
    kill -ABRT "$pid"
    wait "$pid" 2>/dev/null
    cat "$WORK/aborted" >>"$WORK/said"
    is "$name: none is" "$(find "$WORK/core" -type f | wc -l)" 0
}

cat >"$WORK/peak.py" <<'PY'
import resource, subprocess, sys
if subprocess.run(sys.argv[1:]).returncode == 0:
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
PY

for kind in $(one_of_each); do
    start "$kind" prod staging
    fresh_db prod around
    fresh_db staging around
    schema prod >"$WORK/s.sql"
    must load prod around "$WORK/s.sql"
    from=$(url prod around) to=$(url staging around)
    key=$(od -An -tx1 -N32 /dev/urandom | tr -d ' \n')
    (umask 077; echo "$key" >"$WORK/mask.key")
    rm -rf "$WORK/tmp" "$WORK/core" "$WORK/out"
    mkdir -p "$WORK/tmp" "$WORK/core" "$WORK/out"
    : >"$WORK/said"
    export TMPDIR=$WORK/tmp
    cat >"$WORK/c.yaml" <<YAML
mask:
  key_file: $WORK/mask.key
  require: pii
  columns:
    "*people.mail": {email: {}}
    "*people.nick": {username: {}}
    "*people.note": {text: {}}
    "*visits.mail": {email: {}}
    "*people.n": keep
YAML
    if server_is_pg prod; then must q prod around "ALTER DATABASE around SET log_statement = 'all'"; else must q prod '' "SET GLOBAL general_log_file = '$(server_dir prod)/general', GLOBAL general_log = 1"; fi
    abort "$kind: a copy that is aborted" copy --config "$WORK/c.yaml" --create --resume -j 2 --verbose --max-rate 400k "$from" "$to"
    is "$kind: nobody in staging's files" "$(staging_files)" ""
    ok "$kind: it is resumed" dbtwin copy --config "$WORK/c.yaml" --resume --verbose "$from" "$to"
    cat "$OUT" "$ERR" >>"$WORK/said"
    is "$kind: all are there" "$(q staging around "SELECT count(*) FROM people p WHERE mail LIKE '%@example.invalid'")" "$(q prod around "SELECT count(*) FROM people")"
    dbtwin copy --config "$WORK/c.yaml" --log-format json --verbose --verify full "$from" "$to" >>"$WORK/said" 2>&1
    dbtwin verify --config "$WORK/c.yaml" --verbose "$from" "$to" >>"$WORK/said" 2>&1
    is "$kind: nobody in staging's files after it" "$(staging_files)" ""
    abort "$kind: a snapshot that is aborted" snapshot --config "$WORK/c.yaml" --verbose --compress none --max-rate 400k "$from" -o "$WORK/out/s.dbtwin"
    ok "$kind: a snapshot" dbtwin snapshot --config "$WORK/c.yaml" --force --compress none "$from" -o "$WORK/out/s.dbtwin"
    isnt "$kind: they are where they belong, and are found there" "$(leaks "$(server_dir prod)")" ""
    is "$kind: nobody in what is left of both" "$(leaks "$WORK/out")" ""
    is "$kind: nor in temporary files" "$(leaks "$WORK/tmp")" ""
    is "$kind: nor in what was said" "$(leaks "$WORK/said")" ""
    is "$kind: which was much" "$([ "$(wc -l <"$WORK/said")" -gt 100 ] && echo yes)" yes
    is "$kind: the key is not in what production was asked" "$(grep -rl "$key" "$(server_dir prod)" 2>/dev/null)" ""
    isnt "$kind: which is known" "$(grep -rlE 'FROM .*people' "$(server_dir prod)"/{log,general} 2>/dev/null)" ""
    server_is_pg prod || must q prod '' "SET GLOBAL general_log = 0"

    # Memory: 64 MB and twice the largest row, whatever there is of others: two values of 5 MB, and 15 MB of rows.
    fresh_db prod heavy
    fresh_db staging heavy
    if server_is_pg prod; then numbers="generate_series(1, 15000) n"; else numbers="(SELECT a.n * 250 + b.n n FROM t250 a JOIN t250 b WHERE a.n < 60) x"; fi
    must q prod heavy "CREATE TABLE letters (id int PRIMARY KEY, mail varchar(60), body $(server_is_pg prod && echo text || echo longtext))"
    server_is_pg prod || must q prod heavy "CREATE TABLE t250 WITH RECURSIVE i (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM i WHERE n < 249) SELECT n FROM i"
    must q prod heavy "INSERT INTO letters SELECT n, concat('m', n, '@leak.example'), repeat('words of a letter ', 60) FROM $numbers"
    must q prod heavy "INSERT INTO letters VALUES (-1, 'm@leak.example', repeat('word ', 1000000)), (-2, 'n@leak.example', repeat('wort ', 1000000))"
    printf 'mask:\n  key_file: %s\n  require: pii\n  columns:\n    "*letters.mail": {email: {}}\n    "*letters.body": {text: {}}\n' "$WORK/mask.key" >"$WORK/c.yaml"
    peak=$(python3 "$WORK/peak.py" "$DBTWIN" copy -q --config "$WORK/c.yaml" "$(url prod heavy)" "$(url staging heavy)")
    is "$kind: rows of a heavy table" "$(q staging heavy "SELECT count(*) FROM letters WHERE mail LIKE '%.invalid' AND body NOT LIKE 'words of a letter words%' AND body NOT LIKE 'wor_ wor_ wor_%'")" 15002
    if [[ ${DBTWIN_BUILD:-} == *asan* ]]; then skip "$kind: memory" "sanitizers take memory of their own"
    elif [ "${peak:-999}" -le $((64 + 2 * 5)) ]; then pass "$kind: in $peak MB"; else fail "$kind: memory" "${peak:-?} MB, not $((64 + 2 * 5))"; fi
done
done_testing
