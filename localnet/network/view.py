"""A network as anyone may see it: names, addresses, credentials, evidence. Read only; who owns it can do more."""

import time
from collections.abc import Mapping
from pathlib import Path

from localnet.clock.reading import Reading
from localnet.errors import UsageError
from localnet.journal import Journal
from localnet.network.evidence import JOURNAL
from localnet.network.naming import nearest
from localnet.network.record import Adapter, RunRecord, Service


class View:
    """Reads a `RunRecord`; the subclasses say where it comes from."""

    def __init__(self, record: RunRecord) -> None:
        self._record = record

    @property
    def id(self) -> str:
        return self._record.id

    @property
    def backend(self) -> str:
        return self._record.backend

    @property
    def seed(self) -> int:
        return self._record.seed

    @property
    def token(self) -> str:
        """The control token: opens the fakes' `/_control/` routes."""
        return self._record.token

    @property
    def seconds(self) -> float:
        """From the start to everything ready."""
        return self._record.seconds

    @property
    def started_at(self) -> float:
        """Unix seconds."""
        return self._record.started_at

    @property
    def reading(self) -> Reading:
        """Of the network's clock."""
        return self._record.clock

    def time(self) -> float:
        """Unix seconds on the network's clock: what people sign with, and tokens run out by."""
        return self.reading.at(time.time())

    @property
    def directory(self) -> Path:
        return self._record.directory

    @property
    def services(self) -> Mapping[str, Service]:
        return self._record.services

    @property
    def edges(self) -> tuple[str, ...]:
        """caller→callee, all that can be"""
        return tuple(self._record.edges)

    @property
    def adapter(self) -> Adapter | None:
        return self._record.adapter

    @property
    def secrets(self) -> Mapping[str, str]:
        """What this run gave its services to keep to themselves: what it is called -> the secret."""
        return self._record.secrets

    @property
    def egress(self) -> str:
        """What is known of calls that leave: whether they can, and what would not be seen."""
        return self._record.egress

    @property
    def journal(self) -> Journal:
        return Journal(self.directory / JOURNAL)

    def service(self, name: str) -> Service:
        if name not in self.services:
            raise UsageError(f"{self.id} has no service {name!r}", nearest(name, self.services))
        return self.services[name]

    def url(self, service: str, caller: str = "harness") -> str:
        """The address `caller` uses for `service`; caller `public` gives the one that stands in DID documents."""
        edge = f"{caller}→{self.service(service).name}"
        if edge not in self._record.edges:
            callers = [known.split("→")[0] for known in self._record.edges if known.endswith(f"→{service}")]
            raise UsageError(f"{self.id} has no edge {edge}", nearest(caller, callers))
        return self._record.edges[edge]

    def database_url(self, caller: str = "harness") -> str:
        return self.url("postgres", caller)

    def export(self, service: str, key: str) -> str:
        """A value a service file exports, e.g. ("pds", "admin_password")."""
        exports = self._record.exports.get(self.service(service).name, {})
        if key not in exports:
            raise UsageError(f"{service} exports no {key!r}", nearest(key, exports))
        return exports[key]

    def environment(self, service: str) -> dict[str, str]:
        """What `service` must be started with, with this network's addresses."""
        if service not in self._record.environments:
            raise UsageError(
                f"{service!r} is not started with an environment of its own",
                nearest(service, self._record.environments),
            )
        return dict(self._record.environments[service])

    def addresses(self) -> dict[str, str]:
        """`<SERVICE>_URL` of everything the harness reaches, and `DATABASE_URL`: what a command beside the network gets."""
        found = {
            f"{service.name.upper().replace('-', '_')}_URL": service.url
            for service in self.services.values()
            if service.url
        }
        if "POSTGRES_URL" in found:
            found["DATABASE_URL"] = found.pop("POSTGRES_URL")
        return found

    def logs(self, service: str) -> str:
        """All the service has printed so far; a service that shares a process has that process's output."""
        log = self.service(service).log
        return log.read_text(errors="replace") if log and log.exists() else ""
