"""Whether a scenario went the same way each time it was played with one seed: the story of each of its people, run beside run.

A story is kept as its hops in order, without bodies. The same is what `expected` calls so: the same operations with the same outcomes, none missing,
none that changes something more often; ids, times and what only reads aside, since parts of a bridge work side by side.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from localnet.journal import Line
from localnet.journal.trace import Tracer
from localnet.network.network import Network
from localnet.report.chapters import chapters
from localnet.report.expected import About, Example, first_difference, key_of
from localnet.world.person import Person

FIRST = "the first time"
_UNFIT = re.compile(r"[^A-Za-z0-9_.-]+")
_NUMBER = re.compile(r"-\d+$")


@dataclass(frozen=True)
class Episode:
    """What happened to one person, or to one of their videos."""

    person: str
    about: About
    hops: tuple[Line, ...]


def episodes(network: Network, people: Sequence[Person]) -> list[Episode]:
    with Tracer(network.journal.path) as tracer:
        return [
            Episode(_NUMBER.sub("", person.name), chapter.about, tuple(chapter.lines))
            for person in people
            for chapter in chapters(tracer, person.pubkey)
        ]


def keep(directory: Path, scenario: str, told: Sequence[Episode]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    document = {"scenario": scenario, "episodes": [_document(episode) for episode in told]}
    (directory / f"{_UNFIT.sub('-', scenario)}.json").write_text(json.dumps(document), "utf-8")


def kept(directory: Path) -> dict[str, list[Episode]]:
    """By scenario."""
    documents = [json.loads(file.read_text("utf-8")) for file in sorted(directory.glob("*.json"))]
    return {document["scenario"]: list(map(_episode, document["episodes"])) for document in documents}


def first_change(first: Sequence[Episode], other: Sequence[Episode]) -> str | None:
    """The first hop of `other` that was not so in `first`, and whose it is. None: all went the same way."""
    for before, now in zip_longest(first, other):
        if before is None or now is None:
            return f"{(before or now).person}: {'more' if before is None else 'less'} to tell than {FIRST}"
        difference = first_difference(now.about, now.hops, [Example(FIRST, before.hops)])
        if difference:
            edge, operation = key_of(now.hops[difference.at]) if now.hops else ("", "")
            where = "" if difference.says.startswith(edge) else f"{edge} {operation}: "
            return f"{now.person}: {where}{difference.says}"
    return None


def _document(episode: Episode) -> dict[str, object]:
    hops = [[line.at, line.kind, line.op, line.outcome, line.edge] for line in episode.hops]
    return {"person": episode.person, "about": episode.about, "hops": hops}


def _episode(document: dict[str, object]) -> Episode:
    rows = document["hops"]
    assert isinstance(rows, list)
    hops = tuple(Line(at, "", kind, op, outcome, edge) for at, kind, op, outcome, edge in rows)
    return Episode(str(document["person"]), "person" if document["about"] == "person" else "event", hops)
