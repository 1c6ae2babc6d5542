"""A story's hops as lines of text: when, on which edge, what came of it, what was asked. For terminals, failure prints and CI logs alike.

Statements of one transaction are one entry, a name that repeats stands once with its number. What says nothing (the query of a URL, the XRPC
prefix, the middle of an id) is left out; the journal has it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Final

from rich.text import Text

from localnet.journal import Line
from localnet.journal.trace import Hop, end_of

WIDTH: Final = 80
_BODY: Final = 300
_GAP: Final = "  "
_STUCK: Final = "\N{NO-BREAK SPACE}"
_MARK: Final = "──"
_SHORTENED = re.compile(
    r"(did:plc:[a-z2-7]{4})[a-z2-7]{16,}"
    r"|\b([0-9a-f]{8})[0-9a-f]{56}\b"
    r"|\b(baf[yk]rei[a-z2-7]{4})[a-z2-7]{48}"
)
WRITES: Final = ("INSERT", "UPDATE", "DELETE", "MERGE")
_BROKEN: Final = (
    *("ERROR", "FATAL", "PANIC", "refused", "reset", "abandoned"),
    *("closed", "skipped", "dropped", "cut", "no answer"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is told as one: a hop, a transaction, something that became of a service."""

    lines: tuple[Line, ...]
    is_supposed: bool
    """nothing but its time, or the person, says that it belongs here"""

    @property
    def first(self) -> Line:
        return self.lines[0]

    @property
    def seconds(self) -> float | None:
        ended = [end_of(line) for line in self.lines if line.ms is not None]
        return max(ended) - self.first.at if ended else None


def entries(hops: Sequence[Hop]) -> list[Entry]:
    """In the order in which they began. A transaction stays whole whatever happened meanwhile; other statements are one where they follow
    on one another.
    """
    groups: list[list[Hop]] = []
    open_: dict[tuple[str | None, int | None], list[Hop]] = {}
    for hop in hops:
        line = hop.line
        connection = (line.edge, line.connection)
        group = open_.get(connection)
        if line.kind != "sql":
            groups.append([hop])
        elif group is None or line.op == "BEGIN" or not (group[0].line.op == "BEGIN" or group is groups[-1]):
            open_[connection] = [hop]
            groups.append(open_[connection])
        else:
            group.append(hop)
        if line.op in ("COMMIT", "ROLLBACK"):
            open_.pop(connection, None)
    return [Entry(tuple(hop.line for hop in group), all(hop.by != "id" for hop in group)) for group in groups]


def failed(line: Line) -> bool:
    """Whether it shows somebody refused, cut off or gone."""
    if line.kind == "http":
        return not line.outcome.isdigit() or line.outcome >= "400"
    if line.kind == "lifecycle":
        return line.op.endswith((" failed", " killed"))
    if line.kind == "sql" and line.op == "COMMIT" and line.outcome == "ROLLBACK":
        return True
    return line.kind in ("sql", "websocket") and line.outcome.startswith(_BROKEN) and line.op != "disconnect"


def lines_of(told: Sequence[Entry], start: float, width: int = WIDTH, edges: int | None = None) -> list[Text]:
    """Seconds count from `start`, unix seconds; `edges`: columns for them, if others are to stand below."""
    edges = edges or edges_width(told)
    return [text for entry in told for text in _lines(entry, start, edges, width)]


def edges_width(told: Sequence[Entry]) -> int:
    return max((len(entry.first.edge or "") for entry in told), default=0)


def in_short(text: str) -> str:
    """Without what the journal has anyway: the query, the prefix that all XRPC routes share, most of an id."""
    text = text.partition("?")[0].replace("/xrpc/", "", 1).replace("did%3Aplc%3A", "did:plc:")
    return _SHORTENED.sub(lambda match: f"{next(filter(None, match.groups()))}…", text)


def moment(seconds: float) -> str:
    if seconds < 100:
        return f"+{seconds:.3f} s"
    return f"+{seconds / 60:.1f} min" if seconds < 6000 else f"+{seconds / 3600:.1f} h"


def duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _lines(entry: Entry, start: float, edges: int, width: int) -> Iterator[Text]:
    when = f"{moment(entry.first.at - start):>10}"
    if entry.first.edge is None or entry.first.kind in ("fault", "clock"):
        yield Text.assemble((f"{when}  ", "dim"), (f"{_MARK} {_happening(entry.first)}", "bold magenta"))
        return
    bad = [line for line in entry.lines if failed(line)]
    outcome, style = (_outcome(bad[0]), "red") if bad else (_outcome(entry.first), "green")
    left = len(when) + edges + len(outcome.rjust(6)) + 3 * len(_GAP)
    took = duration(entry.seconds).replace(" ", _STUCK)
    what = wrap(f"{_what(entry)}{_STUCK * 2}{took}".rstrip(), max(width - left, 20), break_long_words=True)
    first, *rest = (row.replace(_STUCK, " ") for row in what or [""])
    yield Text.assemble(
        (when + ("~" if entry.is_supposed else " ") + " ", "dim"),
        (f"{entry.first.edge:<{edges}}{_GAP}", "cyan"),
        (f"{outcome:>6}{_GAP}", style),
        first,
    )
    for more in (*rest, *(part for line in bad for part in _answers(line, width - left))):
        yield Text(" " * left + more)


def _what(entry: Entry) -> str:
    if entry.first.kind != "sql":
        return in_short(entry.first.op)
    named = Counter(_statement(line) for line in entry.lines)
    return ", ".join(f"{name} (x{number})" if number > 1 else name for name, number in named.items())


def _statement(line: Line) -> str:
    """A write that met no row is worth saying."""
    if line.op.startswith(WRITES) and line.outcome.endswith(" 0"):
        return f"{line.op} (0 rows)"
    return line.op


def _outcome(line: Line) -> str:
    if line.kind == "http" or failed(line):
        return line.outcome
    return "·"


def _answers(line: Line, width: int) -> Iterator[str]:
    """What came back from where it went wrong."""
    said = [line.response.body if line.response else None, line.note]
    for text in filter(None, said):
        yield from wrap(in_short(" ".join(text[:_BODY].split())), max(width, 20))


def _happening(line: Line) -> str:
    where = f" on {line.edge}" if line.edge else ""
    kind = "" if line.kind == "lifecycle" else f"{line.kind} "
    said = f": {line.outcome}" if line.outcome else ""
    return f"{kind}{line.op}{where}{said}"
