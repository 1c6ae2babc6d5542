"""What the reader and the PDS answer becomes what a follower sees; who does not answer leaves it undecided."""

import hashlib
import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, cast

import pytest

from fakes.atproto.cid import Cid
from localnet.errors import UndecidedError
from localnet.world.doors import Door, Unreachable
from localnet.world.profiles import Profile
from localnet.world.reader import Feed, Post, Reader, Repositories
from tests.localnet.world.sights import DID, HANDLE

Answers = dict[str, tuple[int, Any]]
SAYS: dict[str, Any] = {
    "did": DID,
    "handle": HANDLE,
    "handle_verified": True,
    "active": True,
    "status": None,
    "posts": [
        {
            "uri": "at://1",
            "record": {"text": "hello", "createdAt": "2026-01-01T00:00:00Z"},
            "video": {"cid": "bafk", "verified": True},
            "problems": ["unsigned"],
        },
        {"uri": "at://2", "record": {}, "video": None, "problems": []},
    ],
    "deleted": [{"uri": "at://0"}],
    "profile": {
        "name": "Alice",
        "about": None,
        "avatar": {"cid": str(Cid.for_raw(b"png")), "verified": True},
    },
    "refused": ["a commit"],
    "problems": ["a commit"],
}


class Services:
    """Everything at one address; `view` is as much of a network as is asked for."""

    def __init__(self, url: str, answers: Answers, heard: list[dict[str, str]]) -> None:
        self._url, self.answers, self.heard = url, answers, heard

    def url(self, service: str) -> str:  # noqa: ARG002, all are the same
        return self._url

    @property
    def view(self) -> Any:
        return cast(Any, self)


@pytest.fixture
def services() -> Iterator[Services]:
    answers: Answers = {}
    heard: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, document = answers[self.path]
            heard.append({name.lower(): value for name, value in self.headers.items()})
            body = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Services(f"http://127.0.0.1:{server.server_address[1]}", answers, heard)
        server.shutdown()
        thread.join()


def test_a_feed_is_read_with_its_posts_in_order(services: Services) -> None:
    services.answers[f"/people/{DID}/feed"] = (200, SAYS)

    assert Reader(services.view).feed(DID) == Feed(
        DID,
        HANDLE,
        True,
        True,
        None,
        (
            Post("at://1", "hello", "2026-01-01T00:00:00Z", "bafk", True, ("unsigned",)),
            Post("at://2", "", "", None, False),
        ),
        ("at://0",),
        Profile("Alice", None, hashlib.sha256(b"png").hexdigest()),
        ("a commit",),
        ("a commit",),
    )


def test_a_person_nobody_has_heard_of_has_no_feed(services: Services) -> None:
    services.answers[f"/people/{DID}/feed"] = (404, {})

    assert Reader(services.view).feed(DID) is None


def test_a_reader_in_trouble_decides_nothing(services: Services) -> None:
    services.answers[f"/people/{DID}/feed"] = (500, b"oh no")

    with pytest.raises(UndecidedError, match="500 oh no"):
        Reader(services.view).feed(DID)


STATUS, REPO = f"/xrpc/com.atproto.sync.getRepoStatus?did={DID}", f"/xrpc/com.atproto.sync.getRepo?did={DID}"
REPOSITORIES: dict[str, tuple[Answers, str | None]] = {
    "served": ({STATUS: (200, {"active": True}), REPO: (200, b"car")}, None),
    "unknown": ({STATUS: (400, {"error": "RepoNotFound"})}, "getRepoStatus answers 400"),
    "deactivated": ({STATUS: (200, {"active": False, "status": "deactivated"})}, "deactivated"),
    "active and not served": ({STATUS: (200, {"active": True}), REPO: (400, b"")}, "getRepo answers 400 (no body)"),
}  # fmt: skip


@pytest.mark.parametrize(("answers", "wrong"), REPOSITORIES.values(), ids=REPOSITORIES)
def test_a_repository_that_is(answers: Answers, wrong: str | None, services: Services) -> None:
    services.answers.update(answers)

    found = Repositories(services.view).wrong_with(DID)

    assert (found is None) if wrong is None else (found is not None and wrong in found)


def test_without_a_did_there_is_no_repository(services: Services) -> None:
    assert Repositories(services.view).wrong_with(None) == "there is no DID"
    assert services.heard == []


def test_a_door_sends_its_own_headers_and_those_of_the_question(services: Services) -> None:
    services.answers["/a"] = (200, {})

    Door("names", services.url("names"), {"X-Own": "1"}).get("/a", {"Host": HANDLE})

    assert (services.heard[0]["x-own"], services.heard[0]["host"]) == ("1", HANDLE)


@pytest.mark.parametrize("ask", [lambda door: door.get("/a"), lambda door: door.post("/a", {})])
def test_a_service_that_does_not_answer_is_named(ask: Callable[[Door], object]) -> None:
    with pytest.raises(Unreachable, match=r"pds did not answer (GET|POST) /a: ConnectionRefusedError"):
        ask(Door("pds", "http://127.0.0.1:1"))
