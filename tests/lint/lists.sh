#!/bin/sh
# lists.sh ROOT - every source is in its meson.build: what is not listed is not built or not run.
. "$(dirname "$0")/common.sh"

# listed FILE NAME MESON_BUILD
listed() {
    grep -qF "'$2'" "$3" 2>/dev/null || echo "$1:1: is not listed in $3"
}

{
    for file in src/*/*.c src/driver/*/*.c src/driver/*/*/*.c; do
        [ -f "$file" ] && listed "$file" "${file##*/}" "${file%/*}/meson.build"
    done
    for file in src/driver/*/sql/*.sql src/driver/*/*/sql/*.sql; do
        [ -f "$file" ] && listed "$file" "sql/${file##*/}" "${file%/sql/*}/meson.build"
    done
    for file in tests/unit/test_*.c; do
        name=${file##*/test_}
        [ -f "$file" ] && listed "$file" "${name%.c}" tests/unit/meson.build
    done
    for file in man/*.scd; do
        name=${file##*/}
        [ -f "$file" ] && listed "$file" "${name%.scd}" man/meson.build
    done
    for file in tests/lint/*.sh; do
        name=${file##*/}
        [ -f "$file" ] && [ "$name" != common.sh ] && [ "$name" != selftest.sh ] && listed "$file" "${name%.sh}" tests/lint/meson.build
    done
} >"$found"
report "$found"
