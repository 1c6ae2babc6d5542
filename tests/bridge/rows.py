"""Rows of the bridge's tables, written and read as a test needs them."""

from typing import Any

from psycopg.rows import dict_row

from bridge.database import Pool
from tests.bridge.signing import person

DID = "did:plc:aliceaaaaaaaaaaaaaaaaaaa"


async def run(pool: Pool, statement: Any, *values: object) -> int:
    async with pool.connection() as connection:
        return (await connection.execute(statement, values)).rowcount


async def rows(pool: Pool, query: Any, *values: object) -> list[dict[str, Any]]:
    async with pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, values)
        return await cursor.fetchall()


async def link(
    pool: Pool,
    name: str = "alice",
    *,
    did: str | None = None,
    state: str = "ready",
    crosspost: bool = True,
) -> None:
    """An account link; its DID is made from the name where none is given and the state is not pending."""
    known = did or (None if state == "pending" else f"did:plc:{name:a<24}")
    await run(
        pool,
        "INSERT INTO account_links (nostr_pubkey, did, handle, crosspost_enabled, signing_key_id,"
        " plc_rotation_key_ref, provisioning_state, disabled_at)"
        " VALUES (%s, %s, %s, %s, '', '', %s, CASE WHEN %s = 'disabled' THEN NOW() END)",
        person(name).public_key,
        known,
        f"{name}.localnet.test",
        crosspost,
        state,
        state,
    )


async def states(pool: Pool) -> dict[str, str]:
    """The state of every job by event id."""
    found = await rows(pool, "SELECT nostr_event_id, state FROM publish_jobs")
    return {row["nostr_event_id"]: row["state"] for row in found}
