"""A running network and what its owner can do with it."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from localnet.backends.interface import Backend, Launch, Unit, Verb
from localnet.backends.output import tail
from localnet.clock.reading import Reading
from localnet.errors import LocalnetError, MachineError, ServiceError, UsageError, unwritable
from localnet.journal import Line, Writer
from localnet.network import evidence
from localnet.network.clock import NetworkClock
from localnet.network.faults import NetworkFaults
from localnet.network.progress import Progress, ProgressEvent
from localnet.network.record import RunRecord, Service
from localnet.network.rundir import RunDirectory
from localnet.network.view import View

PATIENCE = 0.05
"""seconds to wait for a unit to come up before looking whether somebody gave up"""
PAUSE = 0.008
"""seconds between two probes"""
HEARTBEAT = 3.0
"""seconds of waiting after which it is said what is waited for"""
BECOMES: Mapping[Verb, str] = {"stop": "stopped", "kill": "killed", "freeze": "frozen", "thaw": "ready"}


class GaveUpError(Exception):
    """Somebody else's failure ended the wait."""


@dataclass(frozen=True)
class Part:
    """One service as its network runs it."""

    name: str
    launch: Launch | None
    """None: it runs elsewhere, or you start it"""
    unit: Unit | None
    probe: Callable[[], str | None]
    timeout: float
    """seconds it may take to become ready"""
    began: float | None = None
    """by the monotonic clock"""


class Network(View):
    """Owned by this process. Leaving the context stops and removes everything. Safe to use from several threads."""

    def __init__(
        self, record: RunRecord, home: RunDirectory, backend: Backend, progress: Progress, secrets: list[str]
    ) -> None:
        super().__init__(record)
        self._home, self._backend, self._progress = home, backend, progress
        self._parts: dict[str, Part] = {}
        self._writer = Writer(self.journal.path, secrets)
        self._lock = threading.RLock()
        self.clock = NetworkClock(self)
        self.faults = NetworkFaults(self)
        self._down = threading.Event()
        self._closed = False
        self.undo: list[Callable[[], None]] = []
        """what else ends with the network, last first"""

    def __enter__(self) -> "Network":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed = True
        with suppress(MachineError):
            self.note("network removed", "")
        for undo in reversed(self.undo):
            undo()
        try:
            self._backend.remove(self.id)
        finally:
            self._writer.close()
            self._home.release()

    def stop(self, service: str) -> None:
        """Politely (SIGTERM, then SIGKILL)."""
        self._act(service, "stop")

    def kill(self, service: str) -> None:
        """SIGKILL, with its whole process group."""
        self._act(service, "kill")

    def freeze(self, service: str) -> None:
        self._act(service, "freeze")

    def thaw(self, service: str) -> None:
        self._act(service, "thaw")
        self.clock.tell(service)

    def start(self, service: str) -> None:
        """Start a stopped or killed service and wait until it is ready."""
        part = self._part(service)
        if part.launch is None:
            raise UsageError(f"{service} is not started here", "start it where it runs")
        if self.service(service).state in ("ready", "frozen", "starting"):
            raise UsageError(
                f"{service} is {self.service(service).state} already", f"localnet restart {service}"
            )
        self.begin(part)
        self.wait_ready(service)
        self.clock.tell(service)

    def restart(self, service: str) -> None:
        if self.service(service).state == "frozen":
            self.thaw(service)
        if self.service(service).state not in ("stopped", "killed", "failed"):
            self.stop(service)
        self.start(service)

    def wait_ready(self, service: str, timeout: float | None = None) -> None:
        """A full round trip; without a timeout the service file's budget. ServiceError with the last answer otherwise."""
        self.await_ready(self._part(service), lambda: False, timeout)

    def note(self, op: str, outcome: str, ids: dict[str, list[str]] | None = None) -> None:
        """A lifecycle line in the journal."""
        line = Line(at=time.time(), run=self.id, kind="lifecycle", op=op, outcome=outcome, ids=ids or {})
        self._write(line)

    def keep_reading(self, reading: Reading) -> None:
        with self._lock:
            self._record = replace(self._record, clock=reading)
            self._record.write()

    def note_move(self, move: str, note: str) -> None:
        """A move of the clock in the journal, which itself stays in real time."""
        self._write(Line(at=time.time(), run=self.id, kind="clock", op=move, outcome="moved", note=note))

    def _write(self, line: Line) -> None:
        try:
            with self._lock:
                self._writer.write([line])
        except OSError as error:
            raise unwritable(self.directory, error) from error

    def save_evidence(self, what: str, why: str = "", since: int = 0) -> Path:
        """Journal (from an offset on) and output, without secrets, in an evidence directory of their own."""
        with suppress(MachineError):
            self.note("evidence saved", what)
        return evidence.keep(self._record, what, why, since)

    def save_logs(self, directory: Path) -> None:
        """What the services printed, without secrets."""
        evidence.keep_logs(self._record, directory)

    def wait_down(self, timeout: float | None = None) -> bool:
        """Until somebody asked for `down` over the control socket; False when the timeout came first."""
        return self._down.wait(timeout)

    def ask_down(self) -> None:
        self._down.set()

    def parts(self) -> list[Part]:
        """What this network runs, or reaches elsewhere."""
        with self._lock:
            return list(self._parts.values())

    # --- the steps of a start, which `start_network` takes for all services at once -----------------

    def add(self, part: Part) -> None:
        with self._lock:
            self._parts[part.name] = part

    def begin(self, part: Part) -> None:
        """Start it, without waiting."""
        self.now(part.name, "starting", 0.0, f"within {part.timeout:g} s")
        if part.launch:
            unit = self._backend.start(part.launch)
            self.add(replace(part, unit=unit, began=time.monotonic()))
            self._change(part.name, pid=unit.pid, log=unit.log)

    def await_ready(self, part: Part, given_up: Callable[[], bool], timeout: float | None = None) -> None:
        began = time.monotonic()
        budget = timeout if timeout is not None else part.timeout
        said = began
        while (wrong := self._wrong_with(part.name)) is not None:
            waited = time.monotonic() - began
            if given_up():
                raise GaveUpError
            if waited > budget:
                said_last = (
                    f"; its last output:\n{self._last_output(part.name)}"
                    if self._parts[part.name].unit
                    else ""
                )
                raise self._failed(
                    part,
                    f"was not ready within {budget:g} s; {wrong}{said_last}",
                    _more_time(self._parts[part.name]),
                )
            if time.monotonic() - said > HEARTBEAT:
                said = time.monotonic()
                self._progress(ProgressEvent(part.name, "waiting", waited, f"of {budget:g} s; {wrong}"))
            time.sleep(PAUSE)
        self.now(part.name, "ready", time.monotonic() - began)

    def now(self, service: str, state: str, seconds: float, detail: str = "") -> None:
        """What a service has become: told, written down, journalled."""
        with self._lock:
            took = {"seconds": seconds} if state == "ready" and seconds else {}
            self._change(service, state=state, **took)
            self.note(f"service {service} {state}", detail)
            self._progress(ProgressEvent(service, state, seconds, detail))

    def notice_ended(self) -> None:
        """Say so where a service that was ready has ended on its own."""
        for part in self.parts():
            if part.unit and self.service(part.name).state == "ready":
                state = part.unit.state(0.0)
                if state.name == "ended" and self.service(part.name).state == "ready":
                    self.now(part.name, "failed", 0.0, f"ended: {state.detail}")

    def complete(self, began: float) -> None:
        """`began`: by the monotonic clock."""
        egress = self._backend.egress(self.id)
        seconds = time.monotonic() - began
        with self._lock:
            self._record = replace(self._record, seconds=seconds, egress=egress)
            self._record.write()
        self.note("network ready", f"{seconds:.3f} s")

    def _wrong_with(self, name: str) -> str | None:
        part = self._part(name)
        if part.unit:
            state = part.unit.state(PATIENCE)
            if state.name == "ended":
                raise self._failed(part, f"ended before it was ready: {state.detail}", state.next_step)
            if state.name == "starting":
                return "it is starting"
        return part.probe()

    def _failed(self, part: Part, what: str, next_step: str) -> LocalnetError:
        began = self._parts[part.name].began
        self.now(part.name, "failed", time.monotonic() - began if began else 0.0, what)
        where = f": localnet logs {part.name}" if self.seconds else ""  # a failed start leaves no run to ask
        kind = ServiceError if self._parts[part.name].unit else MachineError
        return kind(f"{part.name} {what}", next_step or f"read its output{where}")

    def _last_output(self, name: str) -> str:
        unit = self._parts[name].unit
        return tail(unit.log if unit else None)

    def _act(self, service: str, verb: Verb) -> None:
        part = self._part(service)
        if part.unit is None:
            raise UsageError(f"{service} is not run by this network", "act on it where it runs")
        before = self.service(service).state
        self._change(service, state="ending" if verb in ("stop", "kill") else before)
        try:
            part.unit.act(verb)
        except LocalnetError:
            self._change(service, state=before)
            raise
        self.now(service, BECOMES[verb], 0.0)

    def _part(self, service: str) -> Part:
        if self.service(service).state == "yours":
            raise UsageError(
                f"{service} is started by you, not by this network", "act on it where you run it"
            )
        return self._parts[service]

    def _change(self, service: str, **fields: object) -> None:
        with self._lock:
            known: Service = self._record.services[service]
            self._record = self._record.with_service(replace(known, **fields))  # type: ignore[arg-type]
            self._record.write()


def _more_time(late: Part) -> str:
    more = f"give it more time: --set {late.name}.ready.timeout=SECONDS"
    if late.unit is None:
        return f"start it there, or {more}"
    return more if late.launch else "leave this machine less to do meanwhile"  # the wire is nobody's to set
