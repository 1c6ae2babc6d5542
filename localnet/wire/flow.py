"""One direction of a connection: the sender's bytes, observed, judged piece by piece, handed on in order.

What the bytes mean is told by an observer, what happens to each piece by a judge; the flow knows no protocol and no sockets.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol

from localnet.wire.hooks import Verdict

log = logging.getLogger("localnet.wire")

_BACKLOG_LIMIT: Final = 64 * 1024
"""Bytes still taken from a sender while its direction is held; reading on lets the end of the connection be noticed."""


class Piece(Protocol):
    @property
    def raw(self) -> bytes: ...


class Observer(Protocol):
    """`raw` of all pieces, put together, are the bytes fed, as soon as they can be told apart."""

    def feed(self, data: bytes) -> Sequence[Piece]: ...

    def close(self) -> Sequence[Piece]:
        """The sender has ended: what was held back."""
        ...


Judge = Callable[[Any], Verdict | None]


class Socket(Protocol):
    """What a flow asks of the two ends; implemented by link.Side."""

    def write(self, data: bytes) -> None: ...
    def end_writing(self) -> None: ...
    def stop_reading(self, why: str) -> None: ...
    def read_on(self, why: str) -> None: ...


class Flow:
    """While held nothing of it moves; what arrives meanwhile waits. It is held at first, until the connection stands."""

    def __init__(
        self, source: Socket, sink: Socket, finished: Callable[[], None], cut: Callable[[], None]
    ) -> None:
        self._source, self._sink = source, sink
        self._finished, self._cut = finished, cut
        self._observer: Observer
        self._judge: Judge
        self._backlog: deque[bytes] = deque()
        self._left: Sequence[Piece] = ()
        self._held = True
        self._running = False
        self._end_seen = False
        self._hold: asyncio.Future[None] | None = None
        self.over = False

    def turn(self, observer: Observer, judge: Judge, left_over: bytes = b"") -> None:
        """Read with this from now on; `left_over` is what the observer before it did not understand."""
        self._observer, self._judge = observer, judge
        if left_over:
            self._backlog.appendleft(left_over)

    def received(self, data: bytes) -> None:
        self._backlog.append(data)
        if self._held and sum(map(len, self._backlog)) > _BACKLOG_LIMIT:
            self._source.stop_reading("held")
        self._run()

    def ended(self) -> None:
        self._end_seen = True
        self._run()

    def go(self) -> None:
        """The hold is over."""
        self._held = False
        self._source.read_on("held")
        self._run()

    def stop(self) -> None:
        """The connection is gone."""
        self.over = True
        if self._hold:
            self._hold.cancel()

    def _run(self) -> None:
        if self._held or self._running or self.over:
            return
        self._running = True
        while (self._left or self._backlog) and not self._held and not self.over:
            pieces, self._left = self._left or self._observer.feed(self._backlog.popleft()), ()
            self._pass(pieces)
        if self._end_seen and not self._held and not self.over:
            self._pass(self._observer.close())
            if not self._held:
                self._finish()
        self._running = False

    def _finish(self) -> None:
        self.over = True
        self._sink.end_writing()
        self._finished()

    def _pass(self, pieces: Sequence[Piece]) -> None:
        out: list[bytes] = []
        cut = False
        for index, piece in enumerate(pieces):
            verdict = self._judge(piece)
            if verdict is None:
                out.append(piece.raw)
                continue
            if verdict.until is not None:
                self._left = pieces[index + 1 :]
                self._wait(verdict.until, verdict, piece)
                break
            out.append(piece.raw if verdict.raw is None else verdict.raw)
            if cut := verdict.cut:
                break
        self._write(out, cut)

    def _write(self, out: list[bytes], cut: bool) -> None:
        self._sink.write(out[0] if len(out) == 1 else b"".join(out))
        if cut:
            self._cut()

    def _wait(self, until: Awaitable[object], verdict: Verdict, piece: Piece) -> None:
        async def hold() -> None:
            try:
                await until
            except Exception:
                log.exception("what a direction was held for has failed; the connection is cut")
                self._cut()
                return
            self._write([piece.raw if verdict.raw is None else verdict.raw], verdict.cut)
            if not verdict.cut:
                self.go()

        self._held = True
        self._hold = asyncio.ensure_future(hold())
