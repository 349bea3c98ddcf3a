#!/usr/bin/env python3
"""A MySQL server that is none: it asks for what it should not get.

    hostile_mysql.py FOLDER MODE [CERT.pem KEY.pem]

Listens on 127.0.0.1; FOLDER/port says where, FOLDER/heard keeps every byte that clients send (past
TLS as they are inside it), FOLDER/log what happened. Modes:

    native, clear, dialog, sha256, old, sha2   asks for a login by that method; sha2 says that its
                                               cache is cold, and sends a key of its own
    first-clear, no-plugins                    the same in the greeting; a greeting of before 5.5
    infile-login                               a request for a file in place of "welcome"
    infile:TEXT                                ... in place of the answer to a statement with TEXT
    silent, stall                              accepts and says nothing; stops after the greeting

With a certificate it offers TLS. Statements are answered as far as dbtwin's session needs it.
"""
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

folder, mode = sys.argv[1], sys.argv[2]
cert = sys.argv[3:5]
SSL, PLUGINS = 0x800, 0x80000
CAPABILITIES = 0x1 | 0x2 | 0x4 | 0x8 | 0x80 | 0x200 | 0x2000 | 0x8000 | 0x10000 | 0x20000 | PLUGINS
SALT = b"abcdefghijklmnopqrst"
METHODS = {"native": b"mysql_native_password", "clear": b"mysql_clear_password", "dialog": b"dialog",
           "sha256": b"sha256_password", "sha2": b"caching_sha2_password"}
lock = threading.Lock()


def note(name, data):
    with lock, open(f"{folder}/{name}", "ab") as f:
        f.write(data)


def log(text):
    note("log", text.encode() + b"\n")


class Client:
    def __init__(self, sock):
        self.sock, self.seq = sock, 0

    def exactly(self, n):
        data = b""
        while len(data) < n:
            more = self.sock.recv(n - len(data))
            if not more:
                raise EOFError
            data += more
        note("heard", data)
        return data

    def get(self):
        head = self.exactly(4)
        self.seq = (head[3] + 1) & 255
        return self.exactly(head[0] | head[1] << 8 | head[2] << 16)

    def put(self, data):
        self.sock.sendall(struct.pack("<I", len(data))[:3] + bytes([self.seq]) + data)
        self.seq = (self.seq + 1) & 255

    def ok(self):
        self.put(b"\0\0\0\2\0\0\0")

    def rows(self, names, rows):
        def text(t):
            return bytes([len(t)]) + t
        self.put(bytes([len(names)]))
        for n in names:
            self.put(text(b"def") + text(b"") * 3 + text(n) * 2 + b"\x0c" +
                     struct.pack("<HIBHBH", 45, 1024, 253, 0, 0, 0))
        self.put(b"\xfe\0\0\2\0")
        for r in rows:
            self.put(b"".join(text(v) for v in r))
        self.put(b"\xfe\0\0\2\0")


def ask_for_file(c):
    log("file asked for")
    c.put(b"\xfb/etc/passwd")
    got = b""
    while True:
        part = c.get()
        if not part:
            break
        got += part
    log("file received: %d bytes" % len(got) if got else "file refused")


def greet(c):
    caps = CAPABILITIES | (SSL if cert else 0)
    plugin = METHODS["clear"] if mode == "first-clear" else METHODS["native"]
    if mode == "no-plugins":
        caps &= ~PLUGINS
    c.put(b"\x0a8.0.36\0" + struct.pack("<I", 7) + SALT[:8] + b"\0" +
          struct.pack("<H", caps & 0xffff) + b"\x2d\2\0" + struct.pack("<H", caps >> 16) +
          bytes([21 if caps & PLUGINS else 0]) + bytes(10) + SALT[8:] + b"\0" +
          (plugin + b"\0" if caps & PLUGINS else b""))


def login(c):
    reply = c.get()
    flags = struct.unpack("<I", reply[:4])[0]
    if flags & SSL and len(reply) == 32:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*cert)
        c.sock = context.wrap_socket(c.sock, server_side=True)
        log("TLS")
        reply = c.get()
    log("login, LOCAL %s" % ("on" if struct.unpack("<I", reply[:4])[0] & 128 else "off"))
    if mode == "old":
        c.put(b"\xfe")
        c.get()
    elif mode in METHODS:
        c.put(b"\xfe" + METHODS[mode] + b"\0" + (b"\4Password: " if mode == "dialog" else SALT + b"\0"))
        c.get()
        if mode == "sha2":
            c.put(b"\1\4")
            if c.get() == b"\2":
                log("key asked for")
                key = subprocess.run(["openssl", "rsa", "-in", f"{folder}/rsa.key", "-pubout"],
                                     capture_output=True, check=True).stdout
                c.put(b"\1" + key)
                note("sealed", c.get())
    if mode == "infile-login":
        ask_for_file(c)
    c.ok()
    log("logged in")


def answer(c, sql):
    if mode.startswith("infile:") and mode[7:].encode() in sql:
        ask_for_file(c)
        c.ok()
    elif sql.startswith(b"SELECT VERSION"):
        c.rows([b"v", b"c", b"d", b"l"], [[b"8.0.36", b"x", b"shop", b"0"]])
    elif sql.startswith((b"SET", b"KILL", b"START", b"ROLLBACK", b"COMMIT")):
        c.ok()
    elif mode == "infile:KILL":
        time.sleep(600)
    else:
        c.rows([b"a", b"b"], [])


def serve(sock):
    c = Client(sock)
    try:
        if mode == "silent":
            time.sleep(600)
        greet(c)
        if mode == "stall":
            time.sleep(600)
        login(c)
        while True:
            c.seq = 0
            command = c.get()
            if command[0] == 1:
                break
            log("statement: " + command[1:60].decode("latin1").replace("\n", " "))
            answer(c, command[1:]) if command[0] == 3 else c.ok()
    except (EOFError, OSError) as e:
        log("closed: %s" % type(e).__name__)
    finally:
        c.sock.close()


listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(20)
with open(f"{folder}/port.new", "w") as f:
    f.write(str(listener.getsockname()[1]))
subprocess.run(["mv", f"{folder}/port.new", f"{folder}/port"], check=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
