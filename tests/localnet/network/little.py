"""A bridge small enough to start in no time, and its adapter: what real networks of these tests run in the middle."""

from pathlib import Path

SERVER = """
import http.server, os, signal, sys, threading

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = os.environ["PDS_URL"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass

def leave(*_):
    print("leaving politely", flush=True)
    os._exit(0)

signal.signal(signal.SIGTERM, leave)
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler)
print("listening", flush=True)
server.serve_forever()
"""

ADAPTER = """
name = "little"
summary = "answers GET with its PDS's address"
control_plane = "bridge"
[services.bridge]
summary = "one HTTP server"
protocol = "http"
command = ["{python}", "bridge.py"]
needs = ["postgres"]
[services.bridge.ready]
path = "/health"
[services.bridge.env]
PORT = "{self.port}"
PDS_URL = "{pds.url}"
DATABASE_URL = "{postgres.url}"
"""


def little_adapter(folder: Path, server: str = SERVER) -> Path:
    (folder / "bridge.py").write_text(server)
    (folder / "little.toml").write_text(ADAPTER)
    return folder / "little.toml"
