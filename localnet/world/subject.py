"""The bridge under test as a process: stopped, killed at a moment, started again.

What it does for people is in `lifecycle`. Moments are recognised on the wire, so they are the same for
every bridge.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TypeVar

from localnet.errors import LocalnetError, UndecidedError
from localnet.journal import Line
from localnet.network.network import Network
from localnet.wire.fault import Fault
from localnet.world.database import Database
from localnet.world.expect import DEADLINE
from localnet.world.promises import BrokenPromise
from localnet.world.watch import HARNESS, Watch

Made = TypeVar("Made")
GLANCE = 0.001
"""seconds between two looks at the wire while waiting for the moment to kill"""


@dataclass(frozen=True)
class Moment:
    """A hop after which the bridge is killed."""

    name: str
    callee: str
    operation: str
    """how the journal's operation begins"""
    before: str | None = None
    """an operation of the bridge that must not have been seen yet, or the kill came too late to tell
    anything
    """
    holding: str | None = None
    """a table nobody can write to until the bridge is dead, so that it cannot get past the moment"""

    def is_seen_in(self, line: Line) -> bool:
        return line.callee == self.callee and line.caller != HARNESS and line.op.startswith(self.operation)

    def is_over_in(self, line: Line) -> bool:
        return self.before is not None and line.caller != HARNESS and line.op.startswith(self.before)


WRITE = "POST /xrpc/com.atproto.repo.createRecord"
HANDING_IN_THE_FILM = Moment(
    "asking how the film gets on", "video", "GET /xrpc/app.bsky.video.getJobStatus", before=WRITE
)
FETCHING_THE_FILM = Moment("fetching the film", "media", "GET /", before=WRITE)
STORING_THE_FILM = Moment("storing the film", "pds", "POST /xrpc/com.atproto.repo.uploadBlob")
WRITING_THE_POST = Moment("writing the post", "pds", WRITE, holding="record_mappings")


class Subject:
    def __init__(
        self, network: Network, service: str, database: Database, happened: Callable[[], None]
    ) -> None:
        self._network = network
        self._service = service
        self._database = database
        self._happened = happened

    def starts_again(self, promise: str = "bridge-starts") -> None:
        """Returns when it is ready."""
        self._happened()
        self._must_start(self._network.start, promise)

    def restarts(self, promise: str = "bridge-starts") -> None:
        self._happened()
        self._must_start(self._network.restart, promise)

    def is_killed_while(self, moment: Moment, act: Callable[[], Made]) -> Made:
        """Do something, and kill the bridge (SIGKILL) as soon as the wire shows the moment; it stays down."""
        self._happened()
        watch = Watch(self._network.journal)
        held: AbstractContextManager[None] = (
            self._database.holding_until_dead(moment.holding) if moment.holding else nullcontext()
        )
        with held:
            made = act()
            seen = self._wait_for(moment, watch)
            self._network.kill(self._service)
        if any(moment.is_over_in(line) for line in (*seen, *watch.new())):
            raise UndecidedError(
                f"the bridge was killed too late: it was done with {moment.name} already",
                "play it again on a machine with less to do",
            )
        return made

    def is_frozen_while(self, moment: Moment, act: Callable[[], Made]) -> Made:
        """Do something, and stop (SIGSTOP) whichever of its processes comes to the moment; it stands still until it thaws."""
        self._happened()
        replicas = [name for name in self._network.services if name.startswith(self._service)]
        for name in replicas:
            edge, told = f"{name}→{moment.callee}", {"service": name}
            self._network.faults.add(
                Fault(f"{name} is frozen", edge, "freeze", moment.operation, parameters=told)
            )
        made = act()
        deadline = time.monotonic() + DEADLINE
        while not any(self._network.services[name].state == "frozen" for name in replicas):
            if time.monotonic() > deadline:
                raise self._not_seen(moment)
            time.sleep(GLANCE)
        for name in replicas:
            self._network.faults.remove(f"{name} is frozen")
        return made

    def thaws(self) -> None:
        """It goes on where it was frozen, and does not know that time has passed."""
        self._happened()
        for name, service in self._network.services.items():
            if service.state == "frozen":
                self._network.thaw(name)

    def _wait_for(self, moment: Moment, watch: Watch) -> list[Line]:
        """What the wire showed until then."""
        seen: list[Line] = []
        deadline = time.monotonic() + DEADLINE
        while not any(moment.is_seen_in(line) for line in seen):
            if time.monotonic() > deadline:
                raise self._not_seen(moment)
            time.sleep(GLANCE)
            seen += watch.new()
        return seen

    @staticmethod
    def _not_seen(moment: Moment) -> UndecidedError:
        return UndecidedError(
            f"the bridge was not seen {moment.name} within {DEADLINE:g} s, so nothing was done to it",
            "see whether it publishes at all: the scenarios of `video-appears`",
        )

    def _must_start(self, start: Callable[[str], None], promise: str) -> None:
        try:
            start(self._service)
        except LocalnetError as error:
            raise BrokenPromise(promise, error.message) from error
