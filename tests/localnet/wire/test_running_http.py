"""The running wire between real sockets: every byte arrives, in order, and every exchange is in the journal."""

import asyncio
import hashlib

import pytest

from tests.localnet.wire.running import Callee, Running, exactly, head, reset, rest

pytestmark = pytest.mark.anyio

EVENT = "ab" * 32
BIG = hashlib.sha256(b"big").digest() * 150_000


def request(target: str, *lines: str, method: str = "GET") -> bytes:
    return "\r\n".join((f"{method} {target} HTTP/1.1", "Host: x", *lines, "", "")).encode()


def answer(status: str = "200 OK", body: bytes = b"", *lines: str) -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *lines, "", "")).encode() + body


def saying(*answers: bytes) -> Callee:
    """One answer after each request head."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for each in answers:
            await head(reader)
            writer.write(each)

    return handle


async def test_a_connection_is_kept_and_each_exchange_is_a_line(wire: Running) -> None:
    port = await wire.edge(await wire.callee(saying(answer(body=b"one"), answer("404 Not Found", b"two"))))
    reader, writer = await wire.connect(port)

    writer.write(request(f"/events/{EVENT}"))
    assert (await head(reader)).startswith(b"HTTP/1.1 200 OK")
    assert await exactly(reader, 3) == b"one"
    writer.write(request("/second"))
    assert (await head(reader)).startswith(b"HTTP/1.1 404")
    assert await exactly(reader, 3) == b"two"

    first, second = await wire.lines()
    assert (first.edge, first.op, first.outcome) == ("bridge→pds", f"GET /events/{EVENT}", "200")
    assert first.ids == {"event": [EVENT]}
    assert first.ms is not None
    assert first.response
    assert (first.response.body, first.response.bytes) == ("one", 3)
    assert (second.op, second.outcome) == ("GET /second", "404")


async def test_requests_sent_ahead_are_answered_in_order_the_refused_one_in_its_turn(wire: Running) -> None:
    seen: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.extend([await head(reader), await head(reader)])
        writer.write(answer(body=b"first") + answer(body=b"third"))
        writer.close()

    reader, writer = await wire.connect(await wire.edge(await wire.callee(handle)))

    writer.write(request("/first") + request("/_control/second") + request("/third"))
    writer.write_eof()

    heads = [part.partition(b"\r\n")[0] for part in (await rest(reader)).split(b"HTTP/1.1 ")[1:]]
    assert heads == [b"200 OK", b"403 Forbidden", b"200 OK"]
    assert [each.partition(b" HTTP")[0] for each in seen] == [b"GET /first", b"GET /third"]
    assert {line.op: line.outcome for line in await wire.lines()} == {
        "GET /first": "200",
        "GET /_control/second": "answered by the wire",
        "GET /third": "200",
    }


@pytest.mark.parametrize(
    "target", ["/_control/names", "//_control/names", "/%5Fcontrol/names", "/x/%255fcontrol"]
)
async def test_control_routes_are_refused_to_everyone_but_the_harness(wire: Running, target: str) -> None:
    async def unreachable(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:  # noqa: ARG001
        assert await rest(reader) == b""

    reader, writer = await wire.connect(await wire.edge(await wire.callee(unreachable)))

    writer.write(request(target, "Content-Length: 4", method="POST") + b"body")

    assert (await head(reader)).startswith(b"HTTP/1.1 403 Forbidden")


async def test_the_harness_reaches_control_routes(wire: Running) -> None:
    port = await wire.edge(await wire.callee(saying(answer(body=b"ok"))), "harness→names")
    reader, writer = await wire.connect(port)

    writer.write(request("/_control/names"))

    assert (await head(reader)).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    ("method", "bare"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n"),
    ],
)
async def test_after_an_answer_without_a_body_the_next_one_is_understood(
    wire: Running, method: str, bare: bytes
) -> None:
    port = await wire.edge(await wire.callee(saying(bare, answer(body=b"next"))))
    reader, writer = await wire.connect(port)

    writer.write(request("/bare", method=method))
    assert await head(reader) == bare
    writer.write(request("/next"))
    assert (await head(reader)).startswith(b"HTTP/1.1 200 OK")

    assert [line.op for line in await wire.lines()] == [f"{method} /bare", "GET /next"]


async def test_a_big_body_is_streamed_both_ways_unchanged(wire: Running) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        body = await exactly(reader, len(BIG))
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for at in range(0, len(body), 100_000):
            part = body[at : at + 100_000]
            writer.write(b"%x\r\n" % len(part) + part + b"\r\n")
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    reader, writer = await wire.connect(await wire.edge(await wire.callee(echo)))
    writer.write(request("/blob", f"Content-Length: {len(BIG)}", method="PUT") + BIG)
    await head(reader)
    got = b""
    while (size := int(await asyncio.wait_for(reader.readline(), 10), 16)) > 0:
        got += (await exactly(reader, size + 2))[:-2]
    assert await exactly(reader, 2) == b"\r\n"

    assert hashlib.sha256(got).digest() == hashlib.sha256(BIG).digest()
    (line,) = await wire.lines()
    assert line.request
    assert line.response
    assert line.request.bytes == line.response.bytes == len(BIG)
    assert line.request.sha256 == line.response.sha256 == hashlib.sha256(BIG).hexdigest()


async def test_a_callee_that_cannot_be_reached_resets_its_caller(wire: Running) -> None:
    nobody = wire.port()
    reader, writer = await wire.connect(await wire.edge(f"127.0.0.1:{nobody}"))

    writer.write(request("/a"))
    with pytest.raises(ConnectionResetError):
        await rest(reader)

    (line,) = await wire.lines()
    assert (line.op, line.outcome) == ("GET /a", "refused")
    assert line.note == "Connection refused"


async def test_a_callee_that_resets_in_the_middle_of_an_answer_resets_its_caller(wire: Running) -> None:
    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await asyncio.wait_for(half_read.wait(), 10)
        reset(writer)

    half_read = asyncio.Event()
    reader, writer = await wire.connect(await wire.edge(await wire.callee(die)))
    writer.write(request("/a"))
    await head(reader)
    assert await exactly(reader, 4) == b"half"
    half_read.set()
    with pytest.raises(ConnectionResetError):
        await rest(reader)

    (line,) = await wire.lines()
    assert (line.op, line.outcome) == ("GET /a", "200, then reset")


async def test_a_callee_that_ends_before_answering_ends_its_caller(wire: Running) -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.close()

    reader, writer = await wire.connect(await wire.edge(await wire.callee(leave)))
    writer.write(request("/a"))
    assert await rest(reader) == b""

    (line,) = await wire.lines()
    assert (line.op, line.outcome) == ("GET /a", "closed")


async def test_a_caller_that_gives_up_is_told_as_such(wire: Running) -> None:
    gone = asyncio.Event()

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:  # noqa: ARG001
        await head(reader)
        asked.set()
        with pytest.raises(ConnectionResetError):
            await rest(reader)
        gone.set()

    asked = asyncio.Event()
    _, writer = await wire.connect(await wire.edge(await wire.callee(wait)))
    writer.write(request("/a"))
    await asyncio.wait_for(asked.wait(), 10)
    reset(writer)
    await asyncio.wait_for(gone.wait(), 10)

    (line,) = await wire.lines()
    assert line.outcome == "abandoned"


async def test_secrets_do_not_reach_the_journal(wire: Running) -> None:
    body = b'{"accessJwt":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln","did":"did:web:a.test"}'
    port = await wire.edge(await wire.callee(saying(answer(body=body))), secrets=("network-secret",))
    reader, writer = await wire.connect(port)

    writer.write(
        request("/xrpc/login?token=in-the-url&x=network-secret", "Authorization: Bearer in-a-header", "X-Plain: network-secret")
    )  # fmt: skip
    await head(reader)
    await exactly(reader, len(body))

    (line,) = await wire.lines()
    text = wire.journal.path.read_text()
    for secret in ("eyJhbGci", "in-the-url", "in-a-header", "network-secret"):
        assert secret not in text
    assert line.ids == {"did": ["did:web:a.test"]}
