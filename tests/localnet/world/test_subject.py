"""A bridge is killed at the moment that was asked for, or the scenario says that it was not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from localnet.errors import ServiceError, UndecidedError
from localnet.journal import Line, Writer
from localnet.network import NetworkSpec
from localnet.wire.fault import Fault
from localnet.world import subject
from localnet.world.promises import BrokenPromise
from localnet.world.subject import FETCHING_THE_FILM, STORING_THE_FILM, Subject
from tests.localnet.world.doubles import NetworkDouble

FETCH = ("bridge→media", "GET /abc.mp4")
OF_OTHERS = ("harness→media", "GET /abc.mp4")
WRITE = ("bridge→pds", "POST /xrpc/com.atproto.repo.createRecord")


@pytest.fixture
def network(tmp_path: Path) -> NetworkDouble:
    return NetworkDouble("n1", NetworkSpec(), tmp_path)


def bridge(network: NetworkDouble, happened: Callable[[], None] = lambda: None) -> Subject:
    return Subject(cast(Any, network), "bridge", cast(Any, None), happened)


def passing(network: NetworkDouble, *hops: tuple[str, str]) -> Callable[[], str]:
    def act() -> str:
        with Writer(network.journal.path) as writer:
            writer.write(Line(1.0, "n1", "http", op, "200", edge) for edge, op in hops)
        return "a video"

    return act


def test_it_is_killed_at_the_moment_and_the_video_returned(network: NetworkDouble) -> None:
    made = bridge(network).is_killed_while(FETCHING_THE_FILM, passing(network, OF_OTHERS, FETCH))

    assert made == "a video"
    assert network.told == ["kill bridge"]


def test_what_happened_before_is_not_the_moment(
    network: NetworkDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "DEADLINE", 0.01)
    passing(network, FETCH)()

    with pytest.raises(UndecidedError, match="not seen fetching the film"):
        bridge(network).is_killed_while(FETCHING_THE_FILM, passing(network, OF_OTHERS, WRITE))

    assert network.told == []


def test_a_kill_that_came_too_late_decides_nothing(network: NetworkDouble) -> None:
    with pytest.raises(UndecidedError, match="too late"):
        bridge(network).is_killed_while(FETCHING_THE_FILM, passing(network, FETCH, WRITE))


def test_whichever_replica_comes_to_the_moment_is_frozen(network: NetworkDouble) -> None:
    asked: list[tuple[str, str]] = []

    class Faults:
        def add(self, fault: Fault) -> None:
            asked.append((fault.edge, fault.parameters["service"]))

        def remove(self, name: str) -> None:
            network.told.append(f"forget that {name}")

    network.faults = Faults()  # type: ignore[attr-defined]

    def act() -> str:
        network.states["bridge"] = "frozen"
        return "a video"

    assert bridge(network).is_frozen_while(STORING_THE_FILM, act) == "a video"
    assert asked == [("bridge→pds", "bridge")]
    assert network.told == ["forget that bridge is frozen"]

    bridge(network).thaws()
    assert network.told[-1] == "thaw bridge"


def test_a_bridge_that_does_not_start_again_breaks_the_promise_named(
    network: NetworkDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(_service: str) -> None:
        raise ServiceError("bridge ended with 1", "look at its log")

    monkeypatch.setattr(network, "start", start)

    with pytest.raises(BrokenPromise, match="bridge ended with 1") as broken:
        bridge(network).starts_again("migrates-twice")

    assert broken.value.promise == "migrates-twice"
