"""`localnet fault` on a network that is up: set, listed, taken away; what makes no sense is refused."""

import urllib.error

import pytest

from localnet.cli import run
from localnet.wire.fault import ACTIONS
from tests.localnet.network.conftest import Start, backend, start  # noqa: F401, fixtures
from tests.localnet.network.test_networks import get


def test_a_fault_is_set_listed_and_taken_away(start: Start, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    network = start()
    words = ["harness->bridge", "answer", "GET /asked", "--set", "status=418", "--times", "2"]

    assert run(["fault", "add", *words]) == run(["fault", "add", *words]) == 0
    with pytest.raises(urllib.error.HTTPError, match="418"):
        get(network.url("bridge") + "/asked")
    assert run(["fault", "ls"]) == 0
    assert run(["fault", "rm", "answer"]) == run(["fault", "rm", "answer-2"]) == 0

    said = capsys.readouterr().out
    assert "answer-2 is set: answer (status 418) on harness→bridge GET /asked 2 times." in said
    assert "1 of 2 times" in said
    assert "answer is gone; it happened 1 times." in said
    assert network.faults.all() == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["harness->mars", "drop"], "has no edge harness→mars"),
        (["harness->bridge", "explode"], "no fault is called 'explode'"),
        (["harness->bridge", "answer", "--set", "status=many"], "status='many' is no int"),
        (["harness->bridge", "drop", "--set", "status=500"], "drop cannot be told 'status'"),
    ],
)
def test_what_makes_no_sense_is_refused(
    words: list[str],
    says: str,
    start: Start,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    network = start()

    assert run(["fault", "add", *words]) == 3

    assert says in capsys.readouterr().err
    assert network.faults.all() == []


def test_the_help_names_every_action(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fault", "add", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.replace("│", " ").split())

    assert [action for action in ACTIONS if action not in said] == []
