"""What can be wrong with a person, as pure functions over what the bridge and the reader say. None means:
nothing.

Nothing here asks, waits or knows of promises. A `Final` reason is one that waiting will not remove.
"""

from collections.abc import Sequence

from fakes.atproto.cid import Cid
from localnet.world.expect import Final
from localnet.world.lifecycle import Link, Reply, Told
from localnet.world.profiles import Profile
from localnet.world.reader import Feed, Post
from localnet.world.video import Video


def wrong_with_link(link: Link) -> str | None:
    """A person who opted in is to become ready, with a DID."""
    if link.state == "failed":
        return Final(f"the bridge says `failed`: {link.error or 'without a reason'}")
    if not link.is_ready:
        return f"the bridge says `{link.state}`, DID {link.did or 'none'}, error {link.error or 'none'}"
    return None


def wrong_with_patience(link: Link) -> str | None:
    """The same, where things may fail on the way as long as the bridge tries again."""
    wrong = wrong_with_link(link)
    return str(wrong) if wrong is not None else None


def wrong_with_explanation(link: Link, words: Sequence[str]) -> str | None:
    missing = [word for word in words if word not in (link.error or "")]
    if not missing:
        return None
    return f"nothing of {', '.join(missing)} in what the bridge says: {link.error or 'nothing'}"


def wrong_with_identity(link: Link, registered: set[str]) -> str | None:
    """`registered`: the DIDs that the directory has for the person's handle."""
    if len(registered) > 1:
        return Final(
            f"{len(registered)} DIDs were registered for {link.handle}: {', '.join(sorted(registered))}"
        )
    return (
        None
        if registered == {link.did}
        else f"the bridge says {link.did}, the directory {registered or 'none'}"
    )


def wrong_with_choice(link: Link, wanted: bool) -> str | None:
    if link.crossposts is not wanted:
        return f"the bridge says crosspost_enabled={str(link.crossposts).lower()}"
    return None


def wrong_with_refusal(reply: Reply | None, link: Link, own: Link) -> str | None:
    """A request that cannot be granted is answered with a refusal or ends `failed`; `own` is what was there
    before.
    """
    if reply is None:
        return Final("nobody asked")
    if not reply.is_clean:
        return Final(f"instead of refusing it broke: {reply.refusal}")
    if link.did != own.did:
        return Final(f"it was granted: {link.handle} has {link.did}")
    if reply.refusal is None and link.state != "failed":
        return f"it is not refused: the bridge says `{link.state}`"
    return None


def wrong_with_activity(feed: Feed | None, repository: str | None) -> str | None:
    """`repository` is what is wrong with the repository at the PDS."""
    if feed is None:
        return f"the reader has never heard of this DID; at the PDS: {repository or 'served'}"
    if feed.active is not True:
        seen = f"followers see an account that is not active (status {feed.status or 'unknown'})"
        return f"{seen}; at the PDS: {repository or 'served'}"
    return repository


def wrong_with_darkness(feed: Feed | None, repository: str | None) -> str | None:
    if repository is None:
        return "the PDS serves the repository to everybody"
    return "followers see an active account" if feed is None or feed.active is not False else None


def wrong_with_handle(feed: Feed | None, handle: str, did: str | None, resolved: str | None) -> str | None:
    """`resolved` is the DID that the name server gives for the handle."""
    if did is None or resolved != did:
        return f"{handle} leads to {resolved or 'nothing'} instead of {did or 'a DID'}"
    if feed is None:
        return "the reader has never heard of this DID"
    if feed.handle != handle:
        return f"the DID document of {did} says {feed.handle or 'no handle'} instead of {handle}"
    if not feed.handle_verified:
        return f"the reader does not accept {handle}: {'; '.join(feed.problems) or 'no reason given'}"
    return None


def wrong_with_lost_handle(handle: str, resolved: str | None) -> str | None:
    return f"{handle} still leads to {resolved}" if resolved else None


def wrong_with_profile(feed: Feed | None, wanted: Profile) -> str | None:
    if feed is None:
        return "the reader has never heard of this DID"
    if feed.profile != wanted:
        return f"followers see {feed.profile}, not {wanted}"
    return None


def wrong_with_stranger(link: Link, resolved: str | None) -> str | None:
    """Nobody who did not ask has an account or a handle that resolves."""
    if link.did or link.state != "missing":
        return f"the bridge says `{link.state}`, DID {link.did or 'none'}"
    return f"the name server gives {resolved} for the handle" if resolved else None


def posts_of(feed: Feed | None, video: Video) -> list[Post]:
    return [post for post in feed.posts if video.is_in(post.text)] if feed else []


def wrong_with_post(feed: Feed | None, video: Video) -> str | None:
    """The video is to be there, playable, and followers are to have nothing to say against it."""
    posts = posts_of(feed, video)
    if not posts:
        return f"no post of “{video.title}”; the feed has {_titles(feed)}"
    for post in posts:
        if post.problems:
            return f"followers refuse {post.uri}: {'; '.join(post.problems)}"
        if not post.plays:
            return f"the video of {post.uri} does not play: not served under this DID, or other bytes"
    return None


def wrong_with_single_post(feed: Feed | None, video: Video) -> str | None:
    """The same, and there is to be no second one."""
    posts = posts_of(feed, video)
    if len(posts) > 1:
        return Final(f"{len(posts)} posts of “{video.title}”: {', '.join(post.uri for post in posts)}")
    return wrong_with_post(feed, video)


def wrong_with_transcoding(feed: Feed | None, video: Video) -> str | None:
    """The post is to play another file than was signed, and it is to play."""
    wrong = wrong_with_post(feed, video)
    for post in () if wrong else posts_of(feed, video):
        if post.film and Cid.parse(post.film).raw.hex().endswith(video.film.sha256):
            return f"{post.uri} plays the film as it was signed"
    return wrong


def wrong_with_news(told: Told, status: str, reason: str | None) -> str | None:
    if (told.status, told.reason) == (status, reason):
        return None
    return f"the bridge says `{told.status}`, reason {told.reason or 'none'}"


def wrong_with_absence(feed: Feed | None, video: Video) -> str | None:
    posts = posts_of(feed, video)
    return f"“{video.title}” is there: {', '.join(post.uri for post in posts)}" if posts else None


def wrong_with_empty_feed(feed: Feed | None) -> str | None:
    return f"the feed has {_titles(feed)}" if feed and feed.posts else None


def _titles(feed: Feed | None) -> str:
    if feed is None or not feed.posts:
        return "no post at all"
    return ", ".join(f"“{post.text.splitlines()[0] if post.text else ''}”" for post in feed.posts)
