#!/bin/sh
# embed.sh OUTPUT FILE... - writes a C file that holds each text file as a string: page.css as page_css.
set -eu
export LC_ALL=C
output=$1
shift

{
    echo '#include "page.h"'
    for file in "$@"; do
        name=$(basename "$file" | tr . _)
        echo
        echo "const char $name[] ="
        # "?" is escaped because "??" may begin a trigraph.
        awk '{
            gsub(/\\/, "&&"); gsub(/"/, "\\\""); gsub(/\?/, "\\?"); gsub(/\t/, "\\t")
            printf "    \"%s\\n\"\n", $0
        }' "$file"
        echo '    "";'
    done
} >"$output.new"
mv "$output.new" "$output"
