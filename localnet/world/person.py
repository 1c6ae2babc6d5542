"""A person with a Nostr key and a name, and what they do: opt in, publish, delete, stop, come back.

A verb acts and, where the person would wait for something on the way (being ready, having an active
account), waits for it with the promise that it is. What must come of an act is asked with the conditions at
the end, through `world.eventually` or `world.once_settled`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fakes.nostr.events import Event
from fakes.nostr.keys import SecretKey
from localnet.world import conditions
from localnet.world.directory import Directory
from localnet.world.events import deletion_event, upload_permit, video_event
from localnet.world.expect import Matcher
from localnet.world.films import film_of
from localnet.world.lifecycle import Lifecycle, Link, Reply
from localnet.world.neighbours import Neighbours
from localnet.world.promises import BrokenPromise
from localnet.world.reader import Feed, Post, Reader, Repositories
from localnet.world.video import Fate, Ledger, Video

LONG = 4_000_000
"""bytes"""
DAY = 86_400
"""seconds"""


@dataclass(frozen=True)
class Surroundings:
    """What people share: the services they use, time, and the one place that waits."""

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


class Person:
    """Made by `World.person`, which signs them up at keycast and the name server."""

    def __init__(self, around: Surroundings, secret: SecretKey, name: str, handle: str) -> None:
        self._around = around
        self._secret = secret
        self.name = name
        self.handle = handle
        self.pubkey = secret.public_key
        self.link = Link("missing")
        """what the bridge last said, at the end of an accepted request"""
        self.ledger = Ledger()
        self._reply: Reply | None = None
        self._fate = self._wish = Fate.WITHHELD
        """of what they publish now, and from when they are ready"""

    def __repr__(self) -> str:
        return self.name

    @property
    def did(self) -> str | None:
        return self.link.did

    @property
    def ids(self) -> tuple[str, ...]:
        """What to look for in the journal."""
        return (self.pubkey, *([self.did] if self.did else []), *(video.id for video in self.ledger))

    # --- verbs ------------------------------------------------------------------------------------

    def opts_in(self, crosspost_enabled: bool | None = None) -> None:
        """Asks to be bridged, and is: returns when the account is ready and active."""
        self.tries_to_opt_in(crosspost_enabled=crosspost_enabled)
        self.becomes_ready()

    def becomes_ready(self) -> None:
        """Returns when what was last asked for has been granted: the account is ready and active."""
        self._accepted("opt-in-gives-identity", self._reply)
        self._around.eventually("opt-in-gives-identity", self.is_ready())
        self._takes_up()

    def tries_to_opt_in(self, handle: str | None = None, crosspost_enabled: bool | None = None) -> None:
        """Asks, and takes whatever the reply is."""
        self._around.something_happened()
        lifecycle = self._around.lifecycle
        self._wish = Fate.WITHHELD if crosspost_enabled is False else Fate.CROSSPOSTED
        self._reply = lifecycle.opt_in(self.pubkey, handle or self.handle, crosspost_enabled)

    def opts_in_patiently(self, promise: str) -> None:
        """Asks once, and waits also while the bridge says that it has not managed so far."""
        self.tries_to_opt_in()
        self._around.eventually(promise, self.is_ready_in_the_end())
        self._takes_up()

    def disables(self) -> None:
        """Stops being crossposted. What becomes of the posts that are there is nobody's promise yet."""
        self._around.something_happened()
        self._accepted("disabling-stops-crossposting", self._around.lifecycle.disable(self.pubkey))
        self.ledger.open_up(Fate.CROSSPOSTED)
        self._fate = Fate.WITHHELD

    def tries_to_disable(self) -> None:
        """The same, whatever the reply is: it may well be that not everybody has been told yet."""
        self._around.something_happened()
        self._reply = self._around.lifecycle.disable(self.pubkey)
        self.ledger.open_up(Fate.CROSSPOSTED)
        self._fate = Fate.WITHHELD

    def enables(self) -> None:
        """Comes back. What becomes of the videos published meanwhile is nobody's promise yet."""
        self._around.something_happened()
        self._accepted("enabling-resumes-crossposting", self._around.lifecycle.enable(self.pubkey))
        self._around.eventually("enabling-resumes-crossposting", self.is_ready())
        self.ledger.open_up(Fate.WITHHELD)
        self._fate = Fate.CROSSPOSTED

    def publishes(
        self, film: bytes | None = None, title: str | None = None, hashtags: Sequence[str] = ()
    ) -> Video:
        """Stores a film (one of their own unless given) at the media server and signs a video event."""
        return self._publishes(self._fate, film, title, hashtags)

    def publishes_in_vain(self, film: bytes | None = None) -> Video:
        """A video that can never become a post."""
        return self._publishes(Fate.IMPOSSIBLE, film)

    def publishes_belatedly(self) -> Video:
        """A video signed a day ago reaches the relay only now."""
        return self._publishes(self._fate, ahead=-DAY)

    def publishes_from_the_future(self) -> Video:
        """Dated ten years ahead. What becomes of it is nobody's promise."""
        return self._publishes(Fate.OPEN, ahead=3653 * DAY)

    def publishes_a_long_film(self) -> Video:
        """A film of so many bytes that whoever carries it around is busy for a while."""
        return self.publishes(film_of(f"{self.name} {len(self.ledger)} {self.pubkey}", padding=LONG))

    def replays(self, video: Video) -> None:
        """The same event reaches the relay once more."""
        self._hands_over(video.event)

    def deletes(self, video: Video) -> None:
        self._hands_over(deletion_event(self._secret, self._around.next_second(), video.event))
        self.ledger.remove(video)

    def _publishes(
        self,
        fate: Fate,
        film: bytes | None = None,
        title: str | None = None,
        hashtags: Sequence[str] = (),
        ahead: int = 0,
    ) -> Video:
        number = len(self.ledger) + 1
        title = title or f"Film {number} of {self.name}"
        at = self._around.next_second()
        content = film or film_of(f"{self.name} {number} {self.pubkey}")
        stored = self._around.neighbours.store(content, upload_permit(self._secret, at, content))
        event = video_event(self._secret, at + ahead, f"film-{at}", title, stored, hashtags)
        video = Video(title, event, stored, fate)
        self.ledger.add(video)
        self._hands_over(event)
        return video

    def _takes_up(self) -> None:
        """The account that is ready."""
        self.link = self._ask()
        self._around.eventually("account-is-active", self.account_is_active())
        self.ledger.open_up(Fate.WITHHELD)
        self._fate = self._wish

    def _hands_over(self, event: Event) -> None:
        self._around.something_happened()
        self._around.neighbours.publish(event)

    def _accepted(self, promise: str, reply: Reply | None) -> None:
        if reply is None or reply.refusal is not None:
            said = reply.refusal if reply else "nothing"
            raise BrokenPromise(promise, f"the bridge did not accept it: {said}", self.ids)

    # --- conditions -------------------------------------------------------------------------------

    def is_ready(self) -> Matcher:
        return self._matcher("is ready", lambda: conditions.wrong_with_link(self._ask()))

    def is_ready_in_the_end(self) -> Matcher:
        """Whatever the bridge says on the way."""
        return self._matcher("is ready in the end", lambda: conditions.wrong_with_patience(self._ask()))

    def has_one_identity(self) -> Matcher:
        """The directory knows one DID for the handle, and it is the one the bridge says."""
        return self._matcher(
            "has one identity",
            lambda: conditions.wrong_with_identity(self._ask(), self._around.directory.dids_of(self.handle)),
        )

    def account_is_active(self) -> Matcher:
        """Active for followers, and the repository served to everybody."""
        return self._matcher(
            "has an active account",
            lambda: conditions.wrong_with_activity(
                self.feed(), self._around.repositories.wrong_with(self.did)
            ),
        )

    def has_gone_dark(self) -> Matcher:
        """The account is there, and is active for nobody."""
        return self._matcher(
            "has gone dark",
            lambda: conditions.wrong_with_darkness(
                self.feed(), self._around.repositories.wrong_with(self.did)
            ),
        )

    def handle_resolves_both_ways(self) -> Matcher:
        return self._matcher(
            "has a handle that resolves both ways",
            lambda: conditions.wrong_with_handle(
                self.feed(), self.handle, self.did, self._around.neighbours.resolves(self.handle)
            ),
        )

    def handle_leads_nowhere(self) -> Matcher:
        return self._matcher(
            "has a handle that leads nowhere",
            lambda: conditions.wrong_with_lost_handle(
                self.handle, self._around.neighbours.resolves(self.handle)
            ),
        )

    def is_crossposted(self) -> Matcher:
        return self._matcher("is crossposted", lambda: conditions.wrong_with_choice(self._ask(), True))

    def is_not_crossposted(self) -> Matcher:
        return self._matcher("is not crossposted", lambda: conditions.wrong_with_choice(self._ask(), False))

    def is_refused(self) -> Matcher:
        """The last request to opt in was refused, and the person has what they had before."""
        return self._matcher(
            "is refused", lambda: conditions.wrong_with_refusal(self._reply, self._ask(), self.link)
        )

    def is_not_bridged(self) -> Matcher:
        return self._matcher(
            "is not bridged",
            lambda: conditions.wrong_with_stranger(
                self._ask(), self._around.neighbours.resolves(self.handle)
            ),
        )

    def feed_shows(self, video: Video) -> Matcher:
        return self._matcher(
            f"shows “{video.title}”", lambda: conditions.wrong_with_post(self.feed(), video), video.id
        )

    def feed_shows_once(self, video: Video) -> Matcher:
        return self._matcher(
            f"shows “{video.title}” once",
            lambda: conditions.wrong_with_single_post(self.feed(), video),
            video.id,
        )

    def feed_shows_transcoded(self, video: Video) -> Matcher:
        return self._matcher(
            f"shows “{video.title}” transcoded",
            lambda: conditions.wrong_with_transcoding(self.feed(), video),
            video.id,
        )

    def is_told_that_the_quota_is_used_up(self, video: Video) -> Matcher:
        return self._is_told(video, "waits for the quota", "retrying", "quota")

    def is_told_that_it_failed(self, video: Video) -> Matcher:
        return self._is_told(video, "failed", "failed", "internal")

    def feed_lacks(self, video: Video) -> Matcher:
        return self._matcher(
            f"lacks “{video.title}”", lambda: conditions.wrong_with_absence(self.feed(), video), video.id
        )

    def feed_is_empty(self) -> Matcher:
        return self._matcher("shows nothing", lambda: conditions.wrong_with_empty_feed(self.feed()))

    def _is_told(self, video: Video, news: str, status: str, reason: str) -> Matcher:
        return self._matcher(
            f"is told that “{video.title}” {news}",
            lambda: conditions.wrong_with_news(
                self._around.lifecycle.told_of(self.pubkey, video.id), status, reason
            ),
            video.id,
        )

    def _ask(self) -> Link:
        return self._around.lifecycle.status(self.pubkey)

    def feed(self) -> Feed | None:
        """What followers see at this moment; None before they can see anything."""
        return self._around.reader.feed(self.did) if self.did else None

    def post_of(self, video: Video) -> Post | None:
        """The post a follower sees of it, if there is one."""
        return next(iter(conditions.posts_of(self.feed(), video)), None)

    def _matcher(self, says: str, is_wrong: Callable[[], str | None], *ids: str) -> Matcher:
        return Matcher(f"{self.name} {says}", is_wrong, (*self.ids, *ids))
