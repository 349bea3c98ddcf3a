#!/bin/sh
# paths.sh ROOT - nothing in the tree names somebody's machine: home folders, build folders, fixed
# temporary files, private hosts.
. "$(dirname "$0")/common.sh"

# The patterns are written so that they do not find themselves.
find . -type f -not -path './.git/*' -not -path './build*' -not -path '*/lint/selftest.sh' \
    -not -name '*.o' 2>/dev/null |
    sed 's|^\./||' | sort | while IFS= read -r file; do
    grep -nIE '(^|[^A-Za-z0-9_./$}-])/(work|roo[t]|Users)/|(^|[^A-Za-z0-9_./$}-])/home/[a-z]|/tmp/(build|dbtwin-server)' \
        "$file" | sed "s|^\([0-9]*\):.*|$file:\1: a path of somebody's machine|"
    grep -nIEi 'https?://([^/ ]*@|localhost|127\.|10\.|192\.168\.|[^/ ]*(artifactor[y]|nexu[s]|\.interna[l]|\.corp[/:]))' \
        "$file" | sed "s|^\([0-9]*\):.*|$file:\1: a private host|"
    case $file in
    src/*.[ch] | include/*)
        grep -nE '"/(tmp|var/tmp)' "$file" |
            sed "s|^\([0-9]*\):.*|$file:\1: a fixed temporary path (TMPDIR, or beside the file)|"
        ;;
    esac
done >"$found"
report "$found"
