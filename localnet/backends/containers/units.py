"""The services of the containers backend, each as what can be asked of it and done to it."""

import time
from collections.abc import Callable
from pathlib import Path

from localnet.backends.background import Background
from localnet.backends.channel import Answer
from localnet.backends.containers.container import Container
from localnet.backends.interface import Follows, State, Verb
from localnet.clock.reading import Reading

LOOK_SECONDS = 0.02
STARTING, RUNNING = State("starting"), State("running")

Follow = Callable[[Reading], Follows]


class ContainerUnit:
    """`listens`: whether it can be asked something; None: it listens nowhere, so it runs once it is there."""

    pid: int | None = None

    def __init__(self, container: Container, log: Path, listens: Callable[[], bool] | None) -> None:
        self._container, self._listens = container, listens
        self._is_up = listens is None
        self.log: Path | None = log

    def state(self, patience: float) -> State:
        deadline = time.monotonic() + patience
        while True:
            if self._container.over.wait(0):
                return State("ended", self._container.over.error or "")
            self._is_up = self._is_up or bool(self._listens and self._listens())
            if self._is_up:
                return RUNNING
            if time.monotonic() >= deadline:
                return STARTING
            self._container.over.wait(LOOK_SECONDS)

    def act(self, verb: Verb) -> None:
        self._container.act(verb)


class ClockedUnit(ContainerUnit):
    """A program that may follow the network's clock."""

    def __init__(
        self, container: Container, log: Path, listens: Callable[[], bool] | None, follow: Follow
    ) -> None:
        super().__init__(container, log, listens)
        self._follow = follow

    def follow(self, reading: Reading) -> Follows:
        return self._follow(reading)


class FakeUnit(ContainerUnit):
    """A fake alone in its process. `answer`: to the request to serve."""

    def __init__(self, container: Container, log: Path, answer: Answer) -> None:
        super().__init__(container, log, None)
        self._answer = answer

    def state(self, patience: float) -> State:
        if not self._answer.wait(patience):
            return STARTING
        if self._answer.error and not self._container.over.wait(0):
            return State("ended", self._answer.error)
        return super().state(0)


class DatabaseUnit(ClockedUnit):
    """A server and the database in it, made in the background: `make` may take as long as it needs."""

    def __init__(self, container: Container, log: Path, make: Callable[[], None], follow: Follow) -> None:
        super().__init__(container, log, None, follow)
        self._made = Background("database", make)

    def state(self, patience: float) -> State:
        if not self._made.wait(patience):
            return STARTING
        if self._made.error and not self._container.over.wait(0):
            return State("ended", self._made.error, self._made.next_step)
        return super().state(0)
