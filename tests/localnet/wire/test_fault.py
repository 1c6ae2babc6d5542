"""What a fault may be told, which hops it is about, and how it reads."""

import pytest

from localnet.wire.fault import ACTIONS, Fault
from localnet.wire.strikes import STRIKES

LOST = Fault(
    "lost", "bridge*→pds", "lose_answer", "POST */com.atproto.repo.createRecord", ("did:plc:abc",), count=2
)


def test_a_fault_is_written_down_and_read_back() -> None:
    assert Fault.from_json(LOST.to_json()) == LOST
    assert str(LOST) == (
        "lose_answer on bridge*→pds POST */com.atproto.repo.createRecord with did:plc:abc 2 times"
    )


def test_what_is_typed_as_an_arrow_is_one() -> None:
    assert Fault.from_json({"name": "a", "edge": "bridge->pds", "action": "drop"}).edge == "bridge→pds"


@pytest.mark.parametrize(
    ("edge", "meant"),
    [("bridge→pds", True), ("bridge-2→pds", True), ("bridge→plc", False), ("bridge→pds-2", False)],
)
def test_an_edge_is_meant_whole(edge: str, meant: bool) -> None:
    assert LOST.is_on(edge) is meant


@pytest.mark.parametrize(
    ("op", "meant"),
    [
        ("POST /xrpc/com.atproto.repo.createRecord", True),
        ("POST /xrpc/com.atproto.repo.createRecord?a=b", True),
        ("GET /xrpc/com.atproto.repo.createRecord", False),
        ("POST /xrpc/com_atproto_repo_createRecord", False),
    ],
)
def test_an_operation_is_meant_from_its_beginning(op: str, meant: bool) -> None:
    assert LOST.is_about(op) is meant


WRONG = {
    "no fault is called 'explode'": {"action": "explode"},
    "an edge is named caller→callee": {"edge": "pds"},
    "cannot be told 'seconds'": {"action": "drop", "parameters": {"seconds": 1}},
    "status must be int": {"action": "answer", "parameters": {"status": "500"}},
    "when is before or after": {"action": "hold", "parameters": {"when": "later"}},
    "at least once": {"count": 0},
    "not a fault": {"colour": "red"},
}


@pytest.mark.parametrize(("said", "wrong"), WRONG.items(), ids=WRONG)
def test_what_makes_no_sense_is_refused(said: str, wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=said):
        Fault.from_json({"name": "a", "edge": "bridge→pds", "action": "drop", **wrong})


def test_every_action_has_something_to_do() -> None:
    assert set(STRIKES) == set(ACTIONS) - {"cut"}
