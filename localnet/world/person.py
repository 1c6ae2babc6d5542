"""What a person with a Nostr key and a name does: opt in, publish, delete, stop, come back.

A verb acts and, where the person would wait for something on the way (being ready, having an active
account), waits for it with the promise that it is. What must come of an act is asked with the conditions at
the end, through `world.eventually` or `world.once_settled`.
"""

import hashlib
from collections.abc import Sequence

from fakes.nostr.events import Event
from fakes.nostr.keys import SecretKey
from localnet.world.events import (
    StoredFilm,
    deletion_event,
    profile_event,
    upload_permit,
    video_event,
)
from localnet.world.films import MIME, film_of
from localnet.world.lifecycle import Reply
from localnet.world.profiles import PNG_MIME, Profile
from localnet.world.promises import BrokenPromise
from localnet.world.regarded import Regarded
from localnet.world.surroundings import Surroundings
from localnet.world.video import Fate, Video

LONG = 4_000_000
"""bytes"""
DAY = 86_400
"""seconds"""


class Person(Regarded):
    """Made by `World.person`, which signs them up at keycast and the name server."""

    def __init__(self, around: Surroundings, secret: SecretKey, name: str, handle: str) -> None:
        super().__init__(around, secret, name, handle)
        self._fate = self._wish = Fate.WITHHELD
        """of what they publish now, and from when they are ready"""

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

    def presents_as(self, name: str, about: str | None = None, picture: bytes | None = None) -> Profile:
        """Signs a new profile; the picture is stored at the media server."""
        at = self._around.next_second()
        url = picture and self._store(at, picture, PNG_MIME).url
        self._hands_over(profile_event(self._secret, at, name=name, about=about, picture=url or None))
        return Profile(name, about, hashlib.sha256(picture).hexdigest() if picture else None)

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
        stored = self._store(at, content, MIME)
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

    def _store(self, at: int, file: bytes, mime: str) -> StoredFilm:
        return self._around.neighbours.store(file, upload_permit(self._secret, at, file), mime)

    def _hands_over(self, event: Event) -> None:
        self._around.something_happened()
        self._around.neighbours.publish(event)

    def _accepted(self, promise: str, reply: Reply | None) -> None:
        if reply is None or reply.refusal is not None:
            said = reply.refusal if reply else "nothing"
            raise BrokenPromise(promise, f"the bridge did not accept it: {said}", self.ids)
