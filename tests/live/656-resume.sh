#!/bin/bash
# --resume continues a copy that was killed, in the same consistent snapshot, while that is still available;
# otherwise it starts over and says why. What was loaded is not read again, by the servers' own word.
# slow
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"
. "$TOP/tests/lib/kill.sh"
. "$TOP/tests/lib/resume.sh"

# All that is slow is table wide, which compresses well or has no statistics and so comes last: the others
# are there at once, and then there is time to cut the run. What goes on takes none.
slow="--max-rate 300k"
small=5 # tables beside it that a crash spares
done_with='' # engines
first_kind=$(some_servers | head -n 1)

for kind in $(some_servers); do
    case $kind in
        pg*) server_start "$kind" prod -- -c autovacuum=off ;;
        *) server_start "$kind" prod -- --general-log=1 --general-log-file=general.log --log-bin=bin --server-id=7 \
            --innodb-stats-auto-recalc=0 ;; # which is a transaction
    esac || bail "$kind did not start"
    start "$kind" staging
    # The tests' servers do not wait for their logs; here what was noted is to survive a crash.
    server_is_pg prod || must q staging '' "SET GLOBAL innodb_flush_log_at_trx_commit = 1"
    fresh_db prod resume
    fresh_db staging resume
    {
        case $kind in
            mysql*) echo "SET SESSION cte_max_recursion_depth = 100000;" ;;
            maria*) echo "SET SESSION max_recursive_iterations = 100000;" ;;
        esac
        rows_of one 240 400
        rows_of two 220 400
        rows_of three 200 400
        rows_of four 260 300
        rows_of five 50 20
        rows_of wide 50 60000
        if server_is_pg prod; then
            rows_of loose 270 300 UNLOGGED
            echo "CREATE SEQUENCE seq; SELECT setval('seq', 42); CREATE VIEW vw AS SELECT * FROM five;
                CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN RETURN NEW; END \$\$;
                CREATE TRIGGER trg BEFORE INSERT ON five FOR EACH ROW EXECUTE FUNCTION tf();
                SELECT lo_from_bytea(4711, 'a large object');"
        else
            rows_of loose 270 300 ENGINE=MyISAM
            echo "CREATE VIEW vw AS SELECT * FROM five; CREATE PROCEDURE p() SELECT 1;
                CREATE TRIGGER trg BEFORE INSERT ON five FOR EACH ROW SET NEW.k = NEW.k + 0;"
        fi
        echo "ALTER TABLE two ADD CONSTRAINT two_k FOREIGN KEY (id) REFERENCES one (id);"
    } >"$WORK/rows.sql"
    must load prod resume "$WORK/rows.sql"
    log=$(cat "$(server_dir prod)/where")/general.log
    from=$(url prod resume) to=$(url staging resume)
    must q staging resume "CREATE TABLE was (a int)"
    old=$(sum_of staging resume)

    # SIGKILL in the middle of the rows
    cut KILL 'chunk %' 2
    is "$kind: killed" "$code" 137
    is "$kind: killed: the target is as it was" "$(sum_of staging resume)" "$old"
    expect_exit 1 "$kind: status" dbtwin status "$to"
    out_has "$kind: status tells of it" "is unfinished"
    table=$(loaded) before=$(reads "$(loaded)")
    ! server_is_pg prod || file=$(file_of "$table" "$(where)")
    isnt "$kind: killed: a table is loaded" "$table" ''
    resume killed
    again=$(reads "$table") # by whom else is counted too, so at once
    err_like "$kind: killed: goes on" 'resumed: [1-9][0-9]* of [0-9]+ tables were there already'
    equal "$kind: killed"
    # MySQL's ALTER TABLE makes a new file for keys, too
    ! server_is_pg prod || is "$kind: killed: $table was not loaded again" "$(file_of "$table")" "$file"
    is "$kind: killed: nor read again" "$again" "$before"
    before=$(reads "$table")
    ok "$kind: another copy" dbtwin copy -q "$from" "$to" --resume -j 2
    isnt "$kind: which does read it" "$(reads "$table")" "$before"

    # twice in a row, then in the middle of what comes after the rows
    cut KILL 'chunk %' 1
    said=resumed: first=$(notes resume 'chunk %')
    cut KILL 'chunk %' $((first < small ? first + 1 : small))
    err_has "$kind: twice: goes on" "resumed:"
    cut KILL 'step %' 1
    err_has "$kind: thrice: goes on" "resumed:"
    said=
    resume twice
    err_has "$kind: twice: goes on again" "resumed:"
    equal "$kind: twice"

    # the target's server dies: what no crash spares is loaded anew
    cut server 'chunk %' 3
    is "$kind: the server killed" "$code" 2
    err_has "$kind: the server killed: what is kept" "--resume continues it"
    revive staging
    resume "the server killed"
    err_has "$kind: the server killed: goes on" "resumed:"
    equal "$kind: the server killed"

    # production has changed
    cut KILL 'chunk %' 2
    must q prod resume "UPDATE one SET k = 4711 WHERE id = 1"
    resume "production changed"
    err_has "$kind: production changed: starts anew" "has changed since"
    err_lacks "$kind: production changed: nothing of then" "resumed"
    equal "$kind: production changed"
    if ! server_is_pg prod; then # past the binlog
        cut KILL 'chunk %' 2
        must q prod resume "SET SESSION sql_log_bin = 0; UPDATE one SET k = 4712 WHERE id = 1"
        resume "past the binlog"
        err_has "$kind: past the binlog: starts anew" "has changed since"
        equal "$kind: past the binlog"
    fi
    engine=my progress=dbtwin_progress
    ! server_is_pg prod || engine=pg progress=dbtwin.progress
    case $done_with in *$engine*)
        server_stop prod
        server_stop staging
        continue
        ;;
    esac
    done_with="$done_with $engine"

    # SIGTERM, with and without
    was=$(sum_of staging resume)
    cut TERM 'chunk %' 2
    is "$kind: SIGTERM" "$code" 130
    err_has "$kind: SIGTERM: what is kept" "what is loaded is kept"
    is "$kind: SIGTERM: the target is as it was" "$(sum_of staging resume)" "$was"
    isnt "$kind: SIGTERM: the shadow stays" "$(shadows staging)" ''
    resume SIGTERM
    err_has "$kind: SIGTERM: goes on" "resumed:"
    equal "$kind: SIGTERM"
    "$DBTWIN" copy --create "$from" "$to" $slow >"$OUT" 2>"$ERR" </dev/null &
    run=$!
    until_true 60 has_shadow
    kill -TERM "$run"
    wait "$run" 2>/dev/null
    is "$kind: without --resume: no shadow stays" "$(shadows staging)" ''

    # a wrong count of rows is seen, and what was left is not trusted again
    cut KILL 'chunk %' 2
    must q staging "$(where)" "DELETE FROM $(loaded) WHERE id = 2"
    expect_exit 2 "$kind: a row is missing" dbtwin copy "$from" "$to" --resume
    err_has "$kind: a row is missing: is seen" "rows were loaded, but it holds"
    is "$kind: a row is missing: nothing is left" "$(shadows staging)" ''
    cut KILL 'chunk %' 2 --verify full
    resume "--verify full" --verify full
    err_has "$kind: --verify full: goes on" "resumed:"
    equal "$kind: --verify full"

    # restore: the same file, and another
    must dbtwin snapshot -q "$from" -o "$WORK/s" --force
    "$DBTWIN" restore --create "$WORK/s" "$to" --resume -j 2 $slow >"$OUT" 2>"$ERR" </dev/null &
    run=$!
    until_true 60 has_notes 'chunk %' 2
    kill -KILL "$run"
    wait "$run" 2>/dev/null
    ok "$kind: restore: the next run" dbtwin restore "$WORK/s" "$to" --resume
    err_like "$kind: restore: goes on" 'resumed: [1-9][0-9,]* rows were there already'
    equal "$kind: restore"
    "$DBTWIN" restore --create "$WORK/s" "$to" --resume -j 2 $slow >"$OUT" 2>"$ERR" </dev/null &
    run=$!
    until_true 60 has_notes 'chunk %' 2
    kill -KILL "$run"
    wait "$run" 2>/dev/null
    must q prod resume "UPDATE five SET k = 1 WHERE id = 1"
    must dbtwin snapshot -q "$from" -o "$WORK/s" --force
    ok "$kind: another file" dbtwin restore "$WORK/s" "$to" --resume
    err_has "$kind: another file: starts anew" "is another snapshot"
    equal "$kind: another file"

    # none at all, none of the run's own, none that can be read
    "$DBTWIN" copy --create "$from" "$to" $slow >"$OUT" 2>"$ERR" </dev/null &
    run=$!
    until_true 60 has_shadow
    kill -KILL "$run"
    wait "$run" 2>/dev/null
    isnt "$kind: no notes: something was left" "$(shadows staging)" ''
    anew "no notes" "starting over: it left no usable checkpoint"
    cut KILL 'chunk %' 2
    must q staging "$(where)" "DELETE FROM $progress WHERE name = 'run'"
    anew "whose notes" "starting over: it left no usable checkpoint"
    cut KILL 'chunk %' 2
    must q staging "$(where)" "ALTER TABLE $progress RENAME COLUMN note TO other"
    anew "other notes" "starting over: its checkpoint cannot be read: .*note"
    ok "$kind: nothing was left" dbtwin copy "$from" "$to" --resume
    err_lacks "$kind: nothing was left: nothing to say" "starting over"

    # what asks nothing of the servers
    if [ "$kind" = "$first_kind" ]; then
        # the deadline
        expect_exit 2 "$kind: the deadline" dbtwin copy "$from" "$to" --resume -j 2 $slow --deadline "$(date -d '+4 seconds' +%T)"
        err_has "$kind: the deadline: what is kept" "--resume continues it"
        resume "the deadline"
        err_has "$kind: the deadline: goes on" "resumed:"

        # other options; without --resume
        cut KILL 'chunk %' 2
        p=
        ! server_is_pg prod || p=public.
        resume "--truncate" --truncate "${p}five"
        err_has "$kind: --truncate: starts anew" "starting over: the options differ"
        is "$kind: --truncate: empty" "$(q staging resume 'SELECT count(*) FROM five')" 0
        cut KILL 'chunk %' 2
        resume "--without" --without trigger
        err_has "$kind: --without: starts anew" "starting over: the schema or the options"
        cut KILL 'chunk %' 2
        ok "$kind: without --resume" dbtwin copy "$from" "$to"
        err_lacks "$kind: without --resume: starts anew" "resumed"
        equal "$kind: without --resume"

        # notes that are none
        cut KILL 'chunk %' 2
        if server_is_pg prod; then
            must q staging "$(where)" "UPDATE dbtwin.progress SET note = 'x' || note WHERE name LIKE 'chunk %'"
        else
            must q staging "$(where)" "UPDATE dbtwin_progress SET note = CONCAT('x', note) WHERE name LIKE 'chunk %'"
        fi
        resume damaged
        err_has "$kind: damaged: starts anew" "its checkpoint is damaged"
        equal "$kind: damaged"

        # a statement of --after fails: what it did nobody knows
        expect_exit 2 "$kind: --after fails" dbtwin copy "$from" "$to" --resume --after "SELECT * FROM ${p}nowhere"
        is "$kind: --after fails: nothing is left" "$(shadows staging)" ''

        # by the config
        printf 'databases:\n  p:\n    url: %s\n  s:\n    url: %s\n    options:\n      resume: true\n' "$from" "$to" >"$WORK/dbtwin.yaml"
        cut KILL 'chunk %' 2
        ok "$kind: resume: true" dbtwin copy p s -c "$WORK/dbtwin.yaml" -j 2
        err_has "$kind: resume: true: goes on" "resumed:"
        # where it does not go
        if server_is_pg prod; then
            expect_exit 2 "$kind: --in-place" dbtwin copy "$from" "$to" --resume --in-place
            err_has "$kind: --in-place: says why" "cannot be resumed"
        fi
    fi
    server_stop prod
    server_stop staging
done
done_testing
