"""The one place that waits.

A matcher knows nothing of time: asked, it says what is wrong, or None. `wait_for` asks until all are
content; on timeout the last reasons become the message. A matcher that sees something which will not get
better says so with `Final`, and nobody waits for it.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

DEADLINE = 10.0
"""seconds until what was promised must be there"""
PAUSE = 0.015
"""seconds between two looks"""


class Final(str):
    """A reason that waiting cannot remove."""

    __slots__ = ()


@dataclass(frozen=True)
class Matcher:
    """A condition in the words of the domain: `is_wrong` returns what is wrong, or None."""

    sentence: str
    is_wrong: Callable[[], str | None]
    concerns: tuple[str, ...] = ()
    """ids whose hops explain it"""


@dataclass
class Seldom:
    """Something to be done while waiting, and not at every look. It has nothing to say."""

    act: Callable[[], None]
    every: float = 0.2
    """seconds"""
    now: Callable[[], float] = time.monotonic
    _next: float = field(default=0.0, init=False)

    def look(self) -> None:
        if self.now() >= self._next:
            self._next = self.now() + self.every
            self.act()


@dataclass
class Waiting:
    """How long to look and how. Times are seconds; a test passes its own clock."""

    within: float = DEADLINE
    pause: float = PAUSE
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    is_patient: bool = False
    """waits also where waiting is said to be of no use"""
    looks: int = field(default=0, init=False)


def wait_for(matchers: Iterable[Matcher], waiting: Waiting | None = None) -> str | None:
    """None once every matcher was content in one look; else the last reasons, one a line."""
    waiting = waiting or Waiting()
    asked = list(matchers)
    deadline = waiting.now() + waiting.within
    while True:
        waiting.looks += 1
        reasons = wrong_now(asked)
        if not reasons:
            return None
        if not waiting.is_patient and any(isinstance(reason, Final) for reason in reasons):
            return "\n".join(reasons)
        if waiting.now() >= deadline:
            return "\n".join((*reasons, f"(after {waiting.within:g} s)"))
        waiting.sleep(waiting.pause)


def wrong_now(matchers: Iterable[Matcher]) -> list[str]:
    """The reasons of those that are not content at this moment."""
    return [reason for matcher in matchers if (reason := matcher.is_wrong()) is not None]
