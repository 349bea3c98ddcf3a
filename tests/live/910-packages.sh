#!/bin/bash
# The Debian package builds, lintian finds no fault with it, what it installs runs, and its own tests pass. By hand,
# or in a CI job of its own, with PACKAGES=deb: it compiles everything once more. PACKAGES=all plays the
# Containerfile's steps in a chroot too, as root (debootstrap, some minutes).
# slow
. "$(dirname "$0")/../lib/live.sh"
SCENARIO_TIMEOUT=${SCENARIO_TIMEOUT:-3000} RUN_TIMEOUT=2000
[ -n "${PACKAGES:-}" ] || skip_all "it compiles everything once more: PACKAGES=deb, or all"
for tool in dpkg-buildpackage dh lintian; do
    command -v $tool >/dev/null || skip_all "there is no $tool here (packages debhelper and lintian)"
done

mkdir -p "$WORK/tree"
git -C "$TOP" archive HEAD | tar -x -C "$WORK/tree" || bail "no tree of HEAD"
( cd "$WORK/tree" && dpkg-buildpackage -us -uc -b ) >"$WORK/build.log" 2>&1 &&
    pass "the package builds" || fail "the package builds" "$(tail -n 20 "$WORK/build.log")"
deb=$(ls "$WORK"/dbtwin_*.deb)
lintian "$deb" >"$OUT" 2>&1
is "lintian finds no fault" "$(grep -E '^[EW]:' "$OUT")" ""
dpkg -x "$deb" "$WORK/root"
is "it has the program, its manual and the units" "$(cd "$WORK/root" && ls usr/bin usr/lib/systemd/system | grep -c dbtwin; [ -f "$WORK/root/usr/share/man/man1/dbtwin-copy.1.gz" ] && echo page)" "$(printf '5\npage')"
for test in offline diff; do
    if [ $test = diff ] && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
        skip "autopkgtest $test" "there is no PostgreSQL here"
        continue
    fi
    chmod -R a+rX "$WORK" # the server's account runs the program too
    env PATH="$WORK/root/usr/bin:$PATH" sh "$WORK/tree/debian/tests/$test" >"$OUT" 2>&1 &&
        pass "autopkgtest $test" || fail "autopkgtest $test" "$(tail -n 5 "$OUT")"
done

# What meson install puts there, uninstall takes back.
export DESTDIR=$WORK/installed
ok "meson install" meson install -C "$TOP/build" --no-rebuild
is "meson install: the program and its manual are there" "$(find "$DESTDIR" -name dbtwin -type f | wc -l) $(find "$DESTDIR" -name dbtwin-config.1 | wc -l)" "1 1"
ok "uninstall" ninja -C "$TOP/build" uninstall
is "uninstall: nothing is left" "$(find "$DESTDIR" -type f)" ""
unset DESTDIR

if [ "$PACKAGES" = all ]; then
    command -v debootstrap >/dev/null || bail "there is no debootstrap here"
    chroot=$WORK/chroot
    must debootstrap --variant=minbase bookworm "$chroot" >"$WORK/debootstrap.log" 2>&1
    # The RUN lines of the first stage, then the program in what they built.
    awk '/^FROM/ { stage++ } stage == 1 && /^(RUN| &&)/ { sub(/^RUN /, ""); more = sub(/ *\\$/, "")
        printf "%s%s", $0, more ? " " : "\n" }' "$WORK/tree/contrib/container/Containerfile" >"$WORK/steps"
    cp -r "$WORK/tree" "$chroot/src"
    chroot "$chroot" sh -ec "cd /src
$(cat "$WORK/steps")" >"$WORK/chroot.log" 2>&1 &&
        pass "the Containerfile's steps build it" || fail "the Containerfile's steps build it" "$(tail -n 20 "$WORK/chroot.log")"
    is "and it runs" "$(chroot "$chroot" /out/usr/bin/dbtwin --version | cut -d' ' -f1)" dbtwin
fi
done_testing
