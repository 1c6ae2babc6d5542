"""One run of one job, from the event in the queue to its end there. Every step may have been taken by an earlier run."""

import secrets
import time
from collections.abc import Awaitable

from bridge.clients.media import MediaClient
from bridge.context import Context
from bridge.errors import Refused, Transient
from bridge.nostr.events import (
    DELETION,
    PROFILE,
    VIDEO_KINDS,
    Event,
    MalformedEventError,
    from_payload,
    verify,
)
from bridge.publishing.errors import LeaseLost, NothingToDo, Postponed
from bridge.publishing.profile import Profiles
from bridge.publishing.queue import Job, Queue
from bridge.publishing.records import Records, note_asset, note_published
from bridge.publishing.reference import MOST_BYTES, choose
from bridge.publishing.tid import TidClock
from bridge.publishing.transcoding import Transcoding
from bridge.publishing.translate import post
from bridge.publishing.withdrawing import erase_withdrawn

_LATER = 5.0
_DONE = "delete event does not publish an ATProto record"


class Publisher:
    """Shared by the workers of a process."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._records = Records(context.pds, context.sessions)
        self._media = MediaClient(context.http, context.config.media_allowed_hosts, MOST_BYTES)
        self._profiles = Profiles(context.pds, context.sessions, self._media)
        self._transcoding = Transcoding(context, self._records)
        self._tids = TidClock(secrets.randbelow(1024))

    async def run(self, job: Job, queue: Queue) -> None:
        """Raises an error of bridge.errors or bridge.publishing.errors, which says what is to become of the job."""
        started = time.monotonic()
        event = _event(job)
        did = await self._did(event)
        if event.kind == DELETION:
            await erase_withdrawn(self._context, self._records, event, did)
            raise NothingToDo(_DONE)
        if await self._is_mapped(event.id):
            async with self._context.pool.connection() as connection:
                await queue.end(connection, job, "published", None)
            return
        await erase_withdrawn(self._context, self._records, event, did)
        if event.kind == PROFILE:
            written = await self._profiles.publish(event, did, job.attempt)
            async with self._context.pool.connection() as connection, connection.transaction():
                await queue.end(connection, job, "published", None)
                await note_published(connection, event.id, did, written)
            return
        await self._publish(job, queue, event, did)
        self._context.metrics.published.observe(job.age + time.monotonic() - started)

    async def _publish(self, job: Job, queue: Queue, event: Event, did: str) -> None:
        rkey = await queue.reserve(job, self._tids.next(time.time()))
        reference = choose(event)
        record = job.prepared_record
        if record is None:

            def film() -> Awaitable[bytes]:
                return self._media.fetch_first(reference.urls, reference.sha256)

            blob = await self._transcoding.blob(job, queue, did, film)
            record = await queue.prepare(job, post(event, reference, blob))
        await self._did(event)  # opted out meanwhile: nothing is written
        try:
            written = await self._records.write(did, rkey, record)
        except Refused as error:
            if error.name != "BlobNotFound":
                raise
            await queue.unprepare(job)
            raise Transient("the PDS has lost the blob; it is uploaded again") from error
        try:
            async with self._context.pool.connection() as connection, connection.transaction():
                await queue.end(connection, job, "published", None)
                await note_published(connection, event.id, did, written)
                await note_asset(connection, reference.sha256, reference.urls[0], record["embed"]["video"])
        except LeaseLost:
            # Whoever erases what was withdrawn may have done so before this write, if the lease had run out.
            if await queue.is_withdrawn(job):
                await self._records.erase(did, rkey)
            raise

    async def _did(self, event: Event) -> str:
        """The author's, while the account lets this event through."""
        link = await self._context.accounts.by_pubkey(event.pubkey)
        if link is None:
            raise NothingToDo("unknown pubkey — no account link")
        if link.did is None or link.state == "pending" or not (link.publishable or event.kind == DELETION):
            raise Postponed(f"the account does not crosspost now ({link.state})", _LATER)
        return link.did

    async def _is_mapped(self, event_id: str) -> bool:
        async with self._context.pool.connection() as connection:
            found = await connection.execute(
                "SELECT 1 FROM record_mappings WHERE nostr_event_id = %s", [event_id]
            )
            return await found.fetchone() is not None


def _event(job: Job) -> Event:
    try:
        event = from_payload(job.event_payload)
    except MalformedEventError as error:
        raise NothingToDo("malformed event") from error
    if not verify(event):
        raise NothingToDo("invalid signature")
    if event.kind not in VIDEO_KINDS | {DELETION, PROFILE}:
        raise NothingToDo(f"unsupported event kind: {event.kind}")
    return event
