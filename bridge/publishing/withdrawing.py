"""Taking posts back: what a deletion names, and what a newer revision replaces.

An event that is being published at this moment is waited for: its record may be on its way.
"""

from bridge import lineage
from bridge.context import Context
from bridge.database import Connection
from bridge.nostr.events import DELETION, Event
from bridge.publishing.errors import Postponed
from bridge.publishing.records import Records, note_erased
from bridge.publishing.translate import COLLECTION

_SOON = 0.25
"""seconds until a job that is under way is looked at again"""


async def erase_withdrawn(context: Context, records: Records, event: Event, did: str) -> None:
    """The posts that `event` withdraws are gone afterwards. Postponed while one of them is being written."""
    async with context.pool.connection() as connection:
        known = await lineage.withdrawn_by(connection, event)
        named = {job.nostr_event_id for job in known}
        if event.kind == DELETION:
            named |= set(event.values("e"))
        mapped = await _mapped(connection, did, named)
    for job in known:
        if job.leased:
            raise Postponed(f"{job.nostr_event_id} is being published", _SOON)
    unmapped = {job.rkey: "unknown" for job in known if job.rkey is not None}
    for rkey, status in (unmapped | mapped).items():
        if status != "deleted":
            await records.erase(did, rkey)
            async with context.pool.connection() as connection:
                await note_erased(connection, did, rkey)


async def _mapped(connection: Connection, did: str, event_ids: set[str]) -> dict[str, str]:
    """The status of these events' posts by record key; they may be older than their author's jobs."""
    found = await connection.execute(
        "SELECT rkey, status FROM record_mappings"
        " WHERE did = %s AND collection = %s AND nostr_event_id = ANY(%s)",
        [did, COLLECTION, list(event_ids)],
    )
    return {str(rkey): str(status) for rkey, status in await found.fetchall()}
