"""After an upgrade the running wire passes frames, and writes a line for each message."""

import asyncio

import pytest

from tests.localnet.wire.running import Running, Stream, exactly, head, rest
from tests.localnet.wire.test_websocket import MASK, Deflater, frame

pytestmark = pytest.mark.anyio

EVENT, PUBKEY = "ab" * 32, "cd" * 32
ASKING = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
EVENT_TEXT = b'["EVENT",{"id":"%s","pubkey":"%s"}]' % (EVENT.encode(), PUBKEY.encode())
OK_TEXT = b'["OK","%s",true,""]' % EVENT.encode()


async def upgraded(wire: Running, extensions: bytes = b"") -> tuple[Stream, Stream]:
    """The caller's end and the callee's."""
    ends: asyncio.Queue[Stream] = asyncio.Queue()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(SWITCHING + extensions + b"\r\n")
        ends.put_nowait((reader, writer))

    caller = await wire.connect(await wire.edge(await wire.callee(handle), "bridge→relay"))
    caller[1].write(ASKING)
    assert (await head(caller[0])).startswith(b"HTTP/1.1 101")
    return caller, await asyncio.wait_for(ends.get(), 10)


async def test_frames_pass_both_ways_and_each_message_is_a_line(wire: Running) -> None:
    caller, callee = await upgraded(wire)
    asked, told = frame(1, EVENT_TEXT, mask=MASK), frame(1, OK_TEXT)

    caller[1].write(asked)
    assert await exactly(callee[0], len(asked)) == asked
    callee[1].write(told)
    assert await exactly(caller[0], len(told)) == told

    upgrade, sent, received = await wire.lines()
    assert (upgrade.kind, upgrade.op, upgrade.outcome) == ("http", "GET /", "101")
    assert (sent.kind, sent.edge, sent.op) == ("websocket", "bridge→relay", "send EVENT")
    assert sent.ids == {"event": [EVENT], "pubkey": [PUBKEY]}
    assert received.op == "recv OK"
    assert received.ids == {"event": [EVENT]}


async def test_frames_sent_before_the_callee_agreed_are_frames(wire: Running) -> None:
    eager, spoken = frame(1, EVENT_TEXT, mask=MASK), frame(1, OK_TEXT)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(SWITCHING + b"\r\n" + spoken)
        writer.write(await exactly(reader, len(eager)))

    reader, writer = await wire.connect(await wire.edge(await wire.callee(handle)))
    writer.write(ASKING + eager)

    await head(reader)
    assert await exactly(reader, len(spoken) + len(eager)) == spoken + eager
    assert sorted(line.op for line in await wire.lines()) == ["GET /", "recv EVENT", "recv OK", "send EVENT"]


async def test_compressed_messages_pass_as_they_are_and_are_read(wire: Running) -> None:
    caller, callee = await upgraded(wire, b"Sec-WebSocket-Extensions: permessage-deflate\r\n")
    deflate = Deflater()
    asked = b"".join(frame(1, deflate(EVENT_TEXT), mask=MASK, compressed=True) for _ in range(2))

    caller[1].write(asked)

    assert await exactly(callee[0], len(asked)) == asked
    sent = [line for line in await wire.lines() if line.op == "send EVENT"]
    assert [line.ids for line in sent] == [{"event": [EVENT], "pubkey": [PUBKEY]}] * 2


async def test_a_large_frame_passes_whole(wire: Running) -> None:
    caller, callee = await upgraded(wire)
    large = frame(2, bytes(range(256)) * 4000)

    callee[1].write(large)

    assert await exactly(caller[0], len(large)) == large
    (line,) = [line for line in await wire.lines() if line.kind == "websocket"]
    assert line.response
    assert line.response.bytes == 1_024_000


async def test_what_a_callee_still_says_after_its_caller_has_ended_arrives(wire: Running) -> None:
    caller, callee = await upgraded(wire)

    caller[1].write(frame(8, (1000).to_bytes(2), mask=MASK))
    caller[1].write_eof()
    await rest(callee[0])
    callee[1].write(frame(8, (1000).to_bytes(2)))
    callee[1].close()

    assert await rest(caller[0]) == frame(8, (1000).to_bytes(2))
    assert [line.op for line in await wire.lines()] == [
        "GET /",
        "send close 1000",
        "recv close 1000",
        "disconnect",
    ]


async def test_a_refused_upgrade_leaves_the_connection_as_it_was(wire: Running) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n")
        await head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    reader, writer = await wire.connect(await wire.edge(await wire.callee(handle)))
    writer.write(ASKING + b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n")

    assert (await head(reader)).startswith(b"HTTP/1.1 426")
    assert (await head(reader)).startswith(b"HTTP/1.1 200")
    assert [(line.op, line.outcome) for line in await wire.lines()] == [
        ("GET /", "426"),
        ("GET /next", "200"),
    ]
