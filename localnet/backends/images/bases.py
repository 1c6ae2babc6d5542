"""The images ours are built on: which names, whether they are there, fetched from a registry.

Two are needed, one with a Python and one with a PostgreSQL. Each is a setting; where no registry is reached, `debian` makes both.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from localnet.backends.engine import Engine
from localnet.errors import MachineError

OFFLINE: Mapping[str, str] = {
    "python": "localnet/base-python:latest",
    "postgres": "localnet/base-postgres:latest",
}
MAKE_OFFLINE = "make images OFFLINE=1"


@dataclass(frozen=True)
class Base:
    """`setting` names the environment variable that replaces `usual`."""

    name: str
    setting: str
    usual: str

    @property
    def wanted(self) -> str:
        return os.environ.get(self.setting) or self.usual

    @property
    def offline(self) -> str:
        return OFFLINE[self.name]


BASES: Mapping[str, Base] = {
    "python": Base("python", "LOCALNET_PYTHON_IMAGE", "python:3.12-slim"),
    "postgres": Base("postgres", "LOCALNET_POSTGRES_IMAGE", "postgres:16"),
}


def exists(engine: Engine, image: str) -> bool:
    return image_id(engine, image) is not None


def image_id(engine: Engine, image: str) -> str | None:
    from docker.errors import ImageNotFound

    try:
        found: str = engine.images.get(image).id
    except ImageNotFound:
        return None
    return found


def present(engine: Engine, name: str) -> str | None:
    """The base to build on: the wanted one, else the one from Debian packages, else none."""
    base = BASES[name]
    return next((image for image in (base.wanted, base.offline) if exists(engine, image)), None)


def pull(engine: Engine, image: str) -> None:
    """MachineError when no registry answers or has it."""
    from docker.errors import APIError

    try:
        engine.images.pull(image)
    except APIError as error:
        raise MachineError(
            f"the base image {image} cannot be pulled: {error.explanation}",
            f"{MAKE_OFFLINE} makes the bases from Debian packages; or name another: "
            + " or ".join(base.setting for base in BASES.values()),
        ) from error
