"""What a failing scenario prints: the promise in its users' words, what was seen instead, the first hop that differs from what was expected, what
was done to the network, what the services around that hop printed, and how to go on from there.

Collected where the scenario ran, while its network is still there, out of the journal and the services' output. Neither ports nor paths are in it
but those of the evidence, so that the same failure reads the same wherever the services run.
"""

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localnet.journal import Line
from localnet.report.chapters import Turn
from localnet.report.expected import NEVER
from localnet.report.hops import edges_width, entries, in_short, lines_of
from localnet.world.catalogue import Promise

BEFORE, AFTER = 3, 2
"""entries around the one that differs"""
LOG_LINES = 12
BECAME: Final = (" stopped", " killed", " frozen", " thawed", " failed")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
BODY = 500
"""characters of a line of output worth showing"""
WIDTH: Final = 100
TIMELINE: Final = "timeline.html"
"""what shows all hops, among what is kept"""
DIFFERS: Final = "the first hop that differs"


@dataclass(frozen=True)
class Output:
    """What a service printed during a scenario."""

    service: str
    text: str
    is_subject: bool
    """whose last words matter even where they name nobody"""


def headline(promise: Promise, seen: str) -> str:
    covers = f"\ncovers   {', '.join(promise.covers)}" if promise.covers else ""
    return f"promised {promise.sentence} ({promise.id})\nseen     {_indented(seen)}{covers}"


def where_it_differs(turn: Turn | None) -> str:
    """One sentence, and the hops around the place."""
    if turn is None:
        return "no hop mentions any of the people concerned"
    told = entries(turn.chapter.hops)
    line = turn.chapter.lines[turn.difference.at] if turn.difference else turn.chapter.lines[-1]
    place = next(number for number, entry in enumerate(told) if any(one is line for one in entry.lines))
    shown = told[max(0, place - BEFORE) : place + AFTER + 1]
    rows = []
    for number, entry in enumerate(shown, max(0, place - BEFORE)):
        first, *more = (text.plain for text in lines_of([entry], told[0].first.at, WIDTH, edges_width(shown)))
        rows += [("> " if number == place else "  ") + first, *("  " + row for row in more)]
    return "\n".join([f"{_sentence(turn)} ({_basis(turn)})", *rows])


def services_around(turn: Turn | None) -> list[str]:
    """Those whose hops are shown, callers first, each once."""
    if turn is None or not turn.chapter.hops:
        return []
    at = turn.difference.at if turn.difference else len(turn.chapter.lines) - 1
    near = turn.chapter.lines[max(0, at - BEFORE) : at + AFTER + 1]
    return list(dict.fromkeys(name for line in near for name in (line.caller, line.callee) if name))


def what_was_done(lines: Iterable[Line]) -> str:
    """Faults, clock moves and what became of services, each once, with how often; empty when nothing was done."""
    done = Counter(
        " ".join(
            part for part in (line.kind if line.kind != "lifecycle" else "", line.op, line.outcome) if part
        )
        for line in lines
        if line.kind in ("fault", "clock") or (line.kind == "lifecycle" and line.op.endswith(BECAME))
    )
    return "\n".join(f"{what} (x{times})" if times > 1 else what for what, times in done.items())


def slice_of(output: Output, ids: Sequence[str]) -> str:
    """The last lines that speak of the people concerned; of a service under test, if it names none of them, its last ones."""
    lines = COLOUR.sub("", output.text).strip().splitlines()
    about = [line for line in lines if any(id_ in line for id_ in ids)]
    shown = about or (lines if output.is_subject else [])
    return "\n".join(line[:BODY] for line in shown[-LOG_LINES:])


def command_again(scenario: str, seed: int, options: Sequence[str] = ()) -> str:
    """`scenario` is pytest's node id, relative to where the command is to run."""
    return shlex.join(["localnet", "test", scenario, "--seed", str(seed), *options])


def sections(
    turn: Turn | None,
    done: str,
    outputs: Iterable[Output],
    ids: Sequence[str],
    directory: Path | None,
    again: str,
) -> dict[str, str]:
    """Title -> text, in the order of reading."""
    found = {DIFFERS: where_it_differs(turn)}
    if done:
        found["what was done to the network"] = done
    for output in outputs:
        if shown := slice_of(output, ids):
            found[f"{output.service} printed"] = shown
    found["how to go on"] = "\n".join(_ways_on(turn, directory, again))
    return found


def in_full(seen: str, sections: Mapping[str, str]) -> str:
    """As one text, for what has no sections of its own."""
    parts = [f"{title}\n{_block(text)}" for title, text in sections.items()]
    return "\n\n".join(part for part in (seen, *parts) if part)


def _ways_on(turn: Turn | None, directory: Path | None, again: str) -> Iterable[str]:
    yield f"again     {again}"
    if directory is not None:
        yield f"evidence  {directory}"
        yield f"timeline  {directory / TIMELINE}"
        if turn is not None:
            yield f"story     localnet trace {turn.chapter.id[:12]} --evidence {shlex.quote(str(directory))}"


def _sentence(turn: Turn) -> str:
    if turn.difference is None:
        return "no hop differs; the last ones"
    line = turn.chapter.lines[turn.difference.at]
    if NEVER in turn.difference.says:
        return turn.difference.says
    return f"{line.edge} {in_short(line.op)}: {turn.difference.says}"


def _basis(turn: Turn) -> str:
    if turn.compared_with:
        return f"compared with {', '.join(turn.compared_with)}"
    went = "was crossposted" if turn.chapter.about == "event" else "came to be bridged"
    return f"nobody else {went} in this run to compare with"


def _block(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _indented(text: str) -> str:
    return "\n         ".join(text.splitlines())
