"""One container from its making to its end: its output followed from the first byte, how it ended known as soon as it has.

It says what it is told to (a command, a database server), or talks in lines (`Talk`): then its stdout is for us, and it ends when we do.
"""

import queue
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from localnet.backends.channel import END_SECONDS, Answer
from localnet.backends.containers.api import Api, Attached, Files, Owned, Plan
from localnet.backends.containers.frames import STDOUT, FrameReader, LineReader
from localnet.backends.containers.marks import RUN
from localnet.backends.interface import Verb
from localnet.backends.output import tail
from localnet.errors import LocalnetError

STOP_SECONDS = 10.0


class Container:
    """`start` returns when its first process runs. Also a `Talk`, where its plan says that it talks."""

    pid: int | None = None

    def __init__(self, api: Api, plan: Plan, log: Path) -> None:
        self._api, self._plan, self._log = api, plan, log
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._attached: Attached | None = None
        self._follower = threading.Thread(target=self._follow, name=f"{plan.name} output", daemon=True)
        self.over = Answer()
        """Settled when it has ended, with how."""
        self.id = ""

    def make(self, also_on: Sequence[tuple[str, Sequence[str]]] = ()) -> None:
        """`also_on`: further networks, and what it is called there."""
        self.id = self._api.make(self._plan)
        for network, aliases in also_on:
            self._api.join(self.id, network, aliases)
        self.follow()

    def again(self) -> "Container":
        """The same container for another life: with what lies in it, and nothing that was in memory."""
        next_life = Container(self._api, self._plan, self._log)
        next_life.id = self.id
        next_life.follow()
        return next_life

    def follow(self) -> None:
        self._attached = self._api.attach(self.id, talks=self._plan.talks)
        self._follower.start()

    def start(self) -> None:
        self._api.start(self.id)

    def inspect(self) -> Any:
        return self._api.inspect(self.id)

    def act(self, verb: Verb) -> None:
        if verb == "freeze":
            self._api.freeze(self.id)
        elif verb == "thaw":
            self._api.thaw(self.id)
        else:
            self._end(verb)

    def run_inside(self, words: Sequence[str]) -> tuple[int, str]:
        return self._api.run_inside(self.id, words)

    def put(self, folder: str, files: Files) -> None:
        self._api.put(self.id, folder, files)

    def remove(self) -> None:
        """At once; its output is complete when this returns."""
        if self.id:
            self._api.remove(Owned("container", self.id, self._plan.name, self._plan.labels[RUN]))
        if self._follower.ident is not None:
            self._follower.join(STOP_SECONDS)

    # --- as a Talk --------------------------------------------------------------------------------

    def lines(self) -> Iterator[bytes]:
        while (line := self._lines.get()) is not None:
            yield line

    def tell(self, line: bytes) -> None:
        assert self._attached
        try:
            self._attached.send(line)
        except OSError as error:
            raise BrokenPipeError from error

    def ending(self) -> str:
        self.over.wait(STOP_SECONDS)
        return str(self.over.event.get("how", "its end was not seen"))

    def close(self) -> None:
        if self._attached:
            self._attached.end_input()
        if not self.over.wait(END_SECONDS):
            self.remove()

    # --- its output -------------------------------------------------------------------------------

    def _end(self, verb: Verb) -> None:
        try:
            if verb == "stop":
                self._api.stop(self.id, STOP_SECONDS)
            else:
                self._api.signal(self.id, "KILL")
        except LocalnetError:
            if not self.over.wait(END_SECONDS):  # it had not ended by itself
                raise
        self.over.wait(STOP_SECONDS)

    def _follow(self) -> None:
        assert self._attached
        try:
            self._keep_output(self._attached)
            how = self._how_it_ended()
            self.over.settle(f"{how}; its last output:\n{tail(self._log)}", {"how": how})
        except OSError as error:
            self.over.settle(f"its output cannot be kept in {self._log}: {error.strerror}")
        self._lines.put(None)
        self._attached.close()

    def _keep_output(self, attached: Attached) -> None:
        """Until there is no more of it."""
        frames, lines = FrameReader(), LineReader()
        with self._log.open("ab", buffering=0) as log:
            while piece := attached.receive():
                for stream, output in frames.feed(piece):
                    if self._plan.talks and stream == STDOUT:
                        for line in lines.feed(output):
                            self._lines.put(line)
                    else:
                        log.write(output)

    def _how_it_ended(self) -> str:
        try:
            return self._api.wait(self.id)
        except LocalnetError as error:
            return error.message
