"""The story of one id across every hop: which lines of a journal belong to it. Joined by ids, without anybody's cooperation.

An event, a record, a blob and a job are *specific*: what a line about one of them names becomes part of the story. A public key and a DID are
everybody's who has anything to do with that person: of their lines those count that fall into the story's time and speak of no other event or
record. A SQL statement brings its whole transaction. What names nobody is told when it falls between: services that come and go, faults, clock
moves, requests without an id, what failed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from localnet.journal import Journal, Line
from localnet.journal.index import Index
from localnet.journal.transactions import transaction

By = Literal["id", "person", "transaction", "time"]
_ROUTINE: Final = ("GET /health", "GET /xrpc/_health", "GET /_health", "GET /metrics", "GET / ", "disconnect")
_SLACK: Final = 64 * 1024
"""bytes: lines that began within a story may be written a little before and after its own"""
HARNESS: Final = "harness"
_THINGS: Final = ("event", "uri")
_PARTS: Final = ("cid", "job")
_PEOPLE: Final = ("pubkey", "did")
_ACQUAINTED: Final = 400
"""lines of a person that are read to learn their DID or public key"""


@dataclass(frozen=True, slots=True)
class Hop:
    """A line of the story, and what it is there for."""

    offset: int
    line: Line
    by: By


@dataclass(frozen=True)
class Story:
    ids: Mapping[str, tuple[str, ...]]
    """what it is about: event, uri, cid, job, pubkey, did"""
    hops: tuple[Hop, ...]
    """by the time at which they began"""
    looks: int
    """how often the harness only looked whether something had come about; left out unless it saw something new"""

    @property
    def lines(self) -> list[Line]:
        return [hop.line for hop in self.hops]

    @property
    def began(self) -> float:
        """Unix seconds."""
        return min((line.at for line in self.lines), default=0.0)

    @property
    def seconds(self) -> float:
        return max((end_of(line) for line in self.lines), default=0.0) - self.began


class Tracer:
    """Of one journal, as far as it is written when asked."""

    def __init__(self, journal: Path) -> None:
        self._path, self._index = journal, Index(journal)

    def __enter__(self) -> "Tracer":
        return self

    def __exit__(self, *_: object) -> None:
        self._index.close()

    def known(self, prefix: str, limit: int = 8) -> list[tuple[str, str]]:
        """(kind, id) of the ids that begin so."""
        self._index.catch_up()
        return self._index.beginning_with(prefix, limit)

    def story(self, *seeds: tuple[str, str]) -> Story:
        """Of (kind, id): of one event, record, blob or job; or of all that a person met, by public key or DID."""
        self._index.catch_up()
        plot = _Plot(self._path, self._index)
        is_life = any(kind in _PEOPLE for kind, _ in seeds)
        plot.follow(seeds)
        plot.meet_the_person()
        plot.add_parts()
        if is_life:
            plot.add_life()
        else:
            plot.add_company()
        plot.add_transactions()
        plot.add_marks()
        return plot.told()


class _Plot:
    """A story while it is put together."""

    def __init__(self, path: Path, index: Index) -> None:
        self._path, self._journal, self._index = path, Journal(path), index
        self._read: dict[int, Line] = {}
        self._hops: dict[int, Hop] = {}
        self._ids: dict[str, dict[str, None]] = {kind: {} for kind in (*_THINGS, *_PARTS, *_PEOPLE)}
        self._seen: set[tuple[object, ...]] = set()
        self._looks: set[int] = set()

    def follow(self, seeds: Iterable[tuple[str, str]]) -> None:
        """Events and records, and what the lines about them name. A part (a blob, a job) leads to the things it is part of."""
        waiting = list(seeds)
        for kind, text in seeds:
            if kind in _PARTS:
                waiting += [
                    named
                    for _, line in self._mentions_at(text)
                    for named in self._named_in(line)
                    if named[0] in _THINGS
                ]
        while waiting:
            kind, text = waiting.pop(0)
            if text in self._ids[kind]:
                continue
            self._ids[kind][text] = None
            if kind in _THINGS:
                for offset, line in self._mentions_at(text):
                    self._take(offset, line, "id")
                    waiting += self._named_in(line)

    def meet_the_person(self) -> None:
        """Whose story it is: who alone is named in the lines about it, and the other name of the same person."""
        for hop in self._hops.values():
            self._recognise(hop.line)
        for text in [*self._ids["pubkey"], *self._ids["did"]]:
            for offset in self._index.mentions([text])[:_ACQUAINTED]:
                self._recognise(self._line(offset))

    def add_parts(self) -> None:
        """Lines about its blobs and jobs, unless they are another person's or another story's."""
        waiting = [text for kind in _PARTS for text in self._ids[kind]]
        done: set[str] = set()
        while waiting:
            text = waiting.pop(0)
            if text in done:
                continue
            done.add(text)
            for offset, line in self._mentions_at(text):
                if self._is_ours(line):
                    self._take(offset, line, "id")
                    waiting += [named for kind, named in self._named_in(line) if kind in _PARTS]

    def add_life(self) -> None:
        """All that names the person, and what it leads to."""
        for text in [*self._ids["pubkey"], *self._ids["did"]]:
            for offset, line in self._mentions_at(text):
                if _is_about_one(line):
                    self._take(offset, line, "id")
        self.follow([named for hop in list(self._hops.values()) for named in self._named_in(hop.line)])
        self.add_parts()

    def add_company(self) -> None:
        """What else happened to the person meanwhile, and speaks of nothing else."""
        moments = [hop for hop in self._hops.values() if hop.line.caller != HARNESS] or [*self._hops.values()]
        if not moments:
            return
        first, last = min(hop.line.at for hop in moments), max(end_of(hop.line) for hop in moments)
        people = [*self._ids["pubkey"], *self._ids["did"]]
        since, until = min(hop.offset for hop in moments), max(hop.offset for hop in moments)
        for offset in self._index.mentions(people, since, until):
            line = self._line(offset)
            if _is_look(line):
                self._looks.add(offset)
            elif first <= line.at <= last and self._is_ours(line) and _is_about_one(line):
                self._take(offset, line, "person")

    def add_transactions(self) -> None:
        for hop in sorted(self._hops.values(), key=lambda hop: hop.offset):
            around = transaction(self._path, hop.offset, hop.line) if hop.line.kind == "sql" else []
            if not all(offset in self._hops for offset, _ in around):
                for offset, line in around:
                    self._hops.setdefault(offset, Hop(offset, line, "transaction"))

    def add_marks(self) -> None:
        """What became of services, faults and clock moves between its first and its last hop; and what names nobody."""
        if not self._hops:
            return
        first = min(hop.line.at for hop in self._hops.values())
        last = max(end_of(hop.line) for hop in self._hops.values())
        for offset in self._index.marks(min(self._hops) - _SLACK, max(self._hops) + _SLACK):
            line = self._line(offset)
            if first <= line.at <= last and _is_for_all(line):
                self._hops.setdefault(offset, Hop(offset, line, "time"))

    def told(self) -> Story:
        hops = sorted(self._hops.values(), key=lambda hop: (hop.line.at, hop.offset))
        ids = {kind: tuple(texts) for kind, texts in self._ids.items() if texts}
        return Story(ids, tuple(hops), len(self._looks - self._hops.keys()))

    def _take(self, offset: int, line: Line, by: By) -> None:
        if offset in self._hops or offset in self._looks:
            return
        if _is_look(line):
            sight = (line.edge, line.op.partition("?")[0], line.outcome, *self._told_in(line))
            if sight in self._seen:
                self._looks.add(offset)
                return
            self._seen.add(sight)
        self._hops[offset] = Hop(offset, line, by)

    def _told_in(self, line: Line) -> list[str]:
        """What of the story's things and people it mentions."""
        kinds = (*_THINGS, *_PEOPLE)
        return [text for kind in kinds for text in line.ids.get(kind, ()) if text in self._ids[kind]]

    def _named_in(self, line: Line) -> list[tuple[str, str]]:
        """What a line about one of our things makes part of the story; nothing where it speaks of another thing too."""
        events, uris = line.ids.get("event", ()), line.ids.get("uri", ())
        if len(events) > 1 or len(uris) > 1:
            return []
        if events and self._ids["event"] and events[0] not in self._ids["event"]:
            return []
        return [(kind, text) for kind in (*_THINGS, *_PARTS) for text in line.ids.get(kind, ())]

    def _recognise(self, line: Line) -> None:
        if not _is_about_one(line):
            return
        for kind, people in zip(_PEOPLE, people_in(line), strict=True):
            self._ids[kind].update(dict.fromkeys(people))

    def _is_ours(self, line: Line) -> bool:
        """It names no other person, event or record, or also this one's."""
        named = (*(line.ids.get(kind, ()) for kind in _THINGS), *people_in(line))
        return all(
            not texts or any(text in self._ids[kind] for text in texts)
            for kind, texts in zip((*_THINGS, *_PEOPLE), named, strict=True)
        )

    def _mentions_at(self, text: str) -> Iterator[tuple[int, Line]]:
        for offset in self._index.mentions([text]):
            yield offset, self._line(offset)

    def _line(self, offset: int) -> Line:
        if offset not in self._read:
            line = self._journal.line_at(offset)
            assert line, f"{self._path} has been cut since its index was made"
            self._read[offset] = line
        return self._read[offset]


def people_in(line: Line) -> tuple[list[str], list[str]]:
    """Public keys and DIDs; services have a did:web."""
    dids = [did for did in line.ids.get("did", ()) if not did.startswith("did:web:")]
    return list(line.ids.get("pubkey", ())), dids


def _is_about_one(line: Line) -> bool:
    return all(len(people) <= 1 for people in people_in(line))


def _is_for_all(line: Line) -> bool:
    if line.kind == "lifecycle":
        return line.op.startswith("service ")
    if line.kind in ("fault", "clock"):
        return True
    return not line.ids and line.caller != HARNESS and not line.op.startswith(_ROUTINE)


def _is_look(line: Line) -> bool:
    return line.caller == HARNESS and line.op.startswith("GET ")


def end_of(line: Line) -> float:
    return line.at + (line.ms or 0) / 1000
