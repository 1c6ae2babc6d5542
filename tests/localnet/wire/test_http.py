"""An onlooker of HTTP/1.1 tells the same exchanges whatever way the bytes are cut, and hands on every one of them."""

import hashlib
from dataclasses import dataclass

import pytest

from localnet.wire.bodies import KEPT
from localnet.wire.http import (
    Event,
    Exchange,
    Part,
    RequestHead,
    RequestReader,
    ResponseHead,
    ResponseReader,
    Unread,
)
from tests.localnet.wire.chunks import SEEDS, cut, fed

BIG = bytes(range(256)) * 400


@dataclass(frozen=True)
class Told:
    """What is left of an event once it does not matter how its bytes were cut."""

    what: str
    size: int = 0
    sha256: str = ""


def told(events: list[Event]) -> list[Told]:
    said: list[Told] = []
    for event in events:
        if isinstance(event, RequestHead):
            said.append(Told(f"{event.exchange.method} {event.exchange.target}"))
        elif isinstance(event, ResponseHead):
            status = event.exchange.interim[-1] if event.interim else event.exchange.status
            said.append(Told(f"{status}{' interim' * event.interim}"))
        elif isinstance(event, Unread) and said[-1:] != [Told("unread")]:
            said.append(Told("unread"))
        if isinstance(event, RequestHead | ResponseHead | Part) and event.last:
            answered = isinstance(event, ResponseHead) or event.exchange.status is not None
            body = event.exchange.answer_body if answered else event.exchange.body
            said.append(Told("end", body.size, body.sha256()))
    return said


def end(body: bytes = b"") -> Told:
    return Told("end", len(body), hashlib.sha256(body).hexdigest())


def head(*lines: str) -> bytes:
    return "\r\n".join((*lines, "", "")).encode()


REQUESTS: dict[str, tuple[bytes, list[Told]]] = {
    "a request without a body ends with its head": (
        head("GET /a?b=c HTTP/1.1", "Host: x"),
        [Told("GET /a?b=c"), end()],
    ),
    "a body of known length ends where it says": (
        head("POST /a HTTP/1.1", "Host: x", "Content-Length: 5") + b"hello",
        [Told("POST /a"), end(b"hello")],
    ),
    "a length of zero is no body": (
        head("POST /a HTTP/1.1", "Host: x", "Content-Length: 0") + head("GET /b HTTP/1.1", "Host: x"),
        [Told("POST /a"), end(), Told("GET /b"), end()],
    ),
    "a chunked body is measured without its framing": (
        head("PUT /a HTTP/1.1", "Host: x", "Transfer-Encoding: chunked")
        + b"5\r\nhello\r\n1;why=not\r\n!\r\n0\r\nTrailer: yes\r\n\r\n"
        + head("GET /b HTTP/1.1", "Host: x"),
        [Told("PUT /a"), end(b"hello!"), Told("GET /b"), end()],
    ),
    "requests sent ahead are told one by one": (
        b"".join(head(f"GET /{number} HTTP/1.1", "Host: x") for number in range(3)),
        [part for number in range(3) for part in (Told(f"GET /{number}"), end())],
    ),
    "empty lines before a request belong to its head": (
        b"\r\n\r\n" + head("GET /a HTTP/1.1", "Host: x"),
        [Told("GET /a"), end()],
    ),
    "a large body is hashed whole though little of it is kept": (
        head("PUT /blob HTTP/1.1", "Host: x", f"Content-Length: {len(BIG)}") + BIG,
        [Told("PUT /blob"), end(BIG)],
    ),
    "what is not HTTP is unread": (b"\x16\x03\x01\x02\x00\x01\x00 hello\r\n\r\n more", [Told("unread")]),
    "after a request that cannot be read nothing is believed": (
        head("GET /a HTTP/1.1", "Host: x") + b"b@d request\r\n\r\n" + head("GET /b HTTP/1.1", "Host: x"),
        [Told("GET /a"), end(), Told("unread")],
    ),
    "a chunk size that is none ends the understanding": (
        head("PUT /a HTTP/1.1", "Host: x", "Transfer-Encoding: chunked") + b"zz\r\nhello\r\n",
        [Told("PUT /a"), Told("unread")],
    ),
    "a head broken off by the end of the connection is unread": (b"GET /a HTTP/1.1\r\nHo", [Told("unread")]),
    "a head with line feeds alone is refused by the servers here, so it is not understood": (
        b"GET /a HTTP/1.1\nHost: x\n\nGET /b HTTP/1.1\nHost: x\n\n",
        [Told("unread")],
    ),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("data", "expected"), REQUESTS.values(), ids=REQUESTS)
def test_requests(data: bytes, expected: list[Told], seed: int) -> None:
    reader = RequestReader()

    assert told(fed(reader.feed, reader.close, data, seed)) == expected


ANSWERS: dict[str, tuple[list[str], bytes, list[Told]]] = {
    "an answer with a length": (
        ["GET"],
        head("HTTP/1.1 200 OK", "Content-Length: 2") + b"ok",
        [Told("200"), end(b"ok")],
    ),
    "an answer to HEAD has no body whatever it says": (
        ["HEAD", "GET"],
        head("HTTP/1.1 200 OK", "Content-Length: 2") + head("HTTP/1.1 404 Not Found", "Content-Length: 0"),
        [Told("200"), end(), Told("404"), end()],
    ),
    "204 and 304 have no body": (
        ["GET", "GET", "GET"],
        head("HTTP/1.1 204 No Content")
        + head("HTTP/1.1 304 Not Modified", "Content-Length: 9")
        + head("HTTP/1.1 200 OK", "Content-Length: 1")
        + b"!",
        [Told("204"), end(), Told("304"), end(), Told("200"), end(b"!")],
    ),
    "an interim answer comes before the one that counts": (
        ["POST"],
        head("HTTP/1.1 100 Continue") + head("HTTP/1.1 201 Created", "Content-Length: 0"),
        [Told("100 interim"), Told("201"), end()],
    ),
    "a chunked answer": (
        ["GET"],
        head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked") + b"A\r\n0123456789\r\n0\r\n\r\n",
        [Told("200"), end(b"0123456789")],
    ),
    "without a length the end of the connection is the end of the body": (
        ["GET"],
        head("HTTP/1.1 200 OK") + BIG,
        [Told("200"), end(BIG)],
    ),
    "an answer that breaks off has no end": (
        ["GET"],
        head("HTTP/1.1 200 OK", "Content-Length: 10") + b"four",
        [Told("200")],
    ),
    "a refused upgrade is an answer like any other": (
        ["GET upgrade"],
        head("HTTP/1.1 426 Upgrade Required", "Content-Length: 2") + b"no",
        [Told("426"), end(b"no")],
    ),
    "after an upgrade nothing is HTTP": (
        ["GET upgrade"],
        head("HTTP/1.1 101 Switching Protocols", "Connection: upgrade", "Upgrade: websocket") + b"\x81\x02hi",
        [Told("101"), end(), Told("unread")],
    ),
    "an answer that is not HTTP is unread": (["GET"], b"SSH-2.0-hello\r\n\r\n", [Told("unread")]),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("asked", "data", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_answers(asked: list[str], data: bytes, expected: list[Told], seed: int) -> None:
    reader = ResponseReader()
    for number, request in enumerate(asked):
        method, _, upgrade = request.partition(" ")
        reader.expected.append(Exchange(method, f"/{number}", [], upgrade=bool(upgrade)))

    assert told(fed(reader.feed, reader.close, data, seed)) == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_what_follows_a_request_to_upgrade_waits_until_the_callee_has_spoken(seed: int) -> None:
    asking = head("GET /feed HTTP/1.1", "Host: x", "Connection: Upgrade", "Upgrade: websocket")
    reader = RequestReader()

    events = [event for part in cut(asking + b"\x81\x80abcd", seed) for event in reader.feed(part)]

    assert [event.raw for event in events] == [asking]
    assert isinstance(events[0], RequestHead)
    assert events[0].exchange.upgrade
    assert reader.left_over() == b"\x81\x80abcd"


def test_after_a_refused_upgrade_requests_go_on() -> None:
    asking = head("GET /feed HTTP/1.1", "Host: x", "Connection: Upgrade", "Upgrade: websocket")
    reader = RequestReader()
    reader.feed(asking + head("GET /next HTTP/1.1", "Host: x"))

    reader.proceed()

    assert told(reader.feed(reader.left_over())) == [Told("GET /next"), end()]


def test_a_head_without_end_is_not_waited_for_for_ever() -> None:
    reader = RequestReader()

    events = reader.feed(b"GET / HTTP/1.1\r\n" + b"X-Long: y\r\n" * 20_000)

    assert [type(event) for event in events] == [Unread]
    assert "longer than" in (reader.trouble or "")


def test_a_body_keeps_its_beginning_and_the_hash_of_all_of_it() -> None:
    reader = RequestReader()
    reader.feed(head("PUT / HTTP/1.1", "Host: x", f"Content-Length: {len(BIG)}"))

    part = reader.feed(BIG)[0]

    assert isinstance(part, Part)
    assert part.exchange.body.kept == BIG[:KEPT]
    assert part.exchange.body.sha256() == hashlib.sha256(BIG).hexdigest()
