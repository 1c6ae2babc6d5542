"""What follows an upgrade on an edge: WebSocket frames, or bytes of a protocol that is not read."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from localnet.journal.lines import Line
from localnet.wire import entries
from localnet.wire.edge import Edge
from localnet.wire.flow import Judge
from localnet.wire.hooks import Point, Verdict
from localnet.wire.http import Exchange, Unread
from localnet.wire.link import Link
from localnet.wire.websocket import Assembler, Frame, FrameReader, Message


@dataclass(frozen=True, slots=True)
class Passing:
    """A message that a hook is asked about; `connection` tells it from those of other connections."""

    message: Message
    connection: object


class WebSocketConversation:
    """Takes over a link whose HTTP conversation has ended with 101. One line per message, one when the connection is gone."""

    busy = False

    def __init__(self, edge: Edge, number: int, deflated: bool) -> None:
        """`number` of the connection, for its lines."""
        self._edge, self._number = edge, number
        self._at, self._began = time.time(), time.perf_counter()
        self._counts = {Point.SENT_FRAME: 0, Point.RECEIVED_FRAME: 0}
        self._ends: list[str] = []
        self.sent = self._judge(Point.SENT_FRAME, Assembler(deflated))
        self.received = self._judge(Point.RECEIVED_FRAME, Assembler(deflated))

    def refused(self, why: str) -> None:
        """Cannot happen: the callee has answered."""

    def ended(self, by_caller: bool) -> None:
        self._ends.append(f"the {'caller' if by_caller else 'callee'} ended")

    def over(self, outcome: str, note: str) -> None:
        ended = time.perf_counter()
        counts = (self._counts[Point.SENT_FRAME], self._counts[Point.RECEIVED_FRAME])
        note = "; ".join(part for part in (*self._ends[:1], note) if part)
        self._record(entries.of_websocket_end, self._at, self._began, ended, counts, outcome, note)

    def _judge(self, point: Point, assembler: Assembler) -> Callable[[Frame], Verdict | None]:
        sent = point is Point.SENT_FRAME

        def judge(frame: Frame) -> Verdict | None:
            message = assembler.take(frame)
            if message is None:
                return None
            whole = frame.first and message.frames == 1
            verdict = self._edge.hook.at(point, Passing(message, self), frame.raw) if whole else None
            self._counts[point] += 1
            self._record(entries.of_message, message, sent, time.time(), verdict.note if verdict else None)
            return verdict

        return judge

    def _record(self, make: Callable[..., Line], *seen: object) -> None:
        recorder = self._edge.recorder
        recorder.add(partial(make, recorder.run, self._edge.name, *seen, self._number))


class UnreadConversation:
    """Of CONNECT, and of upgrades to anything else: bytes pass, nothing is said about them."""

    busy = False

    def refused(self, why: str) -> None:
        """Cannot happen: the callee has answered."""

    def ended(self, by_caller: bool) -> None:
        """Nothing waits."""

    def over(self, outcome: str, note: str) -> None:
        """The exchange that led here has its line."""


class _Unobserved:
    def feed(self, data: bytes) -> list[Unread]:
        return [Unread(data)]

    def close(self) -> list[Unread]:
        return []


def _pass(_: Unread) -> None:
    """Lets pass."""


def converse_after_upgrade(edge: Edge, link: Link, exchange: Exchange, sent: bytes, received: bytes) -> None:
    """`sent` and `received` are bytes that came before it was known what they would be."""
    answered = dict(exchange.answer_headers)
    if exchange.status == 101 and answered.get("upgrade", "").lower() == "websocket":
        websocket = WebSocketConversation(
            edge, link.number, "permessage-deflate" in answered.get("sec-websocket-extensions", "")
        )
        link.conversation = websocket
        link.up.turn(FrameReader(), websocket.sent, sent)
        link.down.turn(FrameReader(), websocket.received, received)
    else:
        link.conversation = UnreadConversation()
        unobserved: Judge = _pass
        link.up.turn(_Unobserved(), unobserved, sent)
        link.down.turn(_Unobserved(), unobserved, received)
