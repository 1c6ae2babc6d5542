"""What a run of a sweep comes to: held, broken, not met or undecided; and a network that is of no more use is left."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from localnet.errors import LocalnetError, ServiceError, UndecidedError
from localnet.journal import Journal, Line, Writer
from localnet.network import NetworkSpec
from localnet.network.faults import Standing
from localnet.report.sweep import runner
from localnet.report.sweep.runner import Cell, Ground, Verdict
from localnet.report.sweep.scenario import Scenario
from localnet.report.sweep.spots import Mishap, Spot
from localnet.wire.fault import Fault
from localnet.world.promises import BrokenPromise, NetworkWish

CELL = Cell(
    Spot("http", "bridge→pds", "POST /write", "", None, "", 0, 1, answer_only=False), Mishap.ANSWER_LOST
)


class Faults:
    hits = 1

    def all(self) -> list[Standing]:
        return [Standing(Fault("one", "bridge→pds", "drop"), self.hits, self.hits)]

    def clear(self) -> None:
        """Nothing stays."""


class Town:
    """A network and a world that only remember."""

    def __init__(self, tmp_path: Path) -> None:
        self.journal = Journal(tmp_path / "journal.jsonl")
        self.faults = Faults()
        self.told: list[str] = []
        self.people: list[object] = []
        self.state, self.rests = "ready", True

    def service(self, _: str) -> Any:
        return SimpleNamespace(state=self.state)

    def start(self, service: str) -> None:
        self.told.append(f"start {service}")

    def close(self) -> None:
        self.told.append("close")

    def verify(self) -> None:
        self.told.append("verify")

    def ends(self) -> None:
        self.told.append("end")

    def is_at_rest(self) -> bool:
        return self.rests


def ground(town: Town, play: Callable[[object], None], monkeypatch: pytest.MonkeyPatch) -> Ground:
    scenario = Scenario("a.py::test_a", cast(Any, play), ("video-appears",), NetworkWish(), Path())
    made = Ground(NetworkSpec(), scenario, cast(Any, None))
    made._at = cast(Any, (town, None))
    monkeypatch.setattr(runner, "TrialWorld", lambda *_: town)
    return made


def breaking(error: Exception) -> Callable[[object], None]:
    def play(_: object) -> None:
        raise error

    return play


ENDINGS: dict[str, tuple[Callable[[object], None], int, Verdict]] = {
    "all is well": (lambda _: None, 1, "held"),
    "the hop never came": (lambda _: None, 0, "not met"),
    "a promise broke": (breaking(BrokenPromise("video-appears", "no post")), 1, "broken"),
    "a check failed": (breaking(AssertionError("two posts")), 1, "broken"),
    "nothing can be said": (breaking(UndecidedError("no rest", "look")), 1, "undecided"),
    "the bridge did not start again": (breaking(ServiceError("bridge ended", "look")), 1, "undecided"),
}


@pytest.mark.parametrize(("play", "hits", "verdict"), ENDINGS.values(), ids=ENDINGS)
def test_a_run_comes_to(
    play: Callable[[object], None],
    hits: int,
    verdict: Verdict,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = Town(tmp_path)
    town.faults.hits = hits

    outcome = ground(town, play, monkeypatch).play(CELL, linked=1)

    assert outcome.verdict == verdict
    assert (outcome.seen == "") is (verdict in ("held", "not met"))
    assert town.told[-1] == "end"


def test_a_bridge_that_was_killed_in_vain_is_there_for_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = Town(tmp_path)
    town.state = "killed"

    ground(town, lambda _: None, monkeypatch).play(CELL, linked=1)

    assert town.told == ["verify", "end", "start bridge"]


def test_a_network_that_finds_no_rest_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town = Town(tmp_path)
    town.rests = False

    ground(town, lambda _: None, monkeypatch).play(CELL, linked=1)

    assert town.told[-1] == "close"


def test_a_scenario_that_fails_by_itself_is_not_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ground, "_routine", lambda *_: set())
    failing = ground(Town(tmp_path), breaking(BrokenPromise("video-appears", "no post")), monkeypatch)

    with pytest.raises(LocalnetError, match="nothing has to go wrong for this") as refused:
        failing.clean()

    assert refused.value.exit_code == 1


def test_a_network_is_left_after_so_many_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town = Town(tmp_path)
    monkeypatch.setattr(runner, "RUNS_EACH", 2)
    twice = ground(town, lambda _: None, monkeypatch)

    twice.play(CELL, linked=1)
    assert "close" not in town.told
    twice.play(CELL, linked=1)
    assert town.told[-1] == "close"


def test_the_evidence_stands_around_what_went_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town = Town(tmp_path)
    town.people = [SimpleNamespace(ids=("alice",))]

    def play(_: object) -> None:
        ids = {"did": ["alice"]}
        hops = [Line(float(at), "n1", "http", f"GET /{at}", "200", "bridge→pds", ids=ids) for at in range(30)]
        looks = [
            Line(20.1, "n1", "sql", "SELECT notes", "SELECT 1", "bridge→postgres", ids=ids),
            Line(20.2, "n1", "http", "GET /of-bob", "200", "bridge→pds", ids={"did": ["bob"]}),
            Line(20.3, "n1", "http", "GET /of-ours", "200", "harness→pds", ids=ids),
        ]
        with Writer(town.journal.path) as writer:
            writer.write([*hops, *looks, Line(20.5, "n1", "fault", "one: drop", "hit", "bridge→pds")])
        raise BrokenPromise("video-appears", "no post")

    shown = ground(town, play, monkeypatch).play(CELL, linked=1).evidence.splitlines()

    assert [line.split()[3] for line in shown[:6]] == ["/17", "/18", "/19", "/20", "drop", "/21"]
    assert len(shown) == runner.BEFORE + runner.AFTER - 4
