"""The firehose: every change of every account, numbered, framed once, kept for a day.

A frame is a DAG-CBOR header and body. Followers are told of each event as it is appended; who they are and
how they are reached is the routes' business. Rules: https://atproto.com/specs/event-stream,
https://atproto.com/specs/sync.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from fakes.atproto import car, cbor
from fakes.atproto.repo import Commit
from fakes.pds.repository import Change, Op

WINDOW = 24 * 3600

Follower = Callable[["Event"], None]


@dataclass(frozen=True)
class Event:
    seq: int
    at: float
    did: str
    frame: bytes = field(repr=False)


@dataclass(frozen=True)
class Backfill:
    """What a follower with a cursor gets first; `outdated` if the window does not reach back to it."""

    events: list[Event]
    outdated: bool


class FutureCursorError(ValueError):
    pass


class Sequencer:
    def __init__(self, prev_data: bool = True, nulls: bool = False) -> None:
        self._prev_data = prev_data
        self._nulls = nulls
        self._events: list[Event] = []
        self._last = 0
        self._forgotten = 0
        """the last event that has left the window and is not kept any more"""
        self._followers: set[Follower] = set()

    def __len__(self) -> int:
        """How many events are kept."""
        return len(self._events)

    def identity(self, did: str, handle: str | None, at: float) -> None:
        self._append(did, "#identity", {"did": did} | ({"handle": handle} if handle else {}), at)

    def account(self, did: str, status: str | None, at: float) -> None:
        body: dict[str, Any] = {"did": did, "active": status is None}
        told = status is not None or self._nulls
        self._append(did, "#account", {**body, "status": status} if told else body, at)

    def sync(self, commit: Commit, at: float) -> None:
        blocks = car.write([commit.cid], [(commit.cid, commit.encode())])
        self._append(commit.did, "#sync", {"did": commit.did, "rev": commit.rev, "blocks": blocks}, at)

    def commit(self, change: Change, at: float) -> None:
        commit = change.commit
        body: dict[str, Any] = {
            "repo": commit.did,
            "commit": commit.cid,
            "rev": commit.rev,
            "since": change.since,
            "blocks": car.write([commit.cid], change.blocks.items()),
            "ops": [_op(op) for op in change.ops],
            "blobs": [],
            "rebase": False,
            "tooBig": False,
        }
        if change.prev_data is not None and self._prev_data:
            body["prevData"] = change.prev_data
        if self._nulls:
            body["prev"] = None
        self._append(commit.did, "#commit", body, at)

    def deletion(self, did: str, at: float) -> None:
        """The account's last event; the earlier ones are forgotten."""
        self._events = [event for event in self._events if event.did != did]
        self.account(did, "deleted", at)

    def follow(self, follower: Follower) -> Callable[[], None]:
        """Tells of each further event; the result ends it."""
        self._followers.add(follower)
        return lambda: self._followers.discard(follower)

    def after(self, cursor: int, at: float) -> Backfill:
        if cursor > self._last:
            raise FutureCursorError(f"cursor {cursor} is beyond the last event {self._last}")
        missed = self._events[bisect_right(self._events, cursor, key=lambda event: event.seq) :]
        kept = [event for event in missed if event.at >= at - WINDOW]
        return Backfill(kept, outdated=len(kept) < len(missed) or max(cursor, 0) < self._forgotten)

    def _append(self, did: str, kind: str, body: dict[str, Any], at: float) -> None:
        self._last += 1
        numbered = {"seq": self._last, **body, "time": timestamp(at)}
        event = Event(self._last, at, did, frame(kind, numbered))
        self._events.append(event)
        self._forget(at)
        for follower in tuple(self._followers):
            follower(event)

    def _forget(self, at: float) -> None:
        """Nobody can ask for what has left the window; it goes once it is the larger half."""
        if self._events[len(self._events) // 2].at < at - WINDOW:
            self._forgotten = self._events[len(self._events) // 2].seq
            del self._events[: len(self._events) // 2 + 1]


def frame(kind: str, body: dict[str, Any]) -> bytes:
    return cbor.encode({"op": 1, "t": kind}) + cbor.encode(body)


def error_frame(error: str, message: str) -> bytes:
    return cbor.encode({"op": -1}) + cbor.encode({"error": error, "message": message})


def timestamp(at: float) -> str:
    """ISO 8601 in UTC with milliseconds."""
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _op(op: Op) -> dict[str, Any]:
    body = {"action": op.action, "path": op.path, "cid": op.cid}
    return body if op.prev is None else {**body, "prev": op.prev}
