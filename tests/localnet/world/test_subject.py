"""A bridge is killed at the moment that was asked for, or the scenario says that it never came to it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from localnet.errors import ServiceError
from localnet.network import NetworkSpec
from localnet.wire.fault import Fault
from localnet.world import wire
from localnet.world.moments import WRITING_THE_POST
from localnet.world.promises import BrokenPromise
from localnet.world.subject import Subject
from localnet.world.wire import WireMishaps
from tests.localnet.world.doubles import NetworkDouble


@pytest.fixture
def network(tmp_path: Path) -> NetworkDouble:
    return NetworkDouble("n1", NetworkSpec(), tmp_path)


def bridge(network: NetworkDouble, happened: Callable[[], None] = lambda: None) -> Subject:
    mishaps = WireMishaps(cast(Any, network), "killed-bridge-loses-nothing", happened)
    return Subject(cast(Any, network), "bridge", mishaps, happened)


def publishing(network: NetworkDouble) -> Callable[[], str]:
    def act() -> str:
        network.faults.meet()
        return "a video"

    return act


@pytest.mark.parametrize("when", ["before", "after"])
def test_it_is_killed_at_the_moment_and_the_video_returned(network: NetworkDouble, when: str) -> None:
    subject = bridge(network)
    killed = subject.is_killed_before if when == "before" else subject.is_killed_while

    made = killed(WRITING_THE_POST, publishing(network))

    assert made == "a video"
    (standing,) = network.faults.all()
    assert standing.fault == Fault(
        f"kills the bridge {when} writing the post (1)",
        "bridge*→pds",
        "kill",
        "POST /xrpc/com.atproto.repo.createRecord",
        parameters={"when": when},
    )


def test_a_moment_that_never_comes_breaks_the_promise_claimed(
    network: NetworkDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "DEADLINE", 0.01)

    with pytest.raises(BrokenPromise, match="it never came to this: the wire kills the bridge") as broken:
        bridge(network).is_killed_while(WRITING_THE_POST, lambda: "a video")

    assert broken.value.promise == "killed-bridge-loses-nothing"


def test_whichever_replica_comes_to_the_moment_is_frozen(network: NetworkDouble) -> None:
    subject = bridge(network)

    assert subject.is_frozen_while(WRITING_THE_POST, publishing(network)) == "a video"
    (standing,) = network.faults.all()
    assert str(standing.fault) == "freeze on bridge*→pds POST /xrpc/com.atproto.repo.createRecord"

    network.states["bridge"] = "frozen"
    subject.thaws()
    assert network.told[-1] == "thaw bridge"


def test_a_bridge_that_was_stopped_can_be_started_again(network: NetworkDouble) -> None:
    bridge(network).stops()
    bridge(network).starts_again()

    assert network.told == ["stop bridge", "start bridge"]


def test_a_bridge_that_does_not_start_again_breaks_the_promise_named(
    network: NetworkDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(_service: str) -> None:
        raise ServiceError("bridge ended with 1", "look at its log")

    monkeypatch.setattr(network, "start", start)

    with pytest.raises(BrokenPromise, match="bridge ended with 1") as broken:
        bridge(network).starts_again("migrates-twice")

    assert broken.value.promise == "migrates-twice"
