"""The hops of a clean run at which something can go wrong, each described so that another run of other people has it again. Pure.

A hop is told by what it is (edge, operation without ids, the text of a statement), by whom it is about where it says so, and by how many such hops
came before it; never by its place among hops of other kinds, since parts of a bridge work side by side. What a bridge does in idle time
as well is told by the person alone, or not at all.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from localnet.journal import Line
from localnet.wire.fault import AFTER, BEFORE, Fault
from localnet.wire.sql import shape
from localnet.world.moments import BRIDGE

LATE_SECONDS: Final = 2.0
"""longer than a hurried bridge waits for an answer"""
TEXT: Final = 160
"""characters of a statement that tell it from others"""
IDS: Final = re.compile(
    r"did(?::|%3A)plc(?::|%3A)[a-z2-7]{24}|[0-9a-f]{64}|bafy?[a-z2-7]{50,}|[a-z0-9-]+\.localnet\.test",
    re.IGNORECASE,
)
FRAMES: Final = ("send ", "recv ")
NO_PLACE: Final = (
    "BEGIN",
    "ROLLBACK",
    "SET ",
    "SHOW ",
    "LISTEN",
    "CONNECT",
    "CANCEL",
    "DEALLOCATE",
    "disconnect",
)
"""where nothing happens that the next hop would not show as well"""

Key = tuple[str, str, str]
"""edge, operation without ids, text of the statement"""


class Mishap(StrEnum):
    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"
    ANSWER_LOST = "answer lost"
    ERROR = "error"
    LATE = "late"


OF_THE_ANSWER: Final = (Mishap.KILLED_AFTER, Mishap.ANSWER_LOST)
OF_FRAMES: Final = (Mishap.KILLED_BEFORE, Mishap.KILLED_AFTER, Mishap.ANSWER_LOST)


@dataclass(frozen=True)
class Someone:
    """As far as they are known when the fault is set."""

    pubkey: str
    did: str | None = None


@dataclass(frozen=True)
class Spot:
    kind: str
    edge: str
    op: str
    text: str
    who: int | None
    """the place of the person among those of the scenario"""
    by: str
    """pubkey | did: what the hop knows them by"""
    nth: int
    ordinal: int
    """among the spots that read the same"""
    answer_only: bool
    """only the answer says whom it is about"""

    @property
    def mishaps(self) -> tuple[Mishap, ...]:
        if self.answer_only:
            return OF_THE_ANSWER
        return OF_FRAMES if self.kind == "websocket" else tuple(Mishap)

    @property
    def words(self) -> str:
        committed = f" of {shape(self.text).op}" if self.op == "COMMIT" else ""
        return f"{self.edge} {self.op}{committed}"

    def __str__(self) -> str:
        return f"{self.words}{f' ({self.ordinal})' if self.ordinal > 1 else ''}"

    def fault(self, mishap: Mishap, people: Sequence[Someone]) -> Fault:
        action, parameters = self._action(mishap)
        containing = [self.text] if self.text else []
        if self.who is not None:
            containing.append(_known_by(people[self.who], self.by) or "")
        return Fault(
            name=f"{mishap} {self}",
            edge=self.edge,
            action=action,
            op=self.op,
            containing=tuple(containing),
            skip=self.nth,
            parameters=parameters,
        )

    def _action(self, mishap: Mishap) -> tuple[str, dict[str, Any]]:
        match mishap:
            case Mishap.KILLED_BEFORE:
                return "kill", {"when": BEFORE, "service": BRIDGE}
            case Mishap.KILLED_AFTER:
                return "kill", {"when": AFTER, "service": BRIDGE}
            case Mishap.ANSWER_LOST:
                return ("drop" if self.kind == "websocket" else "lose_answer"), {}
            case Mishap.ERROR:
                return "answer", {"sqlstate": "58030"} if self.kind == "sql" else {"status": 500}
            case Mishap.LATE:
                return "delay", {"seconds": LATE_SECONDS}


def is_of_subject(line: Line) -> bool:
    """A hop of the bridge, or its fetch of a film by the address that is the same for everybody."""
    caller, callee = line.caller or "", line.callee
    return caller == BRIDGE or caller.startswith(f"{BRIDGE}-") or (caller, callee) == ("public", "media")


def places(lines: Iterable[Line]) -> Iterator[tuple[Line, Key]]:
    """The hops of the bridge at which something can happen, in their order. A COMMIT is told by the last change it commits; without one
    it is no place.
    """
    latest: dict[tuple[str | None, int | None], str] = {}
    for line in sorted(lines, key=lambda one: one.at):
        if not is_of_subject(line):
            continue
        text = line.request.body[:TEXT] if line.kind == "sql" and line.request and line.request.body else ""
        session = (line.edge, line.connection)
        if line.op.startswith(NO_PLACE):
            latest.pop(session, None)
        elif line.op == "COMMIT":
            if committed := latest.pop(session, None):
                yield line, (line.edge or "", line.op, committed)
        elif line.kind == "sql":
            if not line.op.startswith("SELECT"):
                latest[session] = text
            yield line, (line.edge or "", line.op, text)
        elif line.kind == "http" or (line.kind == "websocket" and line.op.startswith(FRAMES) and line.ids):
            yield line, (line.edge or "", IDS.sub("*", line.op.partition("?")[0]), text)


def spots_of(
    lines: Iterable[Line], people: Sequence[Someone], routine: Collection[Key]
) -> tuple[list[Spot], int]:
    """In the order of the run; and how many hops were left out because the bridge makes them in idle time as well."""
    spots: list[Spot] = []
    left_out = 0
    for line, key in places(lines):
        about = _about(line, people, key in routine)
        if about is None:
            left_out += 1
            continue
        who, by, answer_only = about
        same = (key, who, by)
        before = sum(((one.edge, one.op, one.text), one.who, one.by) == same for one in spots)
        spot = Spot(line.kind, *key, who=who, by=by, nth=before, ordinal=1, answer_only=answer_only)
        spots.append(replace(spot, ordinal=1 + sum(one.words == spot.words for one in spots)))
    return spots, left_out


def _about(line: Line, people: Sequence[Someone], is_routine: bool) -> tuple[int | None, str, bool] | None:
    """Whom it is about, what it knows them by, and whether only its answer says so. None: it cannot be told from idle time."""
    if is_routine and line.op.startswith("SELECT"):
        return None
    for who, person in enumerate(people):
        for by in ("pubkey", "did"):
            value = _known_by(person, by)
            if value and _asks_about(line, value):
                return who, by, False
            if value and is_routine and _mentions(line, value):
                return who, by, True
    return None if is_routine else (None, "", False)


def _known_by(person: Someone, by: str) -> str | None:
    return person.pubkey if by == "pubkey" else person.did


def _mentions(line: Line, value: str) -> bool:
    return any(value in values for values in line.ids.values())


def _asks_about(line: Line, value: str) -> bool:
    """Already before there is an answer."""
    request = line.request
    if value in line.op or (request and (value in (request.body or "") or value in request.headers.values())):
        return True
    if line.op == "COMMIT" or line.kind == "websocket":
        return _mentions(line, value)
    answered = line.response.body if line.response else None
    return line.kind == "http" and _mentions(line, value) and value not in (answered or "")


def key_of_all(lines: Iterable[Line]) -> set[Key]:
    """What these hops are, whoever they are about."""
    return {key for _, key in places(lines)}
