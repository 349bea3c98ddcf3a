#!/bin/sh
# live_index.sh ROOT - tests/live/README.md is what tests/live/index.sh makes of the scenarios, and each
# scenario begins with a comment that says what question it answers.
index=$(cd "$(dirname "$0")/../live" && pwd)/index.sh
. "$(dirname "$0")/common.sh"

{
    for file in tests/live/[0-9]*.sh; do
        [ -f "$file" ] || continue
        sed -n 2p "$file" | grep -q '^# [^ ]' ||
            echo "$file:2: the second line does not begin the comment that says what is tested"
    done
    if [ -d tests/live ]; then
        sh "$index" tests/live | cmp -s - tests/live/README.md ||
            echo "tests/live/README.md:1: is stale: sh tests/live/index.sh >tests/live/README.md"
    fi
} >"$found"
report "$found"
