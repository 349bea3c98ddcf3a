# shellcheck shell=bash
# setup.sh: what a machine needs before dbtwin can be built and tried. Sourced, never run.
#
#   setup_packages [build|servers]...   install what is missing (Debian), or say what is missing
#   setup_build [DIR [MESON OPTION...]] configure once, compile; DIR defaults to build
#   setup_install_idle PACKAGE...       one scenario's own packages, without starting their services
#   setup_program [DIR]                 where that build's dbtwin is
#   setup_build_asan                    the same with ASan and UBSan, in build-asan
#
# Nothing that is already there is touched, and no service is left running.

DBTWIN_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

setup_BUILD_PACKAGES="build-essential meson ninja-build pkg-config libpq-dev
 default-libmysqlclient-dev libxml2-dev zlib1g-dev libdeflate-dev libzstd-dev libyaml-dev libjansson-dev
 libarchive-dev libxxhash-dev libssl-dev libpcre2-dev libcurl4-openssl-dev libcmocka-dev scdoc"
setup_SERVER_PACKAGES="postgresql-15 postgresql-plperl-15 postgresql-15-postgis-3 postgresql-15-partman
 postgresql-15-cron mariadb-server-core mariadb-client-core mariadb-client
 util-linux"

setup_say() { printf '%s\n' "$*" >&2; }

# A command as root: directly, through sudo, or not at all.
setup_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        if [ -t 0 ]; then sudo "$@"; else sudo -n "$@"; fi
    else
        return 1
    fi
}

setup_is_debian() { command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1; }

setup_has_package() {
    case $(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null) in ii*) return 0 ;; esac
    case $1 in # another package may serve as well
        default-libmysqlclient-dev) pkg-config --exists mysqlclient 2>/dev/null ;;
        pkg-config) command -v pkg-config >/dev/null 2>&1 ;;
        *) return 1 ;;
    esac
}

setup_apt() {
    setup_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -qq \
        -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}

# setup_install PACKAGE...: quietly; the package lists are fetched only when the first try fails.
setup_install() {
    local log rc=0
    log=$(mktemp) || return 1
    if ! ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1; then
        setup_apt update >"$log" 2>&1 || true
    fi
    if ! setup_apt install -y --no-install-recommends "$@" >"$log" 2>&1; then
        { setup_apt update && setup_apt install -y --no-install-recommends "$@"; } \
            >"$log" 2>&1 || rc=1
    fi
    if [ $rc != 0 ]; then
        setup_say "could not install: $*"
        tail -n 5 "$log" >&2
    fi
    rm -f "$log"
    return $rc
}

# Debian's postgresql makes and starts a cluster of its own when it is installed. A snippet in
# createcluster.d prevents that; it is there only for the time of the installation.
setup_install_postgresql() {
    local d=/etc/postgresql-common/createcluster.d f rc=0 made=
    f=$d/dbtwin-tests.conf
    [ -d /etc/postgresql-common ] || made="$d /etc/postgresql-common"
    [ -d "$d" ] || made=${made:-$d}
    setup_root mkdir -p "$d" && echo 'create_main_cluster = false' |
        setup_root tee "$f" >/dev/null || return 1
    setup_install "$@" || rc=1
    setup_root rm -f "$f"
    for d in $made; do setup_root rmdir "$d" 2>/dev/null || true; done
    return $rc
}

# setup_install_idle PACKAGE...: what is missing of them; no service of theirs is started (invoke-rc.d
# asks policy-rc.d, see its manual page).
setup_install_idle() {
    local p f=/usr/sbin/policy-rc.d miss= rc=0 made=
    for p; do setup_has_package "$p" || miss="$miss $p"; done
    [ -n "$miss" ] || return 0
    setup_is_debian || return 1
    if [ ! -e "$f" ]; then
        printf '#!/bin/sh\nexit 101\n' | setup_root tee "$f" >/dev/null && setup_root chmod 755 "$f" || return 1
        made=1
    fi
    # shellcheck disable=SC2086
    setup_install $miss || rc=1
    [ -z "$made" ] || setup_root rm -f "$f"
    return $rc
}

setup_packages_debian() {
    local group p rest= pg= extra= rc=0
    for group in "$@"; do
        case $group in build) group=$setup_BUILD_PACKAGES ;; *) group=$setup_SERVER_PACKAGES ;; esac
        for p in $group; do
            setup_has_package "$p" && continue
            case $p in
                postgresql-15-*) # extensions; where one is not to be had, its scenario says so
                    { [ -x /usr/lib/postgresql/15/bin/postgres ] || [ -n "$pg" ]; } &&
                        apt-cache show "$p" >/dev/null 2>&1 && extra="$extra $p" ;;
                postgresql-*)
                    # a Debian with another PostgreSQL than 15 tests with its own; the languages go with 15
                    ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 &&
                        { [ "$p" = "postgresql-${p##*-}" ] || [ ! -x "/usr/lib/postgresql/${p##*-}/bin/postgres" ]; } && continue
                    apt-cache show "$p" >/dev/null 2>&1 || [ ! -e /var/lib/apt/lists/partial ] ||
                        { setup_apt update >/dev/null 2>&1; apt-cache show "$p" >/dev/null 2>&1; } ||
                        p=postgresql
                    pg="$pg $p" ;;
                *) rest="$rest $p" ;;
            esac
        done
    done
    [ -n "$rest$pg$extra" ] || return 0
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null 2>&1; then
        setup_say "missing packages, and neither root nor sudo to install them:$rest$pg"
        return 1
    fi
    setup_say "installing:$rest$pg$extra"
    # shellcheck disable=SC2086
    [ -z "$rest" ] || setup_install $rest || rc=1
    # shellcheck disable=SC2086
    [ -z "$pg" ] || setup_install_postgresql $pg || rc=1
    # shellcheck disable=SC2086
    [ -z "$extra" ] || setup_install_postgresql $extra || setup_say "going on without:$extra"
    return $rc
}

# Elsewhere only the programs can be looked for; Meson then names the libraries that it misses.
setup_packages_other() {
    local group p miss= want=
    for group in "$@"; do
        case $group in
            build) want="$want cc meson ninja pkg-config" ;;
            *) want="$want psql pg_dump mariadb mariadb-dump" ;;
        esac
    done
    for p in $want; do command -v "$p" >/dev/null 2>&1 || miss="$miss $p"; done
    if command -v pkg-config >/dev/null 2>&1 && case " $* " in *" build "*) true ;; *) false ;; esac
    then
        for p in libpq mysqlclient libxml-2.0 zlib yaml-0.1 jansson libarchive libxxhash openssl; do
            pkg-config --exists "$p" 2>/dev/null || miss="$miss $p"
        done
    fi
    [ -z "$miss" ] && return 0
    setup_say "not Debian, so nothing is installed; not found here:$miss"
    setup_say "(the names Debian gives them: $setup_BUILD_PACKAGES $setup_SERVER_PACKAGES)"
    return 1
}

# What is missing is said, and the caller goes on: building or starting a server is the real test.
setup_packages() {
    [ $# -gt 0 ] || set -- build servers
    if setup_is_debian; then setup_packages_debian "$@"; else setup_packages_other "$@"; fi ||
        setup_say "going on with what is there"
    return 0
}

setup_build() {
    local dir=${1:-build} log
    [ $# = 0 ] || shift
    dir=$DBTWIN_TOP/${dir#"$DBTWIN_TOP"/}
    log=$(mktemp) || return 1
    if [ ! -f "$dir/build.ninja" ] && ! meson setup "$dir" "$DBTWIN_TOP" "$@" >"$log" 2>&1; then
        setup_say "meson setup of ${dir##*/} failed:"
        tail -n 20 "$log" >&2
        rm -f "$log"
        return 1
    fi
    if ! ninja -C "$dir" >"$log" 2>&1; then
        setup_say "compiling in ${dir##*/} failed:"
        grep -vE '^\[[0-9]+/[0-9]+\] (Compiling|Linking)' "$log" | tail -n 60 >&2
        rm -f "$log"
        return 1
    fi
    # a warning is shown even when the build goes on
    grep -E -A3 '(warning|error):' "$log" >&2 || true
    rm -f "$log"
}

setup_program() { # Meson puts a program where its executable() stands
    local f d=$DBTWIN_TOP/${1:-build}
    for f in "$d/dbtwin" "$d/src/dbtwin"; do [ -x "$f" ] && break; done
    echo "$f"
}

setup_build_asan() {
    # -O1: two thirds of the compiler's time, and what sanitizers find is the same
    setup_build build-asan -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1 "$@"
}
