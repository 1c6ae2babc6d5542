"""Which image a service runs from, by how its file describes it; built where it is ours, a folder or a binary, and else looked for.

Every error names the image, folder or file and the command that mends it.
"""

from collections.abc import Iterable, Iterator

from localnet.backends.engine import Engine, answered
from localnet.backends.images.bases import exists
from localnet.backends.images.binary import binary_image
from localnet.backends.images.folder import folder_image
from localnet.backends.images.making import Say, ensure_image
from localnet.backends.images.recipes import NETWORK, POSTGRES, ours
from localnet.backends.interface import Runs
from localnet.errors import MachineError, UsageError


def image_for(engine: Engine, service: str, runs: Runs, say: Say) -> str:
    """The name of an image that is there. `say` hears about what takes time."""
    with answered(f"give the image of {service}"):
        return _image(engine, service, runs, say)


def wire_image(engine: Engine, say: Say) -> str:
    with answered("give the image of the wire"):
        return ensure_image(engine, NETWORK, say)


def first_missing(engine: Engine, services: Iterable[Runs]) -> str | None:
    """An image that would have to be made or fetched before these could start."""
    with answered("say which images there are"):
        names = {name for runs in services for name in _named_by(runs)}
        return next((name for name in sorted(names) if not exists(engine, name)), None)


def _named_by(runs: Runs) -> Iterator[str]:
    if runs.kind in ("fake", "builtin"):
        yield (NETWORK if runs.kind == "fake" else POSTGRES).tag()
    elif runs.kind == "command" and runs.image:
        recipe = ours(runs.image)
        yield recipe.tag() if recipe else runs.image


def _image(engine: Engine, service: str, runs: Runs, say: Say) -> str:
    if runs.kind == "fake":
        return ensure_image(engine, NETWORK, say)
    if runs.kind == "builtin":
        return ensure_image(engine, POSTGRES, say)
    if runs.kind == "build":
        return folder_image(engine, service, runs.base / runs.words[0], say)
    if runs.kind == "binary":
        return binary_image(engine, service, runs.base / runs.words[0], runs.image, say)
    name = runs.words[0] if runs.kind == "image" else runs.image
    if name is None:
        raise UsageError(
            f"{service} is described by `{runs.kind}` alone, which containers cannot run",
            f"give it an image too: --set {service}.image=NAME, .build=FOLDER or .binary=FILE; or choose --backend processes",
        )
    return _named(engine, service, name, say)


def _named(engine: Engine, service: str, name: str, say: Say) -> str:
    recipe = ours(name)
    if recipe is not None:
        return ensure_image(engine, recipe, say)
    if not exists(engine, name):
        raise MachineError(
            f"there is no image {name}, which {service} runs from",
            f"`docker pull {name}`, or correct --set {service}.image",
        )
    return name
