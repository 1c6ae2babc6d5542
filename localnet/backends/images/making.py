"""Our images made: each only when what it is made of has changed, with its base there or else said how to get it.

One at a time on this machine. Which image a service needs: `choosing`.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from localnet.backends.engine import Engine, answered
from localnet.backends.images import bases
from localnet.backends.images.bringing import SOURCES, Source
from localnet.backends.images.builder import (
    ORIGIN_LABEL,
    On,
    build,
    make_room,
    sweep_layers,
    temporary_archive,
)
from localnet.backends.images.context import Context, tree
from localnet.backends.images.packages import python_of, unpack
from localnet.backends.images.recipes import PACKAGES, PREFIX, RECIPES, Recipe
from localnet.backends.images.workshop import held_workshop
from localnet.errors import MachineError

Say = Callable[[str], None]
LAYER = f"{PREFIX}packages"


def make_images(engine: Engine, say: Say, source: Source) -> None:
    """All of ours, on bases that are fetched where they are missing."""
    with answered("make images"), held_workshop() as folder:
        sweep_layers(engine)
        found = SOURCES[source](engine, say)
        for recipe in RECIPES.values():
            _made(engine, recipe, found[recipe.base], folder, say)


def ensure_image(engine: Engine, recipe: Recipe, say: Say) -> str:
    """The image as its sources are now, built when it is missing and its base is there."""
    tag = recipe.tag()
    if bases.exists(engine, tag):
        return tag
    base = bases.present(engine, recipe.base)
    if base is None:
        wanted = bases.BASES[recipe.base].wanted
        raise MachineError(
            f"there is no image {tag}, and no base to build it on ({wanted})",
            f"`make images` pulls the bases and builds it; without a registry: `{bases.MAKE_OFFLINE}`",
        )
    with held_workshop() as folder:
        return _made(engine, recipe, base, folder, say)


def _made(engine: Engine, recipe: Recipe, base: str, folder: Path, say: Say) -> str:
    tag, origin = recipe.tag(), str(bases.image_id(engine, base))
    if _origin(engine, tag) == origin:
        say(f"{tag} is up to date")
        return tag
    on = _with_packages(engine, recipe, base, origin, folder, say)
    say(f"building {tag}")
    with temporary_archive() as archive:
        recipe.context.write(archive)
        build(engine, tag, archive, On(on, origin))
    make_room(engine, tag)
    return tag


def _with_packages(engine: Engine, recipe: Recipe, base: str, origin: str, folder: Path, say: Say) -> str:
    """The base with the packages a recipe needs, which changes less often than its sources."""
    packages = recipe.packages()
    if packages is None:
        return base
    texts = {"Dockerfile": PACKAGES.read_text()}
    tag = f"{LAYER}:{Context({**texts, 'packages': packages, 'origin': origin}).hash}"
    if not bases.exists(engine, tag):
        python = python_of(engine, base)
        say(f"unpacking the packages of {recipe.repository} for Python {python}")
        unpacked = folder / "packages"
        shutil.rmtree(unpacked, ignore_errors=True)
        unpack(packages, unpacked, python, engine.version()["Arch"])
        with temporary_archive() as archive:
            Context(texts, tree(unpacked, "packages")).write(archive)
            build(engine, tag, archive, On(base, origin))
        shutil.rmtree(unpacked)
        make_room(engine, tag)
    return tag


def _origin(engine: Engine, tag: str) -> str | None:
    """The id of the base an image goes back to, if it is there."""
    from docker.errors import ImageNotFound

    try:
        labels = engine.images.get(tag).labels
    except ImageNotFound:
        return None
    return str(labels.get(ORIGIN_LABEL))
