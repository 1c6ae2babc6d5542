"""WebSocket on an edge: after an upgrade, what the hook is asked and when a line is written."""

from collections.abc import Callable
from functools import partial

from localnet.wire import entries
from localnet.wire.edge import Edge
from localnet.wire.hooks import Point, Verdict
from localnet.wire.http import Exchange
from localnet.wire.link import Link
from localnet.wire.websocket import Assembler, Frame, FrameReader


class WebSocketConversation:
    """Takes over a link whose HTTP conversation has ended with 101."""

    busy = False

    def __init__(self, edge: Edge, link: Link, extensions: str) -> None:
        self._edge = edge
        inflates = "permessage-deflate" in extensions
        up = Assembler(inflates, "client_no_context_takeover" in extensions)
        down = Assembler(inflates, "server_no_context_takeover" in extensions)
        self.sent: Callable[[Frame], Verdict | None] = partial(self._passed, Point.SENT_FRAME, up)
        self.received: Callable[[Frame], Verdict | None] = partial(self._passed, Point.RECEIVED_FRAME, down)
        link.conversation = self

    def refused(self, why: str) -> None:
        """Cannot happen: the callee has answered."""

    def ended(self, by_caller: bool) -> None:
        """Half-closed; what the other side still sends passes."""

    def over(self, outcome: str, note: str) -> None:
        """Frames have been recorded as they passed."""

    def _passed(self, point: Point, assembler: Assembler, frame: Frame) -> Verdict | None:
        verdict = self._edge.hook.at(point, frame, frame.raw)
        message = assembler.take(frame)
        if message is not None:
            message.sent, message.at = point is Point.SENT_FRAME, entries.now()[0]
            note = verdict.note if verdict else None
            recorder = self._edge.recorder
            recorder.add(partial(entries.of_message, recorder.run, self._edge.name, message, note))
        return verdict


def converse_after_upgrade(edge: Edge, link: Link, exchange: Exchange, sent: bytes, received: bytes) -> None:
    """`sent` and `received` are bytes that came before it was known that they are frames; other upgrades than WebSocket pass unread."""
    agreed = " ".join(value for name, value in exchange.answer_headers if name == "sec-websocket-extensions")
    conversation = WebSocketConversation(edge, link, agreed)
    link.up.turn(FrameReader(), conversation.sent, sent)
    link.down.turn(FrameReader(), conversation.received, received)
