"""Which address everything of one network has, and which of the wire's ports are published. Pure.

Each edge has a port of the wire, which carries every service's name on both networks; so a caller in a container uses
`CALLEE:PORT`. The harness uses a published port. A bridge that is started by hand calls the wire at its address on the outer network, as
containers do then where an address is public: both reach it, as long as the engine is on this machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from localnet.backends.containers.marks import container_name
from localnet.backends.interface import HARNESS, PUBLIC, Address, Edge, Listening, Places, Wanted
from localnet.backends.tripwire import Tripwire

ANYWHERE: Final = "0.0.0.0"
SERVICE_PORT: Final = 8080
"""In its own container, so the same for all."""
DATABASE_PORT: Final = 5432
FIRST_EDGE: Final = 9001
FIRST_TRAP: Final = 9901
NAMES_PORT: Final = 53
OUT: Final = "egress"
"""What the wire is called by who calls out through a proxy."""
THIS_MACHINE: Final = "host.docker.internal"
"""What the wire calls the machine we are on."""
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Layout:
    """`numbers`: each edge's port of the wire. `published`: of those, the ones to be had from this machine, as which number (None: any).
    `inside`: services that are alone with the wire. `by_hand`: port numbers of this machine that services started by hand listen on."""

    run: str
    wanted: Wanted
    numbers: Mapping[Edge, int]
    published: Mapping[int, int | None]
    inside: frozenset[str]
    by_hand: Mapping[str, int]
    traps: Mapping[str, int]
    """service -> port of the wire that its proxy variables lead to"""

    def places(self, host: str, published: Mapping[int, int], wire: str) -> Places:
        """`host`: where published ports are found, and under which numbers. `wire`: its address on the outer network."""
        binds = {
            service.name: self._bind(service) for service in self.wanted.services if not _is_database(service)
        }
        upstreams = {service.name: self._upstream(service) for service in self.wanted.services}
        listens = {edge: Address(ANYWHERE, number) for edge, number in self.numbers.items()}
        reaches = {
            edge: Address(host, published[number])
            if number in published
            else Address(wire if self._is_called_from_here(edge) else edge.callee, number)
            for edge, number in self.numbers.items()
        }
        return Places(binds, upstreams, listens, reaches)

    def tripwires(self) -> dict[str, Tripwire]:
        own = ",".join((*LOOPBACK, *self.aliases))
        return {
            name: Tripwire(name, Address(ANYWHERE, number), Address(OUT, number), own)
            for name, number in self.traps.items()
        }

    @property
    def aliases(self) -> list[str]:
        """What the wire is called: everybody who is called."""
        return sorted({edge.callee for edge in self.numbers} | {OUT})

    def _is_called_from_here(self, edge: Edge) -> bool:
        """By a service started by hand, or at the one address that it and containers have in common."""
        return edge.caller in self.by_hand or (edge.caller == PUBLIC and bool(self.by_hand))

    def _bind(self, service: Listening) -> Address:
        return Address(ANYWHERE, self.by_hand.get(service.name, SERVICE_PORT))

    def _upstream(self, service: Listening) -> str:
        if service.name in self.by_hand:
            return f"{THIS_MACHINE}:{self.by_hand[service.name]}"
        return f"{container_name(self.run, service.name)}:{DATABASE_PORT if _is_database(service) else SERVICE_PORT}"


def lay_out(run: str, wanted: Wanted, by_hand: Mapping[str, int]) -> Layout:
    """`by_hand`: a number for each service that is started by hand."""
    numbers = {edge: number for number, edge in enumerate(wanted.edges, FIRST_EDGE)}
    numbers |= {edge: number for edge, number in wanted.fixed.items() if edge.caller == PUBLIC}
    return Layout(
        run=run,
        wanted=wanted,
        numbers=numbers,
        published={
            number: wanted.fixed.get(edge) for edge, number in numbers.items() if edge.caller == HARNESS
        },
        inside=wanted.subjects - set(by_hand),
        by_hand=by_hand,
        traps={name: number for number, name in enumerate(wanted.watched, FIRST_TRAP) if name not in by_hand},
    )


def seen_from_wire(upstream: str) -> str:
    """An address given for this machine, as a container of ours finds it."""
    host, _, port = upstream.rpartition(":")
    return f"{THIS_MACHINE}:{port}" if host in LOOPBACK else upstream


def _is_database(service: Listening) -> bool:
    return service.runs.kind == "builtin"
