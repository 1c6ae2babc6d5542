"""Who a person is, and what can be asked of them: conditions for `world.eventually` and `world.once_settled`.

What they do is in `person`. Each condition asks anew, whenever it is asked.
"""

from collections.abc import Callable

from fakes.nostr.keys import SecretKey
from localnet.world import conditions
from localnet.world.expect import Matcher
from localnet.world.lifecycle import Link, Reply
from localnet.world.profiles import Profile
from localnet.world.reader import Feed, Post
from localnet.world.surroundings import Surroundings
from localnet.world.video import Ledger, Video


class Regarded:
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

    def __repr__(self) -> str:
        return self.name

    @property
    def did(self) -> str | None:
        return self.link.did

    @property
    def ids(self) -> tuple[str, ...]:
        """What to look for in the journal."""
        return (self.pubkey, *([self.did] if self.did else []), *(video.id for video in self.ledger))

    # --- conditions -------------------------------------------------------------------------------

    def is_ready(self) -> Matcher:
        return self._matcher("is ready", lambda: conditions.wrong_with_link(self._ask()))

    def is_ready_in_the_end(self) -> Matcher:
        """Whatever the bridge says on the way."""
        return self._matcher("is ready in the end", lambda: conditions.wrong_with_patience(self._ask()))

    def is_told(self, *words: str) -> Matcher:
        """What the bridge says of the failure it is at has all of these in it."""
        said = ", ".join(f"“{word}”" for word in words)
        return self._matcher(
            f"is told of {said}", lambda: conditions.wrong_with_explanation(self._ask(), words)
        )

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

    def followers_see(self, profile: Profile) -> Matcher:
        return self._matcher(
            f"is seen as {profile}", lambda: conditions.wrong_with_profile(self.feed(), profile)
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

    def is_told_that_it_cannot_be_posted(self, video: Video) -> Matcher:
        return self._is_told(video, "cannot be posted", "failed", "unsupported")

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
