"""From what was seen to the journal's file, a few milliseconds later and many lines at once.

Lines are made then, not when bytes pass: the forwarding has no part of that cost between a request and its answer.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from localnet.journal.lines import Line
from localnet.journal.writer import Sink, Writer

log = logging.getLogger("localnet.wire")

_DELAY = 0.004

Maker = Callable[[], Line]


class Recorder:
    """Of one network. `run` is its id, which stands in every line."""

    def __init__(self, run: str, journal: Path | Sink, secrets: list[str]) -> None:
        self.run = run
        self._writer = Writer(journal, secrets)
        self._makers: list[Maker] = []
        self._connections = 0
        self._timer: asyncio.TimerHandle | None = None

    def learn(self, secrets: list[str]) -> None:
        self._writer.redactor.learn(secrets)

    def connection(self) -> int:
        """The number of the next one."""
        self._connections += 1
        return self._connections

    def add(self, make: Maker) -> None:
        self._makers.append(make)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_DELAY, self.flush)

    def flush(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        makers, self._makers = self._makers, []
        self._writer.write(line for make in makers if (line := self._made(make)))

    def close(self) -> None:
        self.flush()
        self._writer.close()

    def _made(self, make: Maker) -> Line | None:
        """What passed has passed: a line that can not be made must not keep the others from being written."""
        try:
            return make()
        except Exception:
            log.exception("a journal line of %s could not be made", self.run)
            return None
