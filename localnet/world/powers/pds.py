"""What befalls an account at the PDS behind the bridge's back: its session, its limits, the account itself."""

from localnet.world.person import Person
from localnet.world.powers.grants import Grant, Grants

SERVICE = "pds"
WRITES = "com.atproto.repo.createRecord"
UPLOADS = "com.atproto.repo.uploadBlob"
DAY = 86_400
"""seconds"""


class PdsPowers:
    def __init__(self, grants: Grants) -> None:
        self._grants = grants

    # --- sessions ---------------------------------------------------------------------------------

    def expires_session_of(self, person: Person) -> Grant:
        """Earlier than its token says; the refresh token is still good."""
        return self._ask(f"lets the session of {person} expire", "expired", person)

    def expires_session_at_the_post_of(self, person: Person) -> Grant:
        """Once the film is uploaded, as the post is being written."""
        says = f"lets the session of {person} expire as the post is written"
        return self._ask(says, "expires-at", person, times=1, method=WRITES)

    def ends_sessions_of(self, person: Person) -> Grant:
        """Refresh tokens too; the password is still good."""
        return self._ask(f"ends the sessions of {person}", "revoked", person)

    # --- limits -----------------------------------------------------------------------------------

    def limits_the_rate_of(self, person: Person, seconds: int) -> Grant:
        """From the next one on, every call of theirs is refused for so long, and told when to come back."""
        return self._ask(f"limits the rate of {person}", "limited", person, seconds=seconds)

    def takes_no_more_films_from(self, person: Person) -> Grant:
        """Today: what they may upload in a day is used up."""
        says = f"takes no more films from {person} today"
        return self._ask(says, "limited", person, method=UPLOADS, seconds=DAY)

    # --- the account ------------------------------------------------------------------------------

    def takes_down(self, person: Person) -> Grant:
        """Until it ends."""
        return self._ask(f"takes {person} down", "taken-down", person)

    def deactivates(self, person: Person) -> Grant:
        """As the person can in any app, without asking the bridge; until it ends."""
        return self._ask(f"deactivates {person}", "deactivated", person)

    def _ask(
        self, says: str, name: str, person: Person, times: int | None = None, **settings: object
    ) -> Grant:
        return self._grants.ask(SERVICE, f"it {says}", name, str(person.did), times, **settings)
