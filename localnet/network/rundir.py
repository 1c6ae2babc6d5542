"""Where runs keep what they own: one directory each, held by a lock (the lease) for as long as its owner lives.

A directory whose lock is free belongs to a dead run: what it left is ended and removed. A live neighbour's lock is taken, so it
is never touched, whatever a clock says.
"""

import fcntl
import os
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from localnet.backends.process_table import of_run, wait_gone
from localnet.errors import MachineError

HOME = "LOCALNET_HOME"
LOCK = "lock"
DRAFT = "."
YOUNG_SECONDS = 60.0
"""a draft without a lock file may still be somebody's who is about to take it"""
END_SECONDS = 5.0
LONGEST_ROOT = 70
"""characters: a unix socket's whole path may have about 100"""
EVIDENCE_KEPT = 10


def runs_root() -> Path:
    """$LOCALNET_HOME; else memory where the system offers it; else the temporary directory. Made if need be."""
    memory = Path("/dev/shm")
    name = f"localnet-{os.getuid()}"
    usable = memory.is_dir() and os.access(memory, os.W_OK | os.X_OK)
    default = memory / name if usable else Path(tempfile.gettempdir()) / name
    root = Path(os.environ.get(HOME) or default).absolute()
    if len(str(root)) > LONGEST_ROOT:
        raise MachineError(f"{root} is too long a path for the sockets in it", f"set {HOME} to a shorter one")
    try:
        root.mkdir(mode=0o711, parents=True, exist_ok=True)
    except OSError as error:
        raise MachineError(
            f"cannot make {root}: {error.strerror}", f"set {HOME} to a writable directory"
        ) from error
    if not os.access(root, os.W_OK | os.X_OK) or root.stat().st_uid != os.getuid():
        raise MachineError(f"{root} is not ours to write in", f"set {HOME} to a directory of your own")
    closed = [path for path in (root, *root.parents) if os.geteuid() == 0 and not path.stat().st_mode & 0o001]
    if closed:
        raise MachineError(
            f"{closed[0]} is closed to others, and PostgreSQL does not run as root",
            f"chmod o+x {closed[0]}, or set {HOME} to a directory that others may pass through",
        )
    return root


class RunDirectory:
    """A new directory and its lease. `release` removes both."""

    def __init__(self, kind: str) -> None:
        root = runs_root()
        self.id = f"{kind}-{secrets.token_hex(3)}"
        self.path = root / self.id
        draft = root / f"{DRAFT}{self.id}"
        try:
            draft.mkdir(mode=0o711)
            self._lock = os.open(draft / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            (draft / "logs").mkdir()
            draft.rename(self.path)
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)
            raise MachineError(
                f"cannot keep a run in {root}: {error.strerror}", f"make room there, or set {HOME} elsewhere"
            ) from error

    def release(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def is_live(directory: Path) -> bool:
    """Whether its owner still lives."""
    lock = _take(directory)
    if lock is not None:
        os.close(lock)
    return lock is None and (directory / LOCK).exists()


def live_directories() -> list[Path]:
    return [path for path in _directories() if is_live(path)]


def sweep(dry_run: bool = False) -> list[str]:
    """End and remove what dead runs left; one sentence per thing (to be) removed."""
    found: list[str] = []
    for directory in _directories():
        lock = _take(directory)
        if lock is None:
            continue
        try:
            found += _remove(directory, dry_run)
        finally:
            os.close(lock)
    return found


def _remove(directory: Path, dry_run: bool) -> list[str]:
    run = directory.name.removeprefix(DRAFT)
    left = of_run(run, directory)
    if not dry_run:
        for process in left:
            process.signal(signal.SIGKILL)
        wait_gone(left, END_SECONDS)
        shutil.rmtree(directory, ignore_errors=True)
    verb = "would be" if dry_run else "was"
    sentences = [f"{run}: process {process.name} (pid {process.pid}) {verb} ended" for process in left]
    return [*sentences, f"{run}: {directory} {verb} removed"]


def _directories() -> Iterator[Path]:
    yield from sorted(path for path in runs_root().iterdir() if path.is_dir())


def _take(directory: Path) -> int | None:
    """The lock of a dead run, ours from now on; None when its owner lives or may be about to take it."""
    try:
        lock = os.open(directory / LOCK, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return _take_lockless(directory)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock


def _take_lockless(directory: Path) -> int | None:
    try:
        if time.time() - directory.stat().st_mtime < YOUNG_SECONDS:
            return None
        return os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None


def evidence_root() -> Path:
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "localnet" / "evidence"


def save_evidence(directory: Path, run: str) -> Path:
    """Copy journal and logs to where they survive the run; the oldest beyond ten are dropped."""
    root = evidence_root()
    target = root / run
    target.mkdir(parents=True, exist_ok=True)
    for source in (directory / "journal.jsonl", *(directory / "logs").glob("*.log")):
        if source.exists():
            shutil.copy(source, target)
    kept = sorted(root.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in kept[EVIDENCE_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
    return target
