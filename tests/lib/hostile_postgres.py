#!/usr/bin/env python3
"""A PostgreSQL server that is none, on 127.0.0.1.

    hostile_postgres.py FOLDER MODE

FOLDER/port says where, FOLDER/heard keeps every byte that clients send. Modes: clear, clear-late
(asks for the bare password, at once or behind a notice, byte by byte), clear-joined (in one with the
answer to the client's wish for TLS, which libpq reads ahead), clear-second (asks for SCRAM and, in one
with it, for the bare password), clear-third (asks for it once SCRAM has begun), silent (accepts and
says nothing), stall (says nothing after the greeting), mute (lets everybody in, and answers nothing).
"""
import socket
import struct
import subprocess
import sys
import threading
import time

folder, mode = sys.argv[1], sys.argv[2]
CLEAR = b"R" + struct.pack("!II", 8, 3)
SCRAM = b"R" + struct.pack("!II", 23, 10) + b"SCRAM-SHA-256\0\0"


def exactly(sock, n):
    data = b""
    while len(data) < n:
        more = sock.recv(n - len(data))
        if not more:
            raise EOFError
        data += more
    with open(f"{folder}/heard", "ab") as f:
        f.write(data)
    return data


def serve(sock):
    try:
        if mode == "silent":
            time.sleep(600)
        while True:  # TLS and GSS: no
            length, code = struct.unpack("!II", exactly(sock, 8))
            rest = exactly(sock, length - 8)
            if code == 80877102:  # a cancel request: no answer, as a stuck server gives none
                time.sleep(600)
            if code == 196608:
                break
            sock.sendall(b"N" + CLEAR if mode == "clear-joined" else b"N")
        if mode == "stall":
            time.sleep(600)
        if mode == "clear":
            sock.sendall(CLEAR)
        elif mode == "clear-late":
            for byte in CLEAR:
                sock.sendall(bytes([byte]))
                time.sleep(0.02)
        elif mode == "clear-joined":
            sock.sendall(SCRAM)
        elif mode == "clear-second":
            sock.sendall(SCRAM + CLEAR)
        elif mode == "clear-third":
            sock.sendall(SCRAM)
            kind, length = struct.unpack("!cI", exactly(sock, 5))
            exactly(sock, length - 4)
            sock.sendall(CLEAR)
        else:
            sock.sendall(b"R" + struct.pack("!II", 8, 0))
            for name in (b"server_version\0" + b"15.0\0", b"client_encoding\0UTF8\0"):
                sock.sendall(b"S" + struct.pack("!I", 4 + len(name)) + name)
            sock.sendall(b"K" + struct.pack("!III", 12, 1, 2) + b"Z" + struct.pack("!I", 5) + b"I")
        while True:
            exactly(sock, 1)
    except (EOFError, OSError):
        sock.close()


listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(20)
with open(f"{folder}/port.new", "w") as f:
    f.write(str(listener.getsockname()[1]))
subprocess.run(["mv", f"{folder}/port.new", f"{folder}/port"], check=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
