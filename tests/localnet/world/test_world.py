"""A world turns conditions into promises kept or broken, and knows when it has to look again."""

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from localnet.errors import UsageError
from localnet.network import NetworkSpec
from localnet.world.catalogue import Catalogue, Promise
from localnet.world.expect import Final, Matcher
from localnet.world.place import HEAD_START, Place
from localnet.world.promises import BrokenPromise
from localnet.world.world import World
from tests.localnet.world.doubles import NetworkDouble

CATALOGUE = Catalogue([Promise("kept", "It is kept."), Promise("other", "O.")])
HOLDS = Matcher("it holds", lambda: None, ("id-1",))


def never(reason: str = "it never will", *concerns: str) -> Matcher:
    return Matcher("it holds", lambda: Final(reason), concerns)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(cast(Any, NetworkDouble("n1", NetworkSpec(), tmp_path)), CATALOGUE)


def test_a_condition_that_holds_keeps_its_promise(place: Place) -> None:
    World(place).eventually("kept", HOLDS)

    assert place.broken == set()


def test_a_condition_that_never_will_breaks_it_with_what_was_expected_and_seen(place: Place) -> None:
    with pytest.raises(BrokenPromise) as broken:
        World(place).eventually("kept", HOLDS, never("dark", "id-2"), never("darker", "id-2"))

    assert broken.value.promise == "kept"
    assert broken.value.wrong == "expected: it holds; it holds; it holds\ndark\ndarker"
    assert broken.value.concerns == ("id-1", "id-2")
    assert place.broken == {"kept"}


@pytest.mark.parametrize("ask", ["eventually", "once_settled"])
def test_a_promise_nobody_made_is_the_scenarios_mistake(place: Place, ask: str) -> None:
    with pytest.raises(UsageError, match="kpet"):
        getattr(World(place), ask)("kpet", HOLDS)


def test_a_promise_that_broke_before_is_not_waited_for_as_long_by_those_who_do_not_claim_it(
    place: Place,
) -> None:
    place.broken.add("other")
    slow = Matcher("it holds", lambda: "not yet")
    began = time.monotonic()

    with pytest.raises(BrokenPromise, match="after 4 s"):
        World(place, claimed=["kept"]).eventually("other", slow)

    assert time.monotonic() - began < 5


def test_seconds_never_repeat_and_never_lie_in_the_future(place: Place) -> None:
    seconds = [place.next_second() for _ in range(HEAD_START // 2)]

    assert sorted(set(seconds)) == seconds
    assert seconds[-1] <= time.time()


def test_people_of_two_worlds_have_different_numbers(place: Place) -> None:
    assert [place.person_number() for _ in range(3)] == [1, 2, 3]


def test_a_world_without_people_has_nothing_to_verify(place: Place) -> None:
    World(place).verify()

    assert place.sentinel is None


def test_a_network_of_another_process_does_not_give_its_bridge_away(place: Place) -> None:
    with pytest.raises(TypeError, match="n1 belongs to another process"):
        _ = World(place).bridge


def test_without_a_question_for_what_is_left_a_world_is_at_rest(place: Place) -> None:
    assert World(place).is_at_rest()


def test_a_power_that_was_of_no_use_breaks_the_first_promise_that_was_claimed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(place, claimed=["kept", "other"])
    asked: list[str] = []
    unused = ["relay: it is silent"]

    def end() -> list[str]:
        asked.append("ends")
        return unused

    grants = SimpleNamespace(unused=lambda: unused, end=end)
    monkeypatch.setattr(world, "_grants", grants)
    monkeypatch.setattr(world, "settles", lambda: asked.append("settles"))

    with pytest.raises(BrokenPromise, match="never came to this: relay: it is silent") as broken:
        world.verify()

    assert broken.value.promise == "kept"
    assert asked == ["settles", "ends"]
