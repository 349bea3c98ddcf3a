#!/usr/bin/env python3
"""terminal.py DBTWIN SOURCE-ROOT - the text report on a terminal: its width, its pager; and grouping."""
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios

dbtwin, root = os.path.realpath(sys.argv[1]), sys.argv[2]
n = failed = 0


def ok(good, name, why=""):
    global n, failed
    n += 1
    failed += not good
    print("ok" if good else "not ok", n, "-", name)
    if not good:
        for line in str(why).splitlines()[:20]:
            print("#", line)


def run(case, *more, **env):
    done = subprocess.run([dbtwin, "diff", "from.xml", "to.xml", *more], capture_output=True, timeout=60,
                          cwd=os.path.join(root, "tests/golden", case), env={**os.environ, **env})
    return done.stdout.decode()


def terminal(case, *more, columns=60, **env):
    """What a terminal of that width gets, and the exit code."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    clean = {k: v for k, v in os.environ.items() if k not in ("PAGER", "DBTWIN_PAGER", "LESS", "NO_COLOR")}
    child = subprocess.Popen([dbtwin, "diff", "from.xml", "to.xml", *more], stdin=slave, stdout=slave,
                             stderr=subprocess.PIPE, cwd=os.path.join(root, "tests/golden", case),
                             env={**clean, "TERM": "xterm", "LC_ALL": "C.UTF-8", **env})
    os.close(slave)
    got = b""
    while True:
        try:
            block = os.read(master, 65536)
        except OSError:  # EIO: nobody holds the other end
            break
        if not block:
            break
        got += block
    os.close(master)
    code = child.wait(60)
    return got.decode().replace("\r\n", "\n"), code, child.stderr.read().decode()


def bare(text):
    return re.sub(r"\033\[[0-9;]*m", "", text)


plain = run("drift")
text, code, err = terminal("drift", "--no-pager", columns=50)
ok(max(len(line) for line in bare(text).splitlines()) <= 50, "--no-pager: no line is wider", text)
ok(bare(text).split() == plain.split(), "--no-pager: every word is there", text)
ok("\033[31m" in text, "--no-pager: in colours")
ok(code == 1 and not err, "--no-pager: the exit code", err)
text, code, err = terminal("drift", columns=50, DBTWIN_PAGER="tr a-z A-Z", PAGER="false")
ok("VIEW PUBLIC.OPEN_ORDERS" in text, "DBTWIN_PAGER", text)
ok(code == 1 and not err, "DBTWIN_PAGER: the exit code", err)
text, code, err = terminal("drift", PAGER="sed s/^/PAGED/")
ok(text.startswith("PAGED"), "PAGER", text)
for name, env in (("an empty pager", {"DBTWIN_PAGER": "", "PAGER": "sed s/^/PAGED/"}), ("cat", {"PAGER": "cat"})):
    text, code, err = terminal("drift", **env)
    ok(bare(text).split() == plain.split(), f"{name}: no pager", text)
text, code, err = terminal("drift", DBTWIN_PAGER="head -n 1")
ok(code == 1 and not err and len(text.splitlines()) == 1, "a pager that leaves early", err)
text, code, err = terminal("drift", DBTWIN_PAGER="/nonexistent/pager")
ok(code == 1 and "public.orders" in bare(text), "a pager that is not there: printed all the same", text)
text, code, err = terminal("drift", PATH="/nonexistent")
ok(code == 1 and bare(text).split() == plain.split() and not err, "no less on this machine: printed, without a word", err)
text, code, err = terminal("drift", "-f", "json", DBTWIN_PAGER="false")
ok(json.loads(text)["verdict"] == "drift", "only for people: JSON goes by", text)
text, code, err = terminal("same", "-q", DBTWIN_PAGER="sed s/^/PAGED/")
ok(text == "" and code == 0, "-q: no pager for nothing", text)
ok(run("drift", DBTWIN_PAGER="sed s/^/PAGED/") == plain, "a pipe gets no pager")

with tempfile.TemporaryDirectory() as cache:
    run("drift", XDG_CACHE_HOME=cache)
    ok(os.listdir(cache) == [], "names for completion: not of a pipe")
    terminal("drift", "--no-pager", XDG_CACHE_HOME=cache)
    path = os.path.join(cache, "dbtwin/paths")
    names = open(path, encoding="utf-8").read().splitlines()
    ok("s public" in names and "t public.orders" in names, "names for completion: of a terminal", names)
    ok(os.stat(path).st_mode & 0o77 == 0, "names for completion: nobody else reads them")
    terminal("drift", "--no-pager", "--table", "x*", XDG_CACHE_HOME=cache)
    ok(open(path, encoding="utf-8").read().splitlines() == names, "names for completion: a part does not replace them")
    os.chmod(os.path.join(cache, "dbtwin"), 0)
    text, code, err = terminal("drift", "--no-pager", XDG_CACHE_HOME="/proc/nothing")
    ok(code == 1 and not err, "names for completion: where they cannot be kept, nothing is said", err)
    os.chmod(os.path.join(cache, "dbtwin"), 0o700)

report = json.loads(run("groups", "-f", "json"))
text, full = run("groups"), run("groups", "--full")
ok(len(re.findall("owner: postgres → app", text)) == 1, "groups: the owner once", text)
ok("on 8 objects: 6 tables, 2 views" in text, "groups: on how many", text)
ok(len(re.findall("owner: postgres → app", full)) == 8, "--full: each", full)
ok("On many" not in full, "--full: no groups")
ok(len(re.findall("debug", text)) == 4, "four alike are no group", text)
summary = run("groups", "--summary")
ok("not compared" not in summary, "--summary: no column without a number", summary)
for kind in ("table", "column", "view", "sequence"):
    wanted = [sum(c["kind"] == kind and c["change"] == what for c in report["changes"])
              for what in ("removed", "added", "changed")]
    line = re.search(rf"^{kind} +(\d+) +(\d+) +(\d+)  \w+$", summary, re.M)
    ok(line and [int(x) for x in line.groups()] == wanted, f"--summary: {kind}", summary)
ok(re.search(r"^crm +\d+", summary, re.M) and re.search(r"^shop +\d+", summary, re.M), "--summary: schemas", summary)
ok("→" not in summary, "--summary: no changes", summary)

print(f"1..{n}")
sys.exit(failed != 0)
