"""In a trial the fault is set once all is given, people ask again, and somebody looks after the bridge."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from localnet.journal import Journal, Line, Writer
from localnet.report.sweep import trial
from localnet.report.sweep.spots import Someone
from localnet.report.sweep.trial import Arming, Attendant, PatientDoor, Recording
from localnet.wire.fault import Fault
from localnet.world.doors import Answer, Door, Unreachable

FAULT = Fault("one", "bridge→pds", "drop")


class World:
    """With as many people as have come."""

    def __init__(self, people: int = 0) -> None:
        self.people = [Someone(str(number)) for number in range(people)]
        self.faults: list[Fault] = []

    def known(self) -> list[Someone]:
        return self.people

    def set(self, fault: Fault) -> None:
        self.faults.append(fault)


def come(givens: Any, world: World, *linked: bool) -> list[int]:
    """How many faults are set after each has come; a linked person is a person first."""
    counts = []
    for is_linked in linked:
        world.people.append(Someone(str(len(world.people))))
        givens.heard_of(world, is_linked=False)
        if is_linked:
            givens.heard_of(world, is_linked=True)
        counts.append(len(world.faults))
    return counts


@pytest.mark.parametrize(
    ("wanted", "linked", "counts"),
    [
        (0, [False, False], [1, 1]),
        (1, [True, False], [1, 1]),
        (2, [True, True], [0, 1]),
        (1, [False, True], [0, 1]),
    ],
    ids=["nobody is linked", "the first is", "two are", "the second is"],
)
def test_the_fault_is_set_once_all_is_given(wanted: int, linked: list[bool], counts: list[int]) -> None:
    asked: list[int] = []

    def fault(people: Any) -> Fault:
        asked.append(len(people))
        return FAULT

    assert come(Arming(wanted, fault), World(), *linked) == counts
    assert len(asked) == 1


def test_the_story_is_what_happens_between_the_last_given_and_the_first_settling(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    recording = Recording(cast(Any, SimpleNamespace(journal=journal)))

    def happens(what: str) -> None:
        with Writer(journal.path) as writer:
            writer.write([Line(1.0, "n1", "http", what, "200", "bridge→pds")])

    happens("before")
    come(recording, World(), True, True)
    happens("meanwhile")
    recording.story_is_over()
    happens("afterwards")

    assert [line.op for line in recording.lines()] == ["meanwhile"]
    assert recording.linked == 2


class Network:
    def __init__(self, state: str) -> None:
        self.state, self.told = state, list[str]()

    def service(self, _: str) -> Any:
        return SimpleNamespace(state=self.state)

    def start(self, service: str) -> None:
        self.told.append(f"start {service}")
        self.state = "ready"

    def leases_run_out(self) -> None:
        self.told.append("leases run out")

    def pauses_are_over(self) -> None:
        self.told.append("pauses are over")


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("killed", ["leases run out", "start bridge", "pauses are over"]),
        ("ready", ["pauses are over"]),
        ("ending", ["pauses are over"]),
    ],
)
def test_a_bridge_that_was_killed_is_started_again(state: str, told: list[str]) -> None:
    network = Network(state)
    attendant = Attendant(cast(Any, network), cast(Any, network))

    attendant.look()
    attendant.look()

    assert network.told == told


@pytest.mark.parametrize(
    "first", [Unreachable("it is gone", "wait"), Answer(503, b"")], ids=["gone", "broken"]
)
def test_whoever_gets_no_answer_asks_again(
    first: Answer | Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, looks = iter([first, Answer(200, b"ok")]), list[str]()

    def ask(*_: object) -> Answer:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(Door, "_ask", ask)
    door = PatientDoor("bridge", "http://127.0.0.1:1", {}, lambda: looks.append("look"))

    assert door.get("/status").body == b"ok"
    assert len(looks) == 2


def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "WITHIN", 0.0)
    monkeypatch.setattr(Door, "_ask", lambda *_: Answer(503, b"still"))

    assert PatientDoor("bridge", "http://127.0.0.1:1", {}, lambda: None).get("/status").status == 503
