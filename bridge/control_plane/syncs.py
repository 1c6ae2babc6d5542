"""Keeping the neighbours told: what keycast and the name server know of each account link becomes what is.

`account_syncs` holds what each was last told; whatever differs from `account_links` is told, again and
again until it is taken, each neighbour for itself. `pending` is told to nobody. A short lease keeps two
replicas from telling one neighbour of one account at once, so that an older state cannot overtake a newer
one.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

import psycopg
from psycopg.rows import class_row

from bridge.accounts import AccountLink
from bridge.clients.keycast import Keycast
from bridge.clients.names import NameServer
from bridge.context import Context
from bridge.errors import BridgeError, chain
from bridge.locks import NamedLocks
from bridge.waiting import first_of

log = logging.getLogger(__name__)

_TICK = 1.0
_AT_ONCE = 4
_LONGEST_WAIT = 60

# `wanted` is the state in the words it is told in; an error is cut to its first part, which names no inner cause.
_BEHIND: LiteralString = """
    WITH wanted AS (
        SELECT nostr_pubkey, created_at, handle, did, provisioning_state,
            split_part(provisioning_error, ': ', 1) AS error,
            CASE provisioning_state
                WHEN 'ready' THEN concat_ws(' ', 'ready', handle, did)
                WHEN 'disabled' THEN concat_ws(' ', 'disabled', handle)
                ELSE concat_ws(' ', 'failed', handle, split_part(provisioning_error, ': ', 1))
            END AS text
        FROM account_links
        WHERE provisioning_state IN ('failed', 'disabled')
            OR (provisioning_state = 'ready' AND did IS NOT NULL)
    ), behind AS (
        SELECT wanted.*, target, next_attempt_at, leased_until FROM wanted
        CROSS JOIN (VALUES ('keycast'), ('names')) AS targets (target)
        LEFT JOIN account_syncs USING (nostr_pubkey, target)
        WHERE told IS DISTINCT FROM text
    )
"""
_DUE: LiteralString = (
    _BEHIND
    + """
    SELECT nostr_pubkey FROM behind
    WHERE COALESCE(next_attempt_at, NOW()) <= NOW() AND COALESCE(leased_until, NOW()) <= NOW()
    GROUP BY nostr_pubkey, created_at ORDER BY created_at, nostr_pubkey LIMIT %s
"""
)
_CLAIM: LiteralString = (
    _BEHIND
    + """
    , leased AS (
        INSERT INTO account_syncs AS syncs (nostr_pubkey, target, leased_until)
        SELECT nostr_pubkey, target, NOW() + INTERVAL '20 s' FROM behind
        WHERE nostr_pubkey = %(pubkey)s AND (%(now)s OR COALESCE(next_attempt_at, NOW()) <= NOW())
        ON CONFLICT (nostr_pubkey, target) DO UPDATE SET leased_until = EXCLUDED.leased_until
            WHERE (syncs.leased_until IS NULL OR syncs.leased_until <= NOW())
                AND syncs.told IS DISTINCT FROM (SELECT text FROM wanted WHERE wanted.nostr_pubkey = syncs.nostr_pubkey)
        RETURNING nostr_pubkey, target, attempts, leased_until
    )
    SELECT nostr_pubkey, target, text, attempts, handle, did, provisioning_state, error, leased.leased_until
    FROM leased JOIN behind USING (nostr_pubkey, target) ORDER BY target
"""
)
_TARGETS_BEHIND: LiteralString = _BEHIND + "SELECT target FROM behind WHERE nostr_pubkey = %s ORDER BY target"
_TOLD: LiteralString = (
    "UPDATE account_syncs SET told = %s, error = NULL, attempts = 0, next_attempt_at = NOW(),"
    " leased_until = NULL, updated_at = NOW() WHERE nostr_pubkey = %s AND target = %s"
)
_NOT_TOLD: LiteralString = (
    "UPDATE account_syncs SET error = %s, attempts = attempts + 1, leased_until = NULL, updated_at = NOW(),"
    " next_attempt_at = NOW() + make_interval(secs => %s) WHERE nostr_pubkey = %s AND target = %s"
)
_GIVE_BACK: LiteralString = "UPDATE account_syncs SET leased_until = NULL WHERE nostr_pubkey = %s AND target = %s AND leased_until = %s"


@dataclass(frozen=True)
class Message:
    nostr_pubkey: str
    target: str
    text: str
    attempts: int
    handle: str
    did: str | None
    provisioning_state: str
    error: str | None
    leased_until: datetime


class Syncs:
    def __init__(self, context: Context, keycast: Keycast, names: NameServer) -> None:
        self._context = context
        self._wake = asyncio.Event()
        self._locks = NamedLocks()
        self._turn = asyncio.Lock()  # accounts are told in the order they were made
        self._unconfirmed: list[
            Message
        ] = []  # leased, perhaps, and worked on by nobody: the database broke off
        self._tellers: Mapping[str, Callable[[Message], Awaitable[None]]] = {
            "keycast": lambda m: keycast.tell(m.nostr_pubkey, m.provisioning_state, m.did, m.error),
            "names": lambda m: names.tell(m.handle, m.provisioning_state, m.did),
        }

    def wake(self) -> None:
        self._wake.set()

    async def tell(self, link: AccountLink) -> list[str]:
        """Tell the neighbours of this link now; the names of those that are still behind."""
        await self._tell_account(link.nostr_pubkey, now=True)
        async with self._context.pool.connection() as connection:
            behind = await (await connection.execute(_TARGETS_BEHIND, [link.nostr_pubkey])).fetchall()
        return [str(target) for (target,) in behind]

    async def run(self) -> None:
        stopping = self._context.stopping
        while not stopping.is_set():
            self._wake.clear()
            await self._give_back()
            async with self._context.pool.connection() as connection:
                due = await (await connection.execute(_DUE, [_AT_ONCE])).fetchall()
            await asyncio.gather(*(self._tell_account(str(pubkey), now=False) for (pubkey,) in due))
            if not due:
                await first_of(self._wake, stopping, timeout=_TICK)

    async def _tell_account(self, pubkey: str, *, now: bool) -> None:
        """keycast before the name server, and the name server whatever keycast says."""
        async with self._locks[pubkey]:
            async with self._turn:
                messages = await self._claim(pubkey, now=now)
            try:
                while messages:
                    await self._tell(messages[0])
                    del messages[0]
            except psycopg.Error:
                self._unconfirmed += messages
                raise

    async def _tell(self, message: Message) -> None:
        subject = [message.nostr_pubkey, message.target]
        try:
            await self._tellers[message.target](message)
        except BridgeError as error:
            self._context.metrics.failed(f"sync {message.target}", error)
            log.warning("not told", extra={"pubkey": subject[0], "target": subject[1]}, exc_info=error)
            wait = min(2.0**message.attempts, _LONGEST_WAIT)
            await self._execute(_NOT_TOLD, [chain(error), wait, *subject])
        else:
            await self._execute(_TOLD, [message.text, *subject])

    async def _claim(self, pubkey: str, *, now: bool) -> list[Message]:
        messages: list[Message] = []
        try:
            async with (
                self._context.pool.connection() as connection,
                connection.cursor(row_factory=class_row(Message)) as cursor,
            ):
                await cursor.execute(_CLAIM, {"pubkey": pubkey, "now": now})
                messages = await cursor.fetchall()
        except psycopg.Error:
            self._unconfirmed += messages
            raise
        return messages

    async def _give_back(self) -> None:
        while self._unconfirmed:
            message = self._unconfirmed[-1]
            await self._execute(_GIVE_BACK, [message.nostr_pubkey, message.target, message.leased_until])
            self._unconfirmed.pop()

    async def _execute(self, statement: LiteralString, values: list[object]) -> None:
        async with self._context.pool.connection() as connection:
            await connection.execute(statement, values)
