"""This machine's processes as far as a run must know them: which ones carry its mark, whether a pid is still the same one.

Read from /proc; where there is none (macOS) nothing is found, and what a dead run left stays until it is ended by hand.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

MARK = "LOCALNET_RUN"
"""Environment variable that every process of a run carries, with the run's id as value."""

RECORDS = "processes"
"""In a run's directory: `PID STARTED` of each process it started, after the words that it is about to."""
BEGUN, FAILED = "begun", "failed"
START_SECONDS = 1.0
"""for a process that was begun to become the program it was started as"""
PROC = Path("/proc")
POLL_SECONDS = 0.01


@dataclass(frozen=True)
class Process:
    """The same one as long as pid and `started` (clock ticks since boot) are; the rest changes, e.g. when its parent dies."""

    pid: int
    started: int
    parent: int = field(compare=False)
    group: int = field(compare=False)
    name: str = field(compare=False)

    def is_alive(self) -> bool:
        return look_up(self.pid) == self

    def signal(self, number: signal.Signals) -> None:
        if self.is_alive():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(self.pid, number)


def look_up(pid: int) -> Process | None:
    """None when there is no such process, or only its remains (a zombie)."""
    try:
        name, _, rest = (PROC / str(pid) / "stat").read_text().partition("(")[2].rpartition(")")
    except OSError:
        return None
    fields = rest.split()
    return None if fields[0] in "ZX" else Process(pid, int(fields[19]), int(fields[1]), int(fields[2]), name)


def exists(pid: int) -> bool:
    if PROC.is_dir():
        return look_up(pid) is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def everything() -> Iterator[Process]:
    pids = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()] if PROC.is_dir() else []
    yield from (process for process in map(look_up, pids) if process)


@contextlib.contextmanager
def recorded(directory: Path) -> Iterator[Callable[[int], None]]:
    """For the time of starting a process for the run of that directory; call the result with its pid.

    The beginning is noted too: a run killed in between leaves a process that no note names, and that cannot be told
    from others before it has become the program it was started as.
    """

    def note(pid: int) -> None:
        process = look_up(pid)
        _append(directory, _line(process) if process else FAILED)

    _append(directory, BEGUN)
    try:
        yield note
    except OSError:
        _append(directory, FAILED)
        raise


def of_run(run: str, directory: Path) -> list[Process]:
    """What a run left: the noted processes that are still the same, all that carry its mark, and what these started.

    Both are needed: a mark cannot be read from another user's process everywhere, and the last note may be missing.
    """
    path = directory / RECORDS
    lines = path.read_text().splitlines() if path.exists() else []
    noted = {line for line in lines if line not in (BEGUN, FAILED)}
    one_is_missing = lines.count(BEGUN) > len(lines) - lines.count(BEGUN)
    deadline = time.monotonic() + START_SECONDS
    while True:
        found = _left(run, noted)
        arrived = any(process.pid == process.group and _line(process) not in noted for process in found)
        if not one_is_missing or arrived or time.monotonic() > deadline:
            return found
        time.sleep(POLL_SECONDS)


def _left(run: str, noted: set[str]) -> list[Process]:
    mark = f"{MARK}={run}".encode()
    found: dict[int, Process] = {}
    for process in everything():
        if _line(process) in noted or mark in _environment(process.pid):
            found |= {member.pid: member for member in family(process.pid)}
    found.pop(os.getpid(), None)
    return list(found.values())


def _line(process: Process) -> str:
    return f"{process.pid} {process.started}"


def _append(directory: Path, line: str) -> None:
    with (directory / RECORDS).open("a") as file:
        file.write(f"{line}\n")


def family(leader: int) -> list[Process]:
    """A process, all its descendants, and whoever shares its process group; the leader first."""
    pids, found = {leader}, [process for process in [look_up(leader)] if process]
    others = [process for process in everything() if process.pid != leader]
    grew = True
    while grew:
        new = [p for p in others if p.pid not in pids and (p.parent in pids or p.group == leader)]
        pids |= {process.pid for process in new}
        found += new
        grew = bool(new)
    return found


def _environment(pid: int) -> list[bytes]:
    try:
        return (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return []


def wait_gone(processes: Iterable[Process], seconds: float) -> list[Process]:
    """Those still there after at most `seconds`."""
    deadline = time.monotonic() + seconds
    left = [process for process in processes if process.is_alive()]
    while left and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        left = [process for process in left if process.is_alive()]
    return left


def holder_of(port: int) -> Process | None:
    """Who listens on a TCP port, as far as this user may see it."""
    inodes = _listening_inodes(port)
    for process in everything():
        with contextlib.suppress(OSError):
            for descriptor in (PROC / str(process.pid) / "fd").iterdir():
                if os.readlink(descriptor) in inodes:
                    return process
    return None


def _listening_inodes(port: int) -> set[str]:
    found = set()
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in (PROC / "net" / table).read_text().splitlines()[1:]:
                fields = line.split()
                if int(fields[1].rpartition(":")[2], 16) == port:
                    found.add(f"socket:[{fields[9]}]")
    return found
