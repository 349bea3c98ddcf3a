# shellcheck shell=bash
# restore.sh: schemas moved from one PostgreSQL server to another through pg_dump. Sourced after live.sh.
#
#   $restore_LIST                   what there is to move: the fixture, and real projects' schemas where
#                                   their folder is beside the checkout (or is $DBTWIN_CASES)
#   load_case SERVER DB NAME        one of them
#   load_roles SERVER NAME          its roles only
#   move SERVER DB SERVER DB        its schema
#   faithful MOVED COPIED           whether a copy's dump is what dump and restore builds, but for a spelling

cases=${DBTWIN_CASES:-$TOP/../shared/cases}

# The pg_dump of the version that reads it, as PostgreSQL recommends, or the next that is there.
dumper() { # dumper SERVER
    local kind bin
    kind=$(server_kind "$1")
    bin=$(server_pg_bin "$kind")/pg_dump
    if [ -x "$bin" ]; then echo "$bin"; return 0; fi
    if [ "${kind#pg}" -le "$(pg_dump -V | sed 's/[^0-9]*\([0-9]*\).*/\1/')" ]; then echo pg_dump; return 0; fi
    fetch_get pgclient18 || return 1
    echo "$DBTWIN_CACHE/pgclient18/usr/lib/postgresql/18/bin/pg_dump"
}

move() { # move SERVER DB SERVER DB: the schema, through pg_dump
    local tool settings
    tool=$(dumper "$3") || return 1
    timeout 120 "$tool" -s -h "$(server_dir "$1")" -U postgres "$2" |
        sed -E -e '/^SET transaction_timeout/d' -e '/SET \(pg_attver=[0-9]+\);$/d' -e '/^\\(un)?restrict /d' >"$WORK/dump.sql"
    [ -s "$WORK/dump.sql" ] && fresh_db "$3" "$4" && load "$3" "$4" "$WORK/dump.sql" || return 1
    # ALTER DATABASE comes with --create, and so with the name, only.
    settings=$(q "$1" "$2" "SELECT quote_literal(setconfig) FROM pg_db_role_setting s
        JOIN pg_database d ON d.oid = setdatabase WHERE datname = current_database() AND setrole = 0")
    [ -z "$settings" ] || q "$3" "$4" "INSERT INTO pg_db_role_setting
        SELECT oid, 0, $settings FROM pg_database WHERE datname = current_database()"
}

load_roles() { # load_roles SERVER NAME: those that a case needs, once on each server
    [ ! -f "$cases/$2/roles.sql" ] ||
        pg "$1" postgres -v ON_ERROR_STOP=0 -o /dev/null -f "$cases/$2/roles.sql" >/dev/null 2>&1
    return 0
}

load_case() { # load_case SERVER DB NAME: a fixture wholly; of a case what this server takes
    fresh_db "$1" "$2" || return 1
    if [ "$3" = fixture ]; then
        load "$1" "$2" "$TOP/fixtures/restore/postgres.sql"
        return
    fi
    load_roles "$1" "$3"
    pg "$1" "$2" -v ON_ERROR_STOP=0 -o /dev/null -f "$cases/$3/new.sql" >/dev/null 2>&1
    [ "$(q "$1" "$2" "SELECT count(*) FROM pg_class WHERE oid >= 16384 AND relkind = 'r'")" -gt 5 ]
}

# What needs a library that only one server has cannot move to another.
portable="DO \$\$ DECLARE r record; BEGIN
    FOR r IN SELECT format('EXTENSION %I', extname) AS what FROM pg_extension WHERE extname LIKE 'plperl%'
        UNION ALL SELECT 'ROUTINE ' || oid::regprocedure FROM pg_proc p WHERE prolang = 13 AND oid >= 16384
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
        -- PostgreSQL 16 refuses what 15 took: generated in the child, not in the parent
        UNION ALL SELECT 'TABLE ' || a.attrelid::regclass FROM pg_attribute a JOIN pg_inherits i ON i.inhrelid = a.attrelid
            JOIN pg_attribute b ON b.attrelid = i.inhparent AND b.attname = a.attname
            WHERE a.attgenerated <> b.attgenerated
    LOOP BEGIN EXECUTE 'DROP ' || r.what || ' CASCADE'; EXCEPTION WHEN undefined_function OR undefined_table THEN NULL; END; END LOOP;
    IF current_setting('server_version_num')::int >= 140000 THEN
        UPDATE pg_attribute SET attcompression = '' WHERE attcompression = 'l'; -- not every build has lz4
    END IF;
END \$\$"

restore_LIST="fixture"
[ ! -d "$cases" ] || restore_LIST="$restore_LIST $(cd "$cases" && echo pg-*)"

# faithful MOVED COPIED: files with dumps that are the same but for one spelling: at each restore the server
# takes the cast of a whole list, as in x = ANY ((ARRAY['a'::character varying])::text[]), apart into casts of its
# elements. A copy may keep the source's own spelling there.
faithful() { cmp -s <(one_spelling "$1") <(one_spelling "$2"); }
one_spelling() {
    perl -pe 's/\(ARRAY\[((?:\x27(?:[^\x27]|\x27\x27)*\x27::character varying(?:, )?)+)\]\)::text\[\]/
        my @e = $1 =~ m{(\x27(?:[^\x27]|\x27\x27)*\x27::character varying)}g; "ARRAY[" . join(", ", map { "($_)::text" } @e) . "]"/ge' "$1"
}
