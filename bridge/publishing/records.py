"""Writing a post so that there is exactly one, whatever is lost on the way.

The record key is reserved and the record stored before the first attempt, so an attempt can be repeated: what stands under the
key afterwards is either our record, and then it was written, or somebody else's, and then it is left alone.
"""

from typing import Any, LiteralString

from bridge.clients.pds import PdsClient, RecordRef
from bridge.database import Connection
from bridge.errors import Refused, Transient
from bridge.publishing.errors import Diverged
from bridge.publishing.translate import COLLECTION
from bridge.sessions import Sessions

_MAPPING: LiteralString = """
    INSERT INTO record_mappings (nostr_event_id, did, collection, rkey, at_uri, cid, status)
    VALUES (%s, %s, %s, %s, %s, %s, 'published')
    ON CONFLICT (nostr_event_id) DO UPDATE SET cid = EXCLUDED.cid, status = 'published'
"""
_OLDER: LiteralString = "DELETE FROM record_mappings WHERE at_uri = %s AND nostr_event_id <> %s"
_ASSET: LiteralString = """
    INSERT INTO asset_manifest (source_sha256, blossom_url, at_blob_cid, mime, bytes)
    VALUES (%s, %s, %s, %s, %s) ON CONFLICT (source_sha256) DO NOTHING
"""
# One row serves every account with these bytes: a blob's CID follows from its bytes alone.
_ERASED: LiteralString = "UPDATE record_mappings SET status = 'deleted', cid = NULL WHERE at_uri = %s"


def uri_of(did: str, rkey: str) -> str:
    return f"at://{did}/{COLLECTION}/{rkey}"


class Records:
    def __init__(self, pds: PdsClient, sessions: Sessions) -> None:
        self._pds, self._sessions = pds, sessions

    async def upload(self, did: str, data: bytes, mime: str) -> dict[str, Any]:
        """The blob reference, as a record holds it."""
        return await self._sessions.call(did, lambda token: self._pds.upload_blob(token, data, mime))

    async def write(self, did: str, rkey: str, record: dict[str, Any]) -> RecordRef:
        """Raises Diverged, or what the PDS answered."""
        try:
            written = await self._sessions.call(
                did, lambda token: self._pds.create_record(token, did, COLLECTION, rkey, record)
            )
        except (Transient, Refused) as failure:
            found = await self._found(did, rkey, record, failure)
            if found is None:
                raise
            return found
        if written.uri != uri_of(did, rkey):
            raise Diverged(uri_of(did, rkey), f"the PDS wrote {written.uri}")
        return written

    async def erase(self, did: str, rkey: str) -> None:
        await self._sessions.call(did, lambda token: self._pds.delete_record(token, did, COLLECTION, rkey))

    async def _found(
        self, did: str, rkey: str, record: dict[str, Any], failure: Transient | Refused
    ) -> RecordRef | None:
        """The record that an answer said was not written, or that no answer came about, if it is there."""
        try:
            there = await self._sessions.call(
                did, lambda token: self._pds.get_record(token, did, COLLECTION, rkey)
            )
        except (Transient, Refused):
            raise failure from None
        if there is None:
            return None
        uri = uri_of(did, rkey)
        if there.uri != uri or there.value != record:
            raise Diverged(uri, f"{there.uri} holds another record")
        return RecordRef(uri, there.cid or "")


async def note_published(connection: Connection, event_id: str, did: str, written: RecordRef) -> None:
    """One event for each record: a profile's is the newest."""
    await connection.execute(_OLDER, [written.uri, event_id])
    collection, rkey = written.uri.rsplit("/", 2)[1:]
    await connection.execute(_MAPPING, [event_id, did, collection, rkey, written.uri, written.cid or None])


async def note_asset(connection: Connection, sha256: str, url: str, blob: dict[str, Any]) -> None:
    cid = str(blob["ref"]["$link"])
    await connection.execute(_ASSET, [sha256, url, cid, blob["mimeType"], blob["size"]])


async def note_erased(connection: Connection, did: str, rkey: str) -> None:
    await connection.execute(_ERASED, [uri_of(did, rkey)])
