#!/bin/bash
# files.sh DBTWIN SOURCE-ROOT - what dbtwin writes is whole or not there, and is never written through
# what somebody else put in its way.
dbtwin=$(realpath "$1") || exit 2
. "$(dirname "$0")/../lib/tap.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$WORK" || exit 2
cp "$root/tests/golden/drift/from.xml" model.xml
left() { find . -name '*.partial*' | sort; }

umask 027
ok "a report" "$dbtwin" inspect model.xml -o report.xml
is "a report: by the umask" "$(stat -c %a report.xml)" 640
is "a report: nothing is left" "$(left)" ""

# what dead runs left goes, what lives or is not ours stays
echo old >report.xml.0123abcd.partial
echo old >report.xml.partial
echo x >report.xml.0123abcg.partial
echo x >other.xml.0123abcd.partial
echo live >report.xml.00000000.partial
exec 9>>report.xml.00000000.partial
flock 9 || bail "flock"
ok "dead runs" "$dbtwin" inspect model.xml -o report.xml
is "dead runs: theirs are gone, others stay" "$(left | tr '\n' ' ')" \
    "./other.xml.0123abcd.partial ./report.xml.00000000.partial ./report.xml.0123abcg.partial "
exec 9>&-
rm -- *.partial

# planted
echo secret >secret
for how in "ln -s secret" "ln secret" "mkfifo"; do
    # shellcheck disable=SC2086
    case $how in mkfifo) mkfifo report.xml.partial ;; *) $how report.xml.partial ;; esac
    expect_exit 4 "a planted .partial ($how)" timeout 20 "$dbtwin" inspect model.xml -o report.xml
    err_has "a planted .partial ($how): says so" "exists and does not belong to this account"
    rm report.xml.partial
done
is "a planted .partial: what it pointed to is as it was" "$(cat secret)" secret
if [ "$(id -u)" = 0 ]; then
    mkdir -m 1777 tmp
    ln -s ../secret tmp/link.xml
    mkfifo -m 666 tmp/pipe.xml
    echo theirs >tmp/part.xml.partial
    chown -h nobody tmp/link.xml tmp/pipe.xml tmp/part.xml.partial
    for f in link pipe; do
        expect_exit 4 "in a folder for all: another's $f" timeout 20 "$dbtwin" inspect model.xml -o tmp/$f.xml
        err_has "in a folder for all: another's $f: says so" "another account put there"
    done
    expect_exit 4 "in a folder for all: another's .partial" "$dbtwin" inspect model.xml -o tmp/part.xml
    is "in a folder for all: nothing was written" "$(cat secret tmp/part.xml.partial)" "secret
theirs"
    ln -s ../mine tmp/own.xml
    ok "in a folder for all: a link of one's own" "$dbtwin" inspect model.xml -o tmp/own.xml
else
    skip "another account's links and pipes" "only root can make them"
fi

# no room: a limit on the size of files, a full disk
printf '%s' old >report.xml
(ulimit -f 1 && "$dbtwin" inspect model.xml -o report.xml 2>err)
is "a limit on the size of files: exit code" $? 2
is "a limit on the size of files: is an error" "$(grep -c 'File too large' err)" 1
is "a limit on the size of files: the old report is there" "$(cat report.xml)" old
is "a limit on the size of files: nothing is left" "$(find . -maxdepth 1 -name '*.partial')" ""
expect_exit 2 "a full device" "$dbtwin" inspect model.xml -o /dev/full
err_has "a full device: says so" "No space left"
expect_exit 2 "a folder that is not there" "$dbtwin" inspect model.xml -o nowhere/report.xml
done_testing
