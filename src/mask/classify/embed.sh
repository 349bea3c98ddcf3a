#!/bin/sh
# embed.sh WORDS OUTPUT - writes a C file that holds the lines of words.txt as classify_word_lines.
# Words are of a-z, 0-9 and "_", so that nothing needs escaping; anything else is an error.
set -eu
export LC_ALL=C

if grep -v '^#' "$1" | grep -n '[^a-z0-9_: ]' >&2; then
    echo "embed.sh: $1: the lines above hold more than a-z, 0-9 and _" >&2
    exit 1
fi
{
    echo '#include "classify.h"'
    echo
    echo 'const char *const classify_word_lines[] = {'
    grep -v -e '^#' -e '^$' "$1" | sed 's/.*/    "&",/'
    echo '    0};'
} >"$2.new"
mv "$2.new" "$2"
