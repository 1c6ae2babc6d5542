"""Two sockets and the bytes between them: backpressure, half-close, reset. Knows no protocol.

The connection to the callee is opened as soon as the caller's stands, so that a callee which closes idle connections is seen to do so. What
can not be passed on is a refused connection: the caller's is already accepted, so it is reset instead.
"""

import asyncio
import contextlib
import errno
import os
import socket
import struct
from collections.abc import Callable
from typing import Final, Protocol

from localnet.wire.flow import Flow

_NO_LINGER: Final = struct.pack("ii", 1, 0)


class Conversation(Protocol):
    """What a protocol makes of one connection. It turns the link's flows to its observers when it is made."""

    @property
    def busy(self) -> bool:
        """Something asked for is not answered yet."""
        ...

    def refused(self, why: str) -> None:
        """The callee cannot be reached; cut the link, now or once it is known what the caller wanted."""
        ...

    def ended(self, by_caller: bool) -> None:
        """One side will send nothing more."""
        ...

    def over(self, outcome: str, note: str) -> None:
        """Nothing will pass any more: `reset`, `abandoned` (by the caller) or `closed`."""
        ...


class Side(asyncio.Protocol):
    """One socket; `flow` carries what comes out of it, `other` is where that goes."""

    flow: Flow
    other: "Side"

    def __init__(self, made: Callable[[], None], lost: Callable[["Side", Exception | None], None]) -> None:
        self._made, self._lost = made, lost
        self._stops: set[str] = set()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._stops:
            transport.pause_reading()
        self._made()

    def data_received(self, data: bytes) -> None:
        self.flow.received(data)

    def eof_received(self) -> bool:
        self.flow.ended()
        return True

    def pause_writing(self) -> None:
        self.other.stop_reading("full")

    def resume_writing(self) -> None:
        self.other.read_on("full")

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost(self, exc)

    @property
    def is_stopped(self) -> bool:
        """Nothing is read from it for now."""
        return bool(self._stops)

    def waiting_bytes(self) -> int:
        """Written and not taken by the other end yet."""
        return self._transport.get_write_buffer_size() if self._transport else 0

    def stop_reading(self, why: str) -> None:
        if not self._stops and (transport := self._open()):
            transport.pause_reading()
        self._stops.add(why)

    def read_on(self, why: str) -> None:
        stopped = bool(self._stops)
        self._stops.discard(why)
        if stopped and not self._stops and (transport := self._open()):
            transport.resume_reading()

    def write(self, data: bytes) -> None:
        if data and (transport := self._open()):
            transport.write(data)

    def end_writing(self) -> None:
        if transport := self._open():
            with contextlib.suppress(OSError):
                transport.write_eof()

    def close(self) -> None:
        if self._transport:
            self._transport.close()

    def reset(self) -> None:
        """A real RST, which takes a linger time of zero."""
        if self._transport:
            _reset(self._transport)

    def _open(self) -> asyncio.Transport | None:
        return self._transport if self._transport and not self._transport.is_closing() else None


class Refusal(asyncio.Protocol):
    """Of a connection that is not to be: reset as soon as it stands."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        _reset(transport)


def _reset(transport: asyncio.Transport) -> None:
    with contextlib.suppress(OSError):
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


class Link:
    """One connection through the wire. `up` carries what the caller sends, `down` what the callee does."""

    def __init__(
        self,
        upstream: str,
        converse: Callable[["Link"], Conversation],
        closed: Callable[["Link"], None],
        number: int,
    ) -> None:
        self._upstream, self._closed, self.number = upstream, closed, number
        self._connecting: asyncio.Task[None] | None = None
        self._gone = False
        self.caller = Side(self._accepted, self._lost)
        self.callee = Side(self._connected, self._lost)
        self.caller.other, self.callee.other = self.callee, self.caller
        self.up = Flow(self.caller, self.callee, lambda: self._ended(by_caller=True), self.cut)
        self.down = Flow(self.callee, self.caller, lambda: self._ended(by_caller=False), self.cut)
        self.caller.flow, self.callee.flow = self.up, self.down
        self.conversation = converse(self)

    def send_to_caller(self, raw: bytes) -> None:
        """Bytes of the wire's own, between two pieces."""
        self.caller.write(raw)

    def cut(self) -> None:
        """Reset both sides, as a host that crashed and came back would."""
        self._part("reset", "cut by the wire")
        self.caller.reset()
        self.callee.reset()

    def close(self) -> None:
        """End both sides in order, after what is already under way."""
        self._part("closed", "ended by the wire")
        self.caller.close()
        self.callee.close()

    def _accepted(self) -> None:
        self._connecting = asyncio.ensure_future(self._connect())

    async def _connect(self) -> None:
        try:
            await _open(self._upstream, lambda: self.callee)
        except OSError as error:
            if not self._gone:
                self.conversation.refused(_reason(error))

    def _connected(self) -> None:
        if self._gone:
            self.callee.reset()
            return
        self.up.go()
        self.down.go()

    def _ended(self, by_caller: bool) -> None:
        self.conversation.ended(by_caller)
        if self.up.over and self.down.over and not self._gone:
            self._part("closed", "")
            self.caller.close()
            self.callee.close()

    def _lost(self, side: Side, error: Exception | None) -> None:
        if self._gone:
            return
        by_caller = side is self.caller
        self._part(
            "abandoned" if by_caller else "reset",
            f"{'the caller' if by_caller else 'the callee'} reset the connection{f' ({error})' if error else ''}",
        )
        side.other.reset()

    def _part(self, outcome: str, note: str) -> None:
        if self._gone:
            return
        self._gone = True
        self.up.stop()
        self.down.stop()
        self.conversation.over(outcome, note)
        self._closed(self)


def _reason(error: OSError) -> str:
    """A name that means nobody is a service that is gone, which elsewhere shows as a port nobody listens on."""
    if isinstance(error, socket.gaierror):
        return os.strerror(errno.ECONNREFUSED)
    return os.strerror(error.errno) if error.errno else str(error)


async def listens(upstream: str) -> bool:
    try:
        await _open(upstream, _Hello)
    except OSError:
        return False
    return True


class _Hello(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


async def _open(upstream: str, make: Callable[[], asyncio.Protocol]) -> None:
    loop = asyncio.get_running_loop()
    where, _, address = upstream.rpartition(":")
    if where == "unix":
        await loop.create_unix_connection(make, address)
    else:
        await loop.create_connection(make, where, int(address))
