#!/bin/bash
# A target that runs out of disk: one error with code 2, the target as it was and working, and
# nothing of the copy left to hold the disk.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

[ "$(id -u)" = 0 ] || skip_all "a small disk needs root"
chmod 711 "$WORK"
for kind in $(one_of_each); do
    small=$WORK/$kind
    mkdir -m 755 "$small"
    size=110m big=60
    case $kind in pg*) ;; *) size=190m big=190 ;; esac # MariaDB's own files take 150 MB
    mount -t tmpfs -o size=$size,mode=755 none "$small" 2>/dev/null || {
        skip "$kind" "this machine may not mount a small disk"
        continue
    }
    at_exit umount -l "$small"
    chown "$(server_user "$kind"):" "$small"
    start "$kind" prod
    case $kind in
        pg*) server_start "$kind" tight --data "$small" -- -c min_wal_size=32MB -c max_wal_size=40MB ;;
        *) server_start "$kind" tight --data "$small" ;;
    esac || { skip "$kind" "the server does not start on $size"; continue; }
    fresh_db prod narrow
    fresh_db tight narrow
    must q tight narrow "CREATE TABLE was (a int PRIMARY KEY)"
    if server_is_pg prod; then
        must q prod narrow "CREATE TABLE big AS SELECT n AS a, repeat(md5(n::text), 60) || random() AS t FROM generate_series(1, $big * 500) n; ALTER TABLE big ALTER t SET STORAGE EXTERNAL"
        must q prod narrow "ALTER TABLE big ALTER t SET STORAGE EXTERNAL; UPDATE big SET t = t || 'x'"
    else
        must q prod narrow "CREATE TABLE big (a int PRIMARY KEY, t mediumtext)"
        must q prod narrow "INSERT INTO big SELECT seq, REPEAT(MD5(seq), 31000) FROM seq_1_to_$big"
    fi
    before=$(sum_of tight narrow)
    expect_exit 4 "$kind: a copy that is known to be larger" dbtwin copy "$(url prod narrow)" "$(url tight narrow)"
    err_like "$kind: is refused with numbers" "too little disk space: .*needs about [0-9.]+ MB"
    is "$kind: before anything moved" "$(sum_of tight narrow)" "$before"
    expect_exit 4 "$kind: preflight says so" dbtwin preflight "$(url prod narrow)" "$(url tight narrow)"
    expect_exit 2 "$kind: a copy larger than the disk" \
        dbtwin copy "$(url prod narrow)" "$(url tight narrow)" --no-disk-check
    is "$kind: with one error" "$(grep -c '^dbtwin: error:' "$ERR")" 1
    if server_alive "$(server_pid tight)"; then
        err_like "$kind: says what is wrong" "[Nn]o space|is full|[Dd]isk full|errno: 28"
        shadow=
    else # InnoDB ends itself where it cannot write its own files
        err_like "$kind: says what is wrong" "[Ll]ost connection|gone away|[Cc]an't connect"
        must mount -o remount,size=400m "$small"
        server_start_my "$kind" "$(server_user "$kind")" "$(server_dir tight)" \
            "$(cat "$(server_dir tight)/where")" '' || bail "$kind did not start again"
        shadow=1 # nobody could drop it
    fi
    is "$kind: the target is as it was" "$(sum_of tight narrow)" "$before"
    [ -n "$shadow" ] || is "$kind: no shadow is left" "$(shadows tight)" ''
    must q prod narrow "DELETE FROM big WHERE a > 10"
    # the source is still as large on its own disk
    ok "$kind: one that fits" dbtwin copy "$(url prod narrow)" "$(url tight narrow)" --no-disk-check
    is "$kind: is there" "$(q tight narrow "SELECT count(*) FROM big")" 10
    is "$kind: and no shadow" "$(shadows tight)" ''
    server_stop tight
done
[ "$tap_COUNT" -gt 0 ] || skip_all "no small disk"
done_testing
