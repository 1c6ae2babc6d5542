"""The networks of this process and their edges, as the control channel asks for them. Every request ends in an event.

in   {"op":"add","network","journal","secrets":[...],"edges":[{"edge","protocol","host","port","upstream"}]}
         an edge of the protocol `egress` leads nowhere and has no upstream: see `egress`; nor has one of `names`, see there
     {"op":"remove","network"}    {"op":"flush","network"}
     {"op":"knock","network","edge"}: does the callee listen? Nothing is said to it.
     {"op":"fault","network","do":"add","fault":{...}} (see `fault`), "do":"remove"|"release","name", "do":"list",
         "do":"acted","number"[,"error"]
out  {"event":"open"|"failed","network","edge"[,"error"]}    {"event":"removed"|"flushed","network"}
     {"event":"knocked","network","listens":true|false}
     {"event":"done","network","faults":[...]}: the faults that are set; of `remove` the one that was

A request may carry an `ask`, which stands in the event that answers it. Where the journal is "-", its lines come out here, before any
answer that they must precede: {"event":"lines","network","lines":"...\\n"}. Unasked the wire says otherwise only
     {"event":"asks","network","do":"stop"|"kill"|"freeze"|"thaw","service","number"}: somebody shall do this and say so with `acted`;
         nothing passes from or to that service before.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson

from localnet.journal.writer import Sink
from localnet.wire.edge import Edge
from localnet.wire.egress import EGRESS, Tripwire
from localnet.wire.fault import Fault
from localnet.wire.faults import Faults
from localnet.wire.http_edge import HttpConversation
from localnet.wire.link import Conversation, Link, listens
from localnet.wire.names import NAMES, Names
from localnet.wire.postgres_edge import PostgresConversation
from localnet.wire.recording import Recorder

Emit = Callable[[Mapping[str, object]], None]
CONVERSATIONS: Final[Mapping[str, Callable[[Edge, Link], Conversation]]] = {
    "http": HttpConversation,
    "postgres": PostgresConversation,
}


TOLD: Final = "-"
"""The journal of who shares no file with us."""


@dataclass(frozen=True)
class Telling:
    """A journal that is kept by whoever steers us."""

    emit: Emit
    network: str

    def append(self, text: bytes) -> None:
        self.emit({"event": "lines", "network": self.network, "lines": text.decode()})

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Network:
    recorder: Recorder
    edges: dict[str, Edge]
    faults: Faults
    opening: set[asyncio.Task[None]] = field(default_factory=set)
    tripwires: list[Tripwire | Names] = field(default_factory=list)


class Wire:
    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._networks: dict[str, Network] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._operations: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
            "add": self._add,
            "remove": self._remove,
            "flush": self._flush,
            "knock": self._knock,
            "fault": self._fault,
        }

    def request(self, line: bytes) -> None:
        message: Any = {}
        try:
            message = orjson.loads(line)
            self._operations[message["op"]](message)
        except (ValueError, LookupError, TypeError, OSError) as error:
            text = f"cannot use request {line[:200]!r}: {type(error).__name__}: {error}"
            asked = message if isinstance(message, dict) and "ask" in message else {}
            self._emit(
                {"event": "failed", "network": asked.get("network"), "edge": None, "error": text}
                | _ask(asked)
            )

    def edge(self, network: str, name: str) -> Edge:
        """KeyError when there is none."""
        return self._networks[network].edges[name]

    def close(self) -> None:
        """What was seen is written; connections end with the process."""
        for network in self._networks.values():
            network.recorder.close()

    def _add(self, message: Mapping[str, Any]) -> None:
        name, secrets = str(message["network"]), list(message.get("secrets", []))
        network = self._networks.get(name)
        if network is None:
            recorder = Recorder(name, self._journal(name, message["journal"]), secrets)
            network = self._networks[name] = self._network(name, recorder)
        else:
            network.recorder.learn(secrets)
        for edge in message["edges"]:
            task = self._keep(self._open(name, network, edge))
            network.opening.add(task)
            task.add_done_callback(network.opening.discard)

    def _journal(self, network: str, wanted: str) -> Path | Sink:
        return Telling(self._emit, network) if wanted == TOLD else Path(wanted)

    def _remove(self, message: Mapping[str, Any]) -> None:
        self._keep(self._close(str(message["network"])))

    def _flush(self, message: Mapping[str, Any]) -> None:
        self._networks[message["network"]].recorder.flush()
        self._emit({"event": "flushed", "network": message["network"]} | _ask(message))

    def _knock(self, message: Mapping[str, Any]) -> None:
        upstream = self.edge(message["network"], message["edge"]).upstream
        self._keep(self._knocked(upstream, message))

    async def _knocked(self, upstream: str, message: Mapping[str, Any]) -> None:
        told = {"event": "knocked", "network": message["network"], "listens": await listens(upstream)}
        self._emit(told | _ask(message))

    def _network(self, name: str, recorder: Recorder) -> Network:
        edges: dict[str, Edge] = {}
        ask = partial(self._ask_for, name)
        return Network(recorder, edges, Faults(name, edges, recorder.add, ask))

    def _ask_for(self, network: str, wish: Mapping[str, object]) -> None:
        self._emit({"event": "asks", "network": network, **wish})

    def _fault(self, message: Mapping[str, Any]) -> None:
        faults, said = self._networks[message["network"]].faults, None
        match message["do"]:
            case "add":
                faults.add(Fault.from_json(message["fault"]))
            case "remove":
                said = [faults.remove(message["name"])]
            case "release":
                faults.release(message["name"])
            case "acted":
                faults.acted(int(message["number"]), message.get("error"))
            case "list":
                pass
            case other:
                raise ValueError(f"faults know no {other!r}")
        told = {"event": "done", "network": message["network"], "faults": said or faults.listing()}
        self._emit(told | _ask(message))

    async def _open(self, name: str, network: Network, wanted: Mapping[str, Any]) -> None:
        event: dict[str, object] = {"event": "open", "network": name, "edge": wanted.get("edge")}
        try:
            await _open_in(network, wanted)
        except (OSError, LookupError, TypeError, ValueError, OverflowError) as error:
            event |= {"event": "failed", "error": f"{type(error).__name__}: {error}"}
        self._emit(event)

    async def _close(self, name: str) -> None:
        network = self._networks.pop(name, None)
        if network is not None:
            await asyncio.gather(*network.opening)
            await asyncio.gather(*(edge.close() for edge in network.edges.values()))
            await asyncio.gather(*(tripwire.close() for tripwire in network.tripwires))
            network.recorder.close()
        self._emit({"event": "removed", "network": name})

    def _keep(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task


async def _open_in(network: Network, wanted: Mapping[str, Any]) -> None:
    if wanted["protocol"] in (EGRESS, NAMES):
        is_names = wanted["protocol"] == NAMES
        tripwire = Names(network.recorder) if is_names else Tripwire(wanted["edge"], network.recorder)
        await tripwire.open(wanted["host"], wanted["port"])
        network.tripwires.append(tripwire)
        return
    converse = CONVERSATIONS[wanted["protocol"]]
    edge = Edge(wanted["edge"], wanted["upstream"], network.recorder, converse)
    if network.edges.setdefault(edge.name, edge) is not edge:
        raise ValueError(f"edge {edge.name} is open already")
    try:
        await edge.open(wanted["host"], wanted["port"])
    except BaseException:
        del network.edges[edge.name]
        raise


def _ask(message: Mapping[str, Any]) -> dict[str, object]:
    return {"ask": message["ask"]} if "ask" in message else {}
