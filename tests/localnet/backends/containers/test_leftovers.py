"""What is swept of a dead run: all that carries its labels, and what the engine was still making when it died."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from localnet.backends.containers import leftovers
from localnet.backends.containers.api import Owned
from localnet.backends.containers.leftovers import Leftovers
from localnet.backends.containers.marks import (
    container_name,
    home_of,
    labels,
    network_name,
    run_of,
    volume_name,
)
from localnet.backends.containers.records import Records, Unanswered, unanswered, used_engine
from localnet.errors import MachineError

ROOT = Path("/dev/shm/localnet-7")
WIRE = Owned("container", "c1", container_name("run-1", "wire"), "run-1")
INSIDE = Owned("network", "n1", network_name("run-1", "inside"), "run-1")
CLOCKS = Owned("volume", volume_name("run-1"), volume_name("run-1"), "run-1")
OTHERS = Owned("container", "c2", container_name("run-2", "wire"), "run-2")


class FakeEngine:
    def __init__(self, *owned: Owned, home: Path = ROOT) -> None:
        self.home, self.there = home_of(home), list(owned)
        self.removed: list[Owned] = []
        self.stuck: set[Owned] = set()
        self.being_removed: set[Owned] = set()

    def owned(self, home: str, run: str | None = None) -> list[Owned]:
        return [owned for owned in self.there if home == self.home and run in (None, owned.run)]

    def remove(self, owned: Owned) -> None:
        if owned in self.stuck:
            raise MachineError("it has active endpoints", "start the engine again")
        if owned in self.being_removed:
            return
        self.there.remove(owned)
        self.removed.append(owned)


def test_networks_and_volumes_go_after_the_containers_on_them() -> None:
    engine = FakeEngine(CLOCKS, INSIDE, WIRE, OTHERS)
    of_root = Leftovers(engine, ROOT)

    of_root.remove(of_root.of("run-1"))

    assert engine.removed == [WIRE, INSIDE, CLOCKS]
    assert engine.there == [OTHERS]


def test_what_the_engine_keeps_is_told_and_keeps_nothing_else() -> None:
    engine = FakeEngine(CLOCKS, INSIDE, WIRE)
    engine.stuck = {INSIDE}

    kept = Leftovers(engine, ROOT).remove([CLOCKS, INSIDE, WIRE])

    assert kept == {INSIDE: "it has active endpoints"}
    assert engine.removed == [WIRE, CLOCKS]


def test_runs_of_another_folder_are_not_even_seen() -> None:
    engine = FakeEngine(WIRE, OTHERS)

    assert Leftovers(engine, ROOT).runs() == {"run-1", "run-2"}
    assert Leftovers(engine, Path("/elsewhere")).runs() == set()


def test_what_was_just_asked_for_is_waited_for() -> None:
    engine = FakeEngine()
    appearing = threading.Timer(0.2, lambda: engine.there.append(WIRE))
    appearing.start()

    assert Leftovers(engine, ROOT).of("run-1", Unanswered(made=frozenset({WIRE.name}))) == [WIRE]


def test_what_was_just_told_to_start_runs_before_it_is_removed() -> None:
    beginning = replace(WIRE, begins=True)
    engine = FakeEngine(beginning)
    starting = threading.Timer(0.2, lambda: engine.there.__setitem__(0, WIRE))
    starting.start()

    assert Leftovers(engine, ROOT).of("run-1", Unanswered(started=frozenset({WIRE.name}))) == [WIRE]
    assert Leftovers(FakeEngine(beginning), ROOT).of("run-1") == [beginning], "nobody told it to"


def test_a_network_goes_when_the_engine_is_done_with_who_is_on_it() -> None:
    engine = FakeEngine(INSIDE, WIRE)
    at_work = threading.Timer(0.2, lambda: engine.there.remove(WIRE))
    engine.being_removed = {WIRE}
    at_work.start()

    assert Leftovers(engine, ROOT).remove([INSIDE, WIRE]) == {}
    assert engine.there == []


def test_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "APPEAR_SECONDS", 0.1)

    assert Leftovers(FakeEngine(), ROOT).of("run-1", Unanswered(made=frozenset({WIRE.name}))) == []


class TestRecords:
    def test_what_was_made_or_refused_will_not_appear_any_more(self, tmp_path: Path) -> None:
        records = Records(tmp_path)
        with records.making("made"):
            pass
        with pytest.raises(RuntimeError), records.making("refused"):
            raise RuntimeError
        with records.making("killed"):
            assert unanswered(tmp_path) == Unanswered(made=frozenset({"killed"}))
        with records.starting("killed"):
            assert unanswered(tmp_path) == Unanswered(started=frozenset({"killed"}))

    def test_a_run_without_an_engine_is_told_from_one_with(self, tmp_path: Path) -> None:
        assert not used_engine(tmp_path)
        assert unanswered(tmp_path) == Unanswered()
        with Records(tmp_path).making("a network"):
            pass
        assert used_engine(tmp_path)


class TestMarks:
    def test_say_which_run_and_whose(self) -> None:
        found = labels("run-1", ROOT, "pds")

        assert run_of(found) == "run-1"
        assert str(ROOT) in found["localnet.home"]
        assert found["localnet.service"] == "pds"

    def test_differ_between_folders(self) -> None:
        assert home_of(ROOT) != home_of(Path("/tmp/localnet-7"))
