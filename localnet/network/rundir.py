"""Where runs keep what they own: one directory each, held by a lock (the lease) for as long as its owner lives.

A directory whose lock is free belongs to a dead run. A live neighbour's lock is taken, so it is never touched,
whatever a clock says. Making a directory and taking over dead ones happen under the root's own lock, so that a
directory whose owner has not locked it yet cannot be mistaken for a dead one. Ending what a dead run left: `sweep`.
"""

import fcntl
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from localnet.backends.process_table import exists
from localnet.errors import MachineError, unwritable

HOME = "LOCALNET_HOME"
LOCK = "lock"
NAME = re.compile(r"(?:run|shared)-[0-9a-f]{6}")
MEMORY = Path("/dev/shm")
ROOM_BYTES = 256 * 1024 * 1024
"""what memory must have free to be used: a database server and a few networks (containers often have 64 MB)"""
START_SECONDS = 1.0
"""for a child to become the program it was started as, and let go of its parent's files"""
POLL_SECONDS = 0.005
LONGEST_ROOT = 58
"""characters: a unix socket's whole path may have about 105"""


def runs_root() -> Path:
    """$LOCALNET_HOME; else memory where the system offers enough; else the temporary directory. Made if need be."""
    root = candidates()[0]
    if len(str(root)) > LONGEST_ROOT:
        raise MachineError(f"{root} is too long a path for the sockets in it", f"set {HOME} to a shorter one")
    try:
        root.mkdir(mode=0o711, parents=True, exist_ok=True)
    except OSError as error:
        raise MachineError(
            f"cannot make {root}: {error.strerror}", f"set {HOME} to a writable directory"
        ) from error
    if not _is_ours(root):
        raise MachineError(f"{root} is not ours to write in", f"set {HOME} to a directory of your own")
    return root


class RunDirectory:
    """A new directory and its lease. `release` removes both."""

    def __init__(self, kind: str) -> None:
        root = runs_root()
        self.id = f"{kind}-{secrets.token_hex(3)}"
        assert NAME.fullmatch(self.id)
        self.path = root / self.id
        try:
            with _locked(root):
                self.path.mkdir(mode=0o711)
                self._lock = _locked_file(self.path)
                os.write(self._lock, str(os.getpid()).encode())
            (self.path / "logs").mkdir()
        except OSError as error:
            raise unwritable(root, error) from error

    def release(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def live_directories() -> list[Path]:
    """Those whose owner lives."""
    return [directory for root in _roots() for directory in _inside(root) if not _is_free(directory)]


def is_live(directory: Path) -> bool:
    return directory.is_dir() and not _is_free(directory)


@contextmanager
def dead_directories() -> Iterator[list[Path]]:
    """Those whose owner is gone: ours alone for as long as the context lasts."""
    taken: dict[Path, int] = {}
    try:
        for root in _roots():
            with _locked(root):
                for directory in _inside(root):
                    with suppress(OSError):
                        taken[directory] = _lost_lease(directory)
        yield [directory for directory in taken if directory.is_dir()]
    finally:
        for lock in taken.values():
            os.close(lock)


def candidates() -> list[Path]:
    """Where runs of this user may be, the one for new ones first."""
    given = os.environ.get(HOME)
    if given:
        return [Path(given).absolute()]
    name = f"localnet-{os.getuid()}"
    elsewhere = Path(tempfile.gettempdir()) / name
    if not (MEMORY.is_dir() and os.access(MEMORY, os.W_OK | os.X_OK)):
        return [elsewhere]
    places = [MEMORY / name, elsewhere]
    return places if shutil.disk_usage(MEMORY).free >= ROOM_BYTES else places[::-1]


def _roots() -> list[Path]:
    return [root for root in candidates() if root.is_dir() and _is_ours(root)]


def _is_ours(root: Path) -> bool:
    return os.access(root, os.W_OK | os.X_OK) and root.lstat().st_uid == os.getuid()


def _inside(root: Path) -> list[Path]:
    """Run directories only: the root may be a folder that holds other things too."""
    return sorted(path for path in root.iterdir() if NAME.fullmatch(path.name) and path.is_dir())


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    lock = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _locked_file(directory: Path) -> int:
    """The directory's lease, ours from now on. BlockingIOError where somebody has it."""
    lock = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise
    return lock


def _lost_lease(directory: Path) -> int:
    """As above; waits for a moment where the owner is gone already: a child it was just starting may still hold the file."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return _locked_file(directory)
        except BlockingIOError:
            if owner_lives(directory) or time.monotonic() > deadline:
                raise
        time.sleep(POLL_SECONDS)


def owner_lives(directory: Path) -> bool:
    """Whether there is a process with the number that stands in the lease."""
    try:
        return exists(int((directory / LOCK).read_text()))
    except (OSError, ValueError):
        return False


def _is_free(directory: Path) -> bool:
    """Under the root's lock, since looking means taking the lease for a moment."""
    try:
        with _locked(directory.parent):
            os.close(_locked_file(directory))
    except OSError:
        return False
    return True
