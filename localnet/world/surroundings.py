"""What people share: the services they use, time, and the one place that waits."""

from collections.abc import Callable
from dataclasses import dataclass

from localnet.world.directory import Directory
from localnet.world.lifecycle import Lifecycle
from localnet.world.neighbours import Neighbours
from localnet.world.reader import Reader, Repositories


@dataclass(frozen=True)
class Surroundings:
    neighbours: Neighbours
    lifecycle: Lifecycle
    reader: Reader
    repositories: Repositories
    directory: Directory
    next_second: Callable[[], int]
    """unix seconds, each later than the one before"""
    eventually: Callable[..., None]
    """(promise, *matchers)"""
    something_happened: Callable[[], None]
