#!/bin/sh
# paths.sh ROOT - nothing in the tree names somebody's machine: home folders, build folders, fixed
# temporary files, private hosts.
. "$(dirname "$0")/common.sh"

# files NAME-TEST...: those of the tree that are looked at, each ended by a NUL
files() {
    find . -type f -not -path './.git/*' -not -path ./.git -not -path './build*' \
        -not -path '*/lint/selftest.sh' -not -name '*.o' "$@" -print0 2>/dev/null
}

# find_lines WHAT GREP-OPTION PATTERN: one line for each that holds the pattern
find_lines() {
    xargs -0 -r grep -HnI "$2" "$3" | sed "s|^\./\([^:]*:[0-9]*\):.*|\1: $1|"
}

# The patterns are written so that they do not find themselves.
{
    files | find_lines "a path of somebody's machine" -E \
        '(^|[^A-Za-z0-9_./$}-])/(work|roo[t]|Users)/|(^|[^A-Za-z0-9_./$}-])/home/[a-z]|/tmp/(build|dbtwin-server)'
    files | find_lines "a private host" -Ei \
        'https?://([^/ ]*@|localhost|127\.|10\.|192\.168\.|[^/ ]*(artifactor[y]|nexu[s]|\.interna[l]|\.corp[/:]))'
    files \( -path './src/*.[ch]' -o -path './include/*' \) |
        find_lines "a fixed temporary path (TMPDIR, or beside the file)" -E '"/(tmp|var/tmp)'
} | sort >"$found"
report "$found"
