"""Taking posts back: what a deletion names, and what a newer revision replaces.

An event that is being published at this moment is waited for: its record may be on its way.
"""

from bridge import lineage
from bridge.context import Context
from bridge.database import Connection
from bridge.nostr.events import Event
from bridge.publishing.errors import Postponed
from bridge.publishing.records import Records, note_erased

_SOON = 0.25
"""seconds until a job that is under way is looked at again"""


async def erase_withdrawn(context: Context, records: Records, event: Event, did: str) -> None:
    """The posts that `event` withdraws are gone afterwards. Postponed while one of them is being written."""
    async with context.pool.connection() as connection:
        known = await lineage.withdrawn_by(connection, event)
        rkeys = [str(job.rkey) for job in known if job.rkey is not None]
        erased = await _erased(connection, did, rkeys)
    for job in known:
        if job.leased:
            raise Postponed(f"{job.nostr_event_id} is being published", _SOON)
    for rkey in rkeys:
        if rkey not in erased:
            await records.erase(did, rkey)
            async with context.pool.connection() as connection:
                await note_erased(connection, did, rkey)


async def _erased(connection: Connection, did: str, rkeys: list[str]) -> set[str]:
    found = await connection.execute(
        "SELECT rkey FROM record_mappings WHERE did = %s AND rkey = ANY(%s) AND status = 'deleted'",
        [did, rkeys],
    )
    return {str(rkey) for (rkey,) in await found.fetchall()}
