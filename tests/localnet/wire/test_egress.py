"""The edge that leads nowhere: what is asked of it is refused and written down, whatever it is."""

import pytest

from localnet.wire.egress import read_call
from tests.localnet.wire.running import Running, rest

pytestmark = pytest.mark.anyio

CALLS = {
    "a request to a proxy": (
        b"GET http://example.test/a?key=1 HTTP/1.1\r\nHost: example.test\r\n\r\n",
        ("GET example.test:80", "http://example.test/a"),
    ),
    "with a port": (
        b"POST http://example.test:8080/ HTTP/1.1\r\n\r\n",
        ("POST example.test:8080", "http://example.test:8080/"),
    ),
    "a tunnel": (
        b"CONNECT example.test:443 HTTP/1.1\r\n\r\n",
        ("CONNECT example.test:443", "example.test:443"),
    ),
    "a port that is none": (
        b"GET http://example.test:x/ HTTP/1.1\r\n\r\n",
        ("GET example.test:None", "http://example.test:x/"),
    ),
    "no HTTP": (b"\x05\x01\x00", ("unreadable", "something that is not HTTP: b'\\x05\\x01\\x00'")),
}


@pytest.mark.parametrize(("head", "read"), CALLS.values(), ids=CALLS)
async def test_a_call_is_read(head: bytes, read: tuple[str, str]) -> None:
    assert read_call(head) == read


@pytest.mark.parametrize("head", [head for head, _ in CALLS.values()], ids=CALLS)
async def test_a_call_is_refused_and_written_down(wire: Running, head: bytes) -> None:
    port = await wire.edge("", "bridge→egress", protocol="egress")
    reader, writer = await wire.connect(port)

    writer.write(head)
    answer = await rest(reader)

    (line,) = await wire.lines()
    assert answer.startswith(b"HTTP/1.1 403 Forbidden\r\n")
    assert answer.endswith(b"refused: nothing leaves this network\n")
    assert (line.kind, line.op, line.outcome) == ("lifecycle", f"egress {read_call(head)[0]}", "attempted")


async def test_a_call_that_arrives_in_pieces_is_one_call(wire: Running) -> None:
    port = await wire.edge("", "bridge→egress", protocol="egress")
    reader, writer = await wire.connect(port)

    writer.write(b"CONNECT example.te")
    await writer.drain()
    writer.write(b"st:443 HTTP/1.1\r\n\r\n")

    await rest(reader)
    assert [line.op for line in await wire.lines()] == ["egress CONNECT example.test:443"]
