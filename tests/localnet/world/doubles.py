"""Networks that start nothing: a starter that remembers what it was asked for, and networks that remember what they were told."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from localnet.errors import MachineError, ServiceError
from localnet.journal import Journal
from localnet.network import NetworkSpec
from localnet.network.faults import Standing
from localnet.network.record import Adapter, Service
from localnet.wire.fault import Fault


@dataclass
class FaultsDouble:
    """Faults that are met only when a test says so."""

    standing: list[Standing] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        self.standing.append(Standing(fault, 0, 0))

    def all(self) -> list[Standing]:
        return self.standing

    def remove(self, name: str) -> Standing:
        (was,) = [one for one in self.standing if one.fault.name == name]
        self.standing.remove(was)
        return was

    def meet(self, wrong: str | None = None) -> None:
        """The last one."""
        was = self.standing.pop()
        self.standing.append(Standing(was.fault, was.hits + 1, was.done + 1, wrong))


class ClockDouble:
    """Never moved."""

    followed = ""


@dataclass
class NetworkDouble:
    """As much of a network as a world asks for that nobody looks out of."""

    id: str
    spec: NetworkSpec
    directory: Path
    seed: int = 7
    token: str = "token"
    egress: str = ""
    told: list[str] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    clock: ClockDouble = field(default_factory=ClockDouble)
    faults: FaultsDouble = field(default_factory=FaultsDouble)
    adapter: Adapter = field(default_factory=lambda: Adapter("double", "A double.", "bridge", None))

    @property
    def services(self) -> dict[str, Service]:
        return {
            name: Service(
                name, None, 0.0, None, self.directory / "logs" / f"{name}.log", self.states.get(name, "ready")
            )
            for name in ("pds", "bridge")
        }

    @property
    def journal(self) -> Journal:
        return Journal(self.directory / "journal.jsonl")

    def url(self, service: str, caller: str = "harness") -> str:
        return f"http://127.0.0.1:9/{caller}/{service}"

    def time(self) -> float:
        return time.time()

    def database_url(self, caller: str = "harness") -> str:
        return f"postgresql://{caller}@127.0.0.1:9/nowhere"

    def export(self, service: str, key: str) -> str:
        return f"{service} {key}"

    def logs(self, service: str) -> str:
        return f"{service} says hello\n"

    def save_evidence(self, what: str, why: str = "", since: int = 0) -> Path:  # noqa: ARG002, as networks have it
        self.told.append(f"evidence {what}")
        return self.directory

    def save_logs(self, directory: Path) -> None:
        shutil.copytree(self.directory / "logs", directory)

    def stop(self, service: str) -> None:
        self.told.append(f"stop {service}")

    def kill(self, service: str) -> None:
        self.told.append(f"kill {service}")

    def thaw(self, service: str) -> None:
        self.told.append(f"thaw {service}")

    def start(self, service: str) -> None:
        self.told.append(f"start {service}")

    def close(self) -> None:
        self.told.append("close")


class StarterDouble:
    """`broken`: the services that do not come up, first cause first. Class attributes, so that a test sees all starts."""

    directory = Path()
    broken: Sequence[str] = ()
    started: Sequence[NetworkDouble] = ()

    def start(self, spec: NetworkSpec) -> NetworkDouble:
        if self.broken == ("machine",):
            raise MachineError("there is no PostgreSQL", "install it")
        if self.broken:
            raise ServiceError(f"{self.broken[0]} was not ready within 1 s", "look at its log")
        network = NetworkDouble(f"n{len(self.started) + 1}", spec, self.directory)
        type(self).started = (*self.started, network)
        return network

    def failed(self) -> list[str]:
        return list(self.broken)

    def close(self) -> None:
        pass
