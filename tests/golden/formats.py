#!/usr/bin/env python3
"""formats.py DBTWIN SOURCE-ROOT - the reports that other programs read, read by those programs' rules.

Every pair of models of this folder goes through every format. What a reader makes of it must be what
the JSON report says, whatever the names hold: newlines, markup, formulas, workflow commands.
"""
import base64
import collections
import csv
import hashlib
import html
import html.parser
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import xml.etree.ElementTree as ET

dbtwin, root = os.path.realpath(sys.argv[1]), sys.argv[2]
for name in ("GITHUB_STEP_SUMMARY", "GITHUB_SERVER_URL", "CI_JOB_URL", "BUILD_URL"):
    os.environ.pop(name, None)  # of the CI server that runs this
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


# ---- JSON, by the schema that is installed -----------------------------------------------------

def fits(schema, value, whole, at="$"):
    """Why value does not fit, as a list: the part of JSON Schema that share/ uses, and nothing else."""
    known = {"$schema", "$id", "$ref", "title", "description", "definitions", "type", "enum", "const", "required",
             "properties", "additionalProperties", "items", "oneOf", "allOf", "if", "then", "pattern", "minimum"}
    if isinstance(schema, bool):
        return [] if schema else [f"{at}: is not allowed"]
    if set(schema) - known:
        return [f"{at}: this checker does not know {set(schema) - known}"]
    ret = []
    if "$ref" in schema:
        ret += fits(whole["definitions"][schema["$ref"].split("/")[-1]], value, whole, at)
    types = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}
    if "type" in schema:
        names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(isinstance(value, types[t]) and (t == "boolean") == isinstance(value, bool) for t in names):
            return ret + [f"{at}: {value!r} is no {names}"]
    if "enum" in schema and value not in schema["enum"]:
        ret.append(f"{at}: {value!r} is none of {schema['enum']}")
    if "const" in schema and (value != schema["const"] or type(value) is not type(schema["const"])):
        ret.append(f"{at}: {value!r} is not {schema['const']!r}")
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        ret.append(f"{at}: {value!r} is not like {schema['pattern']}")
    if "minimum" in schema and value < schema["minimum"]:
        ret.append(f"{at}: {value} is too small")
    if isinstance(value, dict):
        ret += [f"{at}: lacks {k}" for k in schema.get("required", []) if k not in value]
        for k, v in value.items():
            inner = schema.get("properties", {}).get(k, schema.get("additionalProperties", True))
            ret += fits(inner, v, whole, f"{at}.{k}")
    if isinstance(value, list) and "items" in schema:
        for i, v in enumerate(value):
            ret += fits(schema["items"], v, whole, f"{at}[{i}]")
    for one in schema.get("allOf", []):
        ret += fits(one, value, whole, at)
    if "oneOf" in schema:
        tried = [fits(one, value, whole, at) for one in schema["oneOf"]]
        if sum(not t for t in tried) != 1:
            ret += min((t for t in tried if t), key=len, default=[f"{at}: fits several"])
    if "if" in schema and not fits(schema["if"], value, whole, at):
        ret += fits(schema["then"], value, whole, at)
    return ret


SCHEMA = json.load(open(os.path.join(root, "share/dbtwin-report.schema.json"), encoding="utf-8"))
try:
    import jsonschema
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft7Validator(SCHEMA)
    SARIF_SCHEMA = json.load(open(os.path.join(root, "fixtures/schemas/sarif-2.1.0.json"), encoding="utf-8"))
    jsonschema.Draft4Validator.check_schema(SARIF_SCHEMA)
    sarif_validator = jsonschema.Draft4Validator(SARIF_SCHEMA)
except ImportError:
    validator = sarif_validator = None
    n += 1
    print(f"ok {n} - the schema by jsonschema # SKIP python3-jsonschema is not installed; the own checker is used")


def check_json(case, report):
    same(fits(SCHEMA, report, SCHEMA), [], f"{case}: json: fits the schema")
    if validator:
        same([e.message for e in validator.iter_errors(report)], [], f"{case}: json: so does jsonschema say")
    golden = os.path.join(here, case, "json")
    if os.path.exists(golden):
        same(fits(SCHEMA, json.load(open(golden, encoding="utf-8")), SCHEMA), [], f"{case}: json: the golden one too")
    ok(report["run"]["started"] == "1970-01-01T00:00:00Z" and "milliseconds" not in report["run"],
       f"{case}: json: SOURCE_DATE_EPOCH", report["run"])
    wrong = json.loads(json.dumps(report))
    wrong["summary"]["added"] = "1"
    ok(fits(SCHEMA, wrong, SCHEMA), f"{case}: json: the checker sees a wrong type")
    wrong = {**report, "more": 1}
    ok(fits(SCHEMA, wrong, SCHEMA), f"{case}: json: the checker sees a stranger")


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
    if sarif_validator:
        same([e.message for e in sarif_validator.iter_errors(log)], [], f"{case}: sarif: fits the published schema")
        wrong = json.loads(json.dumps(log))
        wrong["runs"][0]["tool"]["driver"]["nme"] = wrong["runs"][0]["tool"]["driver"].pop("name")
        ok(list(sarif_validator.iter_errors(wrong)), f"{case}: sarif: the published schema sees a wrong member")
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


# ---- JUnit: what Jenkins, GitLab and Azure read ------------------------------------------------

def check_junit(case, report):
    suites = ET.fromstring(run(case, "-f", "junit"))
    same([e.tag for e in suites], ["testsuite"], f"{case}: junit: one suite")
    suite = suites[0]
    same(suite.get("timestamp"), "1970-01-01T00:00:00", f"{case}: junit: timestamp")
    same(suite.get("time"), None, f"{case}: junit: SOURCE_DATE_EPOCH: no durations")
    given = {p.get("name"): p.get("value") for p in suite.find("properties")}
    same(given["dbtwin.version"], report["generator"]["version"], f"{case}: junit: version")
    ok(given["from.server"] and given["to.server"], f"{case}: junit: servers", given)
    # Where an object is: its schema, or its database on MySQL.
    wanted = collections.Counter()
    for c in report["changes"]:
        mysql = report["from"]["engine"] != "postgresql"
        inner = c["identity"][1:] if not mysql else c["identity"]
        wanted["dbtwin.diff" + ("" if not inner else "." + (report["from"]["database"] if mysql else c["identity"][0]))] += 1
    bad = collections.Counter(t.get("classname") for t in suite.iter("testcase") if t.find("failure") is not None)
    ok(set(bad) <= set(wanted), f"{case}: junit: a class for each schema", f"{bad} {wanted}")
    done = subprocess.run([dbtwin, "diff", "from.xml", "to.xml", *args_of(case), "-f", "junit"], capture_output=True,
                          cwd=os.path.join(here, case), env={k: v for k, v in os.environ.items() if k != "SOURCE_DATE_EPOCH"})
    ok(re.fullmatch(r"\d+\.\d{3}", ET.fromstring(done.stdout)[0].get("time")), f"{case}: junit: a time")


# ---- Markdown: what GitHub and GitLab render ----------------------------------------------------

TAGS = re.compile(r"</?(code|details|summary)>")


def outside_fences(text):
    """The lines that are Markdown, and the content of the fences."""
    lines, fenced, fence = [], [], None
    for line in text.split("\n"):
        m = re.fullmatch(r" {0,3}(`{3,})(\w*)", line)
        if fence is None and m and m[2]:
            fence = len(m[1])
        elif fence is not None and m and not m[2] and len(m[1]) >= fence:
            fence = None
        elif fence is None:
            lines.append(line)
        else:
            fenced.append(line)
    return lines, fenced, fence is None


def bare_of(lines):
    return "\n".join(lines)


def check_markdown(case, report):
    text = run(case, "-f", "markdown", "--full")
    lines, fenced, closed = outside_fences(text)
    ok(closed, f"{case}: markdown: fences are closed", text)
    ok(len(text) <= 65536, f"{case}: markdown: fits into a comment")
    bare = "\n".join(re.sub(r"&#\d+;", "", TAGS.sub("", line)) for line in lines)
    ok(not re.search(r"[<>\[\]`&]|https?:|www\.|@", bare), f"{case}: markdown: no markup but its own", bare)
    for tag in ("code", "details", "summary"):
        same(bare_of(lines).count(f"<{tag}>"), bare_of(lines).count(f"</{tag}>"), f"{case}: markdown: {tag} is closed")
    head, columns = None, []
    for line in lines:
        if line.startswith("|"):
            head = line.count("|") if head is None else head
            columns.append(line.count("|") == head)
        else:
            head = None
    ok(all(columns), f"{case}: markdown: tables have as many cells as their head")
    shown = html.unescape(TAGS.sub("", "\n".join(lines)))
    for c in report["changes"]:
        name = c["identity"][-1] if c["identity"] else "database"
        ok(re.sub(r"[\s\"]+", " ", name.replace("\n", "\\x0A")) in re.sub(r"[\s\"]+", " ", shown),
           f"{case}: markdown: {c['path']!r} is named")
    for g in report["not_compared"]:
        ok(re.sub(r"\s+", " ", g["why"]) in re.sub(r"\s+", " ", shown), f"{case}: markdown: a gap is named", shown)


# ---- HTML ---------------------------------------------------------------------------------------

VOID = {"meta", "input", "br"}


class Page(html.parser.HTMLParser):
    """Whether every element is closed where it should be, and what there is of them."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.bad, self.seen, self.texts, self.rows, self.scripts = [], [], collections.Counter(), [], [], []
        self.blocks, self.into = [], None
        self.feed(text)
        self.close()
        self.bad += self.open

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.seen[tag] += 1
        if tag not in VOID:
            self.open.append(tag)
        self.bad += [f"{tag} {name}" for name in attrs if name.startswith("on") or name in ("src", "href", "style")]
        if attrs.get("class") == "o":
            self.blocks.append({"name": "", "rows": []})
        if tag == "summary":
            self.into = self.blocks[-1]
        if attrs.get("class") == "r":
            self.into = {"text": "", **{k: attrs["data-" + k] for k in "kvs"}}
            self.blocks[-1]["rows"].append(self.into)
            self.rows.append((attrs["data-k"], attrs["data-v"], attrs["data-s"]))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.bad.append(f"/{tag}")
        if tag in ("summary", "details"):
            self.into = None

    def handle_data(self, data):
        if self.into is not None:
            key = "text" if "text" in self.into else "name"
            self.into[key] += data
        (self.scripts if self.open[-1:] == ["script"] else self.texts).append(data)


def filters(page, *asked):
    """What the page's script shows, asked in JavaScript; None without node."""
    node = shutil.which("node")
    if not node:
        return None
    stub = open(os.path.join(here, "page_stub.js"), encoding="utf-8").read()
    code = f"{stub}\nload({json.dumps(page.blocks)});\n{''.join(page.scripts)}\nconsole.log(JSON.stringify([{', '.join(asked)}]));"
    done = subprocess.run([node, "-"], input=code.encode(), capture_output=True, timeout=60)
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr.decode()


def tidy(text):
    """What HTML Tidy calls an error or a warning; None without it."""
    if not shutil.which("tidy"):
        return None
    done = subprocess.run(["tidy", "-q", "-e", "-utf8", "--show-info", "no"], input=text.encode(), capture_output=True,
                          timeout=60)
    return done.stderr.decode()


def check_html(case, report):
    text = run(case, "-f", "html", "--full")
    if shutil.which("tidy"):
        same(tidy(text), "", f"{case}: html: tidy finds nothing wrong")
    page = Page(text)
    same(page.bad, [], f"{case}: html: well-formed, and asks nobody for anything")
    with_rows = [f for f in findings(report) if f[0] != "not_compared"]
    same(page.seen["script"], 1 if with_rows else 0, f"{case}: html: its own script and no other")
    if page.scripts:
        policy = re.search(r"script-src '(sha256-[^']*)'", text)[1]
        digest = hashlib.sha256("".join(page.scripts).encode()).digest()
        same(policy, "sha256-" + base64.b64encode(digest).decode(), f"{case}: html: its policy lets that one run")
    same(len(page.rows), len(with_rows), f"{case}: html: a row for each finding")
    kinds = [c["kind"].replace("_", " ") for c in report["changes"]
             for _ in (range(1) if c["change"] in ("added", "removed") else c["properties"])]
    same(sorted(k for k, _, _ in page.rows), sorted(kinds), f"{case}: html: their kinds")
    levels = [p["severity"] for c in report["changes"] if c["change"] not in ("added", "removed") for p in c["properties"]]
    levels += [c["severity"] for c in report["changes"] if c["change"] in ("added", "removed")]
    same(sorted(v for _, v, _ in page.rows), sorted(levels), f"{case}: html: their severities")
    seen = " ".join(" ".join(page.texts).split())
    for c in report["changes"]:
        last = c["identity"][-1].replace("\n", "\\x0A") if c["identity"] else "database"
        ok(" ".join(last.replace('"', '""').split()) in seen or last in seen, f"{case}: html: {c['path']!r} is named")
    for g in report["not_compared"]:
        ok(" ".join(g["why"].split()) in seen, f"{case}: html: a gap is named")


for case in cases:
    report = json.loads(run(case, "-f", "json"))
    check_json(case, report)
    check_junit(case, report)
    check_markdown(case, report)
    check_html(case, report)
    check_csv(case, report)
    check_github(case, report)
    check_gitlab(case, report)
    check_sarif(case, report)

# ---- the script of the HTML report, in a document of a few lines ---------------------------------

page = Page(run("groups", "-f", "html", "--full"))
got = filters(page, "shown()", "ids.bar.hidden", "search('crm')", "choose('by-k', 'column')", "search('')",
              "choose('by-s', 'shop')", "choose('by-v', 'security')", "choose('by-k', '')", "search('OWNER postgres')",
              "search('nothing of this')", "ids.shown.textContent")
if got is None:
    n += 1
    print(f"ok {n} - html: the script # SKIP node is not installed")
else:
    count = lambda **wanted: sum(all(r[k] == v for k, v in wanted.items()) for b in page.blocks for r in b["rows"])
    words = lambda *all_of, **wanted: sum(all(w in (b["name"] + " " + r["text"]).lower() for w in all_of)
                                          and all(r[k] == v for k, v in wanted.items()) for b in page.blocks for r in b["rows"])
    same(got, [count(), False, words("crm"), words("crm", k="column"), count(k="column"), count(k="column", s="shop"),
               count(k="column", s="shop", v="security"), count(s="shop", v="security"),
               words("owner", "postgres", s="shop", v="security"), 0, f"0 of {count()} findings"], "html: the filters")
    ok(words("crm") > 0 and count(s="shop", v="security") > 0, "html: the filters have something to find")

# ---- the job's summary -------------------------------------------------------------------------

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "summary.md")
    with open(path, "w", encoding="utf-8") as f:
        f.write("before\n")
    run("drift", "-f", "github", env={"GITHUB_STEP_SUMMARY": path})
    same(open(path, encoding="utf-8").read(), "before\n" + run("drift", "-f", "markdown"), "github: adds the summary")
    run("drift", "-f", "text", env={"GITHUB_STEP_SUMMARY": path})
    same(open(path, encoding="utf-8").read().count("### Drift"), 1, "github: other formats do not")
    done = subprocess.run([dbtwin, "diff", "from.xml", "to.xml", "-f", "github"], capture_output=True,
                          cwd=os.path.join(here, "drift"), env={**os.environ, "GITHUB_STEP_SUMMARY": folder})
    ok(done.returncode == 1 and b"no summary" in done.stderr and b"::error" in done.stdout,
       "github: a summary that cannot be written is a warning", done.stderr)
    done = subprocess.run([dbtwin, "diff", "from.xml", "none", "-f", "github"], capture_output=True,
                          cwd=os.path.join(here, "drift"), env={**os.environ, "GITHUB_STEP_SUMMARY": path})
    ok(done.returncode == 2 and done.stdout.startswith(b"::error ") and b"not compared" in done.stdout,
       "github: a side that is not there is an error", done.stdout)
    ok("not compared" in open(path, encoding="utf-8").read(), "github: which the summary has too")

# ---- five thousand changes ---------------------------------------------------------------------

with tempfile.TemporaryDirectory() as folder:
    for side, kind in (("from", "bigint"), ("to", "integer")):
        with open(os.path.join(folder, side + ".xml"), "w", encoding="utf-8") as f:
            f.write('<?xml version="1.0"?><model dbtwin="1" engine="postgresql" version="150020" server_version="15.20" '
                    f'database="{side}"><database name="{side}"><schema name="public">')
            for i in range(2500):
                f.write(f'<table name="t{i}" comment="{side} {i}"><column name="c" type="{kind}" default="{len(side) + i}"/>'
                        f'</table>')
            f.write("</schema></database></model>")

    def big(*more, **env):
        return subprocess.run([dbtwin, "diff", "from.xml", "to.xml", *more], cwd=folder, capture_output=True, timeout=60,
                              env={**os.environ, **env}).stdout.decode()

    report = json.loads(big("-f", "json"))
    same(report["summary"]["changed"], 5000, "5,000 changes")
    began = time.monotonic()
    text = big("-f", "html", "--full")
    print(f"# 5,000 changes: html: {len(text.encode()) / 1e6:.1f} MB, {time.monotonic() - began:.2f} s with both models read")
    page = Page(text)
    same((page.bad, len(page.rows)), ([], 7500), "5,000 changes: html: all of them")
    same(len(Page(big("-f", "html", "--summary")).rows), 0, "5,000 changes: html: --summary")
    text = big("-f", "markdown", "--full")
    ok(60000 < len(text) <= 65536, "5,000 changes: markdown: as much as fits", len(text))
    left = re.search(r"65,536 characters: ([\d,]+) objects with ([\d,]+) changes", text)
    shown = len(re.findall("<details><summary><code>table public", text))
    same(left and int(left[1].replace(",", "")) + shown, 2500, "5,000 changes: markdown: says how much is left out")
    same(int(left[2].replace(",", "")) + 2 * shown, 5000, "5,000 changes: markdown: and how many changes")
    ok(outside_fences(text)[2] and text.count("<details>") == text.count("</details>"),
       "5,000 changes: markdown: nothing is cut")
    text = big("-f", "markdown", "--full", GITHUB_SERVER_URL="https://github.example", GITHUB_REPOSITORY="a/b",
               GITHUB_RUN_ID="7")
    ok("[this run](https://github.example/a/b/actions/runs/7)" in text, "5,000 changes: markdown: a link to the run")
    text = big("-f", "markdown", "--full", CI_JOB_URL="https://x/y) <script>")
    ok("<script>" not in text, "5,000 changes: markdown: no link that is none")

print(f"1..{n}")
sys.exit(failed != 0)
