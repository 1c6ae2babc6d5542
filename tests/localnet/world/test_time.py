"""A scenario moves its own network's clock, and everybody follows or nothing is said."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from localnet.clock.reading import REAL, Reading
from localnet.errors import MachineError, UndecidedError, UsageError
from localnet.network.clock import Move
from localnet.network.network import Network
from localnet.world import time as world_time
from localnet.world.promises import NotApplicable
from localnet.world.time import WorldClock

HOUR = 3600


class Moved(Network):
    """A network whose services answer a move as the test wants."""

    def __init__(self, **stayed: str) -> None:
        self.moves: list[float] = []
        self.stays = stayed
        self.clock = cast(Any, self)

    @property
    def reading(self) -> Reading:
        return REAL

    def advance(self, seconds: float) -> Move:
        self.moves.append(seconds)
        return Move("later", ("plc",), ("pds",), self.stays)


def clock(network: Network, is_ours: bool = True, happened: Callable[[], None] = lambda: None) -> WorldClock:
    return WorldClock(network, is_ours, happened)


def test_time_passes_for_everybody_and_counts_as_something_that_happened() -> None:
    network, happened = Moved(), list[str]()

    clock(network, happened=lambda: happened.append("yes")).advances("73h")

    assert network.moves == [73 * HOUR]
    assert happened == ["yes"]


def test_who_shares_a_clock_may_not_move_it() -> None:
    network = Moved()

    with pytest.raises(UsageError, match="shares its network's clock"):
        clock(network, is_ours=False).advances("3h")

    assert network.moves == []


def test_somebody_who_stays_behind_decides_nothing() -> None:
    with pytest.raises(UndecidedError, match="bridge: it never asked libc"):
        clock(Moved(bridge="it never asked libc")).advances("3h")


def test_a_machine_that_cannot_build_the_shim_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise MachineError("there is no C compiler", "install one")

    monkeypatch.setattr(world_time, "shim", missing)

    with pytest.raises(NotApplicable, match="there is no C compiler"):
        clock(Moved(bridge="there is no C compiler")).advances("3h")
