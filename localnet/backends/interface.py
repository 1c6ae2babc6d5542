"""What a backend must offer, and the values it is handed. A backend knows nothing of service files or readiness.

As small as its implementations allow: processes on this machine, one container per service, and one in memory
that starts nothing and remembers everything.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from localnet.clock.reading import Reading

Verb = Literal["stop", "kill", "freeze", "thaw"]
HARNESS, PUBLIC = "harness", "public"
"""Callers that are no service: whoever runs the network; whoever follows a public address, wherever they are."""


@dataclass(frozen=True)
class Runs:
    """How a service is run: the kind of a service file's key, and its value as words."""

    kind: str
    """fake | command | image | build | binary | url | builtin"""
    words: tuple[str, ...]
    base: Path
    """relative paths start here"""
    image: str | None = None
    """what containers run in a command's place, or put a binary on"""


@dataclass(frozen=True)
class Edge:
    """One hop between two services, seen from the caller."""

    caller: str
    callee: str
    protocol: str
    """http | postgres"""

    def __str__(self) -> str:
        return f"{self.caller}→{self.callee}"


@dataclass(frozen=True)
class Address:
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Listening:
    """A service that listens; `options` as they stand in its file, unfilled."""

    name: str
    runs: Runs
    options: Mapping[str, str]


@dataclass(frozen=True)
class Wanted:
    """What needs an address: services that listen, and edges; `fixed` holds the numbers that were asked for."""

    services: Sequence[Listening]
    edges: Sequence[Edge]
    fixed: Mapping[Edge, int] = field(default_factory=dict)
    watched: Sequence[str] = ()
    """services that are not ours, so what they call outside the network must be seen or kept from happening"""
    subjects: frozenset[str] = frozenset()
    """services of the bridge under test, which may reach their neighbours and nobody else"""
    by_hand: frozenset[str] = frozenset()
    """of those, the ones that somebody starts on this machine"""
    elsewhere: tuple[str, ...] = ()
    """addresses (`host:port`) of services that run somewhere else"""
    directory: Path = Path()
    """the network's, for logs and what must vanish with it"""


@dataclass(frozen=True)
class Places:
    """`binds`: where a service is to listen. `upstreams`: where the wire finds it (`host:port` or `unix:PATH`).
    `listens`: where the wire listens for an edge. `reaches`: what the edge's caller uses."""

    binds: Mapping[str, Address]
    upstreams: Mapping[str, str]
    listens: Mapping[Edge, Address]
    reaches: Mapping[Edge, Address]


@dataclass(frozen=True)
class Wiring:
    """The edges of one network for the wire: edge -> (where to listen, upstream)."""

    network: str
    journal: Path
    secrets: Sequence[str]
    edges: Mapping[Edge, tuple[Address, str]]


@dataclass(frozen=True)
class Launch:
    """One service to start, every placeholder filled."""

    network: str
    token: str
    name: str
    runs: Runs
    bind: Address
    options: Mapping[str, str]
    env: Mapping[str, str]
    log: Path
    directory: Path
    """the network's, for what must vanish with it"""


@dataclass(frozen=True)
class State:
    """`starting`: too early to ask it anything. `running`: worth a probe. `ended`: it is gone, `detail` says how."""

    name: Literal["starting", "running", "ended"]
    detail: str = ""
    next_step: str = ""


class Unit(Protocol):
    """One started service."""

    @property
    def pid(self) -> int | None: ...

    @property
    def log(self) -> Path | None:
        """Where its output is."""

    def state(self, patience: float) -> State:
        """Its state; waits at most `patience` seconds for a better one than `starting`."""

    def act(self, verb: Verb) -> None:
        """`stop` and `kill` return when it has ended."""


Follows = Callable[[float], str | None]
"""Why it does not show the network's time, or None once it does; waits at most so many seconds for that."""


@runtime_checkable
class Follower(Protocol):
    """A unit whose clock can be moved without a word to the program in it."""

    def follow(self, reading: Reading) -> Follows:
        """Show this from now on, also after it was started again."""


class Wire(Unit, Protocol):
    """A network's edges, steered while they carry: see localnet.wire.serving for what can be asked."""

    def ask(self, request: Mapping[str, object]) -> Mapping[str, object]:
        """The wire's answer; LocalnetError when it refuses."""

    def listen(self, heed: Callable[[Mapping[str, object]], None]) -> None:
        """`heed` gets what the wire says unasked, in a thread that must not be kept waiting."""


class Backend(Protocol):
    """Everything is started without waiting; who asks `Unit.state` waits."""

    @property
    def name(self) -> str: ...

    def place(self, network: str, wanted: Wanted) -> Places:
        """Addresses that stay this network's until it is removed."""

    def connect(self, wiring: Wiring) -> Wire:
        """Open the edges in the wire."""

    def start(self, launch: Launch) -> Unit: ...

    def egress(self, network: str) -> str:
        """What its report says about calls that leave: whether they can, and what would not be seen. MachineError when it cannot
        be kept closed."""

    def remove(self, network: str) -> None:
        """Stop what still runs of a network and free its addresses; the wire last, so that the end is journalled."""
