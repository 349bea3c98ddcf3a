#!/bin/bash
# Snapshots: what comes out is what went in, from a file and from a pipe, and by hand without dbtwin,
# as dbtwin-snapshot(5) says. A cut or damaged one is refused with code 2 and leaves the target alone.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

# damaged NAME FILE: as a file and as a stream, restore says 2 and the target stays
damaged() {
    local code=0 how
    tries=$((tries + 1))
    for how in file pipe; do
        # a stream is restored in full before it shows: fewer of those
        [ $how = file ] || [ $((tries % 4)) = 0 ] || continue
        code=0
        if [ $how = file ]; then
            dbtwin restore "$2" "$(url staging snap)" >"$OUT" 2>"$ERR" </dev/null || code=$?
        else
            # shellcheck disable=SC2002
            cat "$2" | dbtwin restore - "$(url staging snap)" >"$OUT" 2>"$ERR" || code=$?
        fi
        [ "$code" = 2 ] || { bad=$((bad + 1)); tap_say "$1, $how: exit code $code"; tap_show; }
        [ "$(grep -c 'error:' "$ERR")" = 1 ] || { bad=$((bad + 1)); tap_say "$1, $how: not one error"; tap_show; }
        if [ $how = file ] && grep -q 'phase: data' "$ERR"; then
            bad=$((bad + 1)); tap_say "$1: a file was loaded before it was checked"
        fi
    done
}
flip() { # FILE AT: one byte becomes another
    local was
    was=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
    # shellcheck disable=SC2059
    printf "\\x$(printf %02x $((was ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

tries=0
for kind in $(one_of_each); do
    start "$kind" prod staging
    fresh_db prod snap
    fresh_db staging snap
    folder=mysql copy=tsv
    ! server_is_pg prod || folder=postgres copy=copy
    must load prod snap "$TOP/fixtures/demo/$folder/prod.sql"
    new=$(sum_of prod snap)
    S=$WORK/s
    rm -rf "${WORK:?}"/*

    ok "$kind: a snapshot" dbtwin snapshot "$(url prod snap)" -o "$S"
    expect_exit 2 "$kind: a file that is there stays" dbtwin snapshot "$(url prod snap)" -o "$S"
    err_has "$kind: unless" "--force"
    before=$(cksum <"$S")
    ok "$kind: with --force" dbtwin snapshot "$(url prod snap)" -o "$S" --force -j 4
    is "$kind: nothing else lies beside it" "$(ls -A "$WORK" | grep -v '^\.' | tr '\n' ' ')" "s "
    ok "$kind: tar can list it" tar -tf "$S"
    out_has "$kind: with the manifest" manifest.json
    is "$kind: at its end" "$(tail -n 1 "$OUT")" manifest.json
    ok "$kind: restored" dbtwin restore "$S" "$(url staging snap)"
    is "$kind: equal by dump" "$(sum_of staging snap)" "$new"
    ok "$kind: no drift against the snapshot" dbtwin diff "$S" "$(url staging snap)"
    fresh_db staging snap
    dbtwin snapshot "$(url prod snap)" -o - 2>"$WORK/e1" | dbtwin restore - "$(url staging snap)" >"$OUT" 2>"$ERR"
    is "$kind: through a pipe" "${PIPESTATUS[*]}" "0 0"
    is "$kind: equal by dump" "$(sum_of staging snap)" "$new"

    fresh_db staging snap
    dbtwin restore - "$(url staging snap)" >"$OUT" 2>"$ERR" <"$S"
    is "$kind: from a file as standard input" "$? $(sum_of staging snap)" "0 $new"
    TAP_LINES=5 err_lacks "$kind: without complaint" "error:"

    # one table by hand, as the manual page says
    mkdir "$WORK/x"
    tar -C "$WORK/x" -xf "$S"
    is "$kind: checksums by hand" "$(cd "$WORK/x" && python3 -c "import json
for m in json.load(open('manifest.json'))['members']: print(m['sha256'] + '  ' + m['name'])" | sha256sum -c 2>&1 | grep -vc ': OK$')" 0
    t=$(ls "$WORK/x/data" | grep 'customers$')
    columns=$(python3 -c "import json, sys; print(', '.join(c['name'] if isinstance(c, dict) else c for c in json.load(open(sys.argv[1]))['columns']))" "$WORK/x/data/$t/table.json")
    if server_is_pg prod; then
        must q staging snap "TRUNCATE shop.customers CASCADE"
        for f in "$WORK/x/data/$t"/*.copy.gz; do
            gunzip -c "$f" | pg staging snap -c "\\copy shop.customers ($columns) FROM STDIN" >"$OUT" 2>"$ERR" || tap_show
        done
        is "$kind: one table rescued by hand" "$(q staging snap 'SELECT md5(string_agg(c::text, chr(10) ORDER BY id)) FROM shop.customers c')" \
            "$(q prod snap 'SELECT md5(string_agg(c::text, chr(10) ORDER BY id)) FROM shop.customers c')"
    else
        gunzip -c "$WORK/x/data/$t"/*.tsv.gz >"$WORK/customers.tsv"
        must my staging snap --local-infile=1 -e "SET foreign_key_checks = 0; DELETE FROM customers; SET time_zone = '+00:00';
            LOAD DATA LOCAL INFILE '$WORK/customers.tsv' INTO TABLE customers CHARACTER SET binary ($columns)"
        is "$kind: one table rescued by hand" "$(q staging snap 'SELECT * FROM customers ORDER BY id' | cksum)" "$(q prod snap 'SELECT * FROM customers ORDER BY id' | cksum)"
    fi

    # damage
    fresh_db prod old
    must q prod old "CREATE TABLE was (a int PRIMARY KEY); INSERT INTO was VALUES (1), (2)"
    ok "$kind: the old state" dbtwin copy "$(url prod old)" "$(url staging snap)"
    old=$(sum_of staging snap)
    size=$(stat -c %s "$S") bad=0
    for ((i = 0; i < 20; i++)); do
        head -c $((size * i / 20)) "$S" >"$WORK/cut"
        damaged "cut at $i/20" "$WORK/cut"
    done
    # the end of a tar is 1,024 bytes of nothing and padding: cut in the manifest's last byte
    is "$kind: 20 cuts are refused" "$bad" 0
    untouched "$kind: 20 cuts" staging snap "$old"
    # bytes that count: inside members, not in tar's padding between them
    bad=0
    python3 - "$S" >"$WORK/places" <<'PY'
import random, sys, tarfile
r, spots = random.Random(5), []
for m in tarfile.open(sys.argv[1]):
    spots += [m.offset_data + m.size // 2] if m.size else []
    spots += [m.offset_data + r.randrange(m.size) for _ in range(3)] if m.size else []
    spots.append(m.offset + 124 + 9)  # its size, as tar has it
r.shuffle(spots)
print(*spots[:20], sep='\n')
PY
    while read -r at; do
        cp "$S" "$WORK/flipped"
        flip "$WORK/flipped" "$at"
        damaged "byte $at of $size" "$WORK/flipped"
    done <"$WORK/places"
    is "$kind: 20 flipped bytes are refused" "$bad" 0
    untouched "$kind: 20 flipped bytes" staging snap "$old"

    # pipes, as shells make them, and with a name
    ok "$kind: by a pipe of the shell's" dbtwin check <(cat "$S")
    mkfifo "$WORK/fifo"
    cat "$S" >"$WORK/fifo" &
    ok "$kind: by a pipe with a name" dbtwin check "$WORK/fifo"
    wait $!
    is "$kind: by a pipe with a name: all is read" $? 0
    rm -f "$WORK/fifo"

    # things that are no snapshot
    printf 'hello, this is no snapshot\n' >"$WORK/text"
    expect_exit 2 "$kind: a text file" dbtwin restore "$WORK/text" "$(url staging snap)"
    err_has "$kind: is called what it is not" "is text, neither a model nor a snapshot"
    tar -C "$TOP" -cf "$WORK/other.tar" README.md
    expect_exit 2 "$kind: another tar" dbtwin restore "$WORK/other.tar" "$(url staging snap)"
    err_has "$kind: is called what it is not" "not a dbtwin snapshot"
    : >"$WORK/empty"
    expect_exit 2 "$kind: an empty file" dbtwin restore "$WORK/empty" "$(url staging snap)"
    ok "$kind: a model" dbtwin inspect "$(url prod snap)" -o "$WORK/model.xml"
    expect_exit 2 "$kind: a model is not restored" dbtwin restore "$WORK/model.xml" "$(url staging snap)"
    err_has "$kind: and says so" "not a snapshot"
    expect_exit 2 "$kind: a folder" dbtwin restore "$WORK" "$(url staging snap)"
    expect_exit 2 "$kind: a file that is not there" dbtwin restore "$WORK/nowhere" "$(url staging snap)"
    untouched "$kind: no snapshots" staging snap "$old"
    case $kind in pg*) pgsnap=$DBTWIN_SESSION/.pgsnap; cp "$S" "$pgsnap" ;; *) mysnap=$DBTWIN_SESSION/.mysnap; cp "$S" "$mysnap" ;; esac
    [ -z "${mysnap:-}" ] || expect_exit 2 "$kind: a snapshot of the other engine" dbtwin restore "$pgsnap" "$(url staging snap)"
    [ -z "${mysnap:-}" ] || err_has "$kind: says what goes where" "PostgreSQL is copied to PostgreSQL"
    untouched "$kind: the other engine" staging snap "$old"

    # disks that are full
    expect_exit 2 "$kind: a full disk at the end of a pipe" env sh -c "'$DBTWIN' snapshot '$(url prod snap)' -o - >/dev/full"
    if [ "$(id -u)" = 0 ] && mkdir "$WORK/tiny" && mount -t tmpfs -o size=64k none "$WORK/tiny" 2>/dev/null; then
        at_exit umount "$WORK/tiny"
        must q prod snap "CREATE TABLE noise (a int PRIMARY KEY, t text)"
        if server_is_pg prod; then
            must q prod snap "INSERT INTO noise SELECT n, md5(n::text) || md5((n + 1)::text) FROM generate_series(1, 20000) n"
        else
            must q prod snap "INSERT INTO noise SELECT a.n * 1000 + b.n * 100 + c.n * 10 + d.n, CONCAT(MD5(RAND()), MD5(RAND())) FROM
                (SELECT 0 n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) a,
                (SELECT 0 n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) b,
                (SELECT 0 n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) c,
                (SELECT 0 n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) d"
        fi
        expect_exit 2 "$kind: a full disk" dbtwin snapshot "$(url prod snap)" -o "$WORK/tiny/s"
        err_like "$kind: is named" "[Nn]o space|full"
        is "$kind: and no file is left" "$(ls -A "$WORK/tiny")" ''
        umount "$WORK/tiny"
    else
        skip "$kind: a full disk" "needs root, and to be allowed to mount"
    fi
    expect_exit 2 "$kind: a folder that is not there" dbtwin snapshot "$(url prod snap)" -o "$WORK/no/such/s"
done
done_testing
