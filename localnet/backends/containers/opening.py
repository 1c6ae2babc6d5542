"""The containers backend as it is used: an engine that answers, images that are there, and where its published ports are found."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from localnet.backends.containers.api import Api
from localnet.backends.containers.backend import ContainersBackend
from localnet.backends.containers.clock import Clocks
from localnet.backends.engine import Engine, connect, engine_address
from localnet.backends.images.choosing import image_for, wire_image
from localnet.backends.interface import Runs
from localnet.errors import MachineError

LOOPBACK = "127.0.0.1"
Say = Callable[[str], None]


class EngineImages:
    """Each looked for once."""

    def __init__(self, engine: Engine, say: Say) -> None:
        self._engine, self._say = engine, say
        self._found: dict[object, str] = {}
        self._lock = threading.Lock()

    def network(self) -> str:
        return self._once("network", partial(wire_image, self._engine, self._say))

    def of(self, service: str, runs: Runs) -> str:
        return self._once(runs, partial(image_for, self._engine, service, runs, self._say))

    def _once(self, key: object, find: Callable[[], str]) -> str:
        with self._lock:
            if key not in self._found:
                self._found[key] = find()
            return self._found[key]


@contextmanager
def opened(root: Path, say: Say) -> Iterator[ContainersBackend]:
    """`root`: where the directories of its runs are. `say` hears about what takes time."""
    engine = connect()
    try:
        images = EngineImages(engine, say)
        at, clocks = published_at(engine_address()), Clocks.on(engine, root)
        with ContainersBackend(Api(engine), images, root, at, clocks) as backend:
            yield backend
    finally:
        engine.close()


def published_at(engine: str) -> tuple[str, str]:
    """Address of the engine's machine that ports are published on, and how it is called here: only ever the one by which we reach it."""
    parts = urlsplit(engine)
    if parts.scheme not in ("tcp", "ssh") or not parts.hostname:
        return LOOPBACK, LOOPBACK
    try:
        return socket.gethostbyname(parts.hostname), parts.hostname
    except OSError as error:
        raise MachineError(
            f"{parts.hostname}, the container engine's machine, is not found: {error}", "correct DOCKER_HOST"
        ) from error
