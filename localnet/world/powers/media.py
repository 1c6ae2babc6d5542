"""What media servers do to a bridge with a film: not have it, keep it from strangers, send them elsewhere, serve
something else, or serve it forever.
"""

import hashlib

from localnet.world.powers.grants import Grant, Grants

SERVICE = "media"
ELSEWHERE = "http://elsewhere.invalid/film.mp4"
HUGE = 10 * 1024**3
"""bytes"""


class MediaPowers:
    def __init__(self, grants: Grants) -> None:
        self._grants = grants

    def has_not_yet(self, film: bytes, times: int = 1) -> Grant:
        """So many times it says that it has no such film."""
        return self._ask("does not have the film", "missing", film, times)

    def asks_for_the_age(self, film: bytes) -> Grant:
        """Of whoever wants it, and lets no stranger have it."""
        return self._ask("keeps the film from strangers", "gated", film)

    def sends_elsewhere(self, film: bytes) -> Grant:
        """To a host that is nobody's media server."""
        return self._ask("redirects to another host", "moved", film, location=ELSEWHERE)

    def sends_round_in_circles(self, film: bytes) -> Grant:
        return self._ask("redirects to the film itself", "moved", film)

    def serves_under_another_type(self, film: bytes) -> Grant:
        return self._ask("serves the film as text/html", "mistyped", film)

    def serves_other_bytes(self, film: bytes) -> Grant:
        return self._ask("serves other bytes", "swapped", film)

    def serves_half(self, film: bytes) -> Grant:
        return self._ask("serves half of the film", "truncated", film)

    def serves_without_end(self, film: bytes) -> Grant:
        """And says how long it is: longer than any post may have."""
        return self._ask("serves 10 GiB", "endless", film, announced=HUGE)

    def drips(self, film: bytes) -> Grant:
        """Slower than anybody would wait for, until it ends."""
        return self._ask("drips", "drips", film, bytes=64)

    def _ask(self, says: str, name: str, film: bytes, times: int | None = None, **settings: object) -> Grant:
        sha256 = hashlib.sha256(film).hexdigest()
        return self._grants.ask(SERVICE, f"it {says}", name, sha256, times, **settings)
