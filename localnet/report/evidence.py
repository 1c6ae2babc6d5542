"""What a failing scenario prints: the promise in its users' words, what was seen instead, the last
hops, the bridge's last words.

Collected where the scenario ran, while its network is still there. Everything about the hops comes
from the journal.
"""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from localnet.journal import Journal, Line
from localnet.world.catalogue import Promise
from localnet.world.watch import HARNESS

HOPS = 14
LOG_LINES = 12
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
BODY = 240
"""characters of a body worth a line"""


def headline(promise: Promise, seen: str) -> str:
    covers = f"\ncovers   {', '.join(promise.covers)}" if promise.covers else ""
    return f"promised {promise.sentence} ({promise.id})\nseen     {_indented(seen)}{covers}"


def hops_of(journal: Journal, ids: Iterable[str]) -> str:
    """The last hops that mention any of these ids, one a line."""
    wanted = set(ids)
    found = [line for line in journal.lines() if wanted & set(_ids_of(line)) and not _is_a_look(line)]
    shown = sorted(found, key=lambda line: line.at)[-HOPS:]
    if not shown:
        return "no hop mentions any of them"
    start = shown[0].at
    return "\n".join(_hop(line, start) for line in shown)


def _is_a_look(line: Line) -> bool:
    """The harness asks many times before it gives up; that explains nothing."""
    return line.caller == HARNESS and line.op.startswith("GET ")


def _ids_of(line: Line) -> list[str]:
    return [value for values in line.ids.values() for value in values]


def _hop(line: Line, start: float) -> str:
    took = f"{line.ms:.0f} ms" if line.ms is not None else ""
    text = f"+{line.at - start:7.3f}  {line.edge or line.kind:<20} {line.op[:90]}  {line.outcome}  {took}"
    body = line.response.body if line.response and (line.response.status or 0) >= 400 else None
    return f"{text.rstrip()}\n{'':10}answered {body[:BODY]}" if body else text.rstrip()


def last_words(log: str) -> str:
    lines = COLOUR.sub("", log).strip().splitlines()[-LOG_LINES:]
    return "\n".join(line[:BODY] for line in lines) or "nothing"


def command_again(scenario: str, seed: int, options: Sequence[str] = ()) -> str:
    """`scenario` is pytest's node id, relative to where the command is to run."""
    return shlex.join(["localnet", "test", scenario, "--seed", str(seed), *options])


def assemble(hops: str, words: Mapping[str, str], again: str, directory: Path | None = None) -> str:
    """`words`: what each service under test said last."""
    parts = [f"hops of the people concerned (the last {HOPS})\n{_block(hops)}"]
    parts += [f"{service} said last\n{_block(said)}" for service, said in words.items()]
    if directory is not None:
        parts.append(f"evidence {directory}")
    parts.append(f"again    {again}")
    return "\n".join(parts)


def _block(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _indented(text: str) -> str:
    return "\n         ".join(text.splitlines())
