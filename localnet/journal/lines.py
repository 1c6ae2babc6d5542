"""The journal's line: one hop, frame, statement or lifecycle step as one JSON object, and its two conversions.

Not here: what may stand in a line (redaction.py), which ids it carries (ids.py), files (writer.py, journal itself).
For SQL `request.body` is the statement, `request.headers` holds its parameters as `$1`, `$2`, ...; `response.body` holds the
rows that came back, one JSON object a line.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

Kind = Literal["http", "websocket", "sql", "lifecycle", "fault", "clock"]
Ids = Mapping[str, list[str]]
"""Keys: event, pubkey, did, uri, cid, job."""

LINE_LIMIT = 64 * 1024
"""A line with its newline is never longer, so that one append is one write and lines of two writers do not mix."""

BODY_LIMIT = 4096
"""Characters of a body that a line holds."""


@dataclass(frozen=True, slots=True)
class Request:
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    bytes: int = 0
    sha256: str | None = None
    """Of a body that is not text, or is longer than the line holds."""


@dataclass(frozen=True, slots=True)
class Response:
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    bytes: int = 0
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    at: float
    """Unix seconds at which it began; lines are written when it ended, so a journal is not sorted by it."""
    run: str
    kind: Kind
    op: str
    outcome: str
    edge: str | None = None
    ms: float | None = None
    ids: Ids = field(default_factory=dict)
    request: Request | None = None
    response: Response | None = None
    note: str | None = None
    connection: int | None = None
    """Which one of its network's, counted as the wire accepted them: a transaction, or a WebSocket's messages, share it."""

    @property
    def caller(self) -> str | None:
        return self.edge.partition("→")[0] if self.edge else None

    @property
    def callee(self) -> str | None:
        return self.edge.partition("→")[2] if self.edge else None


def encode(line: Line) -> bytes:
    """Without the newline."""
    return orjson.dumps(line)


def decode(text: bytes) -> Line:
    """ValueError when it is not a line."""
    found: Any = orjson.loads(text)
    try:
        request, response = found.pop("request", None), found.pop("response", None)
        return Line(
            **found,
            request=Request(**request) if request is not None else None,
            response=Response(**response) if response is not None else None,
        )
    except (AttributeError, TypeError) as error:
        raise ValueError(f"not a journal line: {error}") from error
