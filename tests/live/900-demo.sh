#!/bin/bash
# The demo does what it says, on every kind of server; each of its steps checks its exit code.
# slow
. "$(dirname "$0")/../lib/live.sh"

for kind in $(servers all); do
    RUN_TIMEOUT=200 expect_exit 0 "$kind: drift, refusals, copy, no drift, verified" \
        env DEMO_SERVERS="$kind" DBTWIN="$DBTWIN" sh "$TOP/fixtures/demo/run.sh"
    out_has "$kind: to its end" "The demo went as it should"
done
done_testing
