#!/usr/bin/env python3
"""rows.py BEFORE AFTER PLAN RENAMES MIXED - whether rows and values are still there. BEFORE and AFTER have lines
"table<TAB>path<TAB>rows", "column<TAB>path<TAB>type<TAB>not null<TAB>sum of values" and "position<TAB>path<TAB>number"; PLAN
is what dbtwin plan printed: what a step with the hazard data names is excused. Prints what is lost."""
import re
import sys


def read(path):
    tables, columns, positions = {}, {}, {}
    for line in open(path, encoding="utf-8"):
        f = line.rstrip("\n").split("\t")
        if f[0] == "table":
            tables[f[1]] = int(f[2])
        elif f[0] == "column":
            columns[f[1]] = (f[2], int(f[3]), f[4])
        elif f[0] == "position":
            positions[f[1]] = f[2]
    return tables, columns, positions


def excused(path):
    """The objects of steps that lose data, with their names as SQL has them"""
    out, data = [], False
    for line in open(path, encoding="utf-8"):
        if line.startswith("--"):
            data = data or line.startswith("-- hazard data")
        elif data and line.strip():
            out.append(line)
            data = False
    return "".join(out)


def lines(path):
    return [x.rstrip("\n") for x in open(path, encoding="utf-8")]


def main():
    before, after, plan, renames, mixed = sys.argv[1:]
    (t0, c0, p0), (t1, c1, p1) = read(before), read(after)
    said = excused(plan)
    said += "".join(x for x in open(plan, encoding="utf-8") if x.startswith(("ALTER TYPE", "CREATE TYPE")))
    names = re.findall(r'"((?:[^"]|"")*)"|`((?:[^`]|``)*)`', said)
    named = {(a.replace('""', '"') or b.replace("``", "`")) for a, b in names}
    moved = dict(r.split("=", 1) for r in lines(renames))
    moved = {k: v if "." in v or "." not in k else k.rsplit(".", 1)[0] + "." + v for k, v in moved.items()}
    together = set(lines(mixed))
    if together & set(t0):
        if not any(x.rsplit(".", 1)[-1] in named for x in together):
            n, m = sum(t0.get(x, 0) for x in together), sum(t1.get(x, 0) for x in together)
            if n > m:
                print(f"{n} rows in {', '.join(sorted(together))} became {m}")
    for path, n in t0.items():
        new = moved.get(path, path)
        if path in together or path.rsplit(".", 1)[-1] in named:
            continue
        if new not in t1:
            print(f"{path} is gone, and nothing said so")
        elif t1[new] != n:
            print(f"{path} had {n} rows, {new} has {t1[new]}")
    for path, (kind, n, total) in c0.items():
        table, name = path.rsplit("|", 1)
        new = moved.get(table, table) + "|" + name
        for old, other in moved.items():
            if old == f"{table}.{name}" or old == f"{moved.get(table, table)}.{name}":
                new = moved.get(table, table) + "|" + other.rsplit(".", 1)[-1]
        if table in together or table.rsplit(".", 1)[-1] in named or any(x and x in kind for x in named):
            continue
        if new not in c1:
            if moved.get(table, table) in t1:
                print(f"{path} is gone, and nothing said so")
        elif c1[new][1] < n or (c1[new][0] == kind and c1[new][1:] != (n, total)):
            print(f"{path} ({kind}) had {n} values {total}, {new} ({c1[new][0]}) has {c1[new][1]} {c1[new][2]}")
    for path, n in p0.items():
        if path in p1 and p1[path] != n and path.rsplit(".", 1)[-1] not in named:
            print(f"sequence {path} was at {n}, is at {p1[path]}")


main()
