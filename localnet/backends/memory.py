"""A backend that starts nothing and remembers everything it was told, for tests of what uses backends."""

import threading
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

from localnet.backends.interface import Address, Launch, Places, State, Unit, Verb, Wanted, Wire, Wiring

HOST = "127.0.0.1"
FIRST_PORT = 1
"""Numbers nobody listens on: a service that is asked something here has been asked by mistake."""
RUNNING = State("running")

Fate = Callable[[], State]
"""What a service's state is, whenever it is asked for."""


class MemoryBackend:
    """`fates` decides what becomes of a service by name; the others run at once."""

    name = "memory"

    def __init__(self, fates: Mapping[str, Fate] | None = None) -> None:
        self.told: list[str] = []
        """`place`, `connect`, `start NAME`, `stop NAME`, ..., `remove`, in the order it happened"""
        self.launches: dict[str, Launch] = {}
        self.wirings: list[Wiring] = []
        self._fates = dict(fates or {})
        self._numbers = count(FIRST_PORT)
        self._lock = threading.Lock()

    def place(self, network: str, wanted: Wanted) -> Places:  # noqa: ARG002, the interface's
        self.remember("place")
        binds = {service.name: self._address() for service in wanted.services}
        upstreams = {name: str(address) for name, address in binds.items()}
        listens = {edge: self._address() for edge in wanted.edges}
        return Places(binds, upstreams, listens, reaches=listens)

    def connect(self, wiring: Wiring) -> Wire:
        self.remember("connect")
        self.wirings.append(wiring)
        return MemoryWire(self._fates.get("wire"), self.remember)

    def start(self, launch: Launch) -> Unit:
        self.remember(f"start {launch.name}")
        self.launches[launch.name] = launch
        return MemoryUnit(launch.name, launch.log, self._fates.get(launch.name), self.remember)

    def egress(self, network: str) -> str:  # noqa: ARG002, the interface's
        return "nothing runs"

    def remove(self, network: str) -> None:  # noqa: ARG002, the interface's
        self.remember("remove")

    def remember(self, event: str) -> None:
        with self._lock:
            self.told.append(event)

    def _address(self) -> Address:
        return Address(HOST, next(self._numbers))


class MemoryUnit:
    pid: int | None = None

    def __init__(
        self, name: str, log: Path | None, fate: Fate | None, remember: Callable[[str], None]
    ) -> None:
        self._name, self._fate, self._remember = name, fate, remember
        self._ended: State | None = None
        self.log = log

    def state(self, patience: float) -> State:  # noqa: ARG002, the interface's
        return self._ended or (self._fate() if self._fate else RUNNING)

    def act(self, verb: Verb) -> None:
        self._remember(f"{verb} {self._name}")
        if verb in ("stop", "kill"):
            self._ended = State("ended", f"it was asked to {verb}")


class MemoryWire(MemoryUnit):
    """Agrees to everything."""

    def __init__(self, fate: Fate | None, remember: Callable[[str], None]) -> None:
        super().__init__("wire", None, fate, remember)
        self.asked: list[Mapping[str, object]] = []
        self.heed: Callable[[Mapping[str, object]], None] | None = None

    def ask(self, request: Mapping[str, object]) -> Mapping[str, object]:
        self.asked.append(request)
        return {"event": "done"}

    def listen(self, heed: Callable[[Mapping[str, object]], None]) -> None:
        self.heed = heed
