# diff.sh: read by bench.sh; the model of the database "bench" against that of the same with a table
# dropped, a column added and a type changed.
DBTWIN_LOG() { "$DBTWIN" "$@" 2>"$work/log" || [ $? = 1 ] || { cat "$work/log"; die "dbtwin failed"; }; }
DBTWIN_LOG inspect "$(url prod bench)" -o "$work/from.xml"
q prod bench "DROP TABLE s2.t1 CASCADE; ALTER TABLE s3.t2 ADD z int; ALTER TABLE s4.t3 ALTER d TYPE numeric(14,2)" >/dev/null
DBTWIN_LOG inspect "$(url prod bench)" -o "$work/to.xml"
server_stop prod
objects=$(grep -cE '^ *<[a-z_]+ name=' "$work/from.xml")
echo "  $objects objects, $(($(stat -c %s "$work/from.xml") / 1000000)) MB of XML each"
for ((i = 0; i < runs; i++)); do
    /usr/bin/time -f '%e %U %S %M' -o "$work/t" "$DBTWIN" diff -v "$work/from.xml" "$work/to.xml" --format json >"$work/out" 2>"$work/log"
    grep -q '"added": *1,.*"removed": *1,.*"changed": *[1-9]' <(tr -d '\n' <"$work/out") || die "not the differences that were made: $(tail -c 300 "$work/out")"
    read=$(sed -n 's/.*both sides read in \([0-9]*\) ms.*/\1/p' "$work/log") compared=$(sed -n 's/.*compared in \([0-9]*\) ms.*/\1/p' "$work/log")
    echo "$compared $read $(tail -n 1 "$work/t")" >>"$work/diff.t"
done
sort -n "$work/diff.t" | awk -v objects="$objects" '{ c[NR] = $1; r[NR] = $2; e[NR] = $3; cpu[NR] = $4 + $5; if ($6 > peak) peak = $6 }
    END { i = int((NR + 1) / 2); printf "  compared in %d ms (%d to %d); both files read in %d ms; whole run %.2f s, CPU %.2f s, peak %.0f MB, %d bytes for each object of either\n",
        c[i], c[1], c[NR], r[i], e[i], cpu[i], peak / 1024, peak * 1024 / objects / 2 }'
awk '/<table name=/ && !/ comment=/ && n++ < 1000 { sub(/<table /, "<table comment=\"x\" ") } { print }' "$work/from.xml" >"$work/many.xml"
for ((i = 0; i < runs; i++)); do
    /usr/bin/time -f '%U %S' -o "$work/t" "$DBTWIN" plan "$work/from.xml" "$work/from.xml" >/dev/null
    /usr/bin/time -f '%U %S' -o "$work/t2" "$DBTWIN" plan "$work/many.xml" "$work/from.xml" >"$work/out"
    [ "$(grep -c '^COMMENT ON TABLE' "$work/out")" = "$(grep -c '<table comment="x"' "$work/many.xml")" ] || die "not the steps that were to be made"
    echo "$(cat "$work/t") $(cat "$work/t2")" | awk '{ printf "%.2f %.2f\n", $3 + $4 - $1 - $2, $1 + $2 }' >>"$work/plan.t"
done
sort -n "$work/plan.t" | awk -v n="$(grep -c '<table comment="x"' "$work/many.xml")" '{ c[NR] = $1; r[NR] = $2 }
    END { i = int((NR + 1) / 2); printf "  plan of %d changes: CPU %.2f s (%.2f to %.2f) beyond the %.2f s of reading both files and comparing them\n", n, c[i], c[1], c[NR], r[i] }'
exit 0
