"""What a run is about to make in the engine, and has made, noted in its directory before and after.

The engine goes on with what a killed run has just asked for; so whoever sweeps it must know what may still appear.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE = "engine"
BEGUN, MADE = "begun", "made"


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
            self._note(f"{MADE} {name}")

    def _note(self, line: str) -> None:
        with self._lock, self._path.open("a") as file:
            file.write(f"{line}\n")


def used_engine(directory: Path) -> bool:
    return (directory / FILE).exists()


def unanswered(directory: Path) -> set[str]:
    """Names of what was asked for and perhaps not there yet when the run died."""
    path = directory / FILE
    lines = path.read_text().splitlines() if path.exists() else []
    begun = {line.removeprefix(f"{BEGUN} ") for line in lines if line.startswith(f"{BEGUN} ")}
    return begun - {line.removeprefix(f"{MADE} ") for line in lines}
