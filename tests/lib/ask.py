"""ask.py ANSWER COMMAND…: runs a command on a terminal of its own; when it has asked for something
and been silent for a second (ASK_PAUSE), types ANSWER (^C: an interrupt; ^D: the end of input). With
ASK_FILE it makes that file when it is asked, and types once somebody has removed it. Prints what was
on the screen, and "after the question: N" with the number of bytes that came between the question
and the answer. Exits as the command does."""
import os
import pty
import select
import sys
import time

answer, command = sys.argv[1], sys.argv[2:]
pause, hook = float(os.environ.get("ASK_PAUSE", 1)), os.environ.get("ASK_FILE", "")
keys = {"^C": b"\x03", "^D": b"\x04"}.get(answer, answer.encode() + b"\n")
pid, fd = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
screen, asked, typed, late = b"", 0.0, False, 0
end = time.time() + 60
while time.time() < end:
    ready, _, _ = select.select([fd], [], [], 0.1)
    if ready:
        try:
            block = os.read(fd, 65536)
        except OSError:
            break
        if not block:
            break
        screen += block
        if asked and not typed:
            late += len(block)
        if not asked and screen.rstrip(b" ").endswith(b":") and b"Type " in screen:
            asked = time.time()
            if hook:
                open(hook, "w").close()
    elif asked and not typed and time.time() - asked > pause and not os.path.exists(hook):
        os.write(fd, keys)
        typed = True
else:
    os.kill(pid, 9)
_, status = os.waitpid(pid, 0)
sys.stdout.write(screen.decode(errors="replace").replace("\r", "\n"))
print("\nafter the question:", late)
sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 99)
