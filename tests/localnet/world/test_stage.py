"""Which network a scenario plays on, and whose fault it is when there is none."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from localnet.errors import MachineError, ServiceError
from localnet.network import NetworkSpec
from localnet.world.catalogue import Catalogue, Promise, load_catalogue
from localnet.world.promises import BrokenPromise, NetworkWish, NotApplicable
from localnet.world.stage import Stage
from tests.localnet.world.doubles import NetworkDouble, StarterDouble

SCHEMAS = Path("schemas")
BOUND = Promise("bound", "It is bound to a capability.", capability="captions")


@pytest.fixture
def starter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StarterDouble:
    monkeypatch.setattr(StarterDouble, "directory", tmp_path)
    monkeypatch.setattr(StarterDouble, "started", ())
    monkeypatch.setattr(StarterDouble, "broken", ())
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "bridge.log").write_text("hello")
    return StarterDouble()


def stage(starter: StarterDouble, **settings: Any) -> Stage:
    catalogue = Catalogue([*load_catalogue(), BOUND])
    return Stage(NetworkSpec(env={"A": "1"}), catalogue, cast(Any, starter), **settings)


def play(on: Stage, wish: NetworkWish | None = None, claimed: str = "bridge-starts") -> NetworkDouble:
    with on.world([claimed], wish, SCHEMAS):
        return cast(NetworkDouble, on.network)


def test_scenarios_share_a_network_until_the_end(starter: StarterDouble) -> None:
    shared = stage(starter)

    first, second = play(shared), play(shared)

    assert first is second
    assert first.told == []
    shared.close()
    assert first.told == ["close"]


def test_scenarios_with_the_same_settings_share_a_network(starter: StarterDouble) -> None:
    shared = stage(starter)

    ordinary, first = play(shared), play(shared, NetworkWish({"B": "2"}, is_shared=True))
    second, other = (play(shared, NetworkWish({"B": value}, is_shared=True)) for value in ("2", "3"))

    assert first is second
    assert len({network.id for network in (ordinary, first, other)}) == 3
    assert first.spec.env == {"A": "1", "B": "2"}
    shared.close()
    assert [network.told for network in (ordinary, first, other)] == [["close"]] * 3


def test_a_network_of_its_own_has_the_settings_and_ends_with_the_scenario(starter: StarterDouble) -> None:
    network = play(stage(starter), NetworkWish({"B": "2"}, "empty", 2, settings={"relay.history": "none"}))

    assert (network.spec.env, network.spec.database, network.spec.replicas, network.spec.set) == (
        {"A": "1", "B": "2"},
        SCHEMAS / "empty.sql",
        2,
        {"relay.history": "none"},
    )
    assert network.told == ["close"]


def test_who_moves_the_clock_has_a_database_server_alone(starter: StarterDouble) -> None:
    network = play(stage(starter), NetworkWish(clock=True))

    assert network.spec.set == {"postgres.cluster": "own"}


def test_a_bridge_that_cannot_follow_the_clock_is_not_asked_to(starter: StarterDouble) -> None:
    playing = stage(starter)
    playing.adapter = replace(playing.adapter, cannot=("clock",))

    with pytest.raises(NotApplicable, match="cannot: clock"):
        play(playing, NetworkWish(clock=True))


def test_a_network_left_with_a_service_down_is_replaced(starter: StarterDouble) -> None:
    shared = stage(starter)

    with shared.world(["bridge-starts"], None, SCHEMAS):
        network = cast(NetworkDouble, shared.network)
        network.states["bridge"] = "killed"

    assert network.told == ["close"]
    assert play(shared) is not network


def test_a_network_that_showed_something_broken_is_replaced(starter: StarterDouble) -> None:
    shared = stage(starter)

    with shared.world(["bridge-starts"], None, SCHEMAS):
        network = cast(NetworkDouble, shared.network)
        shared.retire()

    assert network.told == ["close"]
    assert play(shared) is not network


def test_a_kept_network_stays_until_the_end_and_is_nobody_elses(starter: StarterDouble) -> None:
    shared = stage(starter)

    with shared.world(["bridge-starts"], None, SCHEMAS):
        shared.keep()
        kept = cast(NetworkDouble, shared.network)

    assert play(shared) is not kept
    assert kept.told == []
    shared.close()
    assert kept.told == ["close"]


def test_logs_are_kept_when_asked_for(starter: StarterDouble, tmp_path: Path) -> None:
    play(stage(starter, logs=tmp_path / "kept"), NetworkWish())

    assert (tmp_path / "kept" / "n1" / "bridge.log").read_text() == "hello"


def test_a_bridge_that_does_not_come_up_breaks_that_promise(starter: StarterDouble) -> None:
    type(starter).broken = ("bridge",)

    with pytest.raises(BrokenPromise, match="bridge was not ready") as broken:
        play(stage(starter), claimed="video-appears")

    assert broken.value.promise == "bridge-starts"


@pytest.mark.parametrize(
    ("wish", "promise"),
    [
        (NetworkWish(schema="first"), "migrates-empty-database"),
        (NetworkWish(replicas=2), "migrates-with-replicas"),
    ],
    ids=str,
)
def test_a_bridge_that_does_not_come_up_as_asked_breaks_what_was_promised_of_that(
    starter: StarterDouble, wish: NetworkWish, promise: str
) -> None:
    type(starter).broken = ("bridge-2",)

    with pytest.raises(BrokenPromise) as broken:
        play(stage(starter), wish, claimed="migrates-empty-database")

    assert broken.value.promise == promise


def test_a_neighbour_that_does_not_come_up_is_not_the_bridges_fault(starter: StarterDouble) -> None:
    type(starter).broken = ("pds", "bridge")

    with pytest.raises(ServiceError, match="pds was not ready"):
        play(stage(starter))


def test_a_machine_that_lacks_something_is_nobodys_broken_promise(starter: StarterDouble) -> None:
    type(starter).broken = ("machine",)

    with pytest.raises(MachineError):
        play(stage(starter))


def test_what_the_bridge_cannot_do_is_not_played_at_all(starter: StarterDouble) -> None:
    with pytest.raises(NotApplicable, match="captions"):
        play(stage(starter), claimed="bound")

    assert starter.started == ()
