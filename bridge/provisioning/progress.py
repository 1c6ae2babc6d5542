"""How far the making of an account has come: rows of `provisioning_progress` and the states they lead to.

`step` is the step to take next. Everything an account is made from (keys, genesis operation, DID, password)
is decided in one transaction before the first call leaves, so that a repetition repeats and never makes
another.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from bridge.accounts import AccountLink, find
from bridge.atproto.plc import Operation
from bridge.database import Connection

DONE = "done"
LONGEST_WAIT = 300.0  # seconds between two attempts


@dataclass(frozen=True)
class Progress:
    nostr_pubkey: str
    did: str
    step: str
    genesis: Operation
    account_requested: bool
    attempts: int


async def link_of(connection: Connection, pubkey: str) -> AccountLink | None:
    return await find(connection, "nostr_pubkey = %s", [pubkey])


async def load(connection: Connection, pubkey: str) -> Progress | None:
    async with connection.cursor(row_factory=class_row(Progress)) as cursor:
        await cursor.execute(
            "SELECT nostr_pubkey, did, step, genesis, account_requested, attempts"
            " FROM provisioning_progress WHERE nostr_pubkey = %s",
            [pubkey],
        )
        return await cursor.fetchone()


async def begin(connection: Connection, progress: Progress, signing_ref: str, rotation_ref: str) -> None:
    """Within the caller's transaction, with the keys and the password."""
    await connection.execute(
        "INSERT INTO provisioning_progress (nostr_pubkey, did, step, genesis) VALUES (%s, %s, %s, %s)",
        [progress.nostr_pubkey, progress.did, progress.step, Jsonb(progress.genesis)],
    )
    await connection.execute(
        "UPDATE account_links SET signing_key_id = %s, plc_rotation_key_ref = %s, updated_at = NOW()"
        " WHERE nostr_pubkey = %s",
        [signing_ref, rotation_ref, progress.nostr_pubkey],
    )


async def adopt(connection: Connection, pubkey: str, did: str, step: str) -> None:
    """An account another writer has made: there is a DID, and of ours neither keys nor genesis operation."""
    await connection.execute(
        "INSERT INTO provisioning_progress (nostr_pubkey, did, step, genesis) VALUES (%s, %s, %s, '{}')",
        [pubkey, did, step],
    )


async def advance(connection: Connection, pubkey: str, step: str) -> None:
    await connection.execute(
        "UPDATE provisioning_progress SET step = %s, updated_at = NOW() WHERE nostr_pubkey = %s",
        [step, pubkey],
    )


async def request_account(connection: Connection, pubkey: str, *, requested: bool) -> None:
    """Noted before createAccount leaves: from then on the account may exist without our knowing."""
    await connection.execute(
        "UPDATE provisioning_progress SET account_requested = %s, updated_at = NOW() WHERE nostr_pubkey = %s",
        [requested, pubkey],
    )


async def finish(connection: Connection, pubkey: str, did: str) -> AccountLink | None:
    """The account stands. A disable that came in between keeps its say."""
    await connection.execute(
        "UPDATE account_links SET did = %s, provisioning_error = NULL, updated_at = NOW(),"
        " provisioning_state = CASE provisioning_state WHEN 'disabled' THEN 'disabled' ELSE 'ready' END"
        " WHERE nostr_pubkey = %s",
        [did, pubkey],
    )
    return await link_of(connection, pubkey)


async def fail(connection: Connection, pubkey: str, reason: str, wait: float | None) -> None:
    """Not made. With `wait` (seconds) it is tried again then, without it only after a new opt-in."""
    await connection.execute(
        "UPDATE account_links SET provisioning_state = 'failed', provisioning_error = %s, updated_at = NOW()"
        " WHERE nostr_pubkey = %s AND provisioning_state IN ('pending', 'failed')",
        [reason, pubkey],
    )
    await connection.execute(
        "UPDATE provisioning_progress SET attempts = attempts + 1, updated_at = NOW(),"
        " next_attempt_at = NOW() + make_interval(secs => %s) WHERE nostr_pubkey = %s",
        [wait, pubkey],
    )


async def due(connection: Connection, limit: int) -> Sequence[str]:
    """Public keys of accounts to be made now, oldest first."""
    cursor = await connection.execute(
        "SELECT nostr_pubkey FROM account_links LEFT JOIN provisioning_progress USING (nostr_pubkey)"
        " WHERE provisioning_state IN ('pending', 'failed') AND disabled_at IS NULL"
        " AND (provisioning_progress.did IS NULL OR next_attempt_at <= NOW())"
        " ORDER BY account_links.created_at LIMIT %s",
        [limit],
    )
    return [str(pubkey) for (pubkey,) in await cursor.fetchall()]
