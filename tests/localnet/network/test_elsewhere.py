"""A URL that is not there, is half there, or leads to something else: what is said, and that waiting ends early."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from localnet.backends.interface import Runs
from localnet.errors import MachineError
from localnet.network.elsewhere import STATUS, probe_elsewhere
from localnet.network.readiness import wrong_with_http
from localnet.network.service_file import ServiceFile

READY = "/health/ready"
Answers = dict[str, tuple[int, str, str]]
"""path -> status, content type, body; anything else is 404"""

BRIDGE: Answers = {READY: (200, "", ""), STATUS: (401, "", "")}
STARTING: Answers = {READY: (503, "", ""), STATUS: (401, "", "")}
HALF: Answers = {READY: (200, "", "")}
PAGE = (200, "text/html", "<title>Welcome</title>")
WEB: Answers = {"/": PAGE, READY: PAGE, STATUS: PAGE}
PDS: Answers = {
    "/": (200, "text/plain", "This is an AT Protocol Personal Data Server"),
    "/xrpc/_health": (200, "application/json", '{"version":"0.4"}'),
}


@pytest.fixture
def answers() -> Answers:
    return {}


@pytest.fixture
def url(answers: Answers) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body = answers.get(self.path, (404, "", ""))
            self.send_response(status)
            self.send_header("Content-Type", kind or "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def asked(url: str, is_control_plane: bool = True) -> str | None:
    service = ServiceFile("bridge", "elsewhere", "http", Runs("url", (url,), Path()), "here")
    return probe_elsewhere(service, READY, lambda: wrong_with_http(url, READY), is_control_plane)()


def test_a_bridge_is_one(url: str, answers: Answers) -> None:
    answers |= BRIDGE

    assert asked(url) is None


def test_one_that_is_not_ready_yet_is_waited_for(url: str, answers: Answers) -> None:
    answers |= STARTING

    assert asked(url) == f"{url}: GET {READY} answered 503"


def test_where_nobody_is_that_is_said() -> None:
    assert asked("http://127.0.0.1:9") == "http://127.0.0.1:9: nobody is there (Connection refused)"


def test_a_pds_is_told_apart(url: str, answers: Answers) -> None:
    answers |= PDS

    assert asked(url) == f"{url}: GET {READY} answered 404; a PDS answers there"


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (HALF, f"GET {STATUS} answered 404 instead of 401, as a lifecycle API that is given no token"),
        (WEB, f"GET {READY} answered 200 text/html <title>Welcome</title>; a web server answers there"),
    ],
)
def test_what_waiting_will_not_change_is_said_at_once(
    url: str, answers: Answers, found: Answers, says: str
) -> None:
    answers |= found

    with pytest.raises(MachineError) as caught:
        asked(url)

    assert caught.value.message == f"bridge.url {url} leads to no bridge: {says}"
    assert "docs/your-bridge.md" in caught.value.next_step


def test_a_service_without_the_lifecycle_api_needs_none(url: str, answers: Answers) -> None:
    answers |= HALF

    assert asked(url, is_control_plane=False) is None
