"""What is known about a run, written to its directory as `run.json` (mode 0600: it holds the run's secrets).

Not the journal: this is who runs where, replaced as a whole at each change; the journal is what happened.
"""

import json
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from localnet.clock.reading import REAL, Reading
from localnet.errors import unwritable

RECORD = "run.json"


@dataclass(frozen=True)
class Service:
    """One service of a network as the harness sees it."""

    name: str
    url: str | None
    """where the harness reaches it, through the wire"""
    seconds: float
    """from its start to ready"""
    pid: int | None
    log: Path | None
    state: str
    """waiting | starting | ready | ending | stopped | killed | frozen | failed | not started | yours (by hand)"""


@dataclass(frozen=True)
class Adapter:
    """What the bridge under test says about itself beside how to run it."""

    name: str
    summary: str
    control_plane: str
    """the service that has the lifecycle API"""
    anything_left: str | None
    """SQL with one row per thing the bridge still has to do; None: cannot be told"""
    arrangements: dict[str, str] = field(default_factory=dict)
    """name -> SQL that puts the bridge's database into a state scenarios may ask for"""
    expected_failures: dict[str, str] = field(default_factory=dict)
    """catalogue id -> reason"""
    cannot: tuple[str, ...] = ()
    hurried: dict[str, str] = field(default_factory=dict)
    """environment with which it waits no longer than it must, for runs in which neighbours are made to hang"""


@dataclass(frozen=True)
class RunRecord:
    """`edges` maps `caller→callee` to the URL the caller uses; `environments` holds each command's own variables."""

    id: str
    backend: str
    seed: int
    token: str
    directory: Path
    owner_pid: int
    started_at: float
    seconds: float
    services: dict[str, Service]
    edges: dict[str, str]
    exports: dict[str, dict[str, str]]
    environments: dict[str, dict[str, str]]
    database_name: str | None
    adapter: Adapter | None
    secrets: dict[str, str]
    """what it is called -> the secret"""
    clock: Reading = REAL
    egress: str = ""
    """what is known of calls that leave the network"""

    def with_service(self, service: Service) -> "RunRecord":
        return replace(self, services={**self.services, service.name: service})

    def write(self) -> None:
        """Replace the file in one step, so that a reader never sees half of it."""
        try:
            self._write()
        except OSError as error:
            raise unwritable(self.directory, error) from error

    def _write(self) -> None:
        target = self.directory / RECORD
        draft = target.with_suffix(f".{os.getpid()}.draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(self), file, default=str)
        draft.replace(target)


def read_record(directory: Path) -> RunRecord:
    """Raises FileNotFoundError where no run has become known yet."""
    fields: dict[str, Any] = json.loads((directory / RECORD).read_text())
    services = {
        name: Service(**{**entry, "log": Path(entry["log"]) if entry["log"] else None})
        for name, entry in fields["services"].items()
    }
    adapter = fields["adapter"]
    if adapter is not None:
        adapter = Adapter(**{**adapter, "cannot": tuple(adapter["cannot"])})
    directory, clock = Path(fields["directory"]), Reading(**fields["clock"])
    return RunRecord(
        **{**fields, "services": services, "adapter": adapter, "directory": directory, "clock": clock}
    )
