"""How the command line shows what happens: a live block on a terminal, one line per state change elsewhere."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from localnet.errors import LocalnetError
from localnet.network import Progress, ProgressEvent
from localnet.network.progress import silent

COLOURS = {
    "ready": "green",
    "failed": "red",
    "not started": "red",
    "starting": "yellow",
    "waiting": "yellow",
    "note": "dim",
}
REDRAWS = 12
"""a second"""
SILENCE = 4.0
"""seconds"""
WIDE = 200
"""columns of what is no terminal"""


def console() -> Console:
    """Standard output, never wrapped or coloured where it is not a terminal."""
    screen = Console(highlight=False, soft_wrap=True)
    return screen if screen.is_terminal else Console(highlight=False, soft_wrap=True, width=WIDE)


def say_error(error: LocalnetError) -> int:
    """The message, the next step, and the exit code to end with."""
    screen = Console(stderr=True, highlight=False, soft_wrap=True)
    screen.print(Text("localnet: ", "bold red"), Text(error.message), sep="")
    screen.print(Text("next: ", "bold"), Text(error.next_step), sep="")
    return error.exit_code


@contextmanager
def shown_progress(quiet: bool) -> Iterator[Progress]:
    """A listener for the time of a start: silent, a live block, or lines on standard error."""
    if quiet:
        yield silent
    elif sys.stderr.isatty():
        block = Block()
        with Live(
            get_renderable=block.table, console=block.screen, refresh_per_second=REDRAWS, transient=True
        ):
            yield block.take
    else:
        yield say_line


@contextmanager
def never_silent(doing: str) -> Iterator[None]:
    """Says every few seconds what is waited for, for as long as it takes."""
    over = threading.Event()

    def say() -> None:
        began = time.monotonic()
        while not over.wait(SILENCE):
            print(f"{time.monotonic() - began:6.0f} s  {doing} …", file=sys.stderr, flush=True)

    thread = threading.Thread(target=say, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def say_line(event: ProgressEvent) -> None:
    parts = [f"{event.seconds:6.2f} s", f"{event.service:<10}", event.state, event.detail]
    print("  ".join(part for part in parts if part), file=sys.stderr, flush=True)


@dataclass
class Block:
    """The services that are on their way, one row each; rows keep the order of their first event."""

    screen: Console = field(default_factory=lambda: Console(stderr=True, highlight=False))
    rows: dict[str, tuple[ProgressEvent, float]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, event: ProgressEvent) -> None:
        if event.state == "note":
            self.screen.print(Text(event.detail, "dim"))
            return
        with self.lock:
            self.rows[event.service] = (event, time.monotonic())

    def table(self) -> Table:
        grid = Table.grid(padding=(0, 2))
        with self.lock:
            rows = list(self.rows.values())
        for event, seen in rows:
            running = event.state in {"starting", "waiting"}
            seconds = event.seconds + (time.monotonic() - seen if running else 0)
            state = Text(event.state, COLOURS.get(event.state, ""))
            grid.add_row(event.service, state, f"{seconds:.2f} s", Text(event.detail, "dim"))
        return grid
