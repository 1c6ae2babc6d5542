"""The catalogue: what it says of itself, what it refuses, and that each promise in it is looked after."""

import re
from pathlib import Path

import pytest

from localnet.errors import UsageError
from localnet.network import NetworkSpec
from localnet.network.catalogue import load
from localnet.network.service_file import adapters
from localnet.report.claims import always_asked, claimed
from localnet.world.catalogue import Catalogue, Promise, load_catalogue, shipped_scenarios

A = Promise("a", "A.", covers=("B01",))
B = Promise("b", "B.", covers=("B01", "B02"), needs=("a",))
C = Promise("c", "C.", needs=("b",))
SMALL = Catalogue([A, B, C])

UNREADABLE = {
    "a promise without a sentence": ('[x]\ncovers = ["B01"]', "no sentence"),
    "a value instead of a promise": ("x = 1", "no sentence"),
    "an unknown key": ('[x]\nsentence = "S."\nneed = []', "unknown key need"),
    "something that is not TOML": ("[x", "not TOML"),
    "a need that does not exist": ('[x]\nsentence = "S."\nneeds = ["nowhere"]', "nowhere"),
}


def test_a_promise_cannot_be_kept_without_what_its_needs_need() -> None:
    assert SMALL.without("c") == {"a", "b"}
    assert SMALL.without("a") == frozenset()


def test_names_are_promises_or_historic_ids() -> None:
    assert SMALL.named(["c"]) == frozenset("c")
    assert SMALL.named(["B01", "c"]) == frozenset("abc")
    assert SMALL.named([]) is None


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UsageError, match="B99"):
        SMALL.named(["B99"])


@pytest.mark.parametrize(("text", "says"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_catalogue_is_refused_for(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "catalogue.toml").write_text(text)

    with pytest.raises(UsageError, match=says):
        load_catalogue([tmp_path])


def test_scenarios_elsewhere_may_add_promises(tmp_path: Path) -> None:
    (tmp_path / "catalogue.toml").write_text('[ours]\nsentence = "S."\nneeds = ["video-appears"]')

    catalogue = load_catalogue([tmp_path / "deeper"])

    assert "account-is-active" in catalogue.without("ours")


def test_no_promise_needs_itself() -> None:
    catalogue = load_catalogue()

    assert [promise.id for promise in catalogue if promise.id in catalogue.without(promise.id)] == []


def test_every_promise_is_a_sentence_with_a_history() -> None:
    assert [
        promise.id for promise in load_catalogue() if not (promise.sentence.endswith(".") and promise.covers)
    ] == []


def test_every_promise_is_claimed_by_a_scenario_or_kept_by_the_oracle() -> None:
    catalogue = load_catalogue()
    looked_after = {*claimed(shipped_scenarios()), *always_asked(catalogue)}

    assert {promise.id for promise in catalogue} - looked_after == set()


@pytest.mark.parametrize("bridge", adapters())
def test_a_shipped_adapter_expects_only_promises_that_exist_to_be_broken(bridge: str) -> None:
    catalogue = load_catalogue()
    expected = load(NetworkSpec(bridge=bridge)).adapter.adapter.expected_failures

    assert [name for name in expected if not any(promise.is_named(name) for promise in catalogue)] == []


def test_a_scenarios_docstring_names_only_ids_that_its_promises_cover() -> None:
    catalogue = load_catalogue()
    for file in shipped_scenarios().glob("test_*.py"):
        for claims, said in re.findall(r'@claims\((.*?)\)\n.*?"""(.*?)"""', file.read_text(), re.S):
            covered = {
                identifier
                for promise in re.findall(r'"([a-z-]+)"', claims)
                for identifier in catalogue.promise(promise).covers
            }
            named = set(re.findall(r"\b(?:[A-Z]{2}-\d\d|[BO]\d\d)\b", said))
            assert named, f"{file.name} names no historic id: {said}"
            assert named <= covered, f"{file.name}: {said}"
