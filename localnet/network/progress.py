"""What a run tells while it works: one event per state change and a heartbeat while it waits.

Not the presentation: the CLI renders these as a live block, as lines, or not at all.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class ProgressEvent:
    """`seconds` count from the start of that service (of the whole network for service `network`)."""

    service: str
    state: str
    """starting | waiting (heartbeat) | ready | failed | not started | stopped | killed | frozen | thawed | note"""
    seconds: float
    detail: str = ""


Progress = Callable[[ProgressEvent], None]


def silent(_event: ProgressEvent) -> None:
    """A listener that does not care."""
