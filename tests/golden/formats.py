#!/usr/bin/env python3
"""formats.py DBTWIN SOURCE-ROOT - the reports that other programs read, read by those programs' rules.

Every pair of models of this folder goes through every format. What a reader makes of it must be what
the JSON report says, whatever the names hold: newlines, markup, formulas, workflow commands.
"""
import collections
import csv
import io
import json
import os
import re
import subprocess
import sys
import urllib.parse
import xml.etree.ElementTree as ET

dbtwin, root = os.path.realpath(sys.argv[1]), sys.argv[2]
here = os.path.join(root, "tests/golden")
cases = sorted(c for c in os.listdir(here) if os.path.isfile(os.path.join(here, c, "from.xml")))
n = failed = 0


def ok(good, name, why=""):
    global n, failed
    n += 1
    failed += not good
    print("ok" if good else "not ok", n, "-", name)
    if not good:
        for line in str(why).splitlines()[:20]:
            print("#", line)


def same(got, wanted, name):
    ok(got == wanted, name, f"got:    {got!r}\nwanted: {wanted!r}")


def args_of(case):
    path = os.path.join(here, case, "args")
    return open(path, encoding="utf-8").read().split() if os.path.exists(path) else []


def run(case, *more, env=None):
    done = subprocess.run([dbtwin, "diff", "from.xml", "to.xml", *args_of(case), *more],
                          cwd=os.path.join(here, case), capture_output=True, timeout=60,
                          env={**os.environ, "SOURCE_DATE_EPOCH": "0", **(env or {})})
    if done.returncode == 2 or done.stderr:
        ok(False, f"{case} {more}: runs", done.stderr.decode())
    return done.stdout.decode("utf-8")


def findings(report):
    """What the flat formats have a line for: (rule, path) of each."""
    ret = []
    for c in report["changes"]:
        if c["change"] in ("added", "removed"):
            ret.append((f"{c['kind']}.{c['change']}", c["path"]))
        else:
            ret += [(f"{c['kind']}.{p['name']}", c["path"]) for p in c["properties"]]
    ret += [("not_compared", g["path"]) for g in report["not_compared"]]
    if report["verdict"] == "incomplete" and not ret:
        ret.append(("not_compared", None))
    return sorted(ret, key=str)


# ---- CSV: RFC 4180, and no cell that a spreadsheet runs ---------------------------------------

def check_csv(case, report):
    text = run(case, "-f", "csv")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    head, rows = rows[0], rows[1:]
    same(head, "database change kind path property severity from to why".split(), f"{case}: csv: head")
    ok(all(len(r) == len(head) for r in rows), f"{case}: csv: all lines have all fields")
    ok(not any(cell[:1] in ("=", "+", "-", "@", "\t", "\r") for r in rows for cell in r if cell),
       f"{case}: csv: nothing is a formula")
    ok(text.endswith("\r\n"), f"{case}: csv: CRLF")
    got = []
    for r in (dict(zip(head, r)) for r in rows):
        gap = r["change"] == "unknown" and not r["property"]
        rule = "not_compared" if gap else f"{r['kind']}.{r['property'] or r['change']}"
        got.append((rule, r["path"].removeprefix("'") or None))
    same(sorted(got, key=str), [(r, p and re.sub(r"^'", "", p)) for r, p in findings(report)],
         f"{case}: csv: a line for each finding")


# ---- GitHub's runner: https://github.com/actions/runner, ActionCommand.cs -----------------------

def unescape(text, property=False):
    for code, char in (("%0D", "\r"), ("%0A", "\n"), *((("%3A", ":"), ("%2C", ",")) if property else ()),
                       ("%25", "%")):
        text = text.replace(code, char)
    return text


def check_github(case, report):
    lines = run(case, "-f", "github").splitlines()
    if not findings(report):
        same(lines, ["dbtwin: no drift, and all was compared"], f"{case}: github: nothing")
        return
    got, levels = [], []
    for line in lines:
        m = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        if not m:
            ok(False, f"{case}: github: is a command", line)
            continue
        given = dict(p.split("=", 1) for p in m[2].split(","))
        same(unescape(given["file"], True), "from.xml", f"{case}: github: the file")
        levels.append(m[1])
        rule = unescape(given["title"], True).split()[1]
        got.append((rule, unescape(m[3])))
    same(len(lines), len(findings(report)), f"{case}: github: an annotation for each finding")
    same(sorted(r for r, _ in got), sorted(r for r, _ in findings(report)), f"{case}: github: their rules")
    same(levels, sorted(levels, key=["error", "warning", "notice"].index), f"{case}: github: severe ones first")
    ok(not any("\n" in message for _, message in got), f"{case}: github: one line each")


# ---- GitLab: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format --------

def check_gitlab(case, report):
    issues = json.loads(run(case, "-f", "gitlab"))
    same(len(issues), len(findings(report)), f"{case}: gitlab: one for each finding")
    same(sorted(i["check_name"] for i in issues), sorted(r for r, _ in findings(report)), f"{case}: gitlab: rules")
    for i in issues:
        ok(isinstance(i["description"], str) and i["description"] and "\n" not in i["description"]
           and i["severity"] in ("info", "minor", "major", "critical", "blocker")
           and i["location"]["path"] and i["location"]["lines"]["begin"] == 1
           and re.fullmatch("[0-9a-f]{64}", i["fingerprint"]), f"{case}: gitlab: has what GitLab asks for", i)
    prints = [i["fingerprint"] for i in issues]
    same(len(set(prints)), len(prints), f"{case}: gitlab: fingerprints are unique")
    # The other side's name, and other values, do not make it another finding.
    same(prints, [i["fingerprint"] for i in json.loads(run(case, "-f", "gitlab"))], f"{case}: gitlab: stable")


# ---- SARIF 2.1.0: the rules of sarif-schema-2.1.0.json that apply -------------------------------

SARIF = {  # object: {property: (required, type or list of values)}
    "log": {"$schema": (False, str), "version": (True, ["2.1.0"]), "runs": (True, list)},
    "run": {"tool": (True, dict), "results": (False, list), "invocations": (False, list),
            "columnKind": (False, ["utf16CodeUnits", "unicodeCodePoints"])},
    "driver": {"name": (True, str), "version": (False, str), "rules": (False, list)},
    "rule": {"id": (True, str), "shortDescription": (False, dict), "help": (False, dict),
             "defaultConfiguration": (False, dict), "properties": (False, dict)},
    "result": {"ruleId": (False, str), "ruleIndex": (False, int), "level": (False, ["none", "note", "warning", "error"]),
               "message": (True, dict), "locations": (False, list), "partialFingerprints": (False, dict),
               "properties": (False, dict)},
    "location": {"physicalLocation": (False, dict), "logicalLocations": (False, list)},
    "physicalLocation": {"artifactLocation": (False, dict), "region": (False, dict)},
    "logicalLocation": {"fullyQualifiedName": (False, str), "kind": (False, str), "name": (False, str)},
    "invocation": {"executionSuccessful": (True, bool), "startTimeUtc": (False, str)},
}


def sound(what, value):
    """Why value is not what SARIF calls a `what`, or None."""
    for key, member in value.items():
        if key not in SARIF[what]:
            return f"{what} has no property {key}"
        kind = SARIF[what][key][1]
        if member not in kind if isinstance(kind, list) else not isinstance(member, kind):
            return f"{what}.{key} is {member!r}"
    missing = [k for k, (required, _) in SARIF[what].items() if required and k not in value]
    return f"{what} lacks {missing}" if missing else None


def check_sarif(case, report):
    log = json.loads(run(case, "-f", "sarif"))
    r = log["runs"][0]
    rules = r["tool"]["driver"]["rules"]
    bad = [sound("log", log), sound("run", r), sound("driver", r["tool"]["driver"])]
    bad += [sound("rule", x) for x in rules] + [sound("invocation", x) for x in r["invocations"]]
    got = []
    for x in r["results"]:
        place = x["locations"][0]
        bad += [sound("result", x), sound("location", place), sound("physicalLocation", place["physicalLocation"]),
                sound("logicalLocation", place["logicalLocations"][0])]
        uri = place["physicalLocation"]["artifactLocation"]["uri"]
        if not re.fullmatch(r"([A-Za-z0-9._~/-]|%[0-9A-F]{2})+", uri) or urllib.parse.unquote(uri) != "from.xml":
            bad.append(f"uri {uri}")
        if rules[x["ruleIndex"]]["id"] != x["ruleId"] or not x["message"]["text"]:
            bad.append(x)
        got.append(x["ruleId"])
    same([b for b in bad if b], [], f"{case}: sarif: is sound")
    same(sorted(got), sorted(rule for rule, _ in findings(report)), f"{case}: sarif: a result for each finding")
    same(len({x["id"] for x in rules}), len(rules), f"{case}: sarif: rules are unique")
    ok(all(x["help"]["text"] for x in rules), f"{case}: sarif: rules have help")
    prints = collections.Counter(x["partialFingerprints"]["dbtwin/v1"] for x in r["results"])
    ok(not prints or max(prints.values()) == 1, f"{case}: sarif: fingerprints are unique")


for case in cases:
    report = json.loads(run(case, "-f", "json"))
    check_csv(case, report)
    check_github(case, report)
    check_gitlab(case, report)
    check_sarif(case, report)

print(f"1..{n}")
sys.exit(failed != 0)
