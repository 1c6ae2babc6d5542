"""What a scenario left is told from where it began: its own output, its own part of the journal, compared with those for whom it went well."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from localnet.journal import Journal
from localnet.network import NetworkSpec
from localnet.report.inquiry import TEXT, Case, Inquiry
from tests.localnet.journal.telling import ALICE, BOB, VIDEO, WHOLE, of_bob, write
from tests.localnet.world.doubles import NetworkDouble


@dataclass
class Someone:
    name: str
    pubkey: str
    ids: Sequence[str] = field(default_factory=tuple)


ALICE_HERSELF, BOB_HIMSELF = Someone("alice", ALICE, (ALICE, VIDEO)), Someone("bob", BOB)


@pytest.fixture
def network(tmp_path: Path) -> NetworkDouble:
    (tmp_path / "logs").mkdir()
    return NetworkDouble(
        "n1", NetworkSpec(), tmp_path, secrets={"the run's token": "s3cret-t0ken-of-the-run"}
    )


def case(seen: str = "no post", concerns: Sequence[str] = (ALICE, VIDEO)) -> Case:
    return Case("scenarios/test_a.py::test_b", seen, [ALICE_HERSELF], concerns, ["bridge"], "localnet test x")  # type: ignore[list-item]


def prints(network: NetworkDouble, service: str, text: str) -> None:
    with (network.directory / "logs" / f"{service}.log").open("a") as log:
        log.write(text)


def test_only_what_came_after_the_beginning_is_shown(network: NetworkDouble) -> None:
    inquiry = Inquiry()
    inquiry.begins(network)  # type: ignore[arg-type]
    prints(network, "bridge", "of the first scenario\n")
    inquiry.begins(network)  # type: ignore[arg-type]
    prints(network, "bridge", "of the second\n")

    found = inquiry.find_out(network, case(), None)  # type: ignore[arg-type]

    assert found.sections["bridge printed"] == "of the second"


def test_the_first_scenario_of_a_network_has_its_start_too(network: NetworkDouble) -> None:
    prints(network, "bridge", "starting\n")
    inquiry = Inquiry()
    inquiry.begins(network)  # type: ignore[arg-type]

    assert inquiry.find_out(network, case(), None).sections["bridge printed"] == "starting"  # type: ignore[arg-type]


def test_those_for_whom_it_went_well_show_what_to_expect(network: NetworkDouble) -> None:
    inquiry = Inquiry()
    write(network.journal.path, [*of_bob(WHOLE), *WHOLE[:-4]])
    inquiry.went_well(network, [BOB_HIMSELF])  # type: ignore[arg-type, list-item]

    found = inquiry.find_out(network, case(), None)  # type: ignore[arg-type]

    assert found.sections["the first hop that differs"].startswith(
        "bridge→pds POST com.atproto.repo.createRecord never came, as it did next for bob (compared with bob)"
    )


def test_nothing_secret_is_shown_or_kept(network: NetworkDouble) -> None:
    prints(network, "bridge", "token=s3cret-t0ken-of-the-run\nI have s3cret-t0ken-of-the-run\nand more\n")
    inquiry = Inquiry()
    inquiry.begins(network)  # type: ignore[arg-type]

    found = inquiry.find_out(network, case("seen: s3cret-t0ken-of-the-run"), None)  # type: ignore[arg-type]

    shown = [found.seen, *found.sections.values(), (network.directory / TEXT).read_text()]
    assert not any("s3cret" in text for text in shown)
    assert "and more" in found.sections["bridge printed"]


def test_a_journal_that_is_not_there_has_nothing_to_tell(network: NetworkDouble) -> None:
    found = Inquiry().find_out(network, case(), None)  # type: ignore[arg-type]

    assert found.sections["the first hop that differs"] == "no hop mentions any of the people concerned"
    assert list(Journal(network.journal.path).lines()) == []
