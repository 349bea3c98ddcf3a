"""dialogue.py FILE COMMAND…: runs a command on a terminal of its own. Each line of FILE is "TEXT<tab>ANSWER": when TEXT has
come since the last answer, ANSWER is typed. Prints what was on the screen; exits as the command does, with 98 if a text never came."""
import os
import pty
import select
import sys
import time

lines = [line.rstrip("\n").split("\t") for line in open(sys.argv[1], encoding="utf-8")]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
screen, since, end = b"", 0, time.time() + 60
while time.time() < end:
    ready, _, _ = select.select([fd], [], [], 0.2)
    if ready:
        try:
            block = os.read(fd, 65536)
        except OSError:
            break
        if not block:
            break
        screen += block
    if lines and lines[0][0].encode() in screen[since:]:
        since = len(screen)
        os.write(fd, lines.pop(0)[1].encode() + b"\n")
else:
    os.kill(pid, 9)
_, status = os.waitpid(pid, 0)
sys.stdout.write(screen.decode(errors="replace").replace("\r", ""))
sys.exit(98 if lines else os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 99)
