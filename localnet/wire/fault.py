"""What a fault is: on which edge, at which hop, how often, and what happens there. Pure data, and its two conversions.

A hop is named as the journal names it: `POST /xrpc/com.atproto.repo.createRecord`, `INSERT publish_jobs`, `COMMIT`, `recv EOSE`.
The actions are the whole vocabulary; each says what it may be told and which kinds of hop it knows.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Final

BEFORE, AFTER = "before", "after"
HTTP, FRAME, SQL, EDGE = "http", "websocket", "sql", "edge"


@dataclass(frozen=True)
class Action:
    sentence: str
    on: tuple[str, ...]
    """the kinds of hop it knows"""
    parameters: Mapping[str, type] = field(default_factory=dict)


_WHEN: Final = {"when": str}
_SERVICE: Final = {"when": str, "service": str}
ACTIONS: Final[Mapping[str, Action]] = {
    "answer": Action(
        "the caller gets this answer; the callee never sees the request (SQL: fails at the statement)",
        (HTTP, SQL),
        {"status": int, "body": str, "headers": dict, "sqlstate": str, "message": str},
    ),
    "delay": Action("the hop, or its answer, waits so long", (HTTP, FRAME, SQL), {"seconds": float, **_WHEN}),
    "hold": Action("the hop, or its answer, waits until the fault is released", (HTTP, FRAME, SQL), _WHEN),
    "drop": Action("the caller is reset; the callee never sees the hop", (HTTP, FRAME, SQL)),
    "reset": Action("the callee is sent the hop, then both sides are reset", (HTTP, FRAME, SQL)),
    "lose_answer": Action("the callee has done it; its answer is lost, the caller is reset", (HTTP, SQL)),
    "truncate": Action("the answer ends after so many bytes of its body", (HTTP,), {"bytes": int}),
    "duplicate": Action("the callee gets the hop twice", (HTTP, FRAME)),
    "withhold": Action("the frame never arrives", (FRAME,)),
    "reorder": Action("the frame arrives after the one behind it", (FRAME,)),
    "cut": Action("no connection stands or can be made until it is removed", (EDGE,)),
    "stop": Action("a service is stopped when the hop arrives, or was answered", (HTTP, FRAME, SQL), _SERVICE),
    "kill": Action("a service is killed when the hop arrives, or was answered", (HTTP, FRAME, SQL), _SERVICE),
    "freeze": Action("a service is frozen when the hop arrives, or was answered", (HTTP, FRAME, SQL), _SERVICE),
    "thaw": Action("a service is thawed when the hop arrives, or was answered", (HTTP, FRAME, SQL), _SERVICE),
}  # fmt: skip
VERBS: Final = ("stop", "kill", "freeze", "thaw")
"""actions that somebody outside the wire has to do"""


@dataclass(frozen=True)
class Fault:
    """`skip` hops pass first, then it happens `count` times, then it is used up."""

    name: str
    edge: str
    """`caller→callee`; `*` stands for anything"""
    action: str
    op: str = ""
    """how the hop's operation begins; `*` stands for anything"""
    containing: tuple[str, ...] = ()
    """ids or texts that must occur in the hop; in a COMMIT, in what it commits"""
    count: int = 1
    skip: int = 0
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise ValueError(f"no fault is called {self.action!r}; known: {', '.join(ACTIONS)}")
        if not all(self.edge.partition("→")):
            raise ValueError(f"an edge is named caller→callee, not {self.edge!r}")
        if self.count < 1 or self.skip < 0:
            raise ValueError(f"{self.name}: it must happen at least once, after no fewer than no hop")
        known = ACTIONS[self.action].parameters
        for key, value in self.parameters.items():
            if key not in known:
                raise ValueError(
                    f"{self.action} cannot be told {key!r}; it knows {', '.join(known) or 'nothing'}"
                )
            if not isinstance(value, (int, float) if known[key] is float else known[key]):
                raise ValueError(f"{self.action}: {key} must be {known[key].__name__}, not {value!r}")
        if self.parameters.get("when", BEFORE) not in (BEFORE, AFTER):
            raise ValueError(f"{self.action}: when is {BEFORE} or {AFTER}, not {self.parameters['when']!r}")

    @property
    def happens_after(self) -> bool:
        return self.parameters.get("when") == AFTER

    @property
    def is_carried_out_elsewhere(self) -> bool:
        return self.action in VERBS

    def is_on(self, edge: str) -> bool:
        return self._edge.fullmatch(edge) is not None

    def is_about(self, op: str) -> bool:
        return self._op.match(op) is not None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Fault":
        """ValueError says what is wrong with it."""
        try:
            edge = str(document["edge"]).replace("->", "→")
            return cls(**{**document, "edge": edge, "containing": tuple(document.get("containing", ()))})
        except (TypeError, KeyError) as error:
            raise ValueError(f"not a fault: {error}") from error

    def __str__(self) -> str:
        told = ", ".join(f"{key} {value}" for key, value in self.parameters.items())
        parts = (
            f"{self.action}{f' ({told})' if told else ''} on {self.edge}",
            self.op,
            f"with {' and '.join(self.containing)}" if self.containing else "",
            f"after {self.skip} more" if self.skip else "",
            f"{self.count} times" if self.count > 1 else "",
        )
        return " ".join(part for part in parts if part)

    @cached_property
    def _edge(self) -> re.Pattern[str]:
        return _glob(self.edge)

    @cached_property
    def _op(self) -> re.Pattern[str]:
        return _glob(self.op)


def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
