"""What the container engine has and lacks for a run: its images, their bases, room for networks, room on its disk.

Each look returns what it found or raises the error that says what to do; nothing is made or removed.
"""

import shutil
from pathlib import Path

from localnet.backends.engine import Engine, engine_address
from localnet.backends.images.bases import BASES, MAKE_OFFLINE, exists, present
from localnet.backends.images.recipes import RECIPES
from localnet.errors import MachineError

USUAL_NETWORKS = 31
"""how many fit into the address pools that an engine has unless it is told otherwise"""
NEEDED_NETWORKS = 2
"""of one run"""
NEEDED_BYTES = 2 * 1024**3
GIB = 1024**3


def version(engine: Engine) -> str:
    said = engine.version()
    return f"{said['Version']} for {said['Os']}/{said['Arch']}"


def images(engine: Engine) -> str:
    tags = [recipe.tag() for recipe in RECIPES.values()]
    missing = [tag for tag in tags if not exists(engine, tag)]
    if missing:
        raise MachineError(
            f"not made yet, or made of other sources: {', '.join(missing)}",
            f"`make images`, or `{MAKE_OFFLINE}` where no registry is reached",
        )
    return ", ".join(tags)


def bases(engine: Engine) -> str:
    found = {name: present(engine, name) for name in BASES}
    missing = [BASES[name].wanted for name, image in found.items() if image is None]
    if missing:
        raise MachineError(
            f"missing: {', '.join(missing)}",
            f"`make images` pulls them; `{MAKE_OFFLINE}` makes them from Debian packages",
        )
    return ", ".join(str(image) for image in found.values())


def networks(engine: Engine) -> str:
    used = len(engine.networks.list(filters={"driver": "bridge"}))
    most = _most_networks(engine)
    if most - used < NEEDED_NETWORKS:
        raise MachineError(
            f"{used} of about {most} networks are used; a run needs {NEEDED_NETWORKS}",
            "`localnet clean` removes those of dead runs, `docker network prune` all that no container uses",
        )
    return f"{used} of about {most} used"


def disk(engine: Engine) -> str:
    root = Path(engine.info()["DockerRootDir"])
    if not engine_address().startswith("unix:") or not root.exists():
        return "not on this machine, so not looked at"
    free = shutil.disk_usage(root).free
    if free < NEEDED_BYTES:
        raise MachineError(
            f"{free / GIB:.1f} GiB free at {root}; images and containers need about {NEEDED_BYTES / GIB:.0f} GiB",
            "`docker system df` shows what takes room, `docker image prune` frees some",
        )
    return f"{free / GIB:.0f} GiB free at {root}"


def _most_networks(engine: Engine) -> int:
    """By the engine's own address pools, where it says which."""
    pools = engine.info().get("DefaultAddressPools") or []
    counted = sum(2 ** (int(pool["Size"]) - int(pool["Base"].rpartition("/")[2])) for pool in pools)
    return counted or USUAL_NETWORKS


LOOKS = {
    "- version": version,
    "- images": images,
    "- bases": bases,
    "- networks": networks,
    "- disk": disk,
}
