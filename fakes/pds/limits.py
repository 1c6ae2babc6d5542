"""Rate limits: how many points a caller has in a window, and which methods take how many from which windows.

A window starts with its first call and ends a fixed time later. Off unless the configuration says so, as
in the reference server; the numbers are its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fakes.pds.errors import PdsError

MINUTE, HOUR, DAY = 60, 3600, 86400


@dataclass(frozen=True)
class Limit:
    """`key` says whom the window belongs to: an address, a DID, or the name somebody logs in with."""

    name: str
    points: int
    seconds: int
    key: str = "address"


@dataclass(frozen=True)
class Usage:
    """Where a caller stands after a call."""

    limit: Limit
    remaining: int
    resets_at: float


@dataclass(frozen=True)
class Caller:
    address: str
    did: str
    identifier: str = ""

    def key(self, kind: str) -> str:
        return {"address": self.address, "did": self.did, "login": f"{self.identifier} {self.address}"}[kind]


class RateLimitError(PdsError):
    name = "RateLimitExceeded"

    def __init__(self, usage: Usage) -> None:
        super().__init__("Rate Limit Exceeded")
        self.usage = usage


GLOBAL = Limit("all calls", 3000, 5 * MINUTE)
_WRITES = (Limit("writes in an hour", 5000, HOUR, "did"), Limit("writes in a day", 35_000, DAY, "did"))
_GET_REPO = "com.atproto.sync.getRepo"

BY_METHOD: Mapping[str, tuple[Limit, ...]] = {
    "com.atproto.server.createAccount": (Limit("sign-ups", 100, 5 * MINUTE),),
    "com.atproto.server.createSession": (
        Limit("logins in a day", 300, DAY, "login"),
        Limit("logins", 30, 5 * MINUTE, "login"),
    ),
    "com.atproto.server.deleteAccount": (Limit("deletions", 50, 5 * MINUTE),),
    "com.atproto.server.resetPassword": (Limit("resets", 50, 5 * MINUTE),),
    "com.atproto.server.requestPasswordReset": (
        Limit("reset requests in a day", 50, DAY),
        Limit("reset requests", 15, HOUR),
    ),
    "com.atproto.identity.updateHandle": (
        Limit("handles", 10, 5 * MINUTE, "did"),
        Limit("handles in a day", 50, DAY, "did"),
    ),
    "com.atproto.repo.uploadBlob": (Limit("uploads", 1000, DAY),),
    _GET_REPO: (Limit("exports", 6000, 5 * MINUTE),),
    "com.atproto.repo.createRecord": _WRITES,
    "com.atproto.repo.putRecord": _WRITES,
    "com.atproto.repo.deleteRecord": _WRITES,
    "com.atproto.repo.applyWrites": _WRITES,
}

_POINTS = {"create": 3, "update": 2, "delete": 1}
_POINTS_OF_METHOD = {
    "com.atproto.repo.createRecord": _POINTS["create"],
    "com.atproto.repo.putRecord": _POINTS["update"],
}


def points(nsid: str, given: Any) -> int:
    """What a call takes from the windows of its own method; one from the window of all calls."""
    if nsid == "com.atproto.repo.applyWrites":
        return sum(_POINTS[write["$type"].rpartition("#")[2]] for write in given["writes"])
    return _POINTS_OF_METHOD.get(nsid, 1)


def exhausted(nsid: str, resets_at: float) -> RateLimitError:
    """How a call is refused whose window has nothing left."""
    return RateLimitError(Usage(BY_METHOD.get(nsid, (GLOBAL,))[0], 0, resets_at))


class Limits:
    def __init__(self) -> None:
        self._windows: dict[tuple[str, str], tuple[int, float]] = {}

    def take(self, nsid: str, caller: Caller, given: Any, at: float) -> Usage | None:
        """The tightest of the windows the call counts in; RateLimitError if one has nothing left."""
        own = [self._consume(limit, caller, points(nsid, given), at) for limit in BY_METHOD.get(nsid, ())]
        everywhere = [] if nsid == _GET_REPO else [self._consume(GLOBAL, caller, 1, at)]
        return _tightest([*everywhere, *own])

    def _consume(self, limit: Limit, caller: Caller, taken: int, at: float) -> Usage:
        key = (limit.name, caller.key(limit.key))
        used, resets_at = self._windows.get(key, (0, 0.0))
        if resets_at <= at:
            used, resets_at = 0, at + limit.seconds
        self._windows[key] = (used + taken, resets_at)
        usage = Usage(limit, max(limit.points - used - taken, 0), resets_at)
        if used + taken > limit.points:
            raise RateLimitError(usage)
        return usage


def _tightest(usages: Iterable[Usage]) -> Usage | None:
    return min(usages, key=lambda usage: usage.remaining, default=None)
