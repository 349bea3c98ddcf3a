#!/bin/bash
# The same sources build against Oracle's libmysqlclient too, and then diff, copy and verify work
# on MySQL and MariaDB. (The other scenarios run with the machine's own client library.)
# slow
. "$(dirname "$0")/../lib/live.sh"

need mysql9
fetch_get libmysqlclient || skip_all "Oracle's libmysqlclient cannot be fetched here"
root=$DBTWIN_CACHE/libmysqlclient/usr
lib=$(cd "$root/lib" && echo "$root"/lib/*-linux-gnu)

# Its C library is newer than the machine's: the program starts with the loader it came with.
# Its other headers (libc's) are not for our compiler.
mkdir -p "$WORK/pc" "$WORK/include"
ln -s "$root/include/mysql" "$WORK/include/mysql"
cat >"$WORK/pc/mysqlclient.pc" <<END
Name: mysqlclient
Description: Oracle's client library
Version: 9
Cflags: -I$WORK/include/mysql -isystem $WORK/include
Libs: -L$lib -lmysqlclient -Wl,--allow-shlib-undefined -Wl,--dynamic-linker=$root/lib64/ld-linux-x86-64.so.2 -Wl,--disable-new-dtags,-rpath,$lib
END
must env PKG_CONFIG_PATH="$WORK/pc" meson setup -Dman=disabled -Dtests=disabled -Doptimization=0 \
    "$WORK/build" "$TOP" >"$WORK/setup.log" 2>&1
RUN_TIMEOUT=280 ok "it builds against libmysqlclient" ninja -C "$WORK/build" src/dbtwin
out_lacks "without warnings" "warning:"
DBTWIN=$WORK/build/src/dbtwin
ok "and is linked with it" sh -c "ldd '$DBTWIN' | grep -q libmysqlclient"

# MariaDB's default accounts want a plugin that the library does not hold any more.
LIBMYSQL_PLUGIN_DIR=$(dirname "$(find "$DBTWIN_CACHE/mysql9/usr/lib" -name 'mysql_native_password*.so' | head -1)")
export LIBMYSQL_PLUGIN_DIR
for kind in $(servers my); do
    start "$kind" prod staging
    fresh_db prod oracle
    fresh_db staging oracle
    must load prod oracle "$TOP/fixtures/demo/mysql/prod.sql"
    expect_exit 0 "$kind: copy" dbtwin copy -q "$(url prod oracle)" "$(url staging oracle)"
    expect_exit 0 "$kind: no drift" dbtwin diff "$(url prod oracle)" "$(url staging oracle)"
    expect_exit 0 "$kind: verify" dbtwin verify "$(url prod oracle)" "$(url staging oracle)"
    must q staging oracle "UPDATE customers SET email = 'x' LIMIT 1"
    expect_exit 1 "$kind: verify sees a changed row" dbtwin verify "$(url prod oracle)" \
        "$(url staging oracle)"
done
# This library is told otherwise what a server may learn; the answers must be the same.
export DBTWIN
RUN_TIMEOUT=140 ok "no password for a server that asks" bash -c \
    'set -o pipefail; bash "$0" | grep -v "^ok"' "$TOP/tests/live/710-mysql-login.sh"
done_testing
