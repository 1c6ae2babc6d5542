"""With the wire in between, both ends see what they would see without it: real servers, real clients, the same bytes."""

import asyncio
import contextlib
import hashlib
import http.client
from collections.abc import AsyncIterator, Callable

import pytest
import uvicorn
import websockets
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from websockets.asyncio.server import ServerConnection

from tests.localnet.wire.running import Running, exactly, head, reset, rest
from tests.localnet.wire.test_running_http import answer, request, saying

pytestmark = pytest.mark.anyio


async def echo(incoming: Request) -> Response:
    body = await incoming.body()
    return PlainTextResponse(
        f"{incoming.method} {incoming.url.path} {len(body)} {hashlib.sha256(body).hexdigest()}"
    )


async def stream(incoming: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        for number in range(int(incoming.query_params["parts"])):
            yield b"%d;" % number

    return StreamingResponse(parts())


async def empty(incoming: Request) -> Response:
    return Response(status_code=int(incoming.query_params["status"]))


@pytest.fixture
async def server() -> AsyncIterator[str]:
    """A uvicorn as the fakes have it, without the header that tells the time."""
    routes = [
        Route("/echo", echo, methods=["GET", "POST", "PUT"]),
        Route("/stream", stream),
        Route("/empty", empty),
    ]
    config = uvicorn.Config(
        Starlette(routes=routes), host="127.0.0.1", port=0, date_header=False, log_level="critical"
    )
    running = uvicorn.Server(config)
    with contextlib.suppress(asyncio.CancelledError):
        serving = asyncio.create_task(running.serve())
        while not running.started:
            await asyncio.sleep(0.001)
        yield f"127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
        running.should_exit = True
        await serving


CLOSE = "Connection: close"


async def said(address: str, *sent: bytes) -> bytes:
    """All that comes back for what is sent in these parts, until the callee has nothing more to say."""
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        for part in sent:
            writer.write(part)
            await writer.drain()
        if not any(CLOSE.encode() in part for part in sent):
            writer.write_eof()
        return await rest(reader)
    except ConnectionResetError:
        return b"(reset)"
    finally:
        writer.transport.abort()


CONVERSATIONS: dict[str, tuple[bytes, ...]] = {
    "a request": (request("/echo", CLOSE),),
    "keep-alive, then close": (request("/echo"), request("/empty?status=204"), request("/echo", CLOSE)),
    "requests sent ahead": (b"".join(request(f"/stream?parts={n}") for n in range(5)) + request("/echo", CLOSE),),
    "a body of known length": (request("/echo", "Content-Length: 5", CLOSE, method="POST"), b"he", b"llo"),
    "a chunked body": (
        request("/echo", "Transfer-Encoding: chunked", CLOSE, method="PUT"),
        b"5\r\nhel",
        b"lo\r\n3\r\nyou\r\n0\r\n\r\n",
    ),
    "HEAD among others": (request("/echo", method="HEAD") + request("/echo") + request("/echo", CLOSE),),
    "a chunked answer to HTTP/1.0": (b"GET /stream?parts=3 HTTP/1.0\r\nHost: x\r\n\r\n",),
    "304 without a body": (request("/empty?status=304") + request("/echo", CLOSE),),
    "no such route": (request("/nowhere", CLOSE),),
    "no such method": (request("/echo", CLOSE, method="DELETE"),),
    "a half-closed caller still gets its answer": (request("/echo"),),
    "a refused upgrade": (request("/echo", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="),),
    "a length and a coding that contradict each other": (request("/echo", "Content-Length: 4", "Transfer-Encoding: chunked", method="POST") + b"0\r\n\r\n",),
    "two lengths": (request("/echo", "Content-Length: 4", "Content-Length: 5", method="POST") + b"hello",),
    "line feeds alone": (b"GET /echo HTTP/1.1\nHost: x\n\n",),
    "an unknown method": (b"BREW /echo HTTP/1.1\r\nHost: x\r\n\r\n",),
    "a space before the colon": (b"GET /echo HTTP/1.1\r\nHost : x\r\n\r\n",),
    "a wrong chunk size": (request("/echo", "Transfer-Encoding: chunked", method="PUT"), b"xyz\r\nhello"),
    "TLS to a server without": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40) + b"\r\n\r\n",),
    "half a request": (b"GET /echo HTTP/1.1\r\nHos",),
    "nothing": (b"",),
}  # fmt: skip


@pytest.mark.parametrize("sent", CONVERSATIONS.values(), ids=CONVERSATIONS)
async def test_the_same_bytes_come_back(wire: Running, server: str, sent: tuple[bytes, ...]) -> None:
    port = await wire.edge(server)

    direct = await said(server, *sent)

    assert await said(f"127.0.0.1:{port}", *sent) == direct


async def test_what_contradicts_itself_is_judged_by_the_callee_and_told(wire: Running, server: str) -> None:
    port = await wire.edge(server)

    await said(f"127.0.0.1:{port}", *CONVERSATIONS["a length and a coding that contradict each other"])

    (line,) = await wire.lines()
    assert (line.op, line.outcome) == ("? (unreadable)", "400")
    assert "unreadable request" in (line.note or "")


@pytest.mark.parametrize(
    "smuggled",
    [
        request("/echo", "Content-Length: 4", "Transfer-Encoding: chunked", method="POST") + b"0\r\n\r\n"
        + request("/_control/names"),
        b"GET /_control/names HTTP/1.1\nHost: x\n\n",
        request("/echo", "Transfer-Encoding: chunked", method="POST") + b"xyz\r\n" + request("/%5Fcontrol"),
    ],
    ids=["after a contradiction", "with line feeds", "after a wrong chunk"],
)  # fmt: skip
async def test_a_control_route_behind_what_is_not_HTTP_is_cut(wire: Running, smuggled: bytes) -> None:  # noqa: N802
    got: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:  # noqa: ARG001
        with contextlib.suppress(ConnectionResetError):
            while part := await reader.read(65536):
                got.append(part)

    port = await wire.edge(await wire.callee(handle))
    assert await said(f"127.0.0.1:{port}", smuggled) == b"(reset)"
    assert b"control" not in b"".join(got).lower()


async def test_a_callers_library_works_as_without(wire: Running, server: str) -> None:
    port = await wire.edge(server)
    large = bytes(range(256)) * 20_000

    def talk() -> list[tuple[int, bytes]]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        got = []
        for method, path, body in (
            ("GET", "/echo", None),
            ("PUT", "/echo", large),
            ("GET", "/stream?parts=1000", None),
            ("HEAD", "/echo", None),
            ("GET", "/echo", None),
        ):
            connection.request(method, path, body)
            response = connection.getresponse()
            got.append((response.status, response.read()))
        connection.close()
        return got

    got = await asyncio.to_thread(talk)

    nothing = hashlib.sha256().hexdigest()
    assert got == [
        (200, f"GET /echo 0 {nothing}".encode()),
        (200, f"PUT /echo {len(large)} {hashlib.sha256(large).hexdigest()}".encode()),
        (200, b"".join(b"%d;" % number for number in range(1000))),
        (200, b""),
        (200, f"GET /echo 0 {nothing}".encode()),
    ]
    assert [line.outcome for line in await wire.lines()] == [str(status) for status, _ in got]


async def test_a_body_announced_first_is_sent_once_the_callee_wants_it(wire: Running, server: str) -> None:
    reader, writer = await wire.connect(await wire.edge(server))

    writer.write(request("/echo", "Content-Length: 5", "Expect: 100-continue", method="POST"))
    assert (await head(reader)).startswith(b"HTTP/1.1 100")
    writer.write(b"hello")
    assert (await head(reader)).startswith(b"HTTP/1.1 200")

    (line,) = await wire.lines()
    assert (line.outcome, line.note) == ("200", "first 100")
    assert line.request
    assert line.request.bytes == 5


async def test_bodies_pass_as_they_come_and_not_when_they_are_whole(wire: Running) -> None:
    """A callee that answers each part of a request before the next one is sent."""

    async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(3):
            writer.write(b"1\r\n" + await exactly(reader, 1) + b"\r\n")
        writer.write(b"0\r\n\r\n")

    reader, writer = await wire.connect(await wire.edge(await wire.callee(answering)))
    writer.write(request("/a", "Content-Length: 3", method="POST"))
    await head(reader)
    for letter in (b"x", b"y", b"z"):
        writer.write(letter)
        assert await exactly(reader, 6) == b"1\r\n" + letter + b"\r\n"
    assert await exactly(reader, 5) == b"0\r\n\r\n"


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.002)


async def test_a_caller_that_does_not_read_holds_up_its_callee_and_not_the_wires_memory(
    wire: Running,
) -> None:
    whole = hashlib.sha256(b"x").digest() * 2_000_000
    sent = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(whole))
        for at in range(0, len(whole), 65536):
            writer.write(whole[at : at + 65536])
            await writer.drain()
            sent = at

    port = await wire.edge(await wire.callee(flood))
    reader, writer = await wire.connect(port)
    assert isinstance(writer.transport, asyncio.Transport)
    writer.transport.pause_reading()
    writer.write(request("/blob"))
    (link,) = wire.wire.edge("n1", "bridge→pds").links
    await until(lambda: link.caller.waiting_bytes() > 0 and link.callee.is_stopped)

    assert link.caller.waiting_bytes() < 1024 * 1024
    assert sent < len(whole) - 65536
    writer.transport.resume_reading()
    await head(reader)
    assert await exactly(reader, len(whole)) == whole


async def test_a_callee_that_closes_an_idle_connection_is_seen_to(wire: Running) -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await saying(answer())(reader, writer)
        writer.close()

    reader, writer = await wire.connect(await wire.edge(await wire.callee(leave)))
    writer.write(request("/a"))

    assert await rest(reader) == answer()
    assert [line.outcome for line in await wire.lines()] == ["200"]


async def test_a_callee_that_resets_an_idle_connection_is_seen_to(wire: Running) -> None:
    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:  # noqa: ARG001
        reset(writer)

    reader, _ = await wire.connect(await wire.edge(await wire.callee(die)))

    with pytest.raises(ConnectionResetError):
        await rest(reader)


@pytest.mark.parametrize("asking", ["CONNECT", "another protocol"])
async def test_what_is_neither_HTTP_nor_WebSocket_passes_unread(wire: Running, asking: str) -> None:  # noqa: N802
    """Bytes that would be half a WebSocket frame, and would be waited for to the end."""

    async def switch(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        connected = b"HTTP/1.1 200 Connected\r\n\r\n"
        switching = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
        writer.write((connected if asking == "CONNECT" else switching) + b"\x81\x05he")
        writer.write(await exactly(reader, 3))

    reader, writer = await wire.connect(await wire.edge(await wire.callee(switch)))
    if asking == "CONNECT":
        writer.write(b"CONNECT pds.test:443 HTTP/1.1\r\nHost: pds.test:443\r\n\r\n")
    else:
        writer.write(request("/", "Connection: Upgrade", "Upgrade: echo"))

    await head(reader)
    assert await exactly(reader, 4) == b"\x81\x05he"
    writer.write(b"\x81\x85?")
    assert await exactly(reader, 3) == b"\x81\x85?"
    assert [line.kind for line in await wire.lines()] == ["http"]


@pytest.mark.parametrize("compression", ["deflate", None])
async def test_a_websocket_library_works_as_without(wire: Running, compression: str | None) -> None:
    messages: list[str | bytes] = [
        '["REQ","s",{}]',
        "x" * 100_000,
        b"\x00\x01" * 70_000,
        "",
        '["REQ","s",{}]',
    ]

    async def echoing(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    async with websockets.serve(echoing, "127.0.0.1", 0, compression=compression) as serving:
        port = await wire.edge(f"127.0.0.1:{serving.sockets[0].getsockname()[1]}", "bridge→relay")
        async with websockets.connect(f"ws://127.0.0.1:{port}/", compression=compression) as client:
            got = []
            for message in messages:
                await client.send(message)
                got.append(await client.recv())
            await client.send(part for part in ("in ", "several ", "frames"))
            got.append(await client.recv())
            await (await client.ping())

    assert got == [*messages, "in several frames"]
    lines = await wire.lines()
    sent = [line for line in lines if line.op.startswith("send")]
    ops = ["send REQ", "send text", "send binary", "send text", "send REQ", "send text", "send close 1000"]
    assert [line.op for line in sent] == ops
    assert [line.request and line.request.body for line in (sent[4], sent[5])] == [
        '["REQ","s",{}]',
        "in several frames",
    ]
    assert [line.op for line in lines].count("ping") == 1
    assert [line.op for line in lines].count("pong") == 1
    assert lines[0].outcome == "101"
    assert (lines[-1].op, lines[-1].outcome) == ("disconnect", "closed")
