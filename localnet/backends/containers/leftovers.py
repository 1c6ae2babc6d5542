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
from localnet.backends.containers.records import Unanswered
from localnet.errors import LocalnetError

APPEAR_SECONDS = 15.0
"""for what a killed run had just asked for to be there and to run; the engine takes less, or has refused"""
GONE_SECONDS = 10.0
NOTHING = Unanswered()
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

    def of(self, run: str, unanswered: Unanswered = NOTHING) -> list[Owned]:
        """Waits for what is `unanswered` to be there and to run, but not for ever: engines of Docker 20.10 that are told to remove a container
        while it starts count it as being on its network from then on, and never give that up.
        """
        deadline = time.monotonic() + (APPEAR_SECONDS if unanswered != NOTHING else 0.0)
        while True:
            found = self._keeper.owned(self._home, run)
            beginning = {owned.name for owned in found if owned.begins}
            is_complete = unanswered.made <= {owned.name for owned in found}
            if (is_complete and not unanswered.started & beginning) or time.monotonic() >= deadline:
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
            list(pool.map(remove, [owned for owned in found if owned.kind == "container"]))
            self._until_gone(found)
            for kind in ("network", "volume"):
                list(pool.map(remove, [owned for owned in found if owned.kind == kind]))
        return kept

    def _until_gone(self, found: Collection[Owned]) -> None:
        """Somebody else may be removing the same containers: the engine itself, for the run that died of it."""
        deadline = time.monotonic() + GONE_SECONDS
        for run in {owned.run for owned in found}:
            while any(owned.kind == "container" for owned in self._keeper.owned(self._home, run)):
                if time.monotonic() > deadline:
                    return
                time.sleep(POLL_SECONDS)
