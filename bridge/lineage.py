"""Which queued events withdraw an event, and which it withdraws: SQL finds candidates, one rule decides.

The rule is `bridge.nostr.withdrawal`. Deletions are kept as jobs, so that they also reach what arrives later.
"""

from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from bridge.database import Connection
from bridge.nostr.events import DELETION, Event, MalformedEventError, from_payload
from bridge.nostr.withdrawal import withdraws

# Strict, for else each tag is unwrapped before the filter sees it. The index of 020_publishing_lookups has it too.
_NAME: LiteralString = "COALESCE(jsonb_path_query_first(event_payload, 'strict $.tags[*] ? (@[0] == \"d\")', '{}', TRUE) ->> 1, '')"
_JOB: LiteralString = (
    "SELECT nostr_event_id, event_payload,"
    " lease_owner IS NOT NULL AND COALESCE(lease_expires_at > NOW(), FALSE) AS leased,"
    " CASE WHEN prepared_record IS NOT NULL THEN reserved_rkey END AS rkey FROM publish_jobs"
    " WHERE nostr_pubkey = %s AND nostr_event_id <> %s"
)
_REVISIONS: LiteralString = f"{_JOB} AND event_payload ->> 'kind' = %s AND {_NAME} = %s"
_NAMED: LiteralString = f"{_JOB} AND nostr_event_id = ANY(%s)"
_DELETIONS: LiteralString = (
    f"{_JOB} AND event_payload ->> 'kind' = '5' AND event_payload -> 'tags' @> ANY(%s)"
)


@dataclass(frozen=True)
class Known:
    """A job of the same author. `rkey` is set if its record may have been written."""

    nostr_event_id: str
    event_payload: dict[str, Any]
    leased: bool
    rkey: str | None


async def withdrawn_by(connection: Connection, event: Event) -> list[Known]:
    """The author's jobs that `event` withdraws."""
    found = await _revisions(connection, event, event.address)
    if event.kind == DELETION:
        named = list(event.values("e"))
        found += await _jobs(connection, _NAMED, event, named)
        for address in event.values("a"):
            found += await _revisions(connection, event, address)
    decided = {job.nostr_event_id: job for job in found if _decides(event, job.event_payload, later=True)}
    return list(decided.values())


async def withdrawal_of(connection: Connection, event: Event) -> Event | None:
    """An event of the same author, already known, that withdraws `event`."""
    mentions = [Jsonb([["e", event.id]])]
    if event.address is not None:
        mentions.append(Jsonb([["a", event.address]]))
    found = await _jobs(connection, _DELETIONS, event, mentions)
    found += await _revisions(connection, event, event.address)
    payloads = (job.event_payload for job in found if _decides(event, job.event_payload, later=False))
    return next((from_payload(payload) for payload in payloads), None)


async def _revisions(connection: Connection, event: Event, address: str | None) -> list[Known]:
    kind, _, rest = (address or "").partition(":")
    author, separator, name = rest.partition(":")
    if not separator or author != event.pubkey:
        return []
    return await _jobs(connection, _REVISIONS, event, kind, name.replace("\0", ""))


async def _jobs(connection: Connection, query: LiteralString, event: Event, *values: object) -> list[Known]:
    async with connection.cursor(row_factory=class_row(Known)) as cursor:
        await cursor.execute(query, [event.pubkey, event.id, *values])
        return await cursor.fetchall()


def _decides(event: Event, payload: dict[str, Any], *, later: bool) -> bool:
    try:
        other = from_payload(payload)
    except MalformedEventError:
        return False
    return withdraws(event, other) if later else withdraws(other, event)
