"""HTTP on an edge: which answer belongs to which request, what the hook is asked, when a line is written.

Requests the callee must not see are answered here, in their turn: control routes on any edge but the harness's own, and whatever a hook
answers in the callee's place.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from localnet.wire import control, entries
from localnet.wire.bodies import KEPT, Body
from localnet.wire.edge import HARNESS, Edge
from localnet.wire.hooks import UNTOUCHED, Point, Verdict
from localnet.wire.http import (
    Event,
    Exchange,
    Part,
    RequestHead,
    RequestReader,
    ResponseHead,
    ResponseReader,
    Unread,
)
from localnet.wire.link import Link
from localnet.wire.websocket_edge import converse_after_upgrade

_SWALLOWED = Verdict(raw=b"")
_CUT = Verdict(raw=b"", cut=True)


class HttpConversation:
    """`_turns` are the exchanges whose answer the caller does not have yet, oldest first."""

    def __init__(self, edge: Edge, link: Link) -> None:
        self._edge, self._link = edge, link
        self._guarded = edge.caller != HARNESS
        self._requests, self._responses = RequestReader(), ResponseReader()
        self._turns: deque[Exchange] = deque()
        self._gathered: list[bytes] = []
        self._swallowing: Exchange | None = None
        self._copies: list[Exchange] = []
        self._cut_short: Exchange | None = None
        self._room = 0
        """Bytes that the answer which is cut short may still have."""
        self._refusal: str | None = None
        link.up.turn(self._requests, self._sent)
        link.down.turn(self._responses, self._received)

    @property
    def busy(self) -> bool:
        return bool(self._turns)

    def refused(self, why: str) -> None:
        self._refusal = why
        self._link.up.go()

    def ended(self, by_caller: bool) -> None:
        if not by_caller:
            self._conclude("closed", "the callee ended the connection")
        elif self._refusal is not None:
            self._link.cut()

    def over(self, outcome: str, note: str) -> None:
        if self._refusal is not None:
            self._conclude("refused", self._refusal)
        else:
            self._conclude(outcome, note)

    # what the caller sends

    def _sent(self, event: Event) -> Verdict | None:
        if isinstance(event, Unread):
            return self._unread_request(event)
        exchange = event.exchange
        if isinstance(event, RequestHead):
            self._take_turn(exchange)
        if self._refusal is not None:
            enough = event.last or exchange.body.size >= KEPT or _expects(exchange)
            return _CUT if enough else _SWALLOWED
        if isinstance(event, RequestHead):
            return self._requested(event)
        if self._gathered:
            return self._gather(event)
        return None if exchange.answer is None else _SWALLOWED

    def _take_turn(self, exchange: Exchange) -> None:
        exchange.at, exchange.began = time.time(), time.perf_counter()
        self._turns.append(exchange)

    def _requested(self, event: RequestHead) -> Verdict | None:
        exchange = event.exchange
        if self._guarded and control.reaches_for_control(exchange.target):
            self._answer(
                exchange, control.refusal(exchange), "refused by the wire: control routes are for the harness"
            )
            return _SWALLOWED
        if self._edge.hook.gather and not event.last and not _expects(exchange):
            return self._gather(event)
        return self._forward(exchange, self._edge.hook.at(Point.REQUEST, exchange, event.raw))

    def _gather(self, event: RequestHead | ResponseHead | Part) -> Verdict | None:
        """Holds a request back until the hook can see its body."""
        self._gathered.append(event.raw)
        if not event.last and event.exchange.body.size < self._edge.hook.gather:
            return _SWALLOWED
        raw, self._gathered = b"".join(self._gathered), []
        verdict = self._edge.hook.at(Point.REQUEST, event.exchange, raw) or Verdict()
        return self._forward(event.exchange, replace(verdict, raw=raw) if verdict.raw is None else verdict)

    def _forward(self, exchange: Exchange, verdict: Verdict | None) -> Verdict | None:
        if verdict is None:
            self._responses.expected.append(exchange)
            return None
        exchange.note = verdict.note
        if verdict.answer is None:
            if verdict.raw != b"":
                copies = [_copy_of(exchange) for _ in range(verdict.copies - 1)]
                self._copies += copies
                self._responses.expected.extend([exchange, *copies])
            return verdict
        if verdict.until is None:
            self._answer(exchange, verdict.answer, verdict.note)
            return _SWALLOWED
        answer = partial(self._answer, exchange, verdict.answer, verdict.note)
        return Verdict(until=_then(verdict.until, answer), raw=b"")

    def _unread_request(self, event: Unread) -> Verdict | None:
        """Not HTTP: the callee shall judge it, unless it may be meant to get past the guard."""
        if self._requests.trouble and event.raw:
            exchange = Exchange("?", "(unreadable)", [], note=self._requests.trouble)
            self._requests.trouble = None
            self._take_turn(exchange)
            self._responses.expected.append(exchange)
        hides = self._guarded and control.may_hide_control(event.raw)
        return _CUT if hides or self._refusal is not None else None

    # what the callee sends, and the wire in its place

    def _received(self, event: Event) -> Verdict | None:
        if isinstance(event, Unread):
            self._unread_response()
            return None
        exchange = event.exchange
        if exchange is self._cut_short and isinstance(event, Part):
            return self._shortened(event)
        verdict = self._responded(event) if isinstance(event, ResponseHead) and not event.interim else None
        if exchange is self._cut_short or (verdict and verdict.cut):
            return verdict
        if not event.last:
            return _SWALLOWED if verdict is None and exchange is self._swallowing else verdict
        if verdict and verdict.until is not None:
            return replace(verdict, until=_then(verdict.until, partial(self._finish, exchange)))
        if exchange is self._swallowing:
            verdict = _SWALLOWED
        self._finish(exchange)
        return verdict

    def _responded(self, event: ResponseHead) -> Verdict | None:
        exchange = event.exchange
        if exchange in self._copies:
            self._swallowing = exchange
            return _SWALLOWED
        verdict = self._edge.hook.at(Point.RESPONSE, exchange, event.raw)
        if verdict and verdict.note:
            exchange.note = verdict.note
        if verdict and verdict.raw == b"":
            self._swallowing = exchange
        if verdict and verdict.limit is not None:
            self._cut_short, self._room = exchange, verdict.limit
            self._end_when_full()
        due = self._due(exchange)
        if not due:
            return verdict
        verdict = verdict or Verdict()
        return replace(verdict, raw=due + (event.raw if verdict.raw is None else verdict.raw))

    def _shortened(self, event: Part) -> Verdict:
        """What may still pass of an answer that is to end early."""
        raw, self._room = event.raw[: self._room], max(0, self._room - len(event.raw))
        self._end_when_full()
        return Verdict(raw=raw)

    def _end_when_full(self) -> None:
        if self._room == 0:
            asyncio.get_running_loop().call_soon(self._link.close)

    def _unread_response(self) -> None:
        """Whose answer it is cannot be told any more; the oldest request is the likely one."""
        trouble, self._responses.trouble = self._responses.trouble, None
        if trouble and self._turns:
            self._turns[0].note = trouble

    def _finish(self, exchange: Exchange) -> None:
        """The caller is about to be handed the last byte of this answer."""
        is_copy = exchange in self._copies
        if exchange in self._turns:
            self._turns.remove(exchange)
        else:
            exchange.at, exchange.began = time.time(), time.perf_counter()
        if is_copy:
            self._copies.remove(exchange)
        self._record(exchange, None)
        loop = asyncio.get_running_loop()
        if self._edge.hook is not UNTOUCHED and not is_copy:
            loop.call_soon(self._edge.hook.at, Point.ANSWERED, exchange, b"")
        if exchange.upgrade:
            self._after_upgrade(exchange)
        if self._turns and self._turns[0].answer is not None:
            loop.call_soon(self._give_answers)

    def _after_upgrade(self, exchange: Exchange) -> None:
        """What the caller has sent since was held back, for it could have been anything."""
        if self._responses.switched:
            sent, received = self._requests.left_over(), self._responses.left_over()
            converse_after_upgrade(self._edge, self._link, exchange, sent, received)
        else:
            self._requests.proceed()
        asyncio.get_running_loop().call_soon(self._link.up.received, b"")

    def _answer(self, exchange: Exchange, raw: bytes, note: str | None) -> None:
        exchange.answer, exchange.note = raw, note
        if exchange.upgrade:
            self._requests.proceed()
            asyncio.get_running_loop().call_soon(self._link.up.received, b"")
        self._give_answers()

    def _give_answers(self) -> None:
        """Those whose turn it is."""
        self._link.send_to_caller(self._due(None))

    def _due(self, before: Exchange | None) -> bytes:
        """The wire's own answers that come next, at most up to this exchange."""
        due = b""
        while self._turns and self._turns[0] is not before and (answer := self._turns[0].answer) is not None:
            due += answer
            self._record(self._turns.popleft(), answer[9:12].decode())
        return due

    def _conclude(self, outcome: str, note: str) -> None:
        """No answer will come any more for what is still asked."""
        while self._turns:
            exchange = self._turns.popleft()
            exchange.note = "; ".join(part for part in (exchange.note, note) if part)
            self._record(exchange, outcome)

    def _record(self, exchange: Exchange, outcome: str | None) -> None:
        recorder = self._edge.recorder
        ended = time.perf_counter()
        name, number = self._edge.name, self._link.number
        recorder.add(partial(entries.of_exchange, recorder.run, name, exchange, ended, outcome, number))


async def _then(until: Awaitable[object], act: Callable[[], None]) -> None:
    await until
    act()


def _copy_of(exchange: Exchange) -> Exchange:
    return replace(exchange, answer_body=Body(), interim=[], note=f"a copy; {exchange.note}")


def _expects(exchange: Exchange) -> bool:
    """The caller sends its body only after being told to (RFC 9110 section 10.1.1)."""
    return any(name == "expect" and "100-continue" in value.lower() for name, value in exchange.headers)
