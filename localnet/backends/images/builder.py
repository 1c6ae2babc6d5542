"""Builds one image through the engine, without BuildKit: an archive goes in, an image id comes out, or the step that failed.

Every image, finished or not, carries the label `localnet.image`; an interrupted build leaves layers without a name, which `sweep_layers`
removes. Pulling and what the images are made of: elsewhere.
"""

import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from localnet.backends.engine import Engine
from localnet.errors import LocalnetError, MachineError

LABEL = "localnet.image"
ORIGIN_LABEL = "localnet.base"
"""id of the base it goes back to"""
LAST_LINES = 15
KEPT = 8
"""images of one name; older ones make room, unless a container uses them"""
FULL = "no space left on device"


@dataclass(frozen=True)
class On:
    """`image` is what the Dockerfile finds as BASE; `origin` the id of the base that goes back to."""

    image: str
    origin: str


def build(engine: Engine, tag: str, archive: IO[bytes], on: On | None) -> None:
    """Ours stand on something and their steps reach no network; a Dockerfile of somebody else says where it stands and may."""
    from docker.errors import APIError

    archive.seek(0)
    labels = {LABEL: tag.partition(":")[0], **({ORIGIN_LABEL: on.origin} if on else {})}
    try:
        events = engine.api.build(
            fileobj=archive, custom_context=True, tag=tag, labels=labels, buildargs={"BASE": on.image} if on else {},
            network_mode="none" if on else None, rm=True, forcerm=True, decode=True,
        )  # fmt: skip
        _follow(tag, events)
    except APIError as error:
        raise failure(tag, str(error.explanation or error)) from error


def temporary_archive() -> IO[bytes]:
    """A file without a name: it vanishes with us."""
    return tempfile.TemporaryFile()


def sweep_layers(engine: Engine) -> int:
    """Remove what interrupted builds of ours left; how many layers that were."""
    removed = engine.images.prune(filters={"dangling": True, "label": LABEL})
    return len(removed.get("ImagesDeleted") or [])


def make_room(engine: Engine, made: str) -> None:
    """Remove all but the newest images of that name, save the one just made, those that others stand on and those in use."""
    from docker.errors import APIError

    found = [image for image in engine.images.list(made.partition(":")[0]) if made not in image.tags]
    newest_first = sorted(found, key=lambda image: str(image.attrs["Created"]), reverse=True)
    for image in newest_first[KEPT - 1 :]:
        with suppress(APIError):
            engine.images.remove(image.id)


def failure(tag: str, why: str) -> LocalnetError:
    if FULL in why:
        return MachineError(
            f"there is no room for the image {tag}: {why.strip()}",
            "make room on the engine's disk (`docker system df` shows what takes it), then again",
        )
    if "BuildKit" in why:
        return MachineError(
            f"the image {tag} asks for BuildKit: {why.strip()}",
            "build it with `docker build` and name it: --set bridge.image=NAME",
        )
    return MachineError(f"the image {tag} cannot be built:\n{why.strip()}", "correct that step, then again")


def _follow(tag: str, events: Iterable[Mapping[str, Any]]) -> None:
    """Read to the end, also past an error: the engine's connection is good for more then."""
    said: list[str] = []
    wrong: str | None = None
    for event in events:
        said.append(str(event.get("stream", "")))
        wrong = event.get("error", wrong)
    if wrong is not None:
        raise failure(tag, "".join([*said[-LAST_LINES:], wrong]))
