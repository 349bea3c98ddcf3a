# shellcheck shell=bash
# The traps of copying, 480 and 481: from database traps of prod to that of staging. Sourced after live.sh and
# copies.sh.

copy() { dbtwin copy "$(url prod traps)" "$(url staging traps)" "$@"; }
again() { # a new source; the target keeps what it has
    fresh_db prod traps
    before=$(sum_of staging traps)
}
twin() { is "$1: the twin, by dump" "$(sum_of staging traps)" "$(sum_of prod traps)"; }
