"""A scenario is found by its name or by file and name, with what it claims and wants."""

from pathlib import Path

import pytest

from localnet.errors import UsageError
from localnet.report.sweep.scenario import scenario_named

OF_ONES_OWN = '''
from localnet.world import World, claims, own_network


@claims("video-appears", "bridge-starts")
@own_network(env={"A": "b"}, replicas=2)
def test_mine(world: World) -> None:
    """Mine."""


def test_no_scenario() -> None:
    """Claims nothing."""
'''


def test_a_shipped_one_by_its_name_alone() -> None:
    found = scenario_named("test_a_stranger_is_not_mirrored")

    assert found.name.endswith("scenarios/test_crossposting.py::test_a_stranger_is_not_mirrored")
    assert found.claims == ("strangers-are-not-mirrored",)
    assert found.wish.replicas == 1


def test_one_of_ones_own_by_file_and_name(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(OF_ONES_OWN)

    found = scenario_named(f"{tmp_path}/test_mine.py::test_mine")

    assert found.claims == ("video-appears", "bridge-starts")
    assert (found.wish.replicas, dict(found.wish.env)) == (2, {"A": "b"})
    with pytest.raises(UsageError, match="there is no scenario"):
        scenario_named(f"{tmp_path}/test_mine.py::test_no_scenario")


@pytest.mark.parametrize("name", ["test_of_nothing", "none.py::test_a"])
def test_what_is_not_there_is_said(name: str) -> None:
    with pytest.raises(UsageError, match="there is no"):
        scenario_named(name)
