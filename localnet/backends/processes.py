"""Services as processes of this machine, without containers.

One process with all fakes, one wire and one PostgreSQL server serve every network opened here; commands get a
process each. What is shared lies in the backend's own run directory, and starts when a network first needs it.
"""

import sys
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from localnet.backends.channel import Channel, Pipes
from localnet.backends.clock_shim import ProgramClock
from localnet.backends.interface import Address, Edge, Launch, Listening, Places, Unit, Wanted, Wire, Wiring
from localnet.backends.ports import HOST, Ports
from localnet.backends.postgres.cluster import Cluster
from localnet.backends.postgres.install import Install, find_install
from localnet.backends.requests import add_fake, add_network, edges_of
from localnet.backends.spawn import Command, Spawner, found
from localnet.backends.tripwire import OBSERVED, Tripwire
from localnet.backends.units import CommandUnit, DatabaseUnit, FakeUnit, WireUnit
from localnet.errors import UsageError

MODULES = {"fakes": "fakes.serve", "wire": "localnet.wire"}
SHARED, OWN = "shared", "own"
LEAVE_SECONDS = 5.0
ENTIRE = ""
"""Subject of an answer that concerns a whole network."""


@dataclass
class _Network:
    """What one network has here."""

    ports: Ports = field(default_factory=Ports)
    commands: dict[str, CommandUnit] = field(default_factory=dict)
    channels: set[str] = field(default_factory=set)
    tripwires: dict[str, Tripwire] = field(default_factory=dict)
    cluster: Cluster | None = None
    database: str | None = None


class ProcessesBackend:
    """`directory` is this backend's run directory, `run` its id: what is started here carries it, or its network's."""

    name = "processes"

    def __init__(self, run: str, directory: Path) -> None:
        self._run, self._directory = run, directory
        self._networks: dict[str, _Network] = {}
        self._channels: dict[str, Channel] = {}
        self._clusters: dict[str, Cluster] = {}
        self._install: Install | None = None
        self._lock = threading.Lock()
        self._spawner = Spawner()
        (directory / "logs").mkdir(exist_ok=True)

    def __enter__(self) -> "ProcessesBackend":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        with ExitStack() as undo:
            undo.callback(self._spawner.close)
            for channel in self._channels.values():
                undo.callback(channel.close)
            for cluster in self._clusters.values():
                undo.callback(cluster.destroy)
            for network in list(self._networks):
                undo.callback(self.remove, network)

    def place(self, network: str, wanted: Wanted) -> Places:
        known = self._networks.setdefault(network, _Network())
        binds = {
            service.name: Address(HOST, known.ports.any())
            for service in wanted.services
            if service.runs.kind != "builtin"
        }
        upstreams = {name: str(address) for name, address in binds.items()}
        for service in wanted.services:
            if service.runs.kind == "builtin":
                known.cluster = self._cluster(network, service)
                upstreams[service.name] = known.cluster.address
        traps = {name: Address(HOST, known.ports.any()) for name in wanted.watched}
        known.tripwires = {name: Tripwire(name, trap, trap) for name, trap in traps.items()}
        listens = {edge: Address(HOST, self._number(known, edge, wanted)) for edge in wanted.edges}
        return Places(binds, upstreams, listens, reaches=listens)

    def connect(self, wiring: Wiring) -> Wire:
        channel = self._channel("wire", wiring.network)
        tripwires = self._networks[wiring.network].tripwires.values()
        edges = [*edges_of(wiring), *(tripwire.edge for tripwire in tripwires)]
        answers = {str(edge["edge"]): channel.expect(wiring.network, str(edge["edge"])) for edge in edges}
        for tripwire in tripwires:
            tripwire.opened = answers[str(tripwire.edge["edge"])]
        channel.send(add_network(wiring, str(wiring.journal), edges))
        return WireUnit(channel, wiring.network, list(answers.values()))

    def start(self, launch: Launch) -> Unit:
        if launch.runs.kind == "fake":
            return self._start_fake(launch)
        if launch.runs.kind in ("command", "binary"):
            return self._start_command(launch)
        if launch.runs.kind == "builtin":
            return self._start_database(launch)
        raise UsageError(
            f"{launch.name} is described by `{launch.runs.kind}`, which the processes backend cannot run",
            "give it a command, a binary or a url, or choose --backend containers",
        )

    def egress(self, network: str) -> str:  # noqa: ARG002, the same for all
        return OBSERVED

    def remove(self, network: str) -> None:
        """Commands first, while their neighbours are there; the wire last, so that all of it is journalled."""
        known = self._networks.pop(network, None)
        if known is None:
            return
        with ExitStack() as undo:
            undo.callback(known.ports.release)
            undo.callback(self._leave, "wire", network, known)
            undo.callback(self._drop_database, known)
            undo.callback(self._leave, "fakes", network, known)
            for command in known.commands.values():
                undo.callback(command.act, "stop")

    def _start_fake(self, launch: Launch) -> Unit:
        channel = self._channel("fakes", launch.network)
        answer = channel.expect(launch.network, launch.name)
        channel.send(add_fake(launch))
        return FakeUnit(channel, launch.network, launch.name, answer)

    def _start_command(self, launch: Launch) -> Unit:
        words = (found(launch.runs.words[0], launch.runs.base), *launch.runs.words[1:])
        clock = ProgramClock.of(launch.name, launch.directory)
        tripwire = self._networks[launch.network].tripwires[launch.name]
        env = clock.environment({**tripwire.variables(), **launch.env})
        command = Command(words, env, launch.runs.base, launch.log, run=launch.network, home=launch.directory)
        unit = CommandUnit(self._spawner.spawn(command), launch.bind.port or None, launch.log, clock)
        self._networks[launch.network].commands[launch.name] = unit
        return unit

    def _start_database(self, launch: Launch) -> Unit:
        known = self._networks[launch.network]
        cluster = known.cluster
        assert cluster
        name, dump = launch.options["database"], launch.options.get("dump")

        def make() -> None:
            cluster.ensure_running()
            if known.database is None:
                cluster.create_database(name)
                known.database = name
                if dump:
                    cluster.load(Path(dump), name)

        return DatabaseUnit(cluster, make)

    def _drop_database(self, known: _Network) -> None:
        if known.cluster and known.cluster is self._clusters.get(SHARED):
            if known.database:
                known.cluster.drop_database(known.database)
        elif known.cluster:
            known.cluster.destroy()

    def _cluster(self, network: str, service: Listening) -> Cluster:
        choice = service.options.get("cluster", SHARED)
        if choice not in (SHARED, OWN):
            raise UsageError(f"{service.name}.cluster is {choice!r}", f"choose {SHARED} or {OWN}")
        with self._lock:
            shared = self._clusters.get(SHARED)
            own = choice == OWN or (shared is not None and shared.is_moved)
            key, name = (network, f"postgres-{network}") if own else (SHARED, "postgres")
            if key not in self._clusters:
                install = self._install = self._install or find_install()
                self._clusters[key] = Cluster(install, self._run, self._directory, name, self._spawner)
            return self._clusters[key]

    def _channel(self, name: str, network: str) -> Channel:
        """The process that serves all networks, started when the first needs it."""
        with self._lock:
            self._networks[network].channels.add(name)
            if name not in self._channels:
                log = self._directory / "logs" / f"{name}.log"
                words = (sys.executable, "-m", MODULES[name])
                command = Command(
                    words, {}, self._directory, log, run=self._run, home=self._directory, talks=True
                )
                self._channels[name] = Channel(name, Pipes(self._spawner.spawn(command)), log)
            return self._channels[name]

    def _leave(self, name: str, network: str, known: _Network) -> None:
        if name in known.channels:
            channel = self._channels[name]
            answer = channel.expect(network, ENTIRE, gone=True)
            channel.send({"op": "remove", "network": network})
            answer.wait(LEAVE_SECONDS)

    @staticmethod
    def _number(known: _Network, edge: Edge, wanted: Wanted) -> int:
        if edge in wanted.fixed:
            return known.ports.exactly(wanted.fixed[edge], str(edge))
        return known.ports.any()
