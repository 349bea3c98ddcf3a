#!/bin/bash
# A snapshot by a stranger: what its model lacks is one error that names it, texts that hold more than one
# statement are not carried out, and --list and check look at a file without any server.
. "$(dirname "$0")/../lib/live.sh"
. "$TOP/tests/live/copies.sh"

cat >"$WORK/forge.py" <<'PY'
# forge.py FROM TO PYTHON: a snapshot without rows, whose model is what the expression makes of the text m
import gzip, hashlib, io, json, re, sys, tarfile
t = tarfile.open(sys.argv[1])
ms = [(i.name, t.extractfile(i).read()) for i in t]
man = json.loads(dict(ms)['manifest.json'])
man.update(tables=[], rows=0)
m = gzip.decompress(dict(ms)['model.xml.gz']).decode()
ms = [('dbtwin.json', dict(ms)['dbtwin.json']), ('model.xml.gz', gzip.compress(eval(sys.argv[3]).encode()))]
man.pop('sha256')
man['members'] = [{'name': n, 'size': len(b), 'sha256': hashlib.sha256(b).hexdigest()} for n, b in ms]
text = json.dumps(man, indent=1)[:-2]
ms.append(('manifest.json', (text + ',\n "sha256": "%s"\n}\n' % hashlib.sha256(text.encode()).hexdigest()).encode()))
with tarfile.open(sys.argv[2], 'w', format=tarfile.USTAR_FORMAT) as out:
    for n, b in ms:
        i = tarfile.TarInfo(n)
        i.size = len(b)
        out.addfile(i, io.BytesIO(b))
PY
forge() { must python3 "$WORK/forge.py" "$WORK/s" "$WORK/forged" "$1"; }

for kind in $(some_servers); do
    start "$kind" prod staging
    fresh_db prod strange
    fresh_db staging strange
    from=$(url prod strange) to=$(url staging strange) marker=
    must q prod strange "CREATE TABLE t (id int PRIMARY KEY, b varchar(20) DEFAULT 'x')"
    must q prod strange "INSERT INTO t VALUES (1, 'a'), (2, 'b')"
    must q prod strange "CREATE VIEW v AS SELECT id FROM t"
    must q staging strange "CREATE TABLE mine (a int)"
    must dbtwin snapshot -q "$from" -o "$WORK/s" --force
    before=$(sum_of staging strange)
    table=t
    server_is_pg prod && table=public.t

    ok "$kind: --list" dbtwin restore --list "$WORK/s"
    out_has "$kind: names tables with their rows" "table $table, 2 rows"
    out_has "$kind: and views" "view ${table%t}v"
    expect_exit 2 "$kind: --list has no target" dbtwin restore --list "$WORK/s" "$to"

    forge "re.sub(r'(<column name=\"b\"[^>]*) type=\"[^\"]*\"', r'\\1', m)"
    expect_exit 2 "$kind: a column without a type" dbtwin restore "$WORK/forged" "$to" --replace strange
    err_has "$kind: is named, with what it lacks" "column $table.b lacks the property type"
    expect_exit 2 "$kind: preflight says so too" dbtwin preflight "$WORK/forged" "$to"
    untouched "$kind: a column without a type" staging strange "$before"

    # a second statement behind that of a view, which would reach the target itself
    if server_is_pg staging; then
        more="SELECT 1 AS id; COMMIT; CREATE DATABASE strange_marker"
        there="SELECT count(*) FROM pg_database WHERE datname = 'strange_marker'"
    else
        more="SELECT 1 AS id; CREATE TABLE strange.marker (a int)"
        there="SELECT count(*) FROM information_schema.tables WHERE table_name = 'marker'"
    fi
    forge "re.sub(r'<query>.*?</query>', '<query>$more</query>', m, flags=re.S)"
    expect_exit 2 "$kind: two statements in one" dbtwin restore "$WORK/forged" "$to" --replace strange
    is "$kind: the second is not carried out" "$(q staging '' "$there" 2>/dev/null || q staging postgres "$there")" 0
    untouched "$kind: two statements in one" staging strange "$before"
    forge "re.sub(r\"<default>.*?</default>\", \"<default>'x'); $(printf %s "$more" | sed 's/SELECT 1 AS id; //') -- </default>\", m, flags=re.S)"
    expect_exit 2 "$kind: two statements in a default" dbtwin restore "$WORK/forged" "$to" --replace strange
    is "$kind: nor there" "$(q staging '' "$there" 2>/dev/null || q staging postgres "$there")" 0
    untouched "$kind: two statements in a default" staging strange "$before"
done
done_testing
