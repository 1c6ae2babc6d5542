"""Start a network: everything at once as far as `needs` allows, and all of it undone when one thing fails."""

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

from localnet.backends.interface import Backend
from localnet.backends.processes import ProcessesBackend
from localnet.errors import LocalnetError, MachineError, UsageError
from localnet.network import catalogue
from localnet.network.choice import chosen
from localnet.network.control import serve_control
from localnet.network.elsewhere import probe_elsewhere
from localnet.network.network import GaveUpError, Network, Part
from localnet.network.plan import Plan, plan
from localnet.network.progress import Progress, ProgressEvent
from localnet.network.readiness import probe_of
from localnet.network.record import RunRecord, Service
from localnet.network.resolve import Identity, Resolved, resolve, wanted
from localnet.network.rundir import RunDirectory
from localnet.network.spec import NetworkSpec
from localnet.network.sweep import sweep
from localnet.network.watch import watch

WIRE = "wire"
WIRE_SECONDS = 30.0
GIVE_UP_POLL = 0.02
"""seconds after which who waits for another looks whether there is still a point in it"""
BACKENDS = ("auto", "processes", "containers")
PORTS = ("auto", "fixed")


@contextmanager
def open_backend(name: str, progress: Progress, spec: NetworkSpec | None = None) -> Iterator[Backend]:
    """The backend by name, or the one that suits the spec: owns the fakes, the wire and PostgreSQL of this process. What dead runs left is
    swept first.
    """
    if name not in BACKENDS:
        raise UsageError(f"no backend is called {name!r}", f"known: {', '.join(BACKENDS)}")
    note = partial(_note, progress)
    if name == "auto":
        name, reason = chosen(spec or NetworkSpec())
        note(f"auto: {name}, since {reason}")
    for sentence in sweep(ask_engine=name == "containers"):
        note(sentence)
    home = RunDirectory("shared")
    try:
        with (
            _containers(home, note)
            if name == "containers"
            else ProcessesBackend(home.id, home.path) as backend
        ):
            yield backend
    finally:
        home.release()


def _containers(home: RunDirectory, note: Callable[[str], None]) -> AbstractContextManager[Backend]:
    """Loaded where it is wanted: the engine's client costs a good part of what a start without it takes."""
    from localnet.backends.containers.opening import opened

    return opened(home.path.parent, note)


def _note(progress: Progress, text: str) -> None:
    progress(ProgressEvent("network", "note", 0.0, text))


def start_network(spec: NetworkSpec, backend: Backend, progress: Progress) -> Network:
    """Returns when everything is ready; otherwise raises with the first cause, everything stopped and evidence saved."""
    began = time.monotonic()
    planned = _planned(spec)
    home = RunDirectory("run")
    seed = spec.seed if spec.seed is not None else secrets.randbits(32)
    run = Identity(home.id, seed, home.path)
    try:
        resolved = resolve(planned, backend.place(run.id, wanted(planned, home.path)), run)
        record = _record(planned, resolved, run, backend.name)
        record.write()
        network = Network(record, home, backend, progress, list(resolved.wiring.secrets))
    except BaseException:
        backend.remove(run.id)
        home.release()
        raise
    try:
        network.undo += [serve_control(network), watch(network)]
        _bring_up(network, planned, resolved, backend)
        network.complete(began)
    except BaseException as error:
        _undo(network, error)
        raise
    return network


def _planned(spec: NetworkSpec) -> Plan:
    if spec.ports not in PORTS:
        raise UsageError(f"ports can be {' or '.join(PORTS)}, not {spec.ports!r}", "--ports auto")
    if spec.replicas < 1:
        raise UsageError(
            f"replicas cannot be {spec.replicas}", "ask for one or more, or for no bridge (--bridge none)"
        )
    return plan(
        catalogue.load(spec),
        only=spec.services,
        replicas=spec.replicas,
        staggered=spec.staggered,
        fixed_ports=spec.ports == "fixed",
        database=spec.database,
    )


def _record(planned: Plan, resolved: Resolved, run: Identity, backend: str) -> RunRecord:
    harness = {edge.callee: url for edge, url in resolved.edges.items() if edge.caller == "harness"}
    services = {
        name: Service(
            name, harness.get(name), 0.0, None, None, "yours" if name in planned.yours else "waiting"
        )
        for name in planned.services
    }
    services[WIRE] = Service(WIRE, None, 0.0, None, None, "waiting")
    database = resolved.exports.get("postgres", {}).get("database")
    return RunRecord(
        id=run.id,
        backend=backend,
        seed=run.seed,
        token=run.token,
        directory=run.directory,
        owner_pid=os.getpid(),
        started_at=time.time(),
        seconds=0.0,
        services=services,
        edges={str(edge): url for edge, url in resolved.edges.items()},
        exports={name: dict(values) for name, values in resolved.exports.items()},
        environments={name: dict(values) for name, values in resolved.environments.items()},
        database_name=database,
        adapter=planned.adapter,
        secrets=dict(resolved.secrets),
    )


def _bring_up(network: Network, planned: Plan, resolved: Resolved, backend: Backend) -> None:
    connected = backend.connect(resolved.wiring)
    network.faults.steer(connected)
    wire = Part(WIRE, None, connected, lambda: None, WIRE_SECONDS)
    parts = [
        wire,
        *(_part(name, network, planned, resolved) for name in planned.services if name not in planned.yours),
    ]
    for part in parts:
        network.add(part)
    needs = {name: service.needs for name, service in planned.services.items()}
    start = _Start(network, needs, {part.name: threading.Event() for part in parts})
    start.all(parts)
    if start.first_failure:
        raise start.first_failure[1]


def _part(name: str, network: Network, planned: Plan, resolved: Resolved) -> Part:
    service = planned.services[name]
    url = network.url(name) if service.protocol != "none" else None
    path = resolved.ready_paths[name]
    probe = probe_of(service, path, url)
    lifecycle = planned.adapter.control_plane if planned.adapter else None
    if service.runs.kind == "url" and name in planned.subjects:
        probe = probe_elsewhere(service, path or "/", probe, name == lifecycle)
    return Part(name, resolved.launches.get(name), None, probe, service.ready.timeout)


@dataclass
class _Start:
    """One start of all services, each in a thread of its own."""

    network: Network
    needs: dict[str, tuple[str, ...]]
    ready: dict[str, threading.Event]
    first_failure: tuple[str, BaseException] | None = None
    over: threading.Event = field(default_factory=threading.Event)
    """somebody failed, or we were interrupted: no use in going on"""

    def all(self, parts: list[Part]) -> None:
        """Returns when each is ready, or has failed, or has given up because another failed."""
        threads = [
            threading.Thread(target=self._one, args=(part,), name=f"start {part.name}") for part in parts
        ]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except BaseException:
            self.over.set()
            for thread in threads:
                thread.join()
            raise

    def _one(self, part: Part) -> None:
        state = "not started"
        try:
            for need in self.needs.get(part.name, ()):
                self._wait_for(need)
            state = "given up"
            self.network.begin(part)
            self.network.await_ready(part, self.over.is_set)
            self.ready[part.name].set()
        except GaveUpError:
            because = f"because {self.first_failure[0]} failed" if self.first_failure else "interrupted"
            self._tell(part.name, state, because)
        except BaseException as error:
            self._fail(part.name, error)

    def _wait_for(self, need: str) -> None:
        while need in self.ready and not self.ready[need].wait(GIVE_UP_POLL):
            if self.over.is_set():
                raise GaveUpError

    def _fail(self, name: str, error: BaseException) -> None:
        self.first_failure = self.first_failure or (name, error)
        self.over.set()
        if self.network.service(name).state != "failed":
            self._tell(name, "failed", str(error))

    def _tell(self, name: str, state: str, why: str) -> None:
        """The first cause may be that nothing can be written any more."""
        with suppress(MachineError):
            self.network.now(name, state, 0.0, why)


def _undo(network: Network, error: BaseException) -> None:
    """Evidence first, then everything away; a known error then says where the evidence is."""
    folder = network.save_evidence("start", error.message) if isinstance(error, LocalnetError) else None
    network.close()
    if isinstance(error, LocalnetError) and folder:
        error.next_step = f"{error.next_step}\nlogs and journal: {folder}"
