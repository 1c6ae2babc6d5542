"""What leaves a network of containers, or tries to: proven in the bridge's place that nothing can, watched for what is tried.

The proof is a container of our own image that shares the bridge's network for a moment, so it sees what the bridge would and asks
nothing of the bridge's image. What is tried shows as a name that is asked for (`localnet.wire.names`), as a call through the proxy that the
bridge is told of (`localnet.wire.egress`), as a connection to a listener of ours, or as a packet that the kernel finds no route for.
"""

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from localnet.backends.containers.canary import Canary
from localnet.backends.containers.container import Container
from localnet.errors import MachineError
from localnet.journal import Line, Writer

PROBE: Final = ("python3", "-m", "localnet.wire.probe")
PROVEN: Final = (
    "closed, as proven in the bridge's place: no default route, outside names do not resolve, no TCP or WebSocket connection to "
    "listeners of ours elsewhere"
)
SEEN: Final = "calls are seen by the name they ask for and through the proxy variables"
UNNAMED: Final = "calls are seen through the proxy variables; the names they ask for could not be seen"
COUNTED: Final = "those to a bare address are counted, and the address could not be seen"
UNCOUNTED: Final = "those to a bare address could not be seen, since the engine is not on this machine"
NO_BRIDGE: Final = "no service of the bridge runs in a container, so nothing was tested in its place"
OUTSIDE: Final = "to an address outside"
UNSEEN: Final = "their address could not be seen"
LOOK_SECONDS: Final = 0.1
NAME_SECONDS: Final = 0.5
"""for a question that was answered to be written down"""
PROC: Final = Path("/proc")
SNMP: Final = "net/snmp"


@dataclass
class Lost:
    """Packets of one container for which there was no route; `known` of them are accounted for. `process`: in /proc, its first one."""

    service: str
    container: str
    process: Path
    known: int

    def new(self) -> int:
        """Nothing where the process has ended: its number may be another's by now, and so what is told of it."""
        try:
            names, numbers = (row.split() for row in (self.process / SNMP).read_text().splitlines()[:2])
        except (OSError, ValueError):
            return 0
        found = int(numbers[names.index("OutNoRoutes")]) - self.known
        if found <= 0 or not self.is_there():
            return 0
        self.known += found
        return found

    def is_there(self) -> bool:
        groups = self.process / "cgroup"
        return groups.exists() and self.container in groups.read_text()


def ways_out(found: Mapping[str, Any]) -> list[str]:
    """Of what the probe found; nothing where nothing leaves."""
    routes = [f"there is a default route ({', '.join(found['routes'])})"] if found["routes"] else []
    names = [f"outside names resolve, to {found['name']}"] if found["name"] else []
    reached = [
        f"{where} is {how}" for where, how in found["reached"].items() if how in ("connected", "refused")
    ]
    return [*routes, *names, *reached]


class Egress:
    """Of one network. `probe` starts the container that proves in another's place; `elsewhere`: listeners on the outer network."""

    def __init__(
        self,
        run: str,
        gateways: Iterable[str],
        elsewhere: Iterable[str],
        probe: Callable[[Container, str], Container],
    ) -> None:
        self._run, self._probe = run, probe
        self._writer: Writer | None = None
        self._lock = threading.Lock()
        self._proofs: dict[str, Future[list[str]]] = {}
        self._lost: list[Lost] = []
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="egress")
        self._canary = Canary(gateways, self._called)
        self._targets = [*elsewhere, *self._canary.addresses]
        self._journal = Path()
        self._sees_names = False
        self._over = threading.Event()
        self._watching = threading.Thread(target=self._watch, name="egress", daemon=True)
        self._watching.start()

    def write_to(self, journal: Path, redacted: Iterable[str]) -> None:
        self._journal, self._writer = journal, Writer(journal, redacted)

    def prove(self, service: str, container: Container) -> None:
        """In the background; again whenever it starts again, for its network is a new one then."""
        self._proofs[service] = self._pool.submit(self._proven, service, container)

    def said(self) -> str:
        """Waits for what is being proven. MachineError when there is a way out."""
        if not self._proofs:
            return NO_BRIDGE
        for service, proof in list(self._proofs.items()):
            if ways := proof.result():
                raise MachineError(
                    f"the bridge's network is not closed: in the place of {service} {'; '.join(ways)}",
                    "use another container engine, or --backend processes, which observes calls and enforces nothing",
                )
        return f"{PROVEN}; {SEEN if self._sees_names else UNNAMED}, {COUNTED if self._lost else UNCOUNTED}"

    def close(self) -> None:
        self._over.set()
        self._watching.join()
        self._pool.shutdown()
        self._canary.close()
        if self._writer:
            self._writer.close()

    def _proven(self, service: str, container: Container) -> list[str]:
        wanted: dict[str, Any] = {
            "name": f"localnet-proof-{secrets.token_hex(4)}.test",
            "canaries": self._targets,
        }
        probe = self._probe(container, json.dumps(wanted))
        try:
            answer = next(probe.lines(), None)
        finally:
            probe.remove()
        if answer is None:
            if container.over.wait(1):
                return []  # it has ended, and its network with it
            raise MachineError(
                f"nothing could be proven in the place of {service}: {probe.over.error}", "localnet doctor"
            )
        found = json.loads(answer)
        self._sees_names = self._was_asked_for(wanted["name"])
        if found["early"]:
            self._tell(
                OUTSIDE, "attempted", f"{service} called before its way out was taken away; {UNSEEN}", service
            )
        self._count(service, container, found["lost"])
        ways = ways_out(found)
        outcome = "; ".join(ways) or "proven"
        tried = ", ".join(f"{where}: {how}" for where, how in found["reached"].items())
        for claim in ("no default route", "no outside name", "no connection to listeners elsewhere"):
            self._tell(claim, outcome, f"in the place of {service}; {tried}", service)
        return ways

    def _count(self, service: str, container: Container, known: int) -> None:
        """Only of a process of this machine, which an engine elsewhere does not start."""
        lost = Lost(service, container.id, PROC / str(container.inspect()["State"]["Pid"]), known)
        if lost.is_there():
            with self._lock:
                self._lost = [*(each for each in self._lost if each.service != service), lost]

    def _was_asked_for(self, name: str) -> bool:
        """Whether an outside name comes to us; some engines refuse it themselves."""
        deadline = time.monotonic() + NAME_SECONDS
        while name.encode() not in self._journal.read_bytes():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    def _watch(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            with self._lock:
                lost = list(self._lost)
            for each in lost:
                if count := each.new():
                    note = f"{each.service} sent {count} packets that no route leads out for; {UNSEEN}"
                    self._tell(OUTSIDE, "attempted", note, each.service)

    def _called(self, what: str) -> None:
        self._tell(what, "attempted", "a listener of ours on this machine was called", "bridge")

    def _tell(self, what: str, outcome: str, note: str, service: str) -> None:
        line = Line(
            time.time(), self._run, "lifecycle", f"egress {what}", outcome, f"{service}→egress", note=note
        )
        with self._lock:
            if self._writer:
                self._writer.write([line])
