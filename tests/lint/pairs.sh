#!/bin/sh
# pairs.sh ROOT - every property that is compared has a pair of schemas in which it alone differs.
lib=$(cd "$(dirname "$0")/../lib" && pwd)
. "$(dirname "$0")/common.sh"

for engine in postgres mysql; do
    [ -d "fixtures/drift/$engine" ] || continue
    python3 "$lib/mutation.py" lint "fixtures/drift/$engine" include/dbtwin/kinds.def >>"$found" ||
        [ -s "$found" ] || echo "tests/lib/mutation.py:1: failed" >"$found"
done
report "$found"
