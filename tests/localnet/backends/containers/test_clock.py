"""The clock of a program in a container: what it is started with, and how it is told through the wire's container."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from localnet.backends import clock_shim
from localnet.backends.clock_shim import UNHEARD
from localnet.backends.containers import clock
from localnet.backends.containers.clock import Clocks
from localnet.clock.reading import Reading
from localnet.errors import MachineError, ServiceError


class Engine:
    def version(self) -> dict[str, str]:
        return {"Arch": "amd64"}


READING = Reading(1000.5, 2000.25, 20)


class Wire:
    """Answers what it is asked, one answer after the other."""

    def __init__(self, *answers: tuple[int, str] | Exception) -> None:
        self.asked: list[Sequence[str]] = []
        self._answers = list(answers)

    def run_inside(self, words: Sequence[str]) -> tuple[int, str]:
        self.asked.append(words[3:])
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def clocks() -> Clocks:
    found = Clocks(clock_shim.shim())
    assert found.library
    return found


def follow(clocks: Clocks, wire: Wire) -> str | None:
    return clocks.follow("bridge", cast(Any, wire), READING)(2.5)


def test_a_program_is_started_with_the_shim_before_its_own(clocks: Clocks) -> None:
    assert clocks.environment("bridge", {"A": "b", "LD_PRELOAD": "/own.so"}) == {
        "A": "b",
        "LD_PRELOAD": "/localnet-clock/shim.so /own.so",
        "LOCALNET_CLOCK": "/localnet-clock/bridge",
    }


def test_what_it_needs_lies_there_before_it_starts_and_may_be_written_by_any_user(clocks: Clocks) -> None:
    files = clocks.files("bridge")

    assert {name: mode for name, (_, mode) in files.items()} == {"shim.so": 0o755, "bridge": 0o666}
    assert files["shim.so"][0].startswith(b"\x7fELF")


def test_the_wires_container_writes_and_then_hears(clocks: Clocks) -> None:
    wire = Wire((0, "7"), (0, "heard"))

    assert follow(clocks, wire) is None
    assert wire.asked == [
        ["/localnet-clock/bridge", "1000.5", "2000.25", "20"],
        ["/localnet-clock/bridge", "7", "2.5"],
    ]


@pytest.mark.parametrize(
    ("wire", "says"),
    [
        (Wire((0, "7"), (0, "unheard")), UNHEARD),
        (Wire((1, "No space left on device")), "its clock cannot be written: No space left on device"),
        (Wire(ServiceError("the engine refuses", "look")), "the engine refuses"),
        (Wire((0, "7"), ServiceError("the engine went away", "look")), "the engine went away"),
    ],
    ids=["nobody asked", "a full disk", "an engine that refuses", "an engine that goes away"],
)
def test_whatever_is_in_the_way_is_said(clocks: Clocks, wire: Wire, says: str) -> None:
    assert follow(clocks, wire) == says


def test_without_a_shim_nothing_is_changed_and_the_reason_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise MachineError("there is no C compiler", "install one")

    monkeypatch.setattr(clock, "shim", missing)
    without = Clocks.on(Engine(), Path("/runs"))

    assert without.environment("bridge", {"A": "b"}) == {"A": "b"}
    assert without.files("bridge") == {}
    assert follow(without, Wire()) == "there is no C compiler"
