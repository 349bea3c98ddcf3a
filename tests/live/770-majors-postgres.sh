#!/bin/bash
# The same statements on two major versions are no drift, both ways: with the target's opinion and
# without one, from two files. What somebody changes there is.
. "$(dirname "$0")/../lib/live.sh"

kinds=$(servers pg | sort -V)
[ "$(wc -w <<<"$kinds")" -gt 1 ] || skip_all "one version of PostgreSQL is not enough"
fixtures="expressions views objects more perhaps"

for kind in $kinds; do
    start "$kind" "m$kind"
    for f in $fixtures; do
        fresh_db "m$kind" "majors_$f"
        must load "m$kind" "majors_$f" "$TOP/fixtures/majors/$f.sql" 2>/dev/null
        dbtwin inspect "$(url "m$kind" "majors_$f")" -o "$WORK/$kind.$f.xml" 2>"$ERR" ||
            [ $? = 3 ] || bail "inspect of $f on $kind: $(cat "$ERR")"
    done
done

same() { # same NAME FROM TO: neither drift nor something that could not be said
    expect_exit "$wanted" "$1" dbtwin diff "$2" "$3"
}

# The oldest against the newest, and each against the next
before= pairs="$(head -n 1 <<<"$kinds"):$(tail -n 1 <<<"$kinds")"
for kind in $kinds; do
    [ -z "$before" ] || pairs="$pairs $before:$kind"
    before=$kind
done
for pair in $(tr ' ' '\n' <<<"$pairs" | sort -u); do
    old=${pair%:*} new=${pair#*:}
    for f in $fixtures; do
        wanted=0
        # 14 is the first that does not show such casts; only an older one can say what it makes of
        # a text without, and not of one that compares what is of another type there
        if [ "$f" = perhaps ] && [ "${old#pg}" -lt 14 ]; then wanted=3; fi
        same "$f: $new against $old" "$(url "m$new" "majors_$f")" "$(url "m$old" "majors_$f")"
        [ $wanted = 0 ] || out_has "$f: $new against $old: all but one" "1 not compared"
        same "$f: $old against $new" "$(url "m$old" "majors_$f")" "$(url "m$new" "majors_$f")"
        same "$f: $old against $new, files" "$WORK/$old.$f.xml" "$WORK/$new.$f.xml"
        same "$f: $new against $old, files" "$WORK/$new.$f.xml" "$WORK/$old.$f.xml"
    done
done

# What is near to it, and somebody's own
old=$(head -n 1 <<<"$kinds") new=$(tail -n 1 <<<"$kinds")
drifts() { # drifts NAME SQL UNDO OBJECT: in the fixture of expressions, on the newest
    must q "m$new" majors_expressions "$2"
    expect_exit 1 "$1" dbtwin diff "$(url "m$old" majors_expressions)" "$(url "m$new" majors_expressions)"
    out_like "$1: named, and alone" "1 different|1 only in|1 missing in"
    out_has "$1: named" "$4"
    must q "m$new" majors_expressions "$3"
}
drifts "another owner of public" "ALTER SCHEMA public OWNER TO majors_a" \
    "ALTER SCHEMA public OWNER TO $([ "${new#pg}" -ge 15 ] && echo pg_database_owner || echo postgres)" "schema public"
drifts "less for everybody in public" "REVOKE USAGE ON SCHEMA public FROM PUBLIC" "GRANT USAGE ON SCHEMA public TO PUBLIC" "PUBLIC"
drifts "another field of EXTRACT" \
    "ALTER TABLE defs DROP CONSTRAINT defs_a_check1, ADD CONSTRAINT defs_a_check1 CHECK (extract(doy FROM a) IN (1, 2, 3))" \
    "ALTER TABLE defs DROP CONSTRAINT defs_a_check1, ADD CONSTRAINT defs_a_check1 CHECK (extract(dow FROM a) IN (1, 2, 3))" "defs_a_check1"
drifts "LEADING, not BOTH" "ALTER TABLE defs ALTER dd SET DEFAULT trim(leading from 'x')" \
    "ALTER TABLE defs ALTER dd SET DEFAULT trim('x')" "dd"
drifts "another time zone" "ALTER TABLE defs ALTER b SET DEFAULT now() AT TIME ZONE 'CET'" \
    "ALTER TABLE defs ALTER b SET DEFAULT now() AT TIME ZONE 'utc'" "b"
for kind in $kinds; do
    must q "m$kind" majors_objects "ALTER SUBSCRIPTION sub SET (slot_name = NONE); DROP SUBSCRIPTION sub"
    for f in $fixtures; do must q "m$kind" postgres "DROP DATABASE majors_$f"; done
done
done_testing
