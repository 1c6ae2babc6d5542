"""Acting as an account: a valid access token for each call, renewed before it expires or once it is refused.

Tokens and passwords live in `account_credentials`, sealed. A new pair is stored before it is used, since
the old refresh token dies with its use. One renewal per account at a time: a lock within the process, the
row's lock across replicas; whoever waited finds the new token. Rows of `account_links` may still carry
plain tokens of an older writer, which are read once and moved. Token rules: the contract's sessions
chapter.
"""

import base64
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from bridge.clients.pds import PdsClient, Session
from bridge.database import Connection, Pool
from bridge.errors import AccessRefused, BridgeError, Refused, SessionLost
from bridge.locks import NamedLocks
from bridge.vault import Vault

T = TypeVar("T")

_HEADROOM = 60.0  # seconds of life an access token must have left to be worth using


@dataclass(frozen=True)
class Credentials:
    access: str | None
    refresh: str | None
    password: str | None


class Sessions:
    def __init__(self, pool: Pool, pds: PdsClient, vault: Vault, renewed: Callable[[str], None]) -> None:
        """`renewed` is told how each new session was obtained: refresh or login."""
        self._pool = pool
        self._pds = pds
        self._vault = vault
        self._renewed = renewed
        self._locks = NamedLocks()

    async def call(self, did: str, use: Callable[[str], Awaitable[T]]) -> T:
        """Run `use` with an access token of `did`, once more with a new one if it is refused.

        SessionLost if no token can be had, or if a new one is refused too.
        """
        token = await self._usable(did)
        try:
            return await use(token)
        except AccessRefused:
            token = await self._renew(did, stale=token)
        try:
            return await use(token)
        except AccessRefused as error:
            raise SessionLost(f"a new access token of {did} is refused") from error

    async def store(self, session: Session) -> None:
        async with self._pool.connection() as connection, connection.transaction():
            await self._store(connection, session)

    async def store_password(self, connection: Connection, did: str, password: str) -> None:
        """Within the caller's transaction, so that account and password are decided together."""
        await connection.execute(
            "INSERT INTO account_credentials (did, password) VALUES (%s, %s)",
            [did, self._vault.seal(password.encode(), f"{did}:password")],
        )

    async def log_in(self, did: str) -> Session | None:
        """A session with the stored password, stored. None if the PDS refuses it or none is stored."""
        async with self._pool.connection() as connection:
            password = (await self._load(connection, did)).password
        if password is None:
            return None
        try:
            session = await self._pds.create_session(did, password)
        except AccessRefused:
            return None
        await self.store(session)
        self._renewed("login")
        return session

    async def password(self, did: str) -> str:
        async with self._pool.connection() as connection:
            password = (await self._load(connection, did)).password
        if password is None:
            raise BridgeError(f"no password is stored for {did}")
        return password

    async def _usable(self, did: str) -> str:
        async with self._pool.connection() as connection:
            access = (await self._load(connection, did)).access
        if access is not None and _lasts(access):
            return access
        return await self._renew(did, stale=access)

    async def _renew(self, did: str, stale: str | None) -> str:
        async with self._locks[did], self._pool.connection() as connection, connection.transaction():
            await connection.execute(
                "INSERT INTO account_credentials (did) VALUES (%s) ON CONFLICT (did) DO NOTHING", [did]
            )
            stored = await self._load(connection, did, lock=True)
            if stored.access is not None and stored.access != stale and _lasts(stored.access):
                return stored.access
            session = await self._obtain(did, stored)
            await self._store(connection, session)
        return session.access

    async def _obtain(self, did: str, stored: Credentials) -> Session:
        reason: BridgeError | None = None
        if stored.refresh is not None:
            try:
                return self._checked(did, await self._pds.refresh(stored.refresh), "refresh")
            except (AccessRefused, Refused) as error:
                reason = error
        if stored.password is None:
            raise SessionLost(f"{did} has no session that works and no stored password") from reason
        try:
            return self._checked(did, await self._pds.create_session(did, stored.password), "login")
        except AccessRefused as error:
            raise SessionLost(f"the PDS refuses both the session and the stored password of {did}") from error

    def _checked(self, did: str, session: Session, how: str) -> Session:
        if session.did != did:
            raise SessionLost(f"the PDS answered {did} with a session of {session.did}")
        self._renewed(how)
        return session

    async def _load(self, connection: Connection, did: str, *, lock: bool = False) -> Credentials:
        cursor = await connection.execute(
            "SELECT password, access_jwt, refresh_jwt FROM account_credentials WHERE did = %s"
            + (" FOR UPDATE" if lock else ""),
            [did],
        )
        password, access, refresh = (await cursor.fetchone()) or (None, None, None)
        if refresh is not None or access is not None:
            return Credentials(
                self._open(access, did, "access"),
                self._open(refresh, did, "refresh"),
                self._open(password, did, "password"),
            )
        cursor = await connection.execute(
            "SELECT pds_access_jwt, pds_refresh_jwt FROM account_links WHERE did = %s", [did]
        )
        plain_access, plain_refresh = (await cursor.fetchone()) or (None, None)
        return Credentials(_text(plain_access), _text(plain_refresh), self._open(password, did, "password"))

    async def _store(self, connection: Connection, session: Session) -> None:
        did = session.did
        await connection.execute(
            "INSERT INTO account_credentials (did, access_jwt, refresh_jwt) VALUES (%s, %s, %s)"
            " ON CONFLICT (did) DO UPDATE SET access_jwt = EXCLUDED.access_jwt,"
            " refresh_jwt = EXCLUDED.refresh_jwt, updated_at = NOW()",
            [
                did,
                self._vault.seal(session.access.encode(), f"{did}:access"),
                self._vault.seal(session.refresh.encode(), f"{did}:refresh"),
            ],
        )
        await connection.execute(
            "UPDATE account_links SET pds_access_jwt = NULL, pds_refresh_jwt = NULL,"
            " pds_session_updated_at = NOW() WHERE did = %s",
            [did],
        )

    def _open(self, sealed: object, did: str, purpose: str) -> str | None:
        if not isinstance(sealed, bytes):
            return None
        return self._vault.open(sealed, f"{did}:{purpose}").decode()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _lasts(token: str) -> bool:
    """Whether an access token has enough life left; one that cannot be read is tried as it is."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(claims["exp"]) - time.time() > _HEADROOM
    except (IndexError, KeyError, TypeError, ValueError):
        return True
