"""Where a service's proxy variables lead: whoever calls out through a proxy is refused here, and the call is written down.

One port for each caller, so it is known without asking. What ignores the variables (raw TCP, DNS, most WebSocket clients) is not seen.
Rules: RFC 9110 §9.3.6 (CONNECT), RFC 9112 §3.2.2 (a proxy is asked with the whole URL).
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from localnet.journal.lines import Line
from localnet.wire.recording import Recorder

EGRESS: Final = "egress"
_LONGEST_HEAD: Final = 16 * 1024
_PORTS: Final = {"http": 80, "ws": 80, "https": 443, "wss": 443}


class Tripwire:
    """The edge `caller→egress`, which leads nowhere."""

    def __init__(self, name: str, recorder: Recorder) -> None:
        self.name = name
        self._recorder = recorder
        self._server: asyncio.Server | None = None
        self._callers: set[asyncio.Transport] = set()

    async def open(self, host: str, port: int) -> None:
        """OSError when the port cannot be had."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Call(self._attempted, self._callers), host, port, reuse_address=True
        )

    async def close(self) -> None:
        if self._server:
            self._server.close()
        for transport in list(self._callers):
            transport.abort()

    def _attempted(self, head: bytes) -> bytes:
        """Writes it down; the answer that refuses it."""
        at, caller = time.time(), self.name.partition("→")[0]
        called, url = read_call(head)
        note = f"{caller} called {url}; refused: nothing leaves this network"
        self._recorder.add(
            lambda: Line(
                at, self._recorder.run, "lifecycle", f"egress {called}", "attempted", self.name, note=note
            )
        )
        body = f"localnet: {note}\n".encode()
        start = "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n"
        return f"{start}Content-Length: {len(body)}\r\n\r\n".encode() + body


def read_call(head: bytes) -> tuple[str, str]:
    """`METHOD HOST:PORT` and the URL as it was asked for; what is no request to a proxy says so."""
    words = head.partition(b"\r\n")[0].decode("latin-1").split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/"):
        return "unreadable", f"something that is not HTTP: {head[:40]!r}"
    method, target, _ = words
    if method == "CONNECT":
        return f"{method} {target}", target
    parts = urlsplit(target)
    try:
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        port = None
    return f"{method} {parts.hostname}:{port}", target.partition("?")[0]


class _Call(asyncio.Protocol):
    def __init__(self, attempted: Callable[[bytes], bytes], callers: set[asyncio.Transport]) -> None:
        self._attempted, self._callers = attempted, callers
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._callers.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002, the interface's
        self._callers.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        if self._transport.is_closing():
            return
        self._head += data
        if b"\r\n\r\n" in self._head or len(self._head) > _LONGEST_HEAD or not _may_be_http(self._head):
            self._transport.write(self._attempted(self._head))
            self._transport.close()


def _may_be_http(head: bytes) -> bool:
    return head[:1].isalpha()
