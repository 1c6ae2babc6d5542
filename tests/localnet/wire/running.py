"""A wire in this loop with callees that say what a test wants said, byte for byte."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import orjson

from localnet.journal import Journal, Line
from localnet.wire.serving import Wire

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Callee = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Running:
    """`events` is what the control channel would have been told."""

    def __init__(self, path: Path) -> None:
        self.events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.wire = Wire(lambda event: self.events.put_nowait(dict(event)))
        self.journal = Journal(path)
        self._reserved: list[socket.socket] = []
        self._servers: list[asyncio.Server] = []
        self._writers: list[asyncio.StreamWriter] = []

    async def callee(self, handle: Callee) -> str:
        """Where it listens."""

        async def until_done(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._writers.append(writer)
            await handle(reader, writer)

        server = await asyncio.start_server(until_done, "127.0.0.1", 0)
        self._servers.append(server)
        return f"127.0.0.1:{server.sockets[0].getsockname()[1]}"

    def port(self) -> int:
        """Reserved as the harness reserves them."""
        reserved = socket.socket()
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(("127.0.0.1", 0))
        self._reserved.append(reserved)
        return int(reserved.getsockname()[1])

    async def edge(
        self,
        upstream: str,
        name: str = "bridge→pds",
        *,
        protocol: str = "http",
        secrets: tuple[str, ...] = (),
    ) -> int:
        port = self.port()
        edge = {"edge": name, "protocol": protocol, "host": "127.0.0.1", "port": port, "upstream": upstream}
        event = await self.ask(
            op="add", network="n1", journal=str(self.journal.path), secrets=secrets, edges=[edge]
        )
        assert event == {"event": "open", "network": "n1", "edge": name}
        return port

    async def ask(self, **request: object) -> Mapping[str, Any]:
        self.wire.request(orjson.dumps(request))
        return await asyncio.wait_for(self.events.get(), 10)

    async def connect(self, port: int) -> Stream:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        self._writers.append(writer)
        return reader, writer

    async def lines(self) -> list[Line]:
        assert (await self.ask(op="flush", network="n1"))["event"] == "flushed"
        return list(self.journal.lines())

    async def close(self) -> None:
        await self.ask(op="remove", network="n1")
        for writer in self._writers:
            writer.transport.abort()
        for server in self._servers:
            server.close()
        for reserved in self._reserved:
            reserved.close()


async def head(reader: asyncio.StreamReader) -> bytes:
    return await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)


async def exactly(reader: asyncio.StreamReader, size: int) -> bytes:
    return await asyncio.wait_for(reader.readexactly(size), 10)


async def rest(reader: asyncio.StreamReader) -> bytes:
    return await asyncio.wait_for(reader.read(), 10)


def reset(writer: asyncio.StreamWriter) -> None:
    """A real RST: no lingering."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def direct(address: str, user: str) -> str:
    """A connection string past the wire; `address` as edges have it."""
    host, _, port = address.partition(":")
    where = f"host={port.rpartition('/')[0]}" if host == "unix" else f"host={host} port={port}"
    return f"{where} user={user} dbname=template1"
