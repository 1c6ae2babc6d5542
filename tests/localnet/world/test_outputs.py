"""What a network lets out is found once, by the scenario it came of: in logs, in the journal, and calls to outside."""

from pathlib import Path
from typing import Any, cast

import pytest

from localnet.journal import Line, Writer
from localnet.journal.redaction import tag
from localnet.network import NetworkSpec
from localnet.world.outputs import Outputs
from tests.localnet.world.doubles import NetworkDouble

TOKEN = "5e" * 32


@pytest.fixture
def network(tmp_path: Path) -> NetworkDouble:
    (tmp_path / "logs").mkdir()
    return NetworkDouble("n1", NetworkSpec(), tmp_path, secrets={"the run's token": TOKEN})


@pytest.fixture
def outputs(network: NetworkDouble) -> Outputs:
    return Outputs(cast(Any, network))


def prints(network: NetworkDouble, text: str) -> None:
    with (network.directory / "logs" / "bridge.log").open("a") as log:
        log.write(text)


def journals(network: NetworkDouble, op: str, outcome: str) -> None:
    with Writer(network.journal.path) as writer:
        writer.write([Line(1.0, "n1", "lifecycle", op, outcome)])


def found(outputs: Outputs) -> list[tuple[str, str]]:
    return [(finding.promise, finding.wrong) for finding in outputs.judge()]


def test_nothing_was_written(outputs: Outputs) -> None:
    assert found(outputs) == []


def test_a_secret_in_a_log_is_found_once_with_its_line(network: NetworkDouble, outputs: Outputs) -> None:
    prints(network, "up\n")
    assert found(outputs) == []
    prints(network, f"ready\ntoken {TOKEN}\nhalf a li")

    assert found(outputs) == [("secrets-stay-secret", "the run's token as it is in bridge.log, line 3")]
    assert found(outputs) == []


def test_a_secret_in_the_journal_is_found(network: NetworkDouble, outputs: Outputs) -> None:
    journals(network, f"GET /?token={TOKEN}", "200")

    assert found(outputs) == [("secrets-stay-secret", "the run's token as it is in journal.jsonl, line 1")]


def test_what_redaction_took_out_of_the_journal_is_found_in_a_log(
    network: NetworkDouble, outputs: Outputs
) -> None:
    prints(network, "password correct-horse-battery\n")
    journals(network, f"password={tag('correct-horse-battery')}", "200")

    assert [wrong for _, wrong in found(outputs)] == [
        "a secret taken out of the journal as it is in bridge.log, line 1"
    ]


def test_a_call_to_outside_is_found_where_it_was_attempted(network: NetworkDouble, outputs: Outputs) -> None:
    journals(network, "egress no default route", "proven")
    journals(network, "egress GET http://example.com/", "attempted")

    assert found(outputs) == [
        ("nothing-leaves", "somebody called out of the network: GET http://example.com/")
    ]


def test_of_many_leaks_a_few_are_told(network: NetworkDouble, outputs: Outputs) -> None:
    prints(network, f"{TOKEN}\n" * 9)

    assert found(outputs)[0][1].splitlines()[-1] == "and 4 more"
