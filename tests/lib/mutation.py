#!/usr/bin/env python3
"""mutation.py - the pairs of fixtures/drift/ENGINE, as scripts for psql or the mysql client and as
a check of what diff says. VERSION: 150000 for PostgreSQL, mysql:90700, mariadb:101119.

  list DIR VERSION                 the pairs with databases of their own: name, options of both
  one DIR VERSION PAIR             the options of its two databases, in two lines; fails if it is for others
  script DIR VERSION SIDE [WHAT]   one script with all others, each in a schema of its own; WHAT:
                                   whole (those that a dump and a copy keep), servers (only those
                                   that need a server for each side)
  check DIR VERSION REPORTS [PAIR] reports forward.json, reverse.json, plain.json (without --strict):
                                   "pass NAME (MODE)" or "fail NAME (MODE): why" for each pair;
                                   PAIR may be "servers"
  lint DIR KINDS                   properties without a pair (see EXCEPTIONS)
"""
import json
import os
import re
import sys

# Properties that cannot be flipped, with the reason. They are part of the object's name: where one
# differs, it is another object.
EXCEPTIONS = {"postgres": {
    "setting.role": "the name of a role's setting carries the role",
    "default_privilege.role": "part of the name",
    "default_privilege.objects": "part of the name",
    "default_privilege.grantee": "part of the name",
    "grant.grantee": "part of the name",
    "extension_rows.+": "rows, which no diff looks at",
    "grant.grantor": "part of the name where it is not the owner, and no drift where it is",
}, "mysql": {
    "foreign_key.match": "no server keeps it",
    "partition.engine": "always the table's",
    "subpartition.engine": "always the table's",
    "grant.grantee": "part of the name",
    "plugin.type": "no two plugins of one name",
}}

# Flavors as kinds.def names them
ENGINES = {"postgres": r"\b(ALL|PG)\b", "mysql": r"\b(ALL|MYSQL|MY|MA)\b"}


def engine(folder):
    return os.path.basename(os.path.normpath(folder))


def kinds(path, folder):
    """{kind: {property: flags}} of what the folder's engine has."""
    ret = {}
    for line in open(path, encoding="utf-8"):
        m = re.match(r'(KIND|PROP)\((\w+),(.*?)"(\w+)",(.*)', line)
        if not m:
            continue
        field = [f.strip() for f in m[5].split('"')[0].split(",")]
        engines = field[2] if m[1] == "KIND" else field[1]
        if not re.search(ENGINES[engine(folder)], engines):
            continue
        if m[1] == "KIND":
            of = {"id": m[2], "name": m[4]}
            ret[m[4]] = {}
        elif m[2] == of["id"]:
            ret[of["name"]][m[4]] = field[2]
    return ret


class Pair:
    def __init__(self, folder, name):
        self.name = name
        self.folder = os.path.join(folder, name)
        self.schema = re.sub(r"[.~-]", "_", name.replace(".+", "_added_")).strip("_")
        self.alone, self.guards, self.create, self.lossy = False, [], {}, False
        self.servers = False
        self.expected = []
        for side in ("prod", "staging"):
            for line in open(os.path.join(self.folder, side + ".sql"), encoding="utf-8"):
                self.read(side, line.rstrip("\n"))
        if not self.expected:
            raise SystemExit(f"{self.folder}: nothing is expected")
        self.expected = [e for e in self.expected if e]

    def read(self, side, line):
        m = re.match(r"-- (@|expect:|also:|dump loses:|copy leaves out:) ?(.*)", line)
        if not m:
            return
        if m[1] in ("dump loses:", "copy leaves out:"):  # not for the test of restoring
            self.lossy = True
            return
        if m[1] == "@":
            if m[2] == "alone":
                self.alone = True
            elif m[2] == "servers":
                self.servers = True
            elif m[2].startswith("create "):
                self.create[side] = m[2][7:]
            else:
                self.guards.append(m[2])
        elif m[2] == "none":
            self.expected.append(None)
        else:
            change, kind, rest = m[2].split(" ", 2)
            properties = set()
            if change == "changed":
                rest, words = rest.rsplit(" ", 1)
                properties = set(words.split(","))
            self.expected.append((change, kind, rest, properties))

    def is_for(self, version):
        """Of the guards, one of the flavor must hold; without any of it the pair is for others."""
        flavor, _, number = version.rpartition(":")
        known, held = bool(self.guards), False
        for guard in self.guards:
            good = True
            for term in guard.split(" and "):
                m = re.fullmatch(r"(pg|mysql|mariadb) (>=|<) (\d+)", term)
                if not m:
                    raise SystemExit(f"{self.folder}: guard {guard}")
                good = good and m[1] == (flavor or "pg") and (int(number) >= int(m[3])) == (m[2] == ">=")
            held = held or good
        return held or not known


def pairs(folder, version):
    names = sorted(n for n in os.listdir(folder) if os.path.isdir(os.path.join(folder, n)))
    return [p for p in (Pair(folder, n) for n in names) if p.is_for(version)]


def script(folder, version, side, which=None):
    for p in pairs(folder, version):
        if p.servers == (which == "servers") and not p.alone and not (which == "whole" and p.lossy):
            if engine(folder) == "mysql":  # one database: the objects have the pair's name
                with open(f"{p.folder}/{side}.sql", encoding="utf-8") as f:
                    print(f.read())
                continue
            print(f"RESET ALL; CREATE SCHEMA {p.schema}; SET search_path = {p.schema};")
            print(f"\\i {p.folder}/{side}.sql")


def wanted(p, mode, known):
    """{(change, kind, path): properties} as the report should have them."""
    ret = {}
    for change, kind, path, properties in p.expected:
        if mode == "reverse":
            change = {"added": "removed", "removed": "added"}.get(change, change)
        if mode == "plain" and change == "changed":
            properties = {x for x in properties if "COSMETIC" not in known[kind][x]}
            if not properties:
                continue
        ret.setdefault((change, kind, path), set()).update(properties)
    return ret


def told(report):
    ret = {}
    for c in report["changes"]:
        key = (c["change"], c["kind"], c["path"])
        ret[key] = {x["name"] for x in c.get("properties", [])} if key[0] == "changed" else set()
    return ret


def show(changes):
    words = (" ".join(k) + " " + ",".join(sorted(v)) for k, v in sorted(changes.items()))
    return "; ".join(words) or "nothing"


def check(listed, mode, known, report, only):
    left = told(report)
    lines = []
    for p in listed:
        want = wanted(p, mode, known)
        got = {k: left.pop(k) for k in list(left) if k in want}
        # Whatever else is told of the pair's own schema was caused by the pair.
        for k in list(left):
            if re.match(re.escape(p.schema) + r"(\.|$)", k[2]) or only not in (None, "servers"):
                got[k] = left.pop(k)
        if got == want:
            lines.append(f"pass {p.name} ({mode})")
        else:
            lines.append(f"fail {p.name} ({mode}): told: {show(got)} - wanted: {show(want)}")
    if left:
        lines.append(f"fail (no pair) ({mode}): told: {show(left)}")
    for gap in report.get("not_compared", []):
        lines.append(f"fail (no pair) ({mode}): not compared: {gap}")
    print("\n".join(lines))


def check_all(folder, version, reports, only=None):
    known = kinds(os.path.join(os.path.dirname(__file__), "../../include/dbtwin/kinds.def"), folder)
    listed = pairs(folder, version)
    if only == "servers":
        listed = [p for p in listed if p.servers]
    elif only:
        listed = [p for p in listed if p.name == only]
    else:
        listed = [p for p in listed if not p.alone and not p.servers]
    for mode in ("forward", "reverse", "plain"):
        with open(os.path.join(reports, mode + ".json"), encoding="utf-8") as f:
            check(listed, mode, known, json.load(f), only)


def lint(folder, path):
    have = {re.sub(r"[~].*", "", n) for n in os.listdir(folder)}
    bad = []
    known = kinds(path, folder)
    exceptions = EXCEPTIONS[engine(folder)]
    for kind, properties in known.items():
        if kind != "database" and kind + ".+" not in have and kind + ".+" not in exceptions:
            bad.append(f"{path}:1: kind {kind}: no {folder}/{kind}.+")
        for name, flags in properties.items():
            key = f"{kind}.{name}"
            if "VOLATILE" in flags or "INTERNAL" in flags:
                continue
            if key not in have and key not in exceptions:
                bad.append(f"{path}:1: property {key}: no {folder}/{key}")
    for name in have:
        kind, _, prop = name.partition(".")
        if prop in ("sql", "md") or prop[:1] in "+-":
            continue
        if prop not in known.get(kind, {}):
            bad.append(f"{folder}/{name}:1: there is no such property")
    for key in exceptions:
        kind, _, prop = key.partition(".")
        if kind in known and (key in have or prop not in [*known[kind], "+"]):
            bad.append(f"{path}:1: property {key}: is no exception any more (mutation.py)")
    print("\n".join(bad), end="\n" if bad else "")
    return 1 if bad else 0


def main():
    verb, folder = sys.argv[1:3]
    if verb == "lint":
        sys.exit(lint(folder, sys.argv[3]))
    version = sys.argv[3]
    if verb == "list":
        for p in pairs(folder, version):
            if p.alone:
                print(p.name, p.create.get("prod", ""), p.create.get("staging", ""), sep="|")
    elif verb == "script":
        script(folder, version, *sys.argv[4:])
    elif verb == "one":
        found = [p for p in pairs(folder, version) if p.name == sys.argv[4] and not p.servers]
        for p in found:
            print(p.create.get("prod", ""), p.create.get("staging", ""), sep="\n")
        sys.exit(0 if found else 1)
    elif verb == "check":
        check_all(folder, version, *sys.argv[4:])
    else:
        sys.exit(__doc__)


main()
