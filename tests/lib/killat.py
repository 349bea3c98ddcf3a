#!/usr/bin/env python3
"""killat.py TEXT SIGNAL PID COMMAND... - runs COMMAND and, as soon as a line of its standard error has TEXT, sends SIGNAL to
PID (self: to COMMAND). Passes the lines on; ends as COMMAND does, with 128 + the signal that ended it."""
import os
import signal
import subprocess
import sys


def main():
    text, name, pid = sys.argv[1:4]
    child = subprocess.Popen(sys.argv[4:], stderr=subprocess.PIPE)
    done = False
    for line in child.stderr:
        if not done and text.encode() in line:
            os.kill(child.pid if pid == "self" else int(pid), getattr(signal, "SIG" + name))
            done = True
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
    code = child.wait()
    sys.exit(code if code >= 0 else 128 - code)


main()
