"""A running network and what its owner can do with it (signatures; the bodies follow)."""

from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

from localnet.backends.interface import Backend
from localnet.network.progress import Progress
from localnet.network.spec import NetworkSpec
from localnet.network.view import View


def open_backend(name: str, progress: Progress) -> AbstractContextManager[Backend]:
    """The backend by name (`auto` says which and why): owns the fakes, the wire and PostgreSQL of this process."""
    raise NotImplementedError


def start_network(spec: NetworkSpec, backend: Backend, progress: Progress) -> "Network":
    """Returns when everything is ready; otherwise raises with the first cause, everything stopped and evidence saved."""
    raise NotImplementedError


def start_detached(spec: NetworkSpec, progress: Progress) -> "Attached":
    """The same, owned by a process of its own that outlives this one; ended by `request("down")`."""
    raise NotImplementedError


def attach(run_id: str | None = None) -> "Attached":
    """The run by id; without one the only live run (UsageError when there are none or several)."""
    raise NotImplementedError


def runs() -> list["Attached"]:
    """Live runs of this user, oldest first."""
    raise NotImplementedError


def sweep(dry_run: bool = False) -> list[str]:
    """End and remove what dead runs left; one sentence per thing (to be) removed."""
    raise NotImplementedError


class Network(View):
    """Owned by this process. Leaving the context stops and removes everything. Safe to use from several threads."""

    def __enter__(self) -> "Network":
        return self

    def __exit__(self, *_exc: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        raise NotImplementedError

    def stop(self, service: str) -> None:
        """Politely (SIGTERM, then SIGKILL)."""
        raise NotImplementedError

    def kill(self, service: str) -> None:
        """SIGKILL, with its whole process group."""
        raise NotImplementedError

    def start(self, service: str) -> None:
        """Start a stopped or killed service and wait until it is ready."""
        raise NotImplementedError

    def restart(self, service: str) -> None:
        raise NotImplementedError

    def freeze(self, service: str) -> None:
        raise NotImplementedError

    def thaw(self, service: str) -> None:
        raise NotImplementedError

    def wait_ready(self, service: str, timeout: float | None = None) -> None:
        """A full round trip; without a timeout the service file's budget. ServiceError with the last answer otherwise."""
        raise NotImplementedError

    def note(self, op: str, outcome: str, ids: dict[str, list[str]] | None = None) -> None:
        """A lifecycle line in the journal."""
        raise NotImplementedError

    def save_evidence(self, reason: str) -> Path:
        """Copy logs and journal to the evidence directory and return its path."""
        raise NotImplementedError

    def wait_down(self, timeout: float | None = None) -> bool:
        """Until somebody asked for `down` over the control socket; False when the timeout came first."""
        raise NotImplementedError


class Attached(View):
    """Another process's network: the read-only surface, and requests to its owner."""

    def request(self, verb: str, service: str | None = None) -> str:
        """down | restart | stop | start | kill | freeze | thaw; returns what the owner answered, raises what it raised."""
        raise NotImplementedError
