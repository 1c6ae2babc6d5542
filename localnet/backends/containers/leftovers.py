"""What dead runs left in the engine: found by their labels, and by what they noted that they had just asked for.

Whether a run is dead is not decided here: that is its lease's part.
"""

import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from localnet.backends.containers.api import Owned
from localnet.backends.containers.marks import home_of
from localnet.errors import LocalnetError

APPEAR_SECONDS = 3.0
"""for what a killed run had just asked for to be there; the engine takes less, or has refused"""
POLL_SECONDS = 0.05
AT_ONCE = 8


class Keeper(Protocol):
    """The engine, as far as sweeping goes."""

    def owned(self, home: str, run: str | None = None) -> list[Owned]: ...

    def remove(self, owned: Owned) -> None: ...


class Leftovers:
    """`root`: where the runs lie whose things are looked for."""

    def __init__(self, keeper: Keeper, root: Path) -> None:
        self._keeper, self._home = keeper, home_of(root)

    def runs(self) -> set[str]:
        """That have anything here."""
        return {owned.run for owned in self._keeper.owned(self._home)}

    def of(self, run: str, unanswered: Collection[str] = ()) -> list[Owned]:
        """Waits for what is `unanswered` to appear, but not for ever."""
        deadline = time.monotonic() + (APPEAR_SECONDS if unanswered else 0.0)
        while True:
            found = self._keeper.owned(self._home, run)
            if set(unanswered) <= {owned.name for owned in found} or time.monotonic() >= deadline:
                return found
            time.sleep(POLL_SECONDS)

    def remove(self, found: Collection[Owned]) -> dict[Owned, str]:
        """Containers first: a network or volume goes when nobody is on it. What the engine keeps, and why: an engine can
        lose count of who is on a network, and nobody's next start may fail for that.
        """
        kept: dict[Owned, str] = {}

        def remove(owned: Owned) -> None:
            try:
                self._keeper.remove(owned)
            except LocalnetError as error:
                kept[owned] = error.message

        with ThreadPoolExecutor(AT_ONCE) as pool:
            for kind in ("container", "network", "volume"):
                list(pool.map(remove, [owned for owned in found if owned.kind == kind]))
        return kept
