"""Rows of `account_links`: who opted in, under which handle and DID, and whether anything may be published.

Reading only; the lifecycle API and provisioning write them. Columns: the contract's table `account_links`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString

from psycopg import AsyncConnection
from psycopg.rows import class_row

from bridge.database import Pool

State = Literal["pending", "ready", "failed", "disabled"]

COLUMNS: LiteralString = (
    "nostr_pubkey, did, handle, crosspost_enabled, signing_key_id, plc_rotation_key_ref, provisioning_state, "
    "provisioning_error, disabled_at, created_at, updated_at"
)


@dataclass(frozen=True)
class AccountLink:
    nostr_pubkey: str
    did: str | None
    handle: str
    crosspost_enabled: bool
    signing_key_id: str
    plc_rotation_key_ref: str
    provisioning_state: str
    provisioning_error: str | None
    disabled_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def state(self) -> State:
        """The stored state; a text nobody knows counts as failed."""
        match self.provisioning_state:
            case "pending" | "ready" | "disabled" as known:
                return known
            case _:
                return "failed"

    @property
    def publishable(self) -> bool:
        return (
            self.did is not None
            and self.state == "ready"
            and self.disabled_at is None
            and self.crosspost_enabled
        )


class Accounts:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def by_pubkey(self, pubkey: str) -> AccountLink | None:
        async with self._pool.connection() as connection:
            return await find(connection, "nostr_pubkey = %s", [pubkey])

    async def publishable(self, pubkey: str) -> AccountLink | None:
        """The link, if its videos may be published now."""
        link = await self.by_pubkey(pubkey)
        return link if link is not None and link.publishable else None


async def find(
    connection: AsyncConnection[Any], condition: LiteralString, values: Sequence[object]
) -> AccountLink | None:
    """The row that meets `condition`, within the caller's transaction."""
    async with connection.cursor(row_factory=class_row(AccountLink)) as cursor:
        await cursor.execute(f"SELECT {COLUMNS} FROM account_links WHERE {condition}", values)
        return await cursor.fetchone()
