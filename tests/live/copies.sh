# shellcheck shell=bash
# copies.sh: what the scenarios about copies (4NN) ask again and again. Sourced after live.sh.

# A database as its own server dumps it, in one number; false, and no number, if it cannot be dumped.
sum_of() { # NAME DB
    dump "$1" "$2" >"$WORK/.dump" && [ -s "$WORK/.dump" ] && cksum <"$WORK/.dump"
}

# Databases that dbtwin made for itself and that are there now
shadows() { # NAME
    if server_is_pg "$1"; then
        q "$1" postgres "SELECT datname FROM pg_database WHERE datname ~ '__dbtwin'"
    else
        q "$1" '' "SELECT schema_name FROM information_schema.schemata
            WHERE schema_name LIKE '%\\_\\_dbtwin\\_%'"
    fi
}

# untouched NAME SERVER DB SUM: the database is as it was, and no shadow stands beside it
untouched() {
    is "$1: the target is as it was" "$(sum_of "$2" "$3")" "${4:-(it could not be dumped before)}"
    is "$1: no shadow is left" "$(shadows "$2")" ''
}

# The first kind of each engine: for what takes long, or depends little on the version
one_of_each() {
    servers pg | head -n 1
    servers my | head -n 1
}

# These, and MySQL: where flavours differ
some_servers() {
    local k
    one_of_each
    for k in $(servers my | tail -n +2); do case $k in mysql*) echo "$k" ;; esac; done
}

# until_true SECONDS COMMAND...: asks every 50 ms until it is true
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.05
    done
}
