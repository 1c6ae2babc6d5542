"""The recovery key takes an identity back at a PLC directory, or is refused there."""

import json
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, cast

import pytest

from fakes.atproto.plc import cid_of
from localnet.world.custodian import KEY, RECOVERY_KEY, Custodian
from localnet.world.promises import NotApplicable

GENESIS = {"type": "plc_operation", "sig": "first"}
DATA = {
    "rotationKeys": [KEY.did_key, "did:key:bridge"],
    "verificationMethods": {"atproto": "did:key:pds"},
    "alsoKnownAs": ["at://alice.test"],
    "services": {},
}


class Alice:
    name, did, ids = "alice", "did:plc:alice", ("did:plc:alice",)


class Directory(BaseHTTPRequestHandler):
    status = 200
    taken: dict[str, Any] | None = None
    log: Sequence[dict[str, str]] = ()

    def do_GET(self) -> None:
        found: object = type(self).log if self.path.endswith("/log") else {**DATA, **(type(self).taken or {})}
        self._answer(200, found)

    def do_POST(self) -> None:
        operation = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if type(self).status == 200:
            type(self).taken = operation
        self._answer(type(self).status, {})

    def _answer(self, status: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def custodian() -> Iterator[Custodian]:
    Directory.status, Directory.taken, Directory.log = 200, None, [GENESIS, {"type": "plc_operation"}]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Directory)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()

    class Network:
        def url(self, _service: str) -> str:
            return f"http://127.0.0.1:{server.server_port}"

    yield Custodian(cast(Any, Network()), lambda: None)
    server.shutdown()
    thread.join()
    server.server_close()


def test_taking_back_leaves_everything_but_the_keys(custodian: Custodian) -> None:
    alice = cast(Any, Alice())
    custodian.takes_back(alice)

    assert Directory.taken
    assert Directory.taken["prev"] == str(cid_of(GENESIS))
    assert Directory.taken["alsoKnownAs"] == DATA["alsoKnownAs"]
    assert custodian.holds(alice).is_wrong() is None
    assert custodian.is_refused(alice).is_wrong()


def test_a_refusal_leaves_the_bridge_its_keys(custodian: Custodian) -> None:
    alice = cast(Any, Alice())
    Directory.status = 400

    custodian.takes_back(alice)

    assert custodian.is_refused(alice).is_wrong() is None
    assert "400" in str(custodian.holds(alice).is_wrong())


def test_an_identity_that_is_as_it_was_made_cannot_be_taken_back(custodian: Custodian) -> None:
    Directory.log = [GENESIS]

    with pytest.raises(NotApplicable, match="nothing was done to alice's identity"):
        custodian.takes_back(cast(Any, Alice()))


def test_the_bridge_is_told_the_public_half() -> None:
    assert list(RECOVERY_KEY.values()) == [KEY.did_key]
