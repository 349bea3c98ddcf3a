#!/bin/sh
# lists.sh OUTPUT LIST.txt... - writes a C file that holds the lists: word_lists, and fold_rows from
# fold.txt. Lines that begin with "#" are comments; a list is ASCII, a word a line.
set -eu
export LC_ALL=C
output=$1
shift

{
    echo '#include "fold.h"'
    echo '#include "lists.h"'
    for file in "$@"; do
        name=${file##*/}
        name=${name%.txt}
        if [ "$name" = fold ]; then
            echo 'const struct fold_row fold_rows[] = {'
            awk '!/^#/ { printf "    {0x%s, 0x%s, {0x%s, 0x%s}},\n", $1, $2, $3, $4 == "" ? 0 : $4; n++ }
                END { printf "};\nconst size_t fold_n_rows = %d;\n", n }' "$file"
        else
            echo "static const char *const words_$name[] = {"
            awk '!/^#/ && NF {
                if ($0 ~ /[^ -~]/ || /["\\?]/) { print FILENAME ": " $0 ": not plain ASCII" >"/dev/stderr"; exit 1 }
                printf "    \"%s\",\n", $0
            }' "$file"
            echo '};'
        fi
    done
    echo 'const struct word_list word_lists[] = {'
    for file in "$@"; do
        name=${file##*/}
        name=${name%.txt}
        [ "$name" = fold ] ||
            echo "    {\"$name\", words_$name, sizeof words_$name / sizeof *words_$name},"
    done
    echo '    {0, 0, 0}};'
} >"$output.new"
mv "$output.new" "$output"
