"""The services of the processes backend, each as what can be asked of it and done to it."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from localnet.backends.background import Background
from localnet.backends.channel import Answer, Channel
from localnet.backends.clock_shim import ProgramClock
from localnet.backends.interface import Follows, State, Verb
from localnet.backends.output import exit_text, tail
from localnet.backends.ports import is_listening
from localnet.backends.postgres.cluster import Cluster
from localnet.backends.process_table import family, wait_gone
from localnet.clock.reading import Reading
from localnet.errors import UsageError

STOP_SECONDS = 10.0
POLL_SECONDS = 0.005
STARTING, RUNNING = State("starting"), State("running")


class CommandUnit:
    """A process group of its own. `port` None: it listens nowhere, so it runs once it is there."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", port: int | None, log: Path, clock: ProgramClock
    ) -> None:
        self._process, self._port = process, port
        self.follow = clock.follow
        self._listens = port is None
        self.log: Path | None = log

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def state(self, patience: float) -> State:
        deadline = time.monotonic() + patience
        while True:
            code = self._process.poll()
            if code is not None:
                return State("ended", f"{exit_text(code)}; its last output:\n{tail(self.log)}")
            if not self._listens and self._port is not None:
                self._listens = is_listening(self._port)
            if self._listens:
                return RUNNING
            if time.monotonic() >= deadline:
                return STARTING
            time.sleep(POLL_SECONDS)

    def act(self, verb: Verb) -> None:
        if verb in ("freeze", "thaw"):
            signal_family(self._process.pid, signal.SIGSTOP if verb == "freeze" else signal.SIGCONT)
        else:
            end(self._process, signal.SIGTERM if verb == "stop" else signal.SIGKILL)


class FakeUnit:
    """One of the fakes in their process. What it remembers ends with it."""

    def __init__(self, channel: Channel, network: str, service: str, answer: Answer) -> None:
        self._channel, self._network, self._service, self._answer = channel, network, service, answer
        self.log: Path | None = channel.log
        self._stopped = False

    @property
    def pid(self) -> int | None:
        return self._channel.pid

    def state(self, patience: float) -> State:
        if self._channel.over.wait(0):
            return State("ended", self._channel.over.error or "")
        if self._stopped:
            return State("ended", "it was stopped")
        if not self._answer.wait(patience):
            return STARTING
        return State("ended", self._answer.error) if self._answer.error else RUNNING

    def act(self, verb: Verb) -> None:
        if verb in ("freeze", "thaw"):
            raise UsageError(
                f"{self._service} is a fake that shares its process with others; it cannot {verb} alone",
                "stop it, or run it as a command of its own (--use)",
            )
        answer = self._channel.expect(self._network, self._service, gone=True)
        self._channel.send({"op": "remove", "network": self._network, "service": self._service})
        answer.wait(STOP_SECONDS)
        self._stopped = True


class WireUnit:
    """A network's edges in the wire."""

    def __init__(self, channel: Channel, network: str, answers: Sequence[Answer]) -> None:
        self._channel, self._network, self._answers = channel, network, answers
        self.log: Path | None = channel.log

    @property
    def pid(self) -> int | None:
        return self._channel.pid

    def state(self, patience: float) -> State:
        if self._channel.over.wait(0):
            return State("ended", self._channel.over.error or "")
        deadline = time.monotonic() + patience
        for answer in self._answers:
            if not answer.wait(max(0.0, deadline - time.monotonic())):
                return STARTING
            if answer.error:
                return State("ended", answer.error)
        return RUNNING

    def act(self, verb: Verb) -> None:
        raise UsageError(
            f"the wire carries every hop of a network; there is no {verb} for it", "name another service"
        )

    def ask(self, request: Mapping[str, object]) -> Mapping[str, object]:
        return self._channel.ask(self._network, request)

    def listen(self, heed: Callable[[Mapping[str, object]], None]) -> None:
        self._channel.listen(self._network, heed)


class DatabaseUnit:
    """A network's database and the server it is in, made in the background: `make` may take as long as it needs."""

    def __init__(self, cluster: Cluster, make: Callable[[], None]) -> None:
        self._cluster = cluster
        self.log: Path | None = cluster.log
        self._made = Background("database", make)

    @property
    def pid(self) -> int | None:
        return self._cluster.process.pid if self._cluster.process else None

    def state(self, patience: float) -> State:
        if not self._made.wait(patience):
            return STARTING
        if self._made.error:
            return State("ended", self._made.error, self._made.next_step)
        code = self._cluster.process.poll() if self._cluster.process else None
        return RUNNING if code is None else State("ended", f"{exit_text(code)}: {tail(self.log)}")

    def follow(self, reading: Reading) -> Follows:
        return self._cluster.follow(reading)

    def act(self, verb: Verb) -> None:
        process = self._cluster.process
        if process is None:
            return
        if verb in ("freeze", "thaw"):
            signal_family(process.pid, signal.SIGSTOP if verb == "freeze" else signal.SIGCONT)
        else:
            end(process, signal.SIGINT if verb == "stop" else signal.SIGKILL)


def signal_family(pid: int, number: signal.Signals) -> None:
    for process in family(pid):
        process.signal(number)


def end(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    """Send the signal, and after the grace period SIGKILL, to the process and all it started; return when they are gone."""
    with suppress(ProcessLookupError):
        if number is signal.SIGKILL:
            os.kill(process.pid, signal.SIGSTOP)  # so that it starts nobody who would be missed
    members = family(process.pid)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
    for member in members:
        member.signal(signal.SIGKILL if number is signal.SIGKILL else signal.SIGCONT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    for late in wait_gone(members, 0 if number is signal.SIGKILL else 0.2):
        late.signal(signal.SIGKILL)
    process.wait()
    wait_gone(members, STOP_SECONDS)
