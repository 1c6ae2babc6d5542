"""What must be true after every scenario, whatever it was about. Pure: one sight per person in, findings out.

A sight is taken once the network has settled. Which promises these are, the catalogue says; a scenario that
claims none of them is blocked by the one that broke.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from localnet.world import conditions
from localnet.world.lifecycle import Link
from localnet.world.reader import Feed
from localnet.world.video import Video


@dataclass(frozen=True)
class Noted:
    """A post as the bridge's database has it."""

    event: str
    uri: str


@dataclass(frozen=True)
class Sight:
    """Everything known about one person at one moment."""

    name: str
    handle: str
    ids: tuple[str, ...]
    link: Link
    videos: tuple[Video, ...] = ()
    feed: Feed | None = None
    repository: str | None = None
    """what is wrong with the repository at the PDS"""
    resolved: str | None = None
    """the DID the name server gives for the handle"""
    noted: tuple[Noted, ...] | None = None
    """None: this bridge's database cannot be asked"""


@dataclass(frozen=True)
class Finding:
    promise: str
    wrong: str
    concerns: tuple[str, ...]


def judge(sights: Iterable[Sight]) -> list[Finding]:
    """Everything that is not as it must be, the most basic promise first."""
    return [
        Finding(promise, f"{sight.name}: {wrong}", sight.ids)
        for sight in sights
        for promise, wrong in _findings(sight)
        if wrong is not None
    ]


def _findings(sight: Sight) -> Iterator[tuple[str, str | None]]:
    if sight.link.is_ready:
        yield "account-is-active", conditions.wrong_with_activity(sight.feed, sight.repository)
        yield (
            "handle-resolves-both-ways",
            conditions.wrong_with_handle(sight.feed, sight.handle, sight.link.did, sight.resolved),
        )
        yield "commits-are-signed", _refused(sight.feed)
        yield "films-are-served", _unplayable(sight.feed)
        yield "followers-see-no-fault", _faults(sight.feed)
    for video in sight.videos:
        yield "one-post-per-video", _wrong_number(sight.feed, video)
    yield "one-post-per-video", _posts_of_nothing(sight)
    yield "database-agrees-with-repository", _disagreement(sight)


def _refused(feed: Feed | None) -> str | None:
    return "; ".join(feed.refused) or None if feed else None


def _unplayable(feed: Feed | None) -> str | None:
    posts = feed.posts if feed else ()
    faults = [
        f"{post.uri}: its film is not served under this DID, or is another one"
        for post in posts
        if post.film and not post.plays
    ]
    return "; ".join(faults) or None


def _faults(feed: Feed | None) -> str | None:
    if feed is None:
        return None
    faults = [problem for problem in feed.problems if problem not in feed.refused]
    faults += [f"{post.uri}: {problem}" for post in feed.posts for problem in post.problems]
    return "; ".join(faults) or None


def _wrong_number(feed: Feed | None, video: Video) -> str | None:
    posts = conditions.posts_of(feed, video)
    if video.fate.fewest <= len(posts) <= video.fate.most:
        return None
    return f"“{video.title}” ({video.fate.value}) has {len(posts)} posts {[post.uri for post in posts]}"


def _posts_of_nothing(sight: Sight) -> str | None:
    posts = sight.feed.posts if sight.feed else ()
    strays = [post.uri for post in posts if not any(video.is_in(post.text) for video in sight.videos)]
    return f"posts that no video was published for: {', '.join(strays)}" if strays else None


def _disagreement(sight: Sight) -> str | None:
    if sight.noted is None:
        return None
    noted = {entry.uri for entry in sight.noted}
    there = {post.uri for post in sight.feed.posts} if sight.feed else set()
    reasons = [
        *(f"noted as published, and not in the repository: {uri}" for uri in sorted(noted - there)),
        *(f"in the repository, and not noted as published: {uri}" for uri in sorted(there - noted)),
    ]
    return "; ".join(reasons) or None
