"""The faults on a network's edges, as its owner sets them; what a fault asks to be done to a service is done here.

Where hops meet faults is the wire (localnet.wire.faults); what a fault may be told is localnet.wire.fault.
"""

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localnet.backends.interface import Wire
from localnet.errors import LocalnetError, UsageError
from localnet.network.naming import nearest
from localnet.wire.fault import VERBS, Fault

if TYPE_CHECKING:
    from localnet.network.network import Network


@dataclass(frozen=True)
class Standing:
    """A fault and what has become of it."""

    fault: Fault
    hits: int
    done: int
    """hits whose consequence has been carried out"""
    wrong: str | None = None
    """why it could not be"""

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Standing":
        own = ("hits", "done", "wrong")
        fault = Fault.from_json({key: value for key, value in document.items() if key not in own})
        return cls(fault, *(document[key] for key in own))


class NetworkFaults:
    def __init__(self, network: "Network") -> None:
        self._network = network
        self._wire: Wire | None = None

    def steer(self, wire: Wire) -> None:
        """From now on this is the wire, and what it asks for is done."""
        self._wire = wire
        wire.listen(self._heed)

    def add(self, fault: Fault) -> None:
        edges = self._network.edges
        if not any(fault.is_on(edge) for edge in edges):
            raise UsageError(f"{self._network.id} has no edge {fault.edge}", nearest(fault.edge, edges))
        if any(standing.fault.name == fault.name for standing in self.all()):
            raise UsageError(f"a fault is called {fault.name!r} already", "give it another name")
        self._ask({"do": "add", "fault": fault.to_json()})

    def remove(self, name: str) -> Standing:
        """What is held by it goes on, what is cut by it is mended."""
        return self._ask({"do": "remove", "name": self._known(name)})[0]

    def release(self, name: str) -> None:
        """What is held by it goes on; what meets it later does not wait."""
        self._ask({"do": "release", "name": self._known(name)})

    def all(self) -> list[Standing]:
        return self._ask({"do": "list"})

    def clear(self) -> list[Standing]:
        return [self.remove(standing.fault.name) for standing in self.all()]

    def obey(self, request: Mapping[str, Any]) -> list[dict[str, Any]]:
        """A request of the control socket: {"do": "add" | "remove" | "list", "fault" | "name"}; says the faults concerned."""
        if request["do"] == "add":
            self.add(fault_of(request["fault"]))
        told = [self.remove(str(request["name"]))] if request["do"] == "remove" else self.all()
        return [
            {**one.fault.to_json(), "hits": one.hits, "done": one.done, "wrong": one.wrong} for one in told
        ]

    def _known(self, name: str) -> str:
        known = [standing.fault.name for standing in self.all()]
        if name not in known:
            raise UsageError(
                f"no fault is called {name!r}", nearest(name, known) if known else "localnet fault ls"
            )
        return name

    def _ask(self, request: Mapping[str, Any]) -> list[Standing]:
        if self._wire is None:
            raise UsageError(f"{self._network.id} has no wire yet", "wait until it is up")
        told: Any = self._wire.ask({"op": "fault", **request}).get("faults", [])
        return [Standing.from_json(document) for document in told]

    def _heed(self, event: Mapping[str, object]) -> None:
        threading.Thread(target=self._act, args=(event,), name="fault", daemon=True).start()

    def _act(self, event: Mapping[str, object]) -> None:
        """Whatever comes of it, the wire is told: it holds hops until then."""
        verb, service = str(event["do"]), str(event["service"])
        wrong = None
        try:
            if verb not in VERBS:
                raise UsageError(f"a fault cannot {verb}", f"known: {', '.join(VERBS)}")
            getattr(self._network, verb)(service)
        except LocalnetError as error:
            wrong = error.message
        with suppress(LocalnetError):  # of a wire that has ended meanwhile
            self._ask({"do": "acted", "number": event["number"], "error": wrong})


def fault_of(document: Mapping[str, Any]) -> Fault:
    """UsageError where it makes no sense."""
    try:
        return Fault.from_json(document)
    except ValueError as error:
        raise UsageError(str(error), "localnet fault add --help") from error
