"""A server on this machine that is posted JSON: see webhook.sh."""
import http.server
import json
import threading


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/slow":
            threading.Event().wait(60)
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "/secret")
        elif self.path == "/broken":
            self.send_response(500)
        else:
            with open("got", "a") as out:
                out.write(json.dumps(json.loads(body)) + "\n")
            self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
