"""What a run is about to make in the engine, and has made, noted in its directory before and after.

The engine goes on with what a killed run has just asked for; so whoever sweeps it must know what may still appear.
"""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

FILE = "engine"
BEGUN, ANSWERED = "begun", "answered"
START = "start "


class Records:
    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE
        self._lock = threading.Lock()

    @contextmanager
    def making(self, name: str) -> Iterator[None]:
        """A refusal of the engine is an answer too: nothing will appear any more."""
        self._note(f"{BEGUN} {name}")
        try:
            yield
        finally:
            self._note(f"{ANSWERED} {name}")

    def starting(self, name: str) -> AbstractContextManager[None]:
        return self.making(f"{START}{name}")

    def _note(self, line: str) -> None:
        with self._lock, self._path.open("a") as file:
            file.write(f"{line}\n")


def used_engine(directory: Path) -> bool:
    return (directory / FILE).exists()


@dataclass(frozen=True)
class Unanswered:
    """Names of what was asked for when the run died."""

    made: frozenset[str] = frozenset()
    """that may still appear"""
    started: frozenset[str] = frozenset()
    """that are there and may still begin to run"""


def unanswered(directory: Path) -> Unanswered:
    path = directory / FILE
    lines = path.read_text().splitlines() if path.exists() else []
    begun = [line.removeprefix(f"{BEGUN} ") for line in lines if line.startswith(f"{BEGUN} ")]
    for line in lines:
        if line.startswith(f"{ANSWERED} "):
            begun.remove(line.removeprefix(f"{ANSWERED} "))
    started = {name.removeprefix(START) for name in begun if name.startswith(START)}
    return Unanswered(frozenset(name for name in begun if not name.startswith(START)), frozenset(started))
