"""The container engine: a client for it, or the error that says what is in the way and how to mend it.

Not here: images, containers, networks. The engine is the one DOCKER_HOST names, else the one behind the usual socket.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from localnet.errors import MachineError

Engine = Any
"""`docker.DockerClient`, which has no types"""
USUAL = "unix:///var/run/docker.sock"
PROBE_SECONDS = 0.5
START = "start it (`sudo systemctl start docker`), point DOCKER_HOST at one that runs, or choose --backend processes"
INSTALL = "install and start one (Debian: `sudo apt-get install docker.io`), set DOCKER_HOST, or choose --backend processes"


def engine_address() -> str:
    return os.environ.get("DOCKER_HOST") or USUAL


def connect() -> Engine:
    """A client whose engine has answered; MachineError otherwise. The caller closes it."""
    reach()
    import docker
    from docker.errors import DockerException

    try:
        return docker.from_env()
    except DockerException as error:
        raise _no_answer(str(error)) from error


def reach() -> None:
    """A connection to the engine's address, without a client for it, which costs a second to load: MachineError when there is none."""
    parts = urlsplit(engine_address())
    if parts.scheme not in ("unix", "tcp"):
        return
    try:
        if parts.scheme == "unix":
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(PROBE_SECONDS)
                probe.connect(parts.path)
        else:
            socket.create_connection((parts.hostname or "", parts.port or 2375), PROBE_SECONDS).close()
    except OSError as error:
        raise _unreachable(error) from error


def _unreachable(error: OSError) -> MachineError:
    if isinstance(error, FileNotFoundError):
        return MachineError(f"there is no container engine at {engine_address()}", INSTALL)
    if isinstance(error, PermissionError):
        return MachineError(
            f"the container engine at {engine_address()} may not be used by this user",
            "`sudo usermod -aG docker $USER` and log in again, or choose --backend processes",
        )
    return _no_answer(error.strerror or str(error))


def _no_answer(why: str) -> MachineError:
    return MachineError(f"the container engine at {engine_address()} does not answer: {why}", START)


@contextmanager
def answered(asked: str) -> Iterator[None]:
    """What the engine's client raises in here, as an error that says what was asked and what to do."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    try:
        yield
    except (DockerException, RequestException) as error:
        raise MachineError(
            f"the container engine at {engine_address()} did not {asked}: {error}",
            "`localnet doctor` says what it has and lacks; its own log says more",
        ) from error
