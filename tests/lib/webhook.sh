# shellcheck shell=bash
# webhook.sh: a server on this machine that is posted JSON. Sourced after tap.sh, by scenarios that stand in $WORK.

webhook_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Sets $here, HOST:PORT. What is posted is appended to the file "got", a line each; /redirect answers with another
# place, /broken with an error, /slow not at all.
webhook_start() {
    rm -f port
    python3 "$webhook_TOP/webhook.py" >port 2>hook.err &
    at_exit kill $!
    for _ in {1..100}; do [ -s port ] && break; sleep 0.1; done
    here=127.0.0.1:$(cat port)
}
