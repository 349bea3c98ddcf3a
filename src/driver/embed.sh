#!/bin/sh
# embed.sh TABLE OUTPUT [FILE.sql...] - writes a C file that holds the SQL files as TABLE.
#
# The files must be text: NUL bytes cannot be embedded, a missing last newline is added.
set -eu
export LC_ALL=C
table=$1
output=$2
shift 2

{
    echo '#include "sql.h"'
    echo
    echo "const struct sql_file $table[] = {"
    for file in "$@"; do
        name=${file##*/}
        echo "    {\"${name%.sql}\","
        # "?" is escaped because "??" may begin a trigraph.
        awk '{
            gsub(/\\/, "&&"); gsub(/"/, "\\\""); gsub(/\?/, "\\?"); gsub(/\r/, "\\r")
            gsub(/\t/, "\\t")
            printf "     \"%s\\n\"\n", $0
        }' "$file"
        echo '     ""},'
    done
    echo '    {0, 0}};'
} >"$output.new"
mv "$output.new" "$output"
