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
    """A WebSocket message of one whole frame from the caller, not forwarded yet. Subject: Passing."""
    RECEIVED_FRAME = "received frame"
    STATEMENT = "statement"
    """A statement that is to be executed, not forwarded yet. Subject: Statement."""
    ENDED = "ended"
    """It has ended, well or not, and the caller has not been told. Subject: Statement."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The fields apply in this order. A verdict with none of them set lets pass."""

    until: Awaitable[object] | None = None
    """Hold until this is done; what it returns does not matter."""
    answer: bytes | None = None
    """At REQUEST: what the caller gets, in its turn; the callee never sees the request. At STATEMENT: an ErrorResponse, which the
    caller gets once the callee has failed at something else in its place."""
    raw: bytes | None = None
    """Forward this instead: b"" swallows."""
    copies: int = 1
    """At REQUEST: how many requests `raw` is; the caller gets the first answer."""
    limit: int | None = None
    """At RESPONSE: bytes of the body after which the connection ends."""
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
