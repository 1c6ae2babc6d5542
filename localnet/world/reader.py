"""What a follower sees: the reader's account of a person, and whether the PDS serves the repository at all.

The reader itself is a fake that follows the PDS and refuses whatever a strict follower would; this only
asks it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fakes.atproto.cid import Cid
from localnet.errors import UndecidedError
from localnet.network.view import View
from localnet.world.doors import Door
from localnet.world.profiles import Profile


@dataclass(frozen=True)
class Post:
    uri: str
    text: str
    created_at: str
    """RFC 3339, as the record says"""
    film: str | None
    """CID of its video"""
    plays: bool
    """the video's bytes were fetched from the PDS under this person's DID and match the CID"""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Feed:
    """A person as their followers see them, newest post first."""

    did: str
    handle: str | None
    handle_verified: bool
    active: bool | None
    status: str | None
    posts: tuple[Post, ...] = ()
    deleted: tuple[str, ...] = ()
    profile: Profile = field(default_factory=Profile)
    refused: tuple[str, ...] = ()
    """commits and blocks that are not what their author's key signed"""
    problems: tuple[str, ...] = ()
    """those included"""


class Reader:
    def __init__(self, network: View) -> None:
        self._door = Door("reader", network.url("reader"))
        self._public = network.url("reader")

    def feed(self, did: str) -> Feed | None:
        """None while the reader has not heard of this DID."""
        answer = self._door.get(f"/people/{did}/feed")
        if answer.status == 404:
            return None
        if not answer.is_good:
            raise UndecidedError(f"the reader cannot show {did}: {answer}", "see `localnet logs reader`")
        return feed_of(answer.json())

    def page(self, did: str) -> str:
        """Where a browser shows this person."""
        return f"{self._public}/people/{did}"


class Repositories:
    """The PDS as anybody may ask it, without a session."""

    def __init__(self, network: View) -> None:
        self._door = Door("pds", network.url("pds"))

    def wrong_with(self, did: str | None) -> str | None:
        """Why the repository is not served to everybody, or None."""
        if did is None:
            return "there is no DID"
        status = self._door.get(f"/xrpc/com.atproto.sync.getRepoStatus?did={did}")
        if not status.is_good:
            return f"getRepoStatus answers {status}"
        if status.json().get("active") is not True:
            return f"getRepoStatus says {status}"
        served = self._door.get(f"/xrpc/com.atproto.sync.getRepo?did={did}")
        return None if served.is_good else f"getRepo answers {served}"


def feed_of(document: Mapping[str, Any]) -> Feed:
    return Feed(
        did=document["did"],
        handle=document["handle"],
        handle_verified=bool(document["handle_verified"]),
        active=document["active"],
        status=document["status"],
        posts=tuple(_post(post) for post in document["posts"]),
        deleted=tuple(entry["uri"] for entry in document["deleted"]),
        profile=_profile(document["profile"]),
        refused=tuple(document["refused"]),
        problems=tuple(document["problems"]),
    )


def _profile(document: Mapping[str, Any]) -> Profile:
    avatar: Mapping[str, Any] | None = document["avatar"]
    served = avatar["cid"] if avatar and avatar["verified"] else None
    return Profile(document["name"], document["about"], Cid.parse(served).raw[-32:].hex() if served else None)


def _post(document: Mapping[str, Any]) -> Post:
    record: Mapping[str, Any] = document["record"]
    video: Mapping[str, Any] | None = document["video"]
    problems: Sequence[str] = document["problems"]
    return Post(
        uri=document["uri"],
        text=str(record.get("text", "")),
        created_at=str(record.get("createdAt", "")),
        film=video["cid"] if video else None,
        plays=bool(video and video["verified"]),
        problems=tuple(problems),
    )
