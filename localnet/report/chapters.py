"""A person's story in chapters: how they came to be somebody, and each of their videos. What went well for one is what another can expect."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from localnet.journal import Line
from localnet.journal.trace import Hop, Tracer
from localnet.report.expected import About, Difference, Example, first_difference

MOST_EXAMPLES = 5


@dataclass(frozen=True)
class Chapter:
    about: About
    id: str
    hops: Sequence[Hop]

    @property
    def lines(self) -> list[Line]:
        return [hop.line for hop in self.hops]

    @property
    def went_well(self) -> bool:
        """A follower came to know of it, and nothing was done to the network meanwhile."""
        seen = any(line.caller == "reader" and line.kind == "websocket" for line in self.lines)
        return (
            seen and all(line.edge for line in self.lines) and not any(_is_mark(line) for line in self.lines)
        )


@dataclass(frozen=True)
class Turn:
    """Where a chapter took another turn than was expected."""

    chapter: Chapter
    difference: Difference | None
    """None: it went as it did for the others"""
    compared_with: tuple[str, ...]
    """whose chapters showed what to expect; nobody's: what no bridge can do without"""


def chapters(tracer: Tracer, pubkey: str) -> list[Chapter]:
    """Of one person, the first about themselves."""
    life = tracer.story(("pubkey", pubkey))
    videos = [
        Chapter("event", event, tracer.story(("event", event)).hops) for event in life.ids.get("event", ())
    ]
    theirs = {hop.offset for video in videos for hop in video.hops if hop.by in ("id", "transaction")}
    return [Chapter("person", pubkey, [hop for hop in life.hops if hop.offset not in theirs]), *videos]


def first_turn(
    tracer: Tracer, people: Iterable[str], events: Iterable[str], others: Iterable[tuple[str, str]]
) -> Turn | None:
    """Of these people (public keys) and, where any are given, of these of their videos only. `others`: (name, public key) of those for whom
    it may have gone well, the most telling last. None when nothing is known of the people.
    """
    examples: dict[About, list[Example]] = {"person": [], "event": []}
    for name, pubkey in others:
        for chapter in chapters(tracer, pubkey):
            if chapter.went_well:
                examples[chapter.about].append(Example(name, chapter.lines))
    turns = list(_turns(tracer, people, set(events), examples))
    return next((turn for turn in turns if turn.difference), turns[-1] if turns else None)


def _turns(
    tracer: Tracer, people: Iterable[str], events: set[str], examples: dict[About, list[Example]]
) -> Iterator[Turn]:
    for person in people:
        for chapter in chapters(tracer, person):
            if chapter.hops and (chapter.about == "person" or not events or chapter.id in events):
                known = examples[chapter.about][-MOST_EXAMPLES:]
                compared = tuple(dict.fromkeys(example.of for example in known))
                yield Turn(chapter, first_difference(chapter.about, chapter.lines, known), compared)


def _is_mark(line: Line) -> bool:
    return line.kind in ("fault", "clock")
