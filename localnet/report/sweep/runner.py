"""The sweep itself: a clean run that shows the hops, then one run for each hop and mishap, on a network they share as long as it stays usable."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Literal

from localnet.errors import LocalnetError, UndecidedError, UsageError
from localnet.journal import Line
from localnet.network import Network, NetworkSpec
from localnet.report.sweep.scenario import Scenario
from localnet.report.sweep.spots import Key, Mishap, Someone, Spot, key_of_all, spots_of
from localnet.report.sweep.trial import Arming, Givens, Recording, TrialWorld, warmed_up
from localnet.world.catalogue import Catalogue
from localnet.world.expect import Matcher, wait_for
from localnet.world.moments import BRIDGE
from localnet.world.place import Place
from localnet.world.promises import BrokenPromise
from localnet.world.stage import Backends
from localnet.world.watch import HARNESS, Watch

IDLE_SECONDS: Final = 2.5
"""in which everything happens that a bridge does without being asked"""
BROKEN: Final = 1
"""exit code of a broken promise"""
RUNS_EACH: Final = 100
"""on one network; whoever starts again reads what all of them have left"""
BEFORE, AFTER = 4, 14
"""lines of evidence before and after what went wrong"""
CHANCES: Final = 2
"""runs in which the hop has to be met at least once"""

Verdict = Literal["held", "broken", "not met", "undecided"]


@dataclass(frozen=True)
class Cell:
    spot: Spot
    mishap: Mishap

    def __str__(self) -> str:
        return f"{self.mishap} {self.spot}"


@dataclass(frozen=True)
class Outcome:
    cell: Cell
    verdict: Verdict
    seconds: float
    seen: str = ""
    evidence: str = ""


@dataclass(frozen=True)
class Sweep:
    scenario: str
    seed: int
    spots: Sequence[Spot]
    left_out: int
    outcomes: Sequence[Outcome]
    seconds: float

    @property
    def exit_code(self) -> int:
        verdicts = {outcome.verdict for outcome in self.outcomes}
        return BROKEN if "broken" in verdicts else UndecidedError.exit_code if verdicts - {"held"} else 0


class Ground:
    """One network that runs are played on, one after the other; replaced when a run leaves it in no state for the next."""

    def __init__(self, spec: NetworkSpec, scenario: Scenario, catalogue: Catalogue) -> None:
        self._spec, self._scenario, self._catalogue = spec, scenario, catalogue
        self._backends = Backends()
        self._at: tuple[Network, Place] | None = None
        self._runs = 0

    def close(self) -> None:
        self._leave()
        self._backends.close()

    def clean(self) -> tuple[list[Spot], int, int]:
        """The hops, how many more there were, and how many people have to be linked before the story begins."""
        try:
            return self._clean()
        except (BrokenPromise, AssertionError) as broken:
            raise LocalnetError(
                f"there is nothing to sweep, since nothing has to go wrong for this: {broken}",
                f"localnet test {self._scenario.name}",
                BROKEN,
            ) from broken

    def _clean(self) -> tuple[list[Spot], int, int]:
        network, place = self._ready()
        routine = self._routine(network, place)
        recording = Recording(network)
        world = self._world(place, recording)
        self._scenario.play(world)
        lines = recording.lines()
        known = world.known() if recording.linked else [Someone(one.pubkey) for one in world.known()]
        world.verify()
        spots, left_out = spots_of(lines, known, routine)
        if not spots:
            raise UsageError(
                f"nothing happens in {self._scenario.name} after what is given",
                "sweep a scenario in which somebody does something",
            )
        return spots, left_out, recording.linked

    def play(self, cell: Cell, linked: int) -> Outcome:
        began = time.monotonic()
        outcome = self._played(cell, linked)
        return replace(outcome, seconds=time.monotonic() - began)

    def _played(self, cell: Cell, linked: int) -> Outcome:
        try:
            network, place = self._ready()
        except (LocalnetError, BrokenPromise) as error:
            return Outcome(cell, "undecided", 0.0, str(error))
        watch = Watch(network.journal)
        world = self._world(place, Arming(linked, partial(cell.spot.fault, cell.mishap)))
        try:
            self._scenario.play(world)
            met = any(standing.hits for standing in network.faults.all())
            world.verify()
            outcome = Outcome(cell, "held" if met else "not met", 0.0)
        except BrokenPromise as broken:
            outcome = Outcome(cell, "broken", 0.0, str(broken), _evidence(watch.new(), world))
        except AssertionError as wrong:
            outcome = Outcome(cell, "broken", 0.0, str(wrong), _evidence(watch.new(), world))
        except LocalnetError as error:
            outcome = Outcome(cell, "undecided", 0.0, str(error), _evidence(watch.new(), world))
        finally:
            self._tidy(network, world)
        return outcome

    def _tidy(self, network: Network, world: TrialWorld) -> None:
        """The next run finds everything as this one did, or another network."""
        try:
            self._runs += 1
            network.faults.clear()
            world.ends()
            if network.service(BRIDGE).state == "killed":
                network.start(BRIDGE)
            usable = world.is_at_rest()
        except (LocalnetError, BrokenPromise):
            usable = False
        if not usable or self._runs >= RUNS_EACH:
            self._leave()

    def _routine(self, network: Network, place: Place) -> set[Key]:
        """What the bridge does when nobody wants anything but to know how somebody is."""
        watch = Watch(network.journal)
        threading.Event().wait(IDLE_SECONDS)
        assert place.sentinel
        place.sentinel.is_ready().is_wrong()
        lines: list[Line] = []

        def is_unseen() -> str | None:
            lines.extend(watch.new())
            seen = any(line.caller == HARNESS and line.op.startswith("GET") for line in lines)
            return None if seen else "the journal has not got there"

        wait_for([Matcher("the look at the sentinel is in the journal", is_unseen)])
        return key_of_all(lines)

    def _world(self, place: Place, givens: Givens) -> TrialWorld:
        return TrialWorld(place, self._scenario.claims, self._scenario.directory / "schemas", givens)

    def _ready(self) -> tuple[Network, Place]:
        if self._at is None:
            network = self._backends.start(self._spec)
            try:
                self._at, self._runs = (network, warmed_up(network, self._catalogue)), 0
            except BaseException:
                network.close()
                raise
        return self._at

    def _leave(self) -> None:
        if self._at is not None:
            network, _ = self._at
            self._at = None
            network.close()


def sweep(
    scenario: Scenario,
    spec: NetworkSpec,
    catalogue: Catalogue,
    wanted: Callable[[Cell], bool],
    side_by_side: int,
    tell: Callable[[Outcome, int, int], None],
) -> Sweep:
    """`tell` hears of each outcome, with its number and how many there are."""
    began = time.monotonic()
    grounds = [Ground(spec, scenario, catalogue) for _ in range(max(1, side_by_side))]
    try:
        spots, left_out, linked = grounds[0].clean()
        cells = [cell for spot in spots for mishap in spot.mishaps if wanted(cell := Cell(spot, mishap))]
        outcomes = _played_all(grounds, cells, linked, tell)
    finally:
        for ground in grounds:
            ground.close()
    return Sweep(scenario.name, spec.seed or 0, spots, left_out, outcomes, time.monotonic() - began)


def _played_all(
    grounds: Sequence[Ground], cells: Sequence[Cell], linked: int, tell: Callable[[Outcome, int, int], None]
) -> list[Outcome]:
    waiting = list(reversed(cells))
    outcomes: list[Outcome] = []
    lock = threading.Lock()

    def work(ground: Ground) -> None:
        while True:
            with lock:
                if not waiting:
                    return
                cell = waiting.pop()
            outcome = ground.play(cell, linked)
            for _ in range(CHANCES - 1):
                if outcome.verdict == "not met":
                    outcome = ground.play(cell, linked)
            with lock:
                outcomes.append(outcome)
                tell(outcome, len(outcomes), len(cells))

    with ThreadPoolExecutor(len(grounds)) as pool:
        for done in [pool.submit(work, ground) for ground in grounds]:
            done.result()
    return sorted(outcomes, key=lambda outcome: cells.index(outcome.cell))


def _evidence(lines: Sequence[Line], world: TrialWorld) -> str:
    """What went wrong, and the hops of the run's people around it; looks into the database say little there."""
    ids = {identifier for person in world.people for identifier in person.ids}
    told = sorted((line for line in lines if _tells(line, ids)), key=lambda line: line.at)
    place = next(
        (at for at, line in enumerate(told) if line.kind == "fault" and line.outcome == "hit"), len(told)
    )
    return "\n".join(
        f"{line.at - told[0].at:8.3f}  {line.edge or line.kind:<18} {line.op[:100]}  {line.outcome}"
        for line in told[max(0, place - BEFORE) : place + AFTER]
    )


def _tells(line: Line, ids: set[str]) -> bool:
    if line.kind in ("fault", "lifecycle"):
        return True
    is_look = line.kind == "sql" and line.op.startswith(("SELECT", "COMMIT")) and line.note is None
    return (
        line.caller != HARNESS
        and not is_look
        and any(not ids.isdisjoint(found) for found in line.ids.values())
    )
