#!/bin/sh
# sql.sh ROOT - the catalog queries of PostgreSQL mean the same in every database: users may have made
# casts to text implicit, and then || of anything that is not text is ambiguous; and a database in
# LATIN1 takes no characters that it does not have.
. "$(dirname "$0")/common.sh"

for file in src/driver/postgres/sql/*.sql src/driver/postgres/*/sql/*.sql src/driver/postgres/*/sql/*/*.sql; do
    [ -f "$file" ] || continue
    grep -nE '\|\| *[a-z_]+\.[a-z_]+([^a-z_:(.]|$)|(^|[^:.a-z_])[a-z_]+\.[a-z_]+ *\|\||\|\| *[a-z_.]+::[a-su-z][a-z]*([^a-z:]|$)|::[a-su-z][a-z]* *\|\|' "$file" |
        sed "s|^\([0-9]*\):.*|$file:\1: an operand of \|\| is not text for certain: write ::text behind it|"
    LC_ALL=C grep -n '[^ -~]' "$file" |
        sed "s|^\([0-9]*\):.*|$file:\1: a character that is not ASCII|"
done >"$found"
report "$found"
