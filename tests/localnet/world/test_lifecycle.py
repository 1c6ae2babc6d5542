"""What the bridge's answers mean, and what its silence does."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, cast

import pytest

from localnet.world.lifecycle import Lifecycle, Link, Reply
from localnet.world.promises import BrokenPromise

PUBKEY = "a" * 64
RECORD = {
    "nostr_pubkey": PUBKEY,
    "handle": "alice.localnet.test",
    "did": None,
    "crosspost_enabled": True,
    "provisioning_state": "pending",
    "provisioning_error": None,
}
PENDING = Link("pending", None, "alice.localnet.test", True)


class Bridge(BaseHTTPRequestHandler):
    """Answers everything alike, and remembers what it was asked."""

    answer: ClassVar[tuple[int, bytes]] = (200, b"")
    asked: ClassVar[list[tuple[str, str, str | None, Any]]] = []

    def do_GET(self) -> None:
        self._reply(None)

    def do_POST(self) -> None:
        self._reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _reply(self, body: Any) -> None:
        self.asked.append((self.command, self.path, self.headers["Authorization"], body))
        status, content = self.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: Any) -> None:
        pass


class NetworkDouble:
    def __init__(self, url: str) -> None:
        self._url = url

    def url(self, _service: str) -> str:
        return self._url

    def export(self, service: str, key: str) -> str:
        return f"{key} of {service}"


@pytest.fixture
def lifecycle(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lifecycle]:
    monkeypatch.setattr(Bridge, "asked", [])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bridge)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield Lifecycle(cast(Any, NetworkDouble(f"http://127.0.0.1:{server.server_port}")), "bridge")
    server.shutdown()
    thread.join()
    server.server_close()


def answering(monkeypatch: pytest.MonkeyPatch, status: int, body: Any = None) -> None:
    monkeypatch.setattr(Bridge, "answer", (status, b"" if body is None else json.dumps(body).encode()))


REPLIES = {
    "an accepted request": (202, RECORD, Reply(PENDING, None)),
    "a refusal": (409, None, Reply(None, "409 (no body)")),
    "a crash": (500, None, Reply(None, "500 (no body)", is_clean=False)),
}


@pytest.mark.parametrize(("status", "body", "reply"), REPLIES.values(), ids=REPLIES)
def test_reply_to_a_request(
    lifecycle: Lifecycle, monkeypatch: pytest.MonkeyPatch, status: int, body: Any, reply: Reply
) -> None:
    answering(monkeypatch, status, body)

    assert lifecycle.opt_in(PUBKEY, "alice.localnet.test", None) == reply
    assert lifecycle.disable(PUBKEY) == reply


def test_a_choice_is_sent_only_when_it_was_made(
    lifecycle: Lifecycle, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, 202, RECORD)
    wish = {"nostr_pubkey": PUBKEY, "handle": "alice.localnet.test"}

    lifecycle.opt_in(PUBKEY, "alice.localnet.test", None)
    lifecycle.opt_in(PUBKEY, "alice.localnet.test", False)

    token = "Bearer token of bridge"
    assert Bridge.asked == [
        ("POST", "/api/account-links/opt-in", token, wish),
        ("POST", "/api/account-links/opt-in", token, {**wish, "crosspost_enabled": False}),
    ]


def test_status_is_what_the_bridge_says(lifecycle: Lifecycle, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, 200, RECORD)
    assert lifecycle.status(PUBKEY) == PENDING

    answering(monkeypatch, 404)
    assert lifecycle.status(PUBKEY) == Link("missing")


def test_a_bridge_that_cannot_say_breaks_a_promise(
    lifecycle: Lifecycle, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, 500)

    with pytest.raises(BrokenPromise, match=r"bridge-starts.*500"):
        lifecycle.status(PUBKEY)


def test_silence_is_no_refusal() -> None:
    nobody = Lifecycle(cast(Any, NetworkDouble("http://127.0.0.1:9")), "bridge")

    reply = nobody.enable(PUBKEY)

    assert not reply.is_clean
    with pytest.raises(BrokenPromise, match="did not answer"):
        nobody.status(PUBKEY)
