"""Where images are made on this machine: one folder in the user's cache, used by one process at a time.

Whoever holds the lock may remove what lies there: it was left by one that was killed.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localnet.backends.postgres.image import cache_folder
from localnet.errors import MachineError


def workshop() -> Path:
    return cache_folder() / "images"


@contextmanager
def held_workshop() -> Iterator[Path]:
    """Waits for whoever works in it. MachineError where it cannot be written to."""
    folder = workshop()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield folder
    except OSError as error:
        if not error.strerror:  # the engine's client raises such errors too
            raise
        raise no_room(folder, error.strerror) from error


def no_room(folder: Path, why: str) -> MachineError:
    return MachineError(
        f"images cannot be made in {folder}: {why}", "make room there, or set XDG_CACHE_HOME elsewhere"
    )
