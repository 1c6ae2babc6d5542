"""A bridge small enough to start in no time, as an image; and bridges that only call out."""

from pathlib import Path

CALLERS = Path(__file__).parent.parent / "callers"
SERVER = """
import http.server, os, signal, sys

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
server = http.server.ThreadingHTTPServer(("0.0.0.0", int(os.environ["PORT"])), Handler)
print("listening", flush=True)
server.serve_forever()
"""
DOCKERFILE = """
FROM {base}
COPY bridge.py /bridge.py
CMD ["python3", "/bridge.py"]
"""
ADAPTER = """
name = "little"
summary = "answers GET with its PDS's address"
control_plane = "bridge"
[services.bridge]
summary = "one HTTP server"
protocol = "{protocol}"
build = "."
needs = ["postgres"]
[services.bridge.ready]
path = "/health"
[services.bridge.env]
PORT = "{self.port}"
PDS_URL = "{pds.url}"
DATABASE_URL = "{postgres.url}"
CANARY = "{canary}"
"""


def little_adapter(folder: Path, base: str, server: str = SERVER) -> Path:
    """`base`: an image with a Python."""
    return _written(folder, base, server, "http", "")


def calling_adapter(folder: Path, base: str, way: str, canary: str) -> Path:
    """A bridge that calls `canary` once and stays."""
    code = (CALLERS / f"by_{way}.py").read_text() + "\nimport time\ntime.sleep(60)\n"
    return _written(folder, base, code, "none", canary)


def _written(folder: Path, base: str, code: str, protocol: str, canary: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "bridge.py").write_text(code)
    (folder / "Dockerfile").write_text(DOCKERFILE.format(base=base))
    adapter = ADAPTER.replace("{protocol}", protocol).replace("{canary}", canary)
    if protocol == "none":
        adapter = adapter.replace('[services.bridge.ready]\npath = "/health"\n', "").replace(
            'PORT = "{self.port}"\n', ""
        )
    (folder / "little.toml").write_text(adapter)
    return folder / "little.toml"
