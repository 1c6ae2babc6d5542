"""What is known of the scenarios that one process plays: where each began, for whom it went well; and what is found out when one fails."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from localnet.journal import Journal
from localnet.journal.discretion import Discretion
from localnet.journal.trace import Tracer
from localnet.network.evidence import JOURNAL
from localnet.network.network import Network
from localnet.report import evidence
from localnet.report.chapters import Turn, first_turn
from localnet.report.evidence import TIMELINE
from localnet.report.timeline import Focus, timeline
from localnet.world.person import Person

MOST_OTHERS = 8
TEXT = "failure.txt"
"""what was printed, among what is kept"""


@dataclass(frozen=True)
class Beginning:
    """How much was written when a scenario began: bytes of the journal, and of each service's output."""

    journal: int
    logs: Mapping[Path, int]


@dataclass(frozen=True)
class Case:
    """A scenario that failed."""

    scenario: str
    seen: str
    people: Sequence[Person]
    concerns: Sequence[str]
    """ids that the check was about; without them it was about everybody"""
    subjects: Sequence[str]
    """the services under test"""
    again: str


@dataclass(frozen=True)
class Findings:
    """Fit to be shown: without the secrets that services or checks may have let slip."""

    seen: str
    sections: Mapping[str, str]


class Inquiry:
    def __init__(self) -> None:
        self._beginnings: dict[str, Beginning] = {}
        self._well: dict[str, list[tuple[str, str]]] = {}

    def begins(self, network: Network) -> None:
        """A scenario on that network. The first one has its start in its evidence."""
        is_first = network.id not in self._beginnings
        logs = {} if is_first else {log: _size(log) for log in _logs(network).values()}
        self._beginnings[network.id] = Beginning(0 if is_first else _size(network.journal.path), logs)

    def went_well(self, network: Network, people: Sequence[Person]) -> None:
        """For these, so that others can be compared with them."""
        self._well.setdefault(network.id, []).extend((person.name, person.pubkey) for person in people)

    def find_out(self, network: Network, case: Case, sentinel: Person | None) -> Findings:
        beginning = self._beginnings.get(network.id, Beginning(0, {}))
        others = self._well.get(network.id, [])[-MOST_OTHERS:]
        others += [(sentinel.name, sentinel.pubkey)] if sentinel and sentinel not in case.people else []
        directory = network.save_evidence(case.scenario, since=beginning.journal)
        discretion = Discretion(network.secrets, _written(network.journal.path))
        with Tracer(network.journal.path) as tracer:
            turn = _turn(tracer, case, others)
        done = evidence.what_was_done(network.journal.lines(since=beginning.journal))
        outputs = list(_outputs(network, case.subjects, evidence.services_around(turn), beginning))
        sections = evidence.sections(turn, done, outputs, _ids(case), directory, case.again)
        findings = Findings(
            discretion.of(case.seen), {title: discretion.of(text) for title, text in sections.items()}
        )
        self._keep(directory, case, turn, evidence.in_full(findings.seen, findings.sections))
        return findings

    def _keep(self, directory: Path, case: Case, turn: Turn | None, text: str) -> None:
        """The print and the timeline, beside what is kept of the network."""
        (directory / TEXT).write_text(text + "\n")
        line = turn.chapter.lines[turn.difference.at] if turn and turn.difference else None
        focus = Focus(case.scenario, text, line, turn.chapter.id if turn else None)
        (directory / TIMELINE).write_text(timeline(Journal(directory / JOURNAL).lines(), focus), "utf-8")


def _turn(tracer: Tracer, case: Case, others: Sequence[tuple[str, str]]) -> Turn | None:
    kinds = {id_: kind for id_ in case.concerns for kind, known in tracer.known(id_) if known == id_}
    people = [id_ for id_, kind in kinds.items() if kind == "pubkey"] or [
        person.pubkey for person in case.people
    ]
    events = [id_ for id_, kind in kinds.items() if kind == "event"]
    return first_turn(tracer, people, events, others)


def _ids(case: Case) -> list[str]:
    return [*case.concerns, *(id_ for person in case.people for id_ in person.ids)]


def _outputs(
    network: Network, subjects: Sequence[str], around: Sequence[str], beginning: Beginning
) -> Iterator[evidence.Output]:
    """Of services that share an output the first speaks for all."""
    shown: set[Path] = set()
    logs = _logs(network)
    for service in dict.fromkeys((*subjects, *around)):
        log = logs.get(service)
        if log and log not in shown and log.exists():
            shown.add(log)
            text = log.read_bytes()[beginning.logs.get(log, 0) :].decode(errors="replace")
            yield evidence.Output(service, text, service in subjects)


def _logs(network: Network) -> dict[str, Path]:
    return {name: service.log for name, service in network.services.items() if service.log}


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _written(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""
