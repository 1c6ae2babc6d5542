"""Who claims what, read from the files."""

from pathlib import Path

from localnet.report.claims import always_asked, claimed
from localnet.world.catalogue import load_catalogue

SCENARIOS = """
from localnet.world import claims, own_network

@claims("a", "b")
@own_network(env={"X": "c"})
def test_one(world): pass

@claims("b")
def test_two(world): pass

def test_three(): pass
"""


def test_claims_are_found_with_their_scenarios(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text(SCENARIOS)
    (tmp_path / "conftest.py").write_text(SCENARIOS)

    assert claimed(tmp_path) == {
        "a": ["test_x.py::test_one"],
        "b": ["test_x.py::test_one", "test_x.py::test_two"],
    }


def test_some_promises_are_asked_whatever_a_scenario_is_about() -> None:
    always = always_asked(load_catalogue())

    assert {"bridge-starts", "account-is-active", "one-post-per-video"} <= always
    assert "deletion-removes-the-post" not in always
