"""Whoever asks for a name that nobody here has is refused at once and written down; what is no question is nobody's business."""

import asyncio
import struct

import pytest

from localnet.wire.names import read_question, refusal
from tests.localnet.wire.running import Running


def question(name: str, number: int = 7) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!6H", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", 1, 1)


def test_the_refusal_says_that_there_is_no_such_name() -> None:
    asked = question("Example.test")
    read = read_question(asked)
    assert read

    answer = refusal(asked, read[1])
    number, flags, *counts = struct.unpack("!6H", answer[:12])
    assert read[0] == "example.test"
    assert (number, flags & 0x8000, flags & 0xF, counts) == (7, 0x8000, 3, [1, 0, 0, 0])
    assert answer[12:] == asked[12:]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"short",
        question("a.test")[:-5],
        bytes([0, 7, 0x80, 0]) + question("a.test")[4:],
        question("a.test")[:12] + b"\xc0\x0c\0\0\0\0",
    ],
    ids=["nothing", "no head", "cut short", "an answer", "a pointer"],
)
def test_what_is_no_question_is_not_read(data: bytes) -> None:
    assert read_question(data) is None


class _Heard(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.said: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002, the interface's
        self.said.put_nowait(data)


@pytest.mark.anyio
async def test_who_asks_gets_an_answer_and_our_own_questions_are_not_held_against_anybody(
    wire: Running,
) -> None:
    port = wire.port()
    edge = {"edge": "inside→names", "protocol": "names", "host": "127.0.0.1", "port": port}
    opened = await wire.ask(op="add", network="n1", journal=str(wire.journal.path), edges=[edge])
    loop = asyncio.get_running_loop()
    transport, heard = await loop.create_datagram_endpoint(_Heard, remote_addr=("127.0.0.1", port))

    transport.sendto(question("example.test"))

    assert opened["event"] == "open"
    assert (await asyncio.wait_for(heard.said.get(), 5))[:2] == b"\0\7"
    assert await wire.lines() == [], "the wire asks for itself when a container is gone"
    transport.close()
