"""Networks of other processes: found by their directories, looked at, asked; and one started to outlive this process."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from localnet.backends.process_table import look_up, wait_gone
from localnet.errors import LocalnetError, ServiceError, UsageError
from localnet.network.clock import Move
from localnet.network.control import ask
from localnet.network.faults import Standing
from localnet.network.naming import nearest
from localnet.network.progress import Progress, ProgressEvent
from localnet.network.record import read_record
from localnet.network.rundir import is_live, live_directories, owner_lives
from localnet.network.spec import NetworkSpec
from localnet.network.view import View

DOWN_SECONDS = 30.0
OWNER_SECONDS = 5.0
POLL = 0.01


class Attached(View):
    """Another process's network: the read-only surface, and requests to its owner."""

    @classmethod
    def at(cls, directory: Path) -> "Attached":
        return cls(read_record(directory))

    def is_live(self) -> bool:
        return is_live(self.directory) and owner_lives(self.directory)

    def request(self, verb: str, service: str | None = None) -> str:
        """down | restart | stop | start | kill | freeze | thaw; returns what the owner answered, raises what it raised."""
        said = ask(self.directory, {"verb": verb, "service": service})
        if verb == "down":
            self._until_gone()
        return str(said)

    def move_clock(self, move: str, argument: str = "") -> Move:
        """show | advance DURATION | freeze | rate NUMBER | real"""
        return Move(**ask(self.directory, {"verb": "clock", "move": move, "argument": argument}))

    def faults(self, do: str, **what: object) -> list[Standing]:
        """add (fault=...) | remove (name=...) | list"""
        return [Standing.from_json(one) for one in ask(self.directory, {"verb": "fault", "do": do, **what})]

    def _until_gone(self) -> None:
        """The network, and then its owner, unless that goes on with other things."""
        owner = look_up(self._record.owner_pid)
        deadline = time.monotonic() + DOWN_SECONDS
        while self.directory.exists():
            if time.monotonic() > deadline:
                raise ServiceError(f"{self.id} is still there after {DOWN_SECONDS:g} s", "localnet ps")
            time.sleep(POLL)
        wait_gone([owner] if owner else [], OWNER_SECONDS)


def runs() -> list[Attached]:
    """Live runs of this user, oldest first."""
    found = []
    for directory in live_directories():
        if owner_lives(directory):  # the lease of a dead one may be held by whoever sweeps it
            with suppress(FileNotFoundError):  # not far enough yet, or gone meanwhile
                found.append(Attached.at(directory))
    return sorted(found, key=lambda attached: attached.started_at)


def attach(run_id: str | None = None) -> Attached:
    """The run by id; without one the only live run (UsageError when there are none or several)."""
    live = {attached.id: attached for attached in runs()}
    if run_id is not None:
        if run_id not in live:
            raise UsageError(f"no network {run_id!r} is up", nearest(run_id, live) if live else "localnet up")
        return live[run_id]
    if not live:
        raise UsageError("no network is up", "localnet up --detach")
    if len(live) > 1:
        raise UsageError(f"{len(live)} networks are up: {', '.join(live)}", "say which: --run ID")
    return next(iter(live.values()))


def start_detached(spec: NetworkSpec, progress: Progress) -> Attached:
    """Start a network owned by a process of its own that outlives this one; ended by `request("down")`."""
    words = [sys.executable, "-m", "localnet.network.supervisor", spec.to_json()]
    with subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True
    ) as launcher:
        assert launcher.stdout
        return _follow(launcher.stdout, progress)


def _follow(lines: Iterable[bytes], progress: Progress) -> Attached:
    """What the owner tells until it has a network or has none; it is told to end when we cannot wait for that."""
    owner = None
    try:
        for line in lines:
            message = json.loads(line)
            if "owner" in message:
                owner = int(message["owner"])
            elif "directory" in message:
                return Attached.at(Path(message["directory"]))
            elif "message" in message:
                raise LocalnetError(message["message"], message["next_step"], message["exit_code"])
            else:
                progress(ProgressEvent(**message))
    except LocalnetError:
        raise
    except BaseException:
        if owner:
            os.kill(owner, signal.SIGTERM)
        raise
    raise ServiceError("the network's owner ended while starting it", "see its output above")
