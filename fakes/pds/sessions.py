"""Refresh tokens in use: each can be changed for a new pair, and for a while again for the same one.

A token that has been used lives on for two hours, so that a client whose answer was lost can ask again; it
always leads to the same successor. Logging out or revoking an app password ends it at once.
"""

from dataclasses import dataclass, replace

from fakes.pds.passwords import Entropy, random_base32
from fakes.pds.tokens import REFRESH_LIFE

GRACE = 2 * 3600


@dataclass(frozen=True)
class Session:
    token_id: str
    did: str
    expires_at: float
    scope: str
    app_password: str | None = None
    next_id: str | None = None


class Sessions:
    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy
        self._by_id: dict[str, Session] = {}

    def start(self, did: str, scope: str, at: float, app_password: str | None = None) -> Session:
        return self._keep(Session(self._new_id(), did, at + REFRESH_LIFE, scope, app_password))

    def rotate(self, token_id: str, at: float) -> Session | None:
        """The session that follows; None if the token is unknown, revoked or past its grace."""
        session = self._by_id.get(token_id)
        if session is None or session.expires_at <= at:
            return None
        following = session.next_id or self._new_id()
        self._keep(replace(session, next_id=following, expires_at=min(session.expires_at, at + GRACE)))
        known = self._by_id.get(following)
        return known or self._keep(
            replace(session, token_id=following, next_id=None, expires_at=at + REFRESH_LIFE)
        )

    def revoke(self, token_id: str) -> None:
        self._by_id.pop(token_id, None)

    def revoke_all(self, did: str, app_password: str | None = None) -> None:
        """All of an account, or those of one of its app passwords."""
        for session in [each for each in self._by_id.values() if each.did == did]:
            if app_password is None or session.app_password == app_password:
                del self._by_id[session.token_id]

    def _keep(self, session: Session) -> Session:
        self._by_id[session.token_id] = session
        return session

    def _new_id(self) -> str:
        return random_base32(self._entropy, 32)
