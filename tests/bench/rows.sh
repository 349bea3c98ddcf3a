#!/bin/bash
# rows.sh [MB] - a copy of 5 % of a shop's customers, and all that belongs to them, beside a copy of everything, in
# pairs whose order alternates; that no row of it refers to nothing is asked of the server by the catalog's own list
# of foreign keys. KIND=pg15 (or mariadb …), RUNS=3, PERCENT=5.
#   rows.sh FILE CONFIG   the same of a database that FILE loads, with the rows: of CONFIG
. "$(dirname "$0")/../lib/live.sh"
here=$(dirname "$0")
what=${1:-700} kind=${KIND:-pg15} runs=${RUNS:-3}
export SCENARIO_TIMEOUT=3600 SQL_TIMEOUT=1800 RUN_TIMEOUT=1800 DBTWIN_TIMEOUT=1800

start "$kind" prod staging
fresh_db prod bench
fresh_db staging bench
if server_is_pg prod; then engine=postgres p=public.; else engine=mysql p=; fi
if [ -f "$what" ]; then
    must load prod bench "$what"
    cp "$2" "$WORK/rows.yaml"
else
    bash "$here/shop.sh" $engine "$what" >"$WORK/shop.sql"
    must load prod bench "$WORK/shop.sql"
    cat >"$WORK/rows.yaml" <<YAML
rows:
  start: {${p}customers: {percent: ${PERCENT:-5}}}
  children:
    ${p}customers: [${p}orders, ${p}reviews, ${p}events]
    ${p}orders: [${p}order_lines, ${p}payments]
    ${p}order_lines: [${p}shipments]
  whole: [${p}products, ${p}categories, ${p}countries]
YAML
fi
: >"$WORK/whole.yaml"
count() { # NAME: the rows of each table
    local t
    if server_is_pg "$1"; then
        q "$1" bench "SELECT format('SELECT %L, count(*) FROM %s;', c.oid::regclass, c.oid::regclass) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
            WHERE relkind IN ('r', 'p') AND NOT relispartition AND nspname !~ '^(pg_|information_schema|dbtwin)' ORDER BY 1" >"$WORK/count.sql"
    else
        q "$1" bench "SELECT concat('SELECT ''', table_name, ''', count(*) FROM \`', table_name, '\`;') FROM information_schema.tables
            WHERE table_schema = 'bench' AND table_type = 'BASE TABLE' AND table_name NOT RLIKE 'dbtwin' ORDER BY 1" >"$WORK/count.sql"
    fi
    q "$1" bench "$(cat "$WORK/count.sql")"
}
dangling() { # how many rows of staging refer to nothing, over all foreign keys; and how many keys there are
    if server_is_pg staging; then
        q staging bench "SELECT format('SELECT count(*) FROM %s c WHERE %s AND NOT EXISTS (SELECT 1 FROM %s p WHERE %s);', conrelid::regclass,
            (SELECT string_agg(format('c.%I IS NOT NULL', attname), ' AND ') FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY (conkey)), confrelid::regclass,
            (SELECT string_agg(format('c.%I = p.%I', a.attname, b.attname), ' AND ') FROM unnest(conkey, confkey) k (x, y)
                JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = x JOIN pg_attribute b ON b.attrelid = confrelid AND b.attnum = y))
            FROM pg_constraint WHERE contype = 'f' AND conparentid = 0" >"$WORK/dangling.sql"
    else
        q staging bench "SELECT concat('SELECT count(*) FROM \`', table_name, '\` c WHERE ', group_concat('c.\`', column_name, '\` IS NOT NULL' SEPARATOR ' AND '),
            ' AND NOT EXISTS (SELECT 1 FROM \`', referenced_table_name, '\` p WHERE ', group_concat('c.\`', column_name, '\` = p.\`', referenced_column_name, '\`' SEPARATOR ' AND '), ');')
            FROM information_schema.key_column_usage WHERE table_schema = 'bench' AND referenced_table_name IS NOT NULL
            GROUP BY constraint_name, table_name, referenced_table_name" >"$WORK/dangling.sql"
    fi
    q staging bench "$(cat "$WORK/dangling.sql")" | awk '{ n += $1; k++ } END { print n + 0, k + 0 }'
}
once() { # whole | rows: seconds of wall time and of CPU time
    local TIMEFORMAT='%R %U'
    { time dbtwin copy -q --config "$WORK/$1.yaml" "$(url prod bench)" "$(url staging bench)" 2>"$WORK/said" || cat "$WORK/said" >"$WORK/failed"; } 2>&1 | tail -1 >>"$WORK/$1.times"
    if [ -s "$WORK/failed" ]; then bail "$(cat "$WORK/failed")"; fi
    count staging >"$WORK/$1.count"
    if [ "$1" = whole ]; then same_files "all rows" "$WORK/whole.count" "$WORK/all.count"; else is "no row refers to nothing" "$(dangling | cut -d' ' -f1)" 0; fi
}
count prod >"$WORK/all.count"
for run in $(seq 1 "$runs"); do
    if [ $((run % 2)) = 1 ]; then once whole; once rows; else once rows; once whole; fi
done
sum() { awk '{ n += $2 } END { print n + 0 }' "$WORK/$1.count"; }
middle() { cut -d' ' -f"$2" "$WORK/$1.times" | sort -n | sed -n "$(((runs + 1) / 2))p"; }
paste "$WORK/all.count" "$WORK/rows.count" | awk '{ printf "#   %-28s %9d of %9d\n", $1, $4, $2 }'
echo "# $kind, ${what##*/}: $(sum rows) of $(sum all) rows, $(dangling | cut -d' ' -f2) foreign keys; all $(middle whole 1) s ($(middle whole 2) of the tool), chosen $(middle rows 1) s ($(middle rows 2))"
echo "# $(echo "$(middle whole 1) $(middle rows 1)" | awk '{ printf "%.2f", $2 / $1 }') of the time of a full copy"
done_testing
