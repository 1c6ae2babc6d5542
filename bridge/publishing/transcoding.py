"""From a film to the blob of a post: as it is, or by way of the video service where that is enabled.

The service's job is remembered with ours, so that a film is handed in once: whoever runs the job next asks how that went. A film
that the service has processed before, for whomever, is uploaded as it is: the blob it names may lie in somebody else's repository.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bridge.clients.video import QUOTA, Status, VideoService
from bridge.context import Context
from bridge.errors import BridgeError, Refused, Transient
from bridge.profiles import introduce
from bridge.publishing.errors import Postponed, QuotaExhausted, TranscodingFailed, Unpublishable
from bridge.publishing.queue import Job, Queue
from bridge.publishing.records import Records

MIME = "video/mp4"
AS_IT_IS = ""
"""remembered in place of the service's job once there is nothing more to be had from the service"""
_UPLOAD = "com.atproto.repo.uploadBlob"
_TOKEN_SECONDS = 1800
"""the service shows the token to the PDS when the film is done, which takes a while"""
_HOLD_SECONDS = 3.0
"""that a worker waits for the service itself; after that the job waits in the queue"""

Film = Callable[[], Awaitable[bytes]]


class Transcoding:
    def __init__(self, context: Context, records: Records) -> None:
        config = context.config
        self._context, self._records = context, records
        self._service = VideoService(context.http, config.video_service_url)
        self._enabled, self._timeout = config.video_service_enabled, config.video_poll_timeout
        self._interval = config.video_poll_interval_ms / 1000

    async def blob(self, job: Job, queue: Queue, did: str, film: Film) -> dict[str, Any]:
        """Raises Postponed while the service is at work."""
        found = None
        if self._enabled and job.video_job != AS_IT_IS:
            found = await self._transcoded(job, queue, did, film)
        blob = found or await self._records.upload(did, await film(), MIME)
        if blob.get("mimeType") != MIME:
            raise Unpublishable(f"the PDS takes the video for {blob.get('mimeType')}")
        return blob

    async def _transcoded(self, job: Job, queue: Queue, did: str, film: Film) -> dict[str, Any] | None:
        """None if the film is to be uploaded as it is."""
        status = await self._begun(job, queue, did, film)
        if status.is_over_quota:
            await queue.remember(job, None)
            raise QuotaExhausted(f"the video service refuses: {QUOTA}")
        if status.is_known:
            await queue.remember(job, AS_IT_IS)
            return None
        if status.blob is None:
            await queue.remember(job, None)
            raise TranscodingFailed(f"the video service made no video: {status.error or 'without a reason'}")
        return status.blob

    async def _begun(self, job: Job, queue: Queue, did: str, film: Film) -> Status:
        """The end of the service's job, begun here unless it was before."""
        if job.video_job is not None:
            return await self._ended(job, queue, job.video_job)
        status = await self._handed_in(did, job.nostr_pubkey, await film())
        if status.is_over or status.error or status.blob:
            return status
        if status.job is None:
            raise BridgeError("uploadVideo answered without a job and without a blob")
        await queue.remember(job, status.job)
        return await self._ended(job, queue, status.job)

    async def _handed_in(self, did: str, pubkey: str, film: bytes) -> Status:
        pds, sessions = self._context.pds, self._context.sessions
        audience, expires = (await pds.describe_server()).did, int(time.time()) + _TOKEN_SECONDS
        token = await sessions.call(did, lambda access: pds.service_token(access, audience, _UPLOAD, expires))
        try:
            return await self._service.upload(did, token, film)
        except Refused as error:
            link = await self._context.accounts.by_pubkey(pubkey)
            if error.name != "profile_not_found" or link is None:
                raise
            await introduce(pds, sessions, did, link.handle)
        return await self._service.upload(did, token, film)

    async def _ended(self, job: Job, queue: Queue, identifier: str) -> Status:
        until = time.monotonic() + _HOLD_SECONDS
        while True:
            await asyncio.sleep(min(self._interval, _HOLD_SECONDS))
            try:
                status = await self._service.status(identifier)
            except Refused as error:
                await queue.remember(job, None)
                raise Transient("the video service has lost the job; the film is handed in again") from error
            if status.is_over or status.blob:
                return status
            if job.age > self._timeout:
                raise Transient(f"the video is not transcoded after {self._timeout} s")
            if time.monotonic() > until:
                raise Postponed("the video is being transcoded", self._interval)
