"""Where images are made on this machine: one folder in the user's cache, used by one process at a time.

Whoever holds the lock may remove what lies there: it was left by one that was killed.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localnet.backends.postgres.image import cache_folder


def workshop() -> Path:
    return cache_folder() / "images"


@contextmanager
def held_workshop() -> Iterator[Path]:
    """Waits for whoever works in it."""
    folder = workshop()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield folder
