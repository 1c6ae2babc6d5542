"""Who is asked for names that the engine does not know: knows none either, and writes down who asked for what.

The engine's own resolver asks here on behalf of a container, from that container's address. Rules: RFC 1035 §4.1.
"""

import asyncio
import socket
import struct
import time
from typing import Final, cast

from localnet.journal.lines import Line
from localnet.wire.recording import Recorder

NAMES: Final = "names"
_HEAD: Final = struct.Struct("!6H")
_ANSWER: Final = 0x8183  # a response, recursion wanted and available, NXDOMAIN
_OURSELVES: Final = "127."
_OURS: Final = "localnet-proof-"
"""how names begin that we ask for ourselves, to see whether it is us who are asked"""


class Names(asyncio.DatagramProtocol):
    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._transport: asyncio.DatagramTransport | None = None
        self._telling: set[asyncio.Task[None]] = set()

    async def open(self, host: str, port: int) -> None:
        """OSError when the port cannot be had."""
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, (host, port))

    async def close(self) -> None:
        if self._transport:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)  # not one by class before Python 3.12

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        question = read_question(data)
        if question is None or self._transport is None:
            return
        name, end = question
        self._transport.sendto(refusal(data, end), addr)
        if not addr[0].startswith(_OURSELVES):
            task = asyncio.ensure_future(self._tell(name, addr[0]))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _tell(self, name: str, asker: str) -> None:
        at, caller = time.time(), await self._service_at(asker)
        outcome = "proven" if name.startswith(_OURS) else "attempted"
        note = f"{caller} ({asker}) asked for the address of {name}; nobody told it"
        self._recorder.add(
            lambda: Line(
                at,
                self._recorder.run,
                "lifecycle",
                f"egress dns {name}",
                outcome,
                f"{caller}→egress",
                note=note,
            )
        )

    async def _service_at(self, address: str) -> str:
        """Containers are called `localnet-RUN-SERVICE`, and the engine tells their names."""
        loop = asyncio.get_running_loop()
        host, _ = await loop.getnameinfo((address, 0), socket.NI_NUMERICSERV)
        return address if host == address else host.partition(".")[0].rpartition(f"{self._recorder.run}-")[2]


def read_question(data: bytes) -> tuple[str, int] | None:
    """The name that is asked for, and where the question ends; None when it is no question."""
    if len(data) < _HEAD.size or data[2] & 0x80:
        return None
    labels, at = [], _HEAD.size
    while at < len(data) and (length := data[at]):
        if length > 63 or at + 1 + length > len(data):
            return None
        labels.append(data[at + 1 : at + 1 + length].decode("latin-1"))
        at += 1 + length
    end = at + 5
    return (".".join(labels).lower(), end) if labels and end <= len(data) else None


def refusal(data: bytes, end: int) -> bytes:
    """There is no such name."""
    number = struct.unpack("!H", data[:2])[0]
    return _HEAD.pack(number, _ANSWER, 1, 0, 0, 0) + data[_HEAD.size : end]
