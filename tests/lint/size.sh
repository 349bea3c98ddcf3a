#!/bin/sh
# size.sh ROOT - files stay below 800 lines, functions below 80, lines within 100 columns.
. "$(dirname "$0")/common.sh"

find src include tests -type f \( -name '*.[ch]' -o -name '*.sh' -o -name '*.sql' \) 2>/dev/null |
    sort | while IFS= read -r file; do
    awk -v file="$file" '
        function width(text) { gsub(/[\200-\277]/, "", text); return length(text) }
        file ~ /\.[ch]$/ && width($0) > 100 { print file ":" FNR ": more than 100 columns" }
        file ~ /\.[ch]$/ && /\t/ { print file ":" FNR ": a tab" }
        /[ \t]$/ && file !~ /\.sql$/ { print file ":" FNR ": blanks at the end" }
        file ~ /\.c$/ && /^\{/ { start = FNR }
        file ~ /\.c$/ && /^\}/ && start {
            if (FNR - start >= 80)
                print file ":" start ": a function of " FNR - start " lines; it should fit a screen (80)"
            start = 0
        }
        END { if (NR > 800) print file ":1: " NR " lines; split what is longer than 800" }' "$file"
done >"$found"
report "$found"
