"""What a person may ask of their account link: opt in, disable, enable. Only the rows change here.

Provisioning and the telling of neighbours follow from the rows. Rules: the gateway's routes and the lifecycle
issues ("must hold") of the contract.
"""

from typing import LiteralString

import psycopg

from bridge.accounts import AccountLink, find
from bridge.database import Connection, Pool
from bridge.errors import Conflict

_PENDING: LiteralString = (
    "INSERT INTO account_links"
    " (nostr_pubkey, handle, crosspost_enabled, signing_key_id, plc_rotation_key_ref)"
    " VALUES (%(pubkey)s, %(handle)s, %(crosspost)s, 'pending-signing:' || %(pubkey)s,"
    " 'pending-rotation:' || %(pubkey)s)"
)
_AGAIN: LiteralString = (
    "UPDATE account_links SET handle = %(handle)s, crosspost_enabled = %(crosspost)s, disabled_at = NULL,"
    " provisioning_state = CASE WHEN did IS NULL THEN 'pending' ELSE 'ready' END, provisioning_error = NULL,"
    " updated_at = NOW() WHERE nostr_pubkey = %(pubkey)s"
)
_ENABLE: LiteralString = (
    "UPDATE account_links SET crosspost_enabled = TRUE, disabled_at = NULL, provisioning_error = NULL,"
    " provisioning_state = CASE WHEN did IS NULL THEN 'pending' ELSE 'ready' END, updated_at = NOW()"
    " WHERE nostr_pubkey = %(pubkey)s"
)
_DISABLE: LiteralString = (
    "UPDATE account_links SET crosspost_enabled = FALSE, provisioning_state = 'disabled',"
    " disabled_at = NOW(), updated_at = NOW() WHERE nostr_pubkey = %(pubkey)s"
)
_DUE_NOW: LiteralString = (
    "UPDATE provisioning_progress SET next_attempt_at = NOW(), attempts = 0 WHERE nostr_pubkey = %(pubkey)s"
)


class Lifecycle:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def opt_in(self, pubkey: str, handle: str, *, crosspost: bool) -> AccountLink:
        """The link, ready or to be provisioned; a disabled one is enabled again.

        Conflict if the handle is another person's, or if this person's account already has another handle.
        """
        async with self._pool.connection() as connection, connection.transaction():
            link = await _locked(connection, pubkey)
            if link is not None and link.handle != handle:
                await _refuse_other_handle(connection, link)
            return await _write(connection, pubkey, handle, crosspost, _AGAIN if link else _PENDING)

    async def claim(self, pubkey: str, handle: str) -> AccountLink:
        """The link to be provisioned by an operator; a new one crossposts, an old one is left as it is.

        Conflict as for opt-in, and if the link is disabled: only its person may enable it.
        """
        async with self._pool.connection() as connection, connection.transaction():
            link = await _locked(connection, pubkey)
            if link is None:
                return await _write(connection, pubkey, handle, True, _PENDING)
            if link.handle != handle:
                raise Conflict("existing link is bound to a different handle")
            if link.state == "disabled":
                raise Conflict("account link is disabled")
            return link

    async def enable(self, pubkey: str) -> AccountLink | None:
        return await self._change(_ENABLE, pubkey)

    async def disable(self, pubkey: str) -> AccountLink | None:
        return await self._change(_DISABLE, pubkey)

    async def _change(self, change: LiteralString, pubkey: str) -> AccountLink | None:
        async with self._pool.connection() as connection, connection.transaction():
            changed = await connection.execute(change, {"pubkey": pubkey})
            if changed.rowcount == 0:
                return None
            await connection.execute(_DUE_NOW, {"pubkey": pubkey})
            return await _existing(connection, pubkey)


async def _existing(connection: Connection, pubkey: str) -> AccountLink:
    link = await find(connection, "nostr_pubkey = %s", [pubkey])
    if link is None:
        raise Conflict("the account link was removed")
    return link


async def _locked(connection: Connection, pubkey: str) -> AccountLink | None:
    """The row, if there is one; nobody else opts this person in until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [pubkey])
    return await find(connection, "nostr_pubkey = %s FOR UPDATE", [pubkey])


async def _write(
    connection: Connection, pubkey: str, handle: str, crosspost: bool, statement: LiteralString
) -> AccountLink:
    values = {"pubkey": pubkey, "handle": handle, "crosspost": crosspost}
    try:
        await connection.execute(statement, values)
    except psycopg.errors.UniqueViolation as error:
        raise Conflict(f"handle already taken: {handle}") from error
    await connection.execute(_DUE_NOW, values)
    return await _existing(connection, pubkey)


async def _refuse_other_handle(connection: Connection, link: AccountLink) -> None:
    """Another handle is fine until the PDS may have heard of this one, and while nobody is at work on it."""
    if link.did is None:
        free = await connection.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0)) AND NOT EXISTS"
            " (SELECT 1 FROM provisioning_progress WHERE nostr_pubkey = %s"
            "   AND (account_requested OR step NOT IN ('register', 'create')))",
            [link.nostr_pubkey, link.nostr_pubkey],
        )
        if (await free.fetchone() or (False,))[0]:
            return
    raise Conflict("existing link is bound to a different handle")
