"""Decide what each event is for us and store that, together with how far we have read, in one transaction.

An event of somebody unknown leaves no row. One of an account that does not crosspost at the time is kept as
`ineligible`: it stays unpublished, also when the relay sends it again. While an account is being made, its
videos wait. Deletions count whatever the account's settings. Two replicas may store the same events.
Rules: the contract's chapters on classification, NIP-01, NIP-09.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from bridge import lineage
from bridge.accounts import COLUMNS, AccountLink
from bridge.database import Connection, Pool
from bridge.nostr.events import DELETION, PROFILE, VIDEO_KINDS, Event, to_payload

_logger = logging.getLogger(__name__)

_LINKS: LiteralString = f"SELECT {COLUMNS} FROM account_links WHERE nostr_pubkey = ANY(%s)"
_LOCK: LiteralString = (
    "SELECT pg_advisory_xact_lock(hashtextextended(author, 5)) FROM unnest(%s::text[]) AS author"
)
_INSERT: LiteralString = """
    INSERT INTO publish_jobs
        (nostr_event_id, nostr_pubkey, event_created_at, event_payload, job_source, writer_epoch,
         state, error, completed_at)
    VALUES (%s, %s, to_timestamp(%s), %s, 'live', 2,
            %s, %s, CASE WHEN %s = 'pending' THEN NULL ELSE NOW() END)
    ON CONFLICT (nostr_event_id) DO UPDATE SET
        nostr_pubkey = EXCLUDED.nostr_pubkey, event_created_at = EXCLUDED.event_created_at,
        event_payload = EXCLUDED.event_payload, writer_epoch = 2,
        state = EXCLUDED.state, error = EXCLUDED.error, completed_at = EXCLUDED.completed_at,
        updated_at = NOW()
    WHERE publish_jobs.writer_epoch = 1 AND publish_jobs.state = 'pending' AND publish_jobs.attempt = 0
        AND publish_jobs.reserved_rkey IS NULL AND publish_jobs.prepared_record IS NULL
        AND publish_jobs.lease_owner IS NULL AND publish_jobs.completed_at IS NULL
        OR publish_jobs.state = 'skipped' AND publish_jobs.nostr_pubkey NOT IN ('', EXCLUDED.nostr_pubkey)
"""
# Taken over: an older writer's untouched job, and its tombstone that not the event's author asked for.
_WITHDRAW: LiteralString = """
    UPDATE publish_jobs SET state = 'skipped', error = %s, completed_at = NOW(), updated_at = NOW()
    WHERE nostr_event_id = ANY(%s) AND state NOT IN ('published', 'skipped', 'ineligible')
"""  # the lease stays: erasing waits for its holder to stop
_CURSOR: LiteralString = """
    INSERT INTO ingest_offsets (source_name, last_event_id, last_created_at)
    VALUES (%s, %s, LEAST(to_timestamp(%s), NOW()))
    ON CONFLICT (source_name) DO UPDATE
    SET last_event_id = EXCLUDED.last_event_id, last_created_at = EXCLUDED.last_created_at
    WHERE ingest_offsets.last_created_at < EXCLUDED.last_created_at OR ingest_offsets.last_created_at > NOW()
"""
_START: LiteralString = """
    INSERT INTO ingest_offsets (source_name, last_event_id, last_created_at) VALUES (%s, '', NOW())
    ON CONFLICT (source_name) DO NOTHING
"""


@dataclass(frozen=True)
class Decision:
    """`state` is the new job's, None for no job at all; `reason` says why it is not `pending`."""

    state: str | None
    reason: str | None = None

    @property
    def name(self) -> str:
        return {None: "ignored", "pending": "queued"}.get(self.state, self.state or "")


def admit(event: Event, link: AccountLink | None) -> Decision:
    """What the author's account makes of an event, before other events are looked at."""
    if link is None or event.kind not in VIDEO_KINDS | {DELETION, PROFILE}:
        return Decision(None)
    if event.kind == DELETION:
        return Decision("pending")
    if link.state == "disabled" or link.disabled_at is not None or not link.crosspost_enabled:
        return Decision("ineligible", "the account did not crosspost when the event arrived")
    return Decision("pending")


class Intake:
    def __init__(self, pool: Pool, source: str) -> None:
        self._pool = pool
        self._source = source

    async def start(self) -> int:
        """The unix second up to which everything was read; on the very first start that is now."""
        async with self._pool.connection() as connection:
            await connection.execute(_START, [self._source])
            query = (
                "SELECT floor(extract(epoch FROM LEAST(last_created_at, NOW())))::bigint FROM ingest_offsets"
            )
            row = await (
                await connection.execute(f"{query} WHERE source_name = %s", [self._source])
            ).fetchone()
        assert row is not None
        return int(str(row[0]))

    async def linked_authors(self) -> list[str]:
        async with self._pool.connection() as connection:
            rows = await (await connection.execute("SELECT nostr_pubkey FROM account_links")).fetchall()
        return [str(pubkey) for (pubkey,) in rows]

    async def store(self, events: Sequence[Event], reached: Event | None) -> list[Decision]:
        """Store verified events and, if `reached` is given, that all up to it was read.

        An event that PostgreSQL refuses is left out; the others are stored.
        """
        try:
            return await self._store(events, reached)
        except psycopg.DataError as error:
            if len(events) <= 1:
                _logger.error("the database refuses an event", extra={"event": _id(events)}, exc_info=error)
                await self._store([], reached)
                return [Decision(None, "refused by the database")]
        decided = [decision for event in events for decision in await self.store([event], None)]
        await self._store([], reached)
        return decided

    async def _store(self, events: Sequence[Event], reached: Event | None) -> list[Decision]:
        ordered = sorted(events, key=lambda event: (event.created_at, event.id))
        async with self._pool.connection() as connection, connection.transaction():
            links = await _links(connection, {event.pubkey for event in ordered})
            if links:
                await connection.execute(_LOCK, [sorted(links)])
            decided = [await _take(connection, event, links.get(event.pubkey)) for event in ordered]
            if reached is not None:
                await connection.execute(_CURSOR, [self._source, reached.id, reached.created_at])
        return decided


async def _links(connection: Connection, authors: set[str]) -> dict[str, AccountLink]:
    if not authors:
        return {}
    async with connection.cursor(row_factory=class_row(AccountLink)) as cursor:
        await cursor.execute(_LINKS, [list(authors)])
        return {link.nostr_pubkey: link for link in await cursor.fetchall()}


async def _take(connection: Connection, event: Event, link: AccountLink | None) -> Decision:
    decision = admit(event, link)
    if decision.state is None:
        return decision
    if decision.state == "pending":
        withdrawal = await lineage.withdrawal_of(connection, event)
        if withdrawal is not None:
            decision = Decision("skipped", _reason(withdrawal))
    payload, state = Jsonb(to_payload(event)), decision.state
    values = [event.id, event.pubkey, event.created_at, payload, state, decision.reason, state]
    if (await connection.execute(_INSERT, values)).rowcount == 0:
        return Decision(None, "already known")
    withdrawn = await lineage.withdrawn_by(connection, event)
    if withdrawn and state != "ineligible":
        await connection.execute(_WITHDRAW, [_reason(event), [job.nostr_event_id for job in withdrawn]])
    return decision


def _reason(withdrawal: Event) -> str:
    how = "deleted by its author" if withdrawal.kind == DELETION else "superseded by a newer revision"
    return f"{how}: {withdrawal.id}"


def _id(events: Sequence[Event]) -> str | None:
    return events[0].id if events else None
