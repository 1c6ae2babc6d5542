"""What keycast keeps of its users' AT Protocol accounts, and how the bridge's callback changes it.

Only the internal state sync is here; its OAuth server is not. Rules: keycast's own route, read in its source.
"""

from dataclasses import dataclass, replace

STATES = ("pending", "ready", "failed", "disabled")


@dataclass(frozen=True)
class User:
    pubkey: str
    username: str
    enabled: bool = False
    state: str | None = None
    did: str | None = None
    error: str | None = None
    sessions_revoked: int = 0


class InvalidStateError(ValueError):
    """Not one of the states."""


class UnknownUserError(LookupError):
    """No user has this pubkey."""


class Users:
    def __init__(self) -> None:
        self._users: dict[str, User] = {}

    def register(self, pubkey: str, username: str) -> User:
        """A user with a claimed username; registering again renames and keeps the rest."""
        known = self._users.get(pubkey, User(pubkey, username))
        self._users[pubkey] = replace(known, username=username)
        return self._users[pubkey]

    def get(self, pubkey: str) -> User:
        if pubkey not in self._users:
            raise UnknownUserError(pubkey)
        return self._users[pubkey]

    def sync(self, pubkey: str, enabled: bool, state: str | None, did: str | None, error: str | None) -> User:
        """Take over all four values as they are: a failure or a disabling without a DID forgets the DID."""
        if state is not None and state not in STATES:
            raise InvalidStateError(state)
        user = self.get(pubkey)
        revoked = user.sessions_revoked + (not enabled or state == "disabled")
        synced = replace(user, enabled=enabled, state=state, did=did, error=error, sessions_revoked=revoked)
        self._users[pubkey] = synced
        return synced
