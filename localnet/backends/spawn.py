"""Starts commands so that they end with this process, however it ends.

A parent-death signal follows the *thread* that forked, so all are started from one thread that lives as long as the spawner; and
it is cleared by a change of user, so `setpriv` (util-linux) sets it after that change. Where there is no such `setpriv`, what a
killed harness leaves is ended by the next sweep.
"""

import os
import queue
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from localnet.backends.process_table import MARK, recorded
from localnet.errors import UsageError

KEPT = ("PATH", "HOME", "LANG")


@dataclass(frozen=True)
class Command:
    """`user` is the numeric id to run under, None for ours; `death` the signal it gets when we die."""

    words: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    log: Path
    run: str
    """id of the run it belongs to"""
    home: Path
    """that run's directory"""
    user: int | None = None
    death: str = "KILL"
    talks: bool = False
    """stdin and stdout are pipes to us; otherwise stdout goes to the log and there is no stdin"""


class Spawner:
    """Leaving the context ends the thread, and with it whatever was started and still runs."""

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="spawner", daemon=True)
        self._thread.start()

    def spawn(self, command: Command) -> "subprocess.Popen[bytes]":
        """Raises what starting it raises."""
        outcome: queue.SimpleQueue[subprocess.Popen[bytes] | OSError] = queue.SimpleQueue()

        def start() -> None:
            try:
                with recorded(command.home) as note:
                    process = _popen(command)
                    note(process.pid)
                outcome.put(process)
            except OSError as error:
                outcome.put(error)

        self._work.put(start)
        result = outcome.get()
        if isinstance(result, OSError):
            raise result
        return result

    def close(self) -> None:
        self._work.put(None)
        self._thread.join()

    def _serve(self) -> None:
        while (start := self._work.get()) is not None:
            start()


def found(word: str, base: Path) -> str:
    """The program a command's first word means: a path relative to `base`, or a name on PATH."""
    if "/" in word:
        path = base / word
        if os.access(path, os.X_OK) and path.is_file():
            return str(path)
    else:
        for directory in os.get_exec_path():
            path = Path(directory, word)
            if os.access(path, os.X_OK) and path.is_file():
                return str(path)
    where = f"in {base}" if "/" in word else "on PATH"
    raise UsageError(
        f"there is no program {word!r} {where}",
        "build or install it, or say where it is: --set SERVICE.command=PATH",
    )


def _popen(command: Command) -> "subprocess.Popen[bytes]":
    setpriv = _setpriv()
    words = list(command.words)
    if setpriv:
        change = []
        if command.user is not None:
            change = [f"--reuid={command.user}", f"--regid={command.user}", "--clear-groups"]
        words = [setpriv, f"--pdeathsig={command.death}", *change, "--", *words]
    user = command.user if not setpriv else None
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    with command.log.open("ab") as log:
        return subprocess.Popen(
            words,
            env={**kept, **command.env, MARK: command.run},
            cwd=command.cwd,
            stdin=subprocess.PIPE if command.talks else subprocess.DEVNULL,
            stdout=subprocess.PIPE if command.talks else log,
            stderr=log,
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )


@cache
def _setpriv() -> str | None:
    for directory in os.get_exec_path():
        path = os.path.join(directory, "setpriv")
        if os.access(path, os.X_OK) and "busybox" not in os.path.realpath(path):
            return path
    return None
