"""The named points of an edge, and what may be decided there. Which faults exist is not known here.

A hook is asked once per point, in order, one direction at a time; while it holds, that direction stands still and the sender feels
backpressure. An edge without faults has the hook `UNTOUCHED`.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Point(Enum):
    REQUEST = "request"
    """HTTP request head in hand (with its body, up to `Hook.gather` bytes), nothing forwarded. Subject: Exchange."""
    RESPONSE = "response"
    """Final response head in hand, nothing answered: the callee has done its work. Subject: Exchange."""
    ANSWERED = "answered"
    """The last byte of the response has been handed to the caller. Subject: Exchange."""
    SENT_FRAME = "sent frame"
    """WebSocket frame from the caller, whole unless over 64 KiB. Subject: Frame."""
    RECEIVED_FRAME = "received frame"
    COMMIT = "commit"
    """A statement that commits, not forwarded yet. Subject: Statement."""
    COMMITTED = "committed"
    """It did commit and the caller has not been told. Subject: Statement."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The fields apply in this order. A verdict with none of them set lets pass."""

    until: Awaitable[object] | None = None
    """Hold until this is done; what it returns does not matter."""
    answer: bytes | None = None
    """At REQUEST: what the caller gets, in its turn; the callee never sees the request."""
    raw: bytes | None = None
    """Forward this instead: b"" swallows, twice the bytes duplicates."""
    cut: bool = False
    """Then reset both sides."""
    note: str | None = None
    """For the journal line."""


class Hook(Protocol):
    @property
    def gather(self) -> int:
        """Bytes of a request body wanted at REQUEST; 0 forwards heads as they come, which is what no wire would do."""
        ...

    def at(self, point: Point, subject: object, raw: bytes) -> Verdict | None: ...


class Untouched:
    gather = 0

    def at(self, point: Point, subject: object, raw: bytes) -> Verdict | None:  # noqa: ARG002
        return None


UNTOUCHED = Untouched()
