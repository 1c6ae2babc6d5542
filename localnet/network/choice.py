"""Which backend `auto` takes, and why: containers where an engine answers and the images are there, else processes.

A command says nothing about containers, an image nothing about processes: then there is nothing to choose.
"""

from collections.abc import Iterable

from localnet.backends.engine import connect
from localnet.backends.interface import Runs
from localnet.errors import LocalnetError
from localnet.network import catalogue
from localnet.network.spec import NetworkSpec

PROCESSES, CONTAINERS = "processes", "containers"


def chosen(spec: NetworkSpec) -> tuple[str, str]:
    """(backend, reason)"""
    services = catalogue.load(spec).services.items()
    for name, service in services:
        if service.runs.kind in ("image", "build"):
            return CONTAINERS, f"{name} is an image"
        if service.runs.kind == "command" and service.runs.image is None:
            return PROCESSES, f"{name} is a command without an image"
    try:
        missing = _missing_image(service.runs for _, service in services)
    except LocalnetError as error:
        return PROCESSES, error.message
    if missing:
        return PROCESSES, f"there is no image {missing} (`make images` makes it)"
    return CONTAINERS, "a container engine answers and the images are there"


def _missing_image(services: Iterable[Runs]) -> str | None:
    engine = connect()
    try:
        from localnet.backends.images.choosing import first_missing

        return first_missing(engine, services)
    finally:
        engine.close()
