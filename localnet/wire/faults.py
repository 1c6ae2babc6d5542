"""The faults that are set on one network's edges: which hop meets which, how often it still happens, what is said about it.

What happens at a hop is in `strikes`; what a fault is, in `fault`. An edge that no fault concerns keeps the hook `UNTOUCHED`.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any, Final

import orjson

from localnet.journal.lines import Line, Request
from localnet.wire.bodies import KEPT
from localnet.wire.edge import Edge
from localnet.wire.fault import ACTIONS, EDGE, Fault
from localnet.wire.hooks import UNTOUCHED, Point, Verdict
from localnet.wire.hop import FROM_CALLER, Hop
from localnet.wire.strikes import STRIKES, waiting

_WHOLE: Final = 64 * 1024 * 1024
"""Bytes of a request that is to be sent twice."""


@dataclass(eq=False)
class Standing:
    """A fault that is set."""

    fault: Fault
    seen: int = 0
    hits: int = 0
    done: int = 0
    """hits whose consequence has been carried out"""
    wrong: str | None = None
    """why it could not be"""
    released: asyncio.Event = field(default_factory=asyncio.Event)
    kept: dict[tuple[object, Point], bytes] = field(default_factory=dict)
    """connection and direction -> the frame that waits for the one behind it"""

    @property
    def is_used_up(self) -> bool:
        return self.fault.action != "cut" and self.hits >= self.fault.count

    def meets(self, hop: Hop) -> bool:
        fault = self.fault
        if self.is_used_up or hop.kind not in ACTIONS[fault.action].on or not hop.is_where(fault):
            return False
        if not (fault.is_on(hop.edge) and fault.is_about(hop.op)):
            return False
        if not all(hop.contains(text) for text in fault.containing):
            return False
        self.seen += 1
        return self.seen > fault.skip

    def to_json(self) -> dict[str, Any]:
        return {**self.fault.to_json(), "hits": self.hits, "done": self.done, "wrong": self.wrong}


class Faults:
    """`edges` and `record` are the network's; `ask` is how somebody outside is asked to act on a service."""

    def __init__(
        self,
        run: str,
        edges: Mapping[str, Edge],
        record: Callable[[Callable[[], Line]], None],
        ask: Callable[[Mapping[str, object]], None],
    ) -> None:
        self.run = run
        self._edges, self._record, self._ask = edges, record, ask
        self._standing: dict[str, Standing] = {}
        self._numbers = count(1)
        self._asked: dict[int, tuple[Standing, str, asyncio.Future[None]]] = {}

    # --- as the control channel asks for it -------------------------------------------------------

    def add(self, fault: Fault) -> None:
        if fault.name in self._standing:
            raise ValueError(f"a fault is called {fault.name!r} already")
        if not any(fault.is_on(name) for name in self._edges):
            raise ValueError(f"no edge is called {fault.edge!r}; there are {', '.join(self._edges)}")
        standing = self._standing[fault.name] = Standing(fault)
        self._note(fault, "added")
        if EDGE in ACTIONS[fault.action].on:
            self._cut(standing)
        self._install()

    def remove(self, name: str) -> dict[str, Any]:
        """What became of it; KeyError when there is none of that name."""
        standing = self._standing.pop(name)
        standing.released.set()
        for edge in self._edges.values():
            if EDGE in ACTIONS[standing.fault.action].on and standing.fault.is_on(edge.name):
                edge.barred = None
        self._note(standing.fault, "removed" if standing.hits else "unused", note=f"{standing.hits} hits")
        self._install()
        return standing.to_json()

    def release(self, name: str) -> None:
        standing = self._standing[name]
        standing.released.set()
        self._note(standing.fault, "released")

    def listing(self) -> list[dict[str, Any]]:
        return [standing.to_json() for standing in self._standing.values()]

    def acted(self, number: int, error: str | None) -> None:
        """What was asked for has been done, or could not be."""
        standing, _, until = self._asked.pop(number)
        standing.wrong = error
        standing.done += 1
        if not until.done():
            until.set_result(None)
        self._install()

    # --- as the edges ask for it ------------------------------------------------------------------

    def at(self, edge: str, point: Point, subject: object, raw: bytes) -> Verdict | None:
        hop = Hop(self.run, edge, point, subject, raw)
        if gate := self._gate(hop):
            return gate
        for standing in self._standing.values():
            if waiting := standing.kept.pop((getattr(subject, "connection", None), point), None):
                self._install()
                return Verdict(raw=raw + waiting)
            if standing.meets(hop):
                return self._strike(standing, hop)
        return None

    def act(self, standing: Standing, service: str) -> "asyncio.Future[None]":
        """Asks for the fault's verb on a service; done when somebody has carried it out."""
        number = next(self._numbers)
        until: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._asked[number] = (standing, service, until)
        self._ask({"do": standing.fault.action, "service": service, "number": number})
        return asyncio.shield(until)

    def _strike(self, standing: Standing, hop: Hop) -> Verdict:
        fault = standing.fault
        standing.hits += 1
        self._note(fault, "hit", hop)
        verdict = STRIKES[fault.action](self, standing, hop)
        if not fault.is_carried_out_elsewhere:
            standing.done += 1
        self._install()
        return verdict

    def _gate(self, hop: Hop) -> Verdict | None:
        """While somebody is about to act on a service, nothing more passes from it or to it."""
        if hop.point not in FROM_CALLER:
            return None
        for standing, service, until in self._asked.values():
            if service in hop.edge.split("→"):
                return waiting(standing.fault, service, hop, asyncio.shield(until))
        return None

    def _cut(self, standing: Standing) -> None:
        def refused() -> None:
            standing.hits += 1
            standing.done = standing.hits
            if standing.hits == 1:
                self._note(standing.fault, "hit")

        for edge in self._edges.values():
            if standing.fault.is_on(edge.name):
                edge.barred = refused
                for _ in range(edge.cut()):
                    refused()

    def _install(self) -> None:
        for edge in self._edges.values():
            mine = [standing.fault for standing in self._standing.values() if self._concerns(standing, edge)]
            edge.hook = _Hook(self, edge.name, _wanted(mine)) if mine or self._asked else UNTOUCHED

    def _concerns(self, standing: Standing, edge: Edge) -> bool:
        if standing.fault.is_carried_out_elsewhere and not standing.is_used_up:
            return True
        return bool(standing.kept) or (not standing.is_used_up and standing.fault.is_on(edge.name))

    def _note(self, fault: Fault, outcome: str, hop: Hop | None = None, note: str | None = None) -> None:
        self._record(partial(_line, self.run, time.time(), fault, outcome, hop, note))


@dataclass(frozen=True)
class _Hook:
    faults: Faults
    edge: str
    gather: int

    def at(self, point: Point, subject: object, raw: bytes) -> Verdict | None:
        return self.faults.at(self.edge, point, subject, raw)


def _wanted(faults: list[Fault]) -> int:
    """Bytes of a request body that these have to see at once."""
    if any(fault.action == "duplicate" for fault in faults):
        return _WHOLE
    return KEPT if any(fault.containing for fault in faults) else 0


def _line(run: str, at: float, fault: Fault, outcome: str, hop: Hop | None, note: str | None) -> Line:
    return Line(
        at=at,
        run=run,
        kind="fault",
        edge=hop.edge if hop else fault.edge,
        op=f"{fault.name}: {fault}",
        outcome=outcome,
        ids=hop.line.ids if hop else {},
        request=Request(body=orjson.dumps(fault.to_json()).decode()),
        note=hop.op if hop else note,
    )
