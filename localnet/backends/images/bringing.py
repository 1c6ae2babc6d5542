"""Bases that are missing brought to the engine: from a registry, from Debian packages, or from whichever of the two there is."""

from collections.abc import Callable, Mapping
from typing import Literal

from localnet.backends.engine import Engine
from localnet.backends.images.bases import BASES, exists, present, pull
from localnet.backends.images.debian import Say, make_bases
from localnet.errors import MachineError

Source = Literal["registry", "debian", "any"]
Found = Mapping[str, str]
"""name of a base -> image to build on"""


def from_registry(engine: Engine, say: Say) -> Found:
    for base in BASES.values():
        if not exists(engine, base.wanted):
            say(f"pulling {base.wanted}")
            pull(engine, base.wanted)
    return {name: base.wanted for name, base in BASES.items()}


def from_debian(engine: Engine, say: Say) -> Found:
    if not all(exists(engine, base.offline) for base in BASES.values()):
        make_bases(engine, say)
    return {name: base.offline for name, base in BASES.items()}


def from_any(engine: Engine, say: Say) -> Found:
    """What is there counts, then the registry, then Debian packages."""
    found = {name: image for name in BASES if (image := present(engine, name))}
    if len(found) == len(BASES):
        return found
    try:
        return from_registry(engine, say)
    except MachineError as error:
        say(f"{error.message.splitlines()[0]}; so the bases are made from Debian packages")
    return from_debian(engine, say)


SOURCES: Mapping[Source, Callable[[Engine, Say], Found]] = {
    "registry": from_registry,
    "debian": from_debian,
    "any": from_any,
}
