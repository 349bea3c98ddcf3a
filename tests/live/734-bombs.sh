#!/bin/bash
# What a small file can unfold to does not take the memory of whoever looks at it, and what never ends is
# given up or interrupted: check and restore --list within 400 MB of address space.
. "$(dirname "$0")/../lib/live.sh"

case ${DBTWIN_BUILD:-} in *asan*) skip_all "sanitizers take address space of their own" ;; esac

cat >"$WORK/bomb.py" <<'PY'
# bomb.py WHAT: a snapshot of one table to stdout
import gzip, hashlib, io, json, struct, sys, tarfile
what = sys.argv[1]
xml = ('<?xml version="1.0"?>\n%s<model dbtwin="1" engine="postgresql" version="150020" server_version="15" database="b">'
       '<database name="b"><schema name="public"><table name="t"><column name="a" type="text" position="1"/></table>%s</schema></database></model>')
hundred = gzip.compress(bytes(100 << 20), 1)
rows = gzip.compress(b'a\n')
model = xml % ('', '')
if what == 'zeros': rows = hundred * 15
if what == 'line': rows = gzip.compress(b'a' * (100 << 20), 1) * 10 + gzip.compress(b'\n')
if what == 'entities': model = xml % ('<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa">' + ''.join('<!ENTITY a%d "%s">' % (i, ('&a%s;' % (i - 1 if i > 1 else '')) * 10) for i in range(1, 10)) + ']>', '<table name="&a9;"/>')
model = gzip.compress(model.encode())
# zstd (RFC 8878): blocks of one byte that is repeated 128 K times, in a window of 2^log
def frame(blocks, size, log, byte=b'a'):
    head = b'\x28\xb5\x2f\xfd\xc0' + bytes([(log - 10) << 3]) + struct.pack('<Q', size)
    return head + b''.join(struct.pack('<I', (i == blocks - 1) | 1 << 1 | 1 << 20)[:3] + byte for i in range(blocks))
end = '.gz'
if what[:4] == 'zstd':
    end = '.zst'
    gb = 3 << 30
    rows = {'zstd_line': frame(8 << 10, 1 << 30, 17) + frame(1, 128 << 10, 17, b'\n'), 'zstd_many': frame(gb >> 17, gb, 17, b'\n'),
            'zstd_line_endless': frame(gb >> 17, gb, 17), 'zstd_says_more': frame(1, 2 << 30, 17), 'zstd_window': frame(1, 128 << 10, 31)}[what]
if what == 'model': model = hundred * 15
if what == 'name': model = gzip.compress((xml % ('', '<table name="')).split('</schema>')[0].encode()) + gzip.compress(b'x' * (100 << 20), 1) * 5
ms = [('dbtwin.json', b'{"dbtwin_snapshot": 1, "dbtwin": "0", "engine": "postgresql", "database": "b", "server_version": "15", "taken_at": "2026-01-01T00:00:00Z"}\n'),
      ('model.xml.gz', model),
      ('data/00002-public.t/table.json', b'{"object": 2, "kind": "table", "path": "public.t", "columns": [{"name": "a", "object": 3}]}\n'),
      ('data/00002-public.t/000000.copy' + end, rows)]
man = {'source': 'b', 'taken_at': '2026-01-01T00:00:00Z', 'rows': 1, 'tables': [],
       'members': [dict({'name': n, 'size': len(b), 'sha256': hashlib.sha256(b).hexdigest()},
                        **({'rows': (128 << 10) if what == 'zstd_line' else 1, 'bytes': {'line': (1000 << 20) + 1, 'zstd_line': (1 << 30) + (128 << 10)}.get(what, 2)}
                           if n[0] == 'd' and n.endswith(end) else {})) for n, b in ms]}
text = json.dumps(man, indent=1)[:-2]
ms.append(('manifest.json', (text + ',\n "sha256": "%s"\n}\n' % hashlib.sha256(text.encode()).hexdigest()).encode()))
out = tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=tarfile.USTAR_FORMAT)
for n, b in ms:
    i = tarfile.TarInfo(n)
    i.size = len(b)
    if what == 'size' and n.endswith('.copy.gz'):
        i.size = 8 << 30
        sys.stdout.buffer.write(i.tobuf(tarfile.GNU_FORMAT))
        sys.stdout.flush()
        sys.exit()
    out.addfile(i, io.BytesIO(b))
out.close()
PY
limited() { (ulimit -v 400000 && dbtwin "$@"); }
piped() { limited check - < <(eval "$1"); }

bomb() { python3 "$WORK/bomb.py" "$1" >"$WORK/$1" && [ -s "$WORK/$1" ] || bail "$1 cannot be made"; }
bomb none
ok "an ordinary one" limited check "$WORK/none"
bomb line
ok "a line of a gigabyte is counted" limited check "$WORK/line"
ok "and listed" limited restore --list "$WORK/line"
zstd="zstd_many zstd_line_endless zstd_says_more zstd_window"
bomb zstd_line
if limited check "$WORK/zstd_line" >"$OUT" 2>"$ERR"; then pass "a line of a gigabyte, of zstd, is counted"
elif grep -q 'built without zstd' "$ERR"; then
    skip "zstd" "this build has none"
    zstd=
else fail "a line of a gigabyte, of zstd, is counted" "$(cat "$ERR")"; fi
for what in zeros entities model name size $zstd; do
    bomb "$what"
    expect_exit 2 "$what: check" limited check "$WORK/$what"
    err_lacks "$what: is told from a want of memory" "out of memory"
    expect_exit 2 "$what: --list" limited restore --list "$WORK/$what"
    expect_exit 2 "$what: through a pipe" piped "cat '$WORK/$what'"
    err_lacks "$what: through a pipe: is told from a want of memory" "out of memory"
done
expect_exit 2 "zeros without end" limited check /dev/zero
expect_exit 2 "through a pipe" piped "cat /dev/zero"
expect_exit 2 "text without end" piped "yes"
expect_exit 2 "behind a snapshot" piped "cat '$WORK/none' /dev/zero"

# what says nothing ends on Ctrl-C
mkfifo "$WORK/fifo"
sleep 60 >"$WORK/fifo" &
at_exit kill $!
"$DBTWIN" check - <"$WORK/fifo" >/dev/null 2>&1 &
pid=$!
sleep 0.5
kill -TERM $pid
wait $pid
is "a pipe that says nothing is given up when told to" $? 130
done_testing
