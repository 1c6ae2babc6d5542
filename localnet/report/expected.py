"""The first hop of a story that differs from what was expected. Pure: stories in, one sentence and a place out.

Expected is what happened to others in the same run for whom it went well: the same operation (ids and queries left out, a replica taken for its
service) with an outcome that it had for one of them; none missing that all of them had; none that changes something more often than for any of
them. What only reads counts for nothing, unless it fails. Where it went well for nobody, it is the first of the few steps that no bridge can do
without (`STEPS`) that never came, or the request that failed instead.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import unquote

from localnet.journal import Line
from localnet.journal.trace import HARNESS
from localnet.report.hops import WRITES, failed

Key = tuple[str, str]
"""edge and operation, without what is particular to one person, one run, one replica"""

_IDS = re.compile(r"did:plc:[a-z2-7]{24,}|\b[0-9a-f]{64}\b|\bbaf[yk]rei[a-z2-7]{52}")
_REPLICA = re.compile(r"-\d+(?=→|$)")
NEVER: Final = "never came"
_READS: Final = ("GET ", "HEAD ")
_ROUTINE: Final = ("send close", "recv close", "disconnect", "ping", "pong")


About = Literal["person", "event"]
STEPS: Final[Mapping[About, tuple[tuple[str, ...], ...]]] = {
    "person": (
        ("bridge→pds POST com.atproto.server.createAccount",),
        ("bridge→pds POST com.atproto.server.activateAccount", "pds→plc POST /…"),
        ("reader→pds recv #account", "reader→pds recv #identity", "reader→pds recv #sync"),
    ),
    "event": (
        ("bridge→relay recv EVENT", "bridge→relay GET /api/videos/events"),
        ("public→media GET /…", "bridge→media GET /…"),
        ("bridge→pds POST com.atproto.repo.uploadBlob", "bridge→video POST app.bsky.video.uploadVideo"),
        ("bridge→pds POST com.atproto.repo.createRecord", "bridge→pds POST com.atproto.repo.putRecord"),
        ("reader→pds recv #commit",),
    ),
}
"""In this order; each in one of the ways named. A PDS that registers the DID itself has nothing to activate."""


@dataclass(frozen=True)
class Example:
    """A story that went well."""

    of: str
    """whose: `sentinel-2`"""
    lines: Sequence[Line]


@dataclass(frozen=True)
class Difference:
    at: int
    """the line it is, or the last before it should have come"""
    says: str


def first_difference(about: About, lines: Sequence[Line], examples: Sequence[Example]) -> Difference | None:
    """Of lines in the order in which they began. None: all went as it did for the others."""
    if not examples:
        return _first_gap(lines, STEPS[about])
    expectation = _Expectation(examples)
    for look in (expectation.wrong, expectation.too_often, expectation.unknown):
        found = min(look(lines), key=lambda difference: difference.at, default=None)
        if found:
            return found
    return None


def key_of(line: Line) -> Key:
    operation = unquote(line.op.partition("?")[0]) if line.kind == "http" else line.op
    return _REPLICA.sub("", line.edge or ""), _IDS.sub("…", operation).replace("/xrpc/", "")


def outcome_of(line: Line) -> str:
    """Of SQL only whether it went well and met a row."""
    if line.kind != "sql" or failed(line):
        return line.outcome
    return "no row" if line.op.startswith(WRITES) and line.outcome.endswith(" 0") else "done"


class _Expectation:
    def __init__(self, examples: Sequence[Example]) -> None:
        self._of = examples[-1].of
        self._counts = [Counter(key_of(line) for line in _counting(example.lines)) for example in examples]
        self._order = list(dict.fromkeys(key_of(line) for line in _counting(examples[-1].lines)))
        self._outcomes: dict[Key, dict[str, None]] = {}
        for example in examples:
            for line in example.lines:
                self._outcomes.setdefault(key_of(line), {})[outcome_of(line)] = None

    def wrong(self, lines: Sequence[Line]) -> Iterator[Difference]:
        for at, line in enumerate(lines):
            known = self._outcomes.get(key_of(line))
            if known is None and failed(line) and _counts(line):
                yield Difference(at, f"{outcome_of(line)}, on a hop that {self._of}'s story has not")
            if known and _counts(line) and outcome_of(line) not in known:
                yield Difference(at, f"{outcome_of(line)}, where it was {' or '.join(known)} for {self._of}")
        yield from self._missing(lines)

    def _missing(self, lines: Sequence[Line]) -> Iterator[Difference]:
        places = {key_of(line): at for at, line in enumerate(lines)}
        reached = -1
        for key in self._order:
            if key in places:
                reached = max(reached, places[key])
            elif all(counts[key] for counts in self._counts):
                edge, operation = key
                yield Difference(
                    max(reached, 0), f"{edge} {operation} {NEVER}, as it did next for {self._of}"
                )
                return

    def too_often(self, lines: Sequence[Line]) -> Iterator[Difference]:
        seen: Counter[Key] = Counter()
        for at, line in enumerate(lines):
            key = key_of(line)
            seen[key] += 1
            most = max(counts[key] for counts in self._counts)
            if 0 < most < seen[key] and _changes(line):
                yield Difference(at, f"the {_ordinal(seen[key])} time; it was {_times(most)} for {self._of}")

    def unknown(self, lines: Sequence[Line]) -> Iterator[Difference]:
        for at, line in enumerate(lines):
            if _changes(line) and key_of(line) not in self._outcomes:
                yield Difference(at, f"a hop that {self._of}'s story has not")


def _first_gap(lines: Sequence[Line], steps: Iterable[tuple[str, ...]]) -> Difference | None:
    places: dict[str, int] = {}
    for at, line in enumerate(lines):
        if line.edge and not failed(line):
            places.setdefault(" ".join(key_of(line)), at)
    reached = 0
    for ways in steps:
        found = [places[way] for way in ways if way in places]
        if not found:
            return _failed_from(lines, reached) or Difference(reached, f"{' or '.join(ways)} {NEVER}")
        reached = max(reached, min(found))
    return None


def _failed_from(lines: Sequence[Line], start: int) -> Difference | None:
    """A request to change something; for much that is read may be missing."""
    for at, line in enumerate(lines[start:], start):
        if line.edge and failed(line) and line.caller != HARNESS and not line.op.startswith(_READS):
            return Difference(at, f"{line.outcome}; what comes of it cannot go on")
    return None


def _counting(lines: Iterable[Line]) -> Iterator[Line]:
    return (line for line in lines if _counts(line))


def _counts(line: Line) -> bool:
    """Whether it says something about how things went. The harness's own acts are the scenario; a reader asks again when it likes."""
    if line.edge is None or line.caller == HARNESS or line.kind in ("fault", "clock", "lifecycle"):
        return False
    if line.kind == "sql":
        return line.op.startswith(WRITES) or failed(line)
    return not line.op.startswith(_ROUTINE) and (line.caller, line.kind) != ("reader", "http")


def _changes(line: Line) -> bool:
    if not _counts(line) or failed(line):
        return False
    return (line.kind == "http" and not line.op.startswith(_READS)) or line.kind == "sql"


def _ordinal(number: int) -> str:
    return {2: "second", 3: "third"}.get(number, f"{number}th")


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
