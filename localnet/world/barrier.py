"""The barrier before anything can be said to be absent: three parts, and on timeout it says which did
not come true.

1. The sentinel, a linked person whom no scenario knows, publishes a later video, and it appears.
2. The adapter's question “is anything left to do?” has no row for an answer.
3. The wire is quiet: between two such answers nobody but the harness got on with anything.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from localnet.errors import UndecidedError
from localnet.world.expect import Matcher, Waiting, wait_for


class NotSettled(UndecidedError):
    """The network did not come to rest, so nothing can be said about what is absent."""


@dataclass(frozen=True)
class Barrier:
    sentinel: Callable[[], None]
    """publishes as the sentinel and waits until it is seen; raises the promise that broke"""
    left: Callable[[], list[str]]
    """what the bridge says is left to do; nothing where it cannot be asked"""
    work: Callable[[], list[str]]
    """what passed the wire since the last call and was not routine"""
    also: Sequence[Matcher] = ()
    """asked at each look"""

    def settle(self, waiting: Waiting | None = None) -> None:
        self.sentinel()
        looks = Looks(self.left, self.work)
        wrong = wait_for([*self.also, Matcher("the network is at rest", looks.unrest)], waiting)
        if wrong is not None:
            raise NotSettled(
                f"the network did not come to rest: {wrong}", "look at what it is doing with `localnet trace`"
            )


class Looks:
    """At rest means: nothing left in this look, nor in the one before, and nothing moved between the two."""

    def __init__(self, left: Callable[[], list[str]], work: Callable[[], list[str]]) -> None:
        self._left = left
        self._work = work
        self._was_idle = False

    def unrest(self) -> str | None:
        left = self._left()
        moved = self._work()
        was_idle, self._was_idle = self._was_idle, not left
        if left:
            return f"the bridge has {len(left)} things left to do: {'; '.join(left[:5])}"
        if moved:
            return f"the wire is not quiet: {'; '.join(moved[-5:])}"
        return None if was_idle else "the bridge was idle in one look only"
