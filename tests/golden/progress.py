#!/usr/bin/env python3
"""progress.py DBTWIN SOURCE-ROOT - how far a run is, on a terminal, as JSON, and nowhere else; ASCII in the locale C."""
import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from concurrent.futures import ThreadPoolExecutor

dbtwin, root = os.path.realpath(sys.argv[1]), sys.argv[2]
here = os.path.join(root, "tests/golden/drift")
whole = open(os.path.join(here, "from.xml"), "rb").read()
CLEAN = {k: v for k, v in os.environ.items() if not k.startswith("LC_") and k not in ("LANG", "PAGER", "DBTWIN_PAGER")}
n = failed = 0


def ok(good, name, why=""):
    global n, failed
    n += 1
    failed += not good
    print("ok" if good else "not ok", n, "-", name)
    if not good:
        for line in str(why).splitlines()[:20]:
            print("#", line)


def piped(*args):
    done = subprocess.run([dbtwin, *args], cwd=here, capture_output=True, timeout=60, env=CLEAN)
    return done.stderr.decode()


def slowly(*args, columns=100, pause=1.6, out=subprocess.DEVNULL, **env):
    """What comes on the terminal at standard error while half of the model arrives, then the rest."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    child = subprocess.Popen([dbtwin, *args], cwd=here, stdin=subprocess.PIPE, stdout=out, stderr=slave,
                             env={**CLEAN, "TERM": "xterm", **env})
    os.close(slave)
    child.stdin.write(whole[: len(whole) // 2])
    child.stdin.flush()
    time.sleep(pause)
    child.stdin.write(whole[len(whole) // 2:])
    child.stdin.close()
    got = b""
    while select.select([master], [], [], 20)[0]:
        try:
            block = os.read(master, 65536)
        except OSError:
            break
        if not block:
            break
        got += block
    os.close(master)
    child.wait(60)
    return got.decode()


def screen(text):
    """The lines that stand there in the end."""
    lines = [""]
    for part in re.split(r"(\r\n|\n|\r|\033\[\d*[A-Z])", text):
        if part in ("\n", "\r\n"):
            lines.append("")
        elif part == "\033[J":
            lines[-1] = ""
        elif re.fullmatch(r"\033\[\d*A", part):
            del lines[len(lines) - int(part[2:-1] or 1):]
        elif part != "\r":
            lines[-1] += part
    return [line for line in lines if line]


# They wait more than they work: all at once.
pool = ThreadPoolExecutor(8)
many = pool.submit(slowly, "diff", "-", "to.xml", "--progress", "json", pause=2.6)
reading = pool.submit(slowly, "diff", "-", "to.xml", LC_ALL="C.UTF-8")
quiet = pool.submit(slowly, "diff", "-", "to.xml", "-q")
never = pool.submit(slowly, "diff", "-", "to.xml", "--progress", "never")
narrow = pool.submit(slowly, "inspect", "-", columns=24, LC_ALL="C.UTF-8")

ok(piped("diff", "from.xml", "to.xml") == "", "a pipe gets nothing")
lines = piped("diff", "from.xml", "to.xml", "--progress", "json").splitlines()
ok(len(lines) == 1, "--progress json: a short run has its last line", lines)
got = json.loads(lines[-1])
ok(list(got) == ["progress"], "--progress json: an object of its own", lines)
ok(list(got["progress"]) == ["phase", "percent", "milliseconds", "seconds_left", "databases", "databases_done", "tables",
                             "tables_done", "rows", "bytes", "steps", "steps_done", "running"],
   "--progress json: its members", list(got["progress"]))
ok(got["progress"]["phase"] == "reading" and got["progress"]["percent"] == 100 and got["progress"]["running"] == [],
   "--progress json: what they say", lines)
page = open(os.path.join(root, "man/dbtwin-concepts.7.scd"), encoding="utf-8").read()
ok(all(f"_{k}_" in page.replace("\\_", "_") for k in got["progress"]),
   "--progress json: dbtwin-concepts(7) has them all")
ok(piped("diff", "from.xml", "to.xml", "-q", "--progress", "json").count("\n") == 1, "--progress json with -q")
ok(piped("diff", "from.xml", "to.xml", "--progress", "never") == "", "--progress never")
ok("auto, bar, plain, json or never" in piped("diff", "from.xml", "to.xml", "--progress", "loud"), "--progress loud")
many = many.result()
ok(2 <= len([line for line in many.splitlines() if '"progress"' in line]) <= 5, "--progress json: one a second", many)

text = reading.result()
ok(re.search(r"reading +[\d.]+ k?B, 0:0[01] gone", text), "a terminal: what is read", repr(text))
ok(screen(text) == [], "a terminal: nothing of it stays", repr(text))
ok(quiet.result() == "", "-q: nothing")
ok(never.result() == "", "--progress never: nothing on a terminal")
ok(slowly("diff", "-", "to.xml", pause=0.2) == "", "what takes a moment is not shown")
narrow = narrow.result()
ok(re.search("reading", narrow) and all(len(line) < 24 for line in re.split(r"\r?\n|\r|\033\[\d*[A-Z]", narrow)),
   "a narrow terminal: no line is wider", repr(narrow))


def report(**env):
    master, slave = pty.openpty()
    child = subprocess.Popen([dbtwin, "diff", "from.xml", "to.xml", "--no-pager", "--color", "never"], cwd=here,
                             stdin=slave, stdout=slave, stderr=subprocess.PIPE, env={**CLEAN, "TERM": "xterm", **env})
    os.close(slave)
    got = b""
    while True:
        try:
            block = os.read(master, 65536)
        except OSError:
            break
        got += block
    os.close(master)
    child.wait(60)
    return got.decode()


for name, env, wanted in (("LC_ALL=C", {"LC_ALL": "C", "LANG": "de_DE.UTF-8"}, "->"), ("nothing set", {}, "->"),
                          ("LC_CTYPE", {"LC_CTYPE": "C", "LANG": "en_US.UTF-8"}, "->"),
                          ("LANG", {"LANG": "en_US.UTF-8"}, "→"), ("LC_ALL wins", {"LC_ALL": "C.utf8", "LANG": "C"}, "→")):
    text = report(**env)
    ok(wanted in text and ("→" in text) == (wanted == "→"), f"a report on a terminal, {name}: {wanted}", text)
ok("→" in subprocess.run([dbtwin, "diff", "from.xml", "to.xml"], cwd=here, capture_output=True,
                         env={**CLEAN, "LC_ALL": "C"}).stdout.decode(), "in a pipe always the same bytes")

print(f"1..{n}")
sys.exit(failed != 0)
