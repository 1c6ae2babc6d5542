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
FETCHING_THE_FILM = Moment("fetching the film", "media", "GET /", before=WRITE)
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

    def _wait_for(self, moment: Moment, watch: Watch) -> list[Line]:
        """What the wire showed until then."""
        seen: list[Line] = []
        deadline = time.monotonic() + DEADLINE
        while not any(moment.is_seen_in(line) for line in seen):
            if time.monotonic() > deadline:
                raise UndecidedError(
                    f"the bridge was not seen {moment.name} within {DEADLINE:g} s, so it was not killed",
                    "see whether it publishes at all: the scenarios of `video-appears`",
                )
            time.sleep(GLANCE)
            seen += watch.new()
        return seen

    def _must_start(self, start: Callable[[str], None], promise: str) -> None:
        try:
            start(self._service)
        except LocalnetError as error:
            raise BrokenPromise(promise, error.message) from error
