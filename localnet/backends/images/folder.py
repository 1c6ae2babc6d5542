"""A folder with a Dockerfile as an image, built as `docker build` would: its `.dockerignore` holds, its steps reach the network.

Without a `.dockerignore` the repository's history and Python's environment are left out.
"""

from pathlib import Path

from localnet.backends.engine import Engine
from localnet.backends.images.bases import exists
from localnet.backends.images.builder import build, make_room
from localnet.backends.images.context import Context
from localnet.backends.images.making import Say
from localnet.backends.images.recipes import PREFIX
from localnet.errors import UsageError

UNWANTED = ("**/.git", "**/.venv")


def folder_image(engine: Engine, service: str, folder: Path, say: Say) -> str:
    from docker.utils.build import exclude_paths, tar

    if not (folder / "Dockerfile").is_file():
        raise UsageError(
            f"there is no Dockerfile in {folder}, which {service}.build names",
            f"write one, or correct --set {service}.build; an image that is there already: --set {service}.image=NAME",
        )
    names = exclude_paths(str(folder), _ignored(folder), "Dockerfile")
    context = Context({}, {name: folder / name for name in names if (folder / name).is_file()})
    tag = f"{PREFIX}build-{service}:{context.hash}"
    if not exists(engine, tag):
        say(f"building {folder} as {tag}")
        with tar(str(folder), _ignored(folder), ("Dockerfile", None)) as archive:
            build(engine, tag, archive, None)
        make_room(engine, tag)
    return tag


def _ignored(folder: Path) -> list[str]:
    ignore = folder / ".dockerignore"
    lines = ignore.read_text().splitlines() if ignore.exists() else UNWANTED
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]
