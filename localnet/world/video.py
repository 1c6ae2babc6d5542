"""A video somebody published, and what should have become of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from fakes.nostr.events import Event
from localnet.world.events import StoredFilm


class Fate(Enum):
    """How many posts a video has once everything is settled."""

    CROSSPOSTED = "crossposted"
    WITHHELD = "withheld"
    """its author was not crossposted when it was published"""
    REMOVED = "removed"
    """its author deleted it"""
    IMPOSSIBLE = "cannot be posted"
    """its film cannot be had as it was signed"""
    OPEN = "open"
    """nobody has promised yet what becomes of it: signed before opting in, or while disabled, or published
    before disabling
    """

    @property
    def fewest(self) -> int:
        return 1 if self is Fate.CROSSPOSTED else 0

    @property
    def most(self) -> int:
        return 0 if self in (Fate.WITHHELD, Fate.REMOVED, Fate.IMPOSSIBLE) else 1


@dataclass(frozen=True)
class Video:
    title: str
    event: Event
    film: StoredFilm
    fate: Fate

    @property
    def id(self) -> str:
        return self.event.id

    def is_in(self, text: str) -> bool:
        """Whether a post with this text is a post of this video (titles are unique within a person)."""
        return self.title in text


class Ledger:
    """What one person published, with the fate each video has after all that happened since."""

    def __init__(self) -> None:
        self._videos: dict[str, Video] = {}

    def add(self, video: Video) -> None:
        self._videos[video.id] = video

    def remove(self, video: Video) -> None:
        self._videos[video.id] = replace(video, fate=Fate.REMOVED)

    def open_up(self, fate: Fate) -> None:
        """From now on nobody promises what becomes of the videos that had this fate."""
        for video in self._videos.values():
            if video.fate is fate:
                self._videos[video.id] = replace(video, fate=Fate.OPEN)

    def __iter__(self) -> Iterator[Video]:
        return iter(self._videos.values())

    def __len__(self) -> int:
        return len(self._videos)
