"""Workers: each claims a job, runs it under a heartbeat, and writes down what became of it.

An outage never ends a job: what may work later is tried again for as long as it takes, with growing pauses. What cannot
work fails at once.
"""

import asyncio
import logging
import os
import random
import uuid
from contextlib import suppress

import psycopg

from bridge.context import Context
from bridge.errors import AccountInactive, SessionLost, Transient, chain
from bridge.publishing.errors import (
    Diverged,
    LeaseLost,
    Missing,
    NothingToDo,
    Postponed,
    QuotaExhausted,
    Unpublishable,
)
from bridge.publishing.job import Publisher
from bridge.publishing.queue import Job, Queue
from bridge.waiting import first_of

log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
"""between two looks at the queue that nobody asked for: jobs of other replicas, pauses that are over"""
_BEATS_PER_LEASE = 10
_LONGEST_PAUSE = 600.0
_LONGEST_ASKED = 6 * 3600.0
"""of what a Retry-After asks for; any media host may write one"""
_MISSING_ATTEMPTS = 8
_QUOTA_SECONDS = 3600.0
"""between two looks whether the video service takes more again"""
_HOPELESS = (Unpublishable, Diverged)
_PATIENT = (Transient, SessionLost, AccountInactive, psycopg.Error)


async def run(context: Context) -> None:
    """Until the bridge stops."""
    publisher = Publisher(context)
    async with asyncio.TaskGroup() as workers:
        for number in range(context.config.publish_workers):
            workers.create_task(Worker(context, publisher, number).run())


class Worker:
    def __init__(self, context: Context, publisher: Publisher, number: int) -> None:
        self._context, self._publisher = context, publisher
        owner = f"live-worker-{os.getpid()}-{number}:{uuid.uuid4()}"
        self._queue = Queue(context.pool, owner, context.config.lease_seconds)
        self._may_hold = False
        """a job that it does not work on: the database did not say what became of a claim or of an end"""

    async def run(self) -> None:
        stopping, queued = self._context.stopping, self._context.queued
        while not stopping.is_set():
            queued.clear()
            job = await self._claim()
            if job is None:
                await first_of(queued, stopping, timeout=_LOOK_SECONDS)
            else:
                queued.set()  # there may be more, for the others
                await self._work(job)

    async def _claim(self) -> Job | None:
        """None also where the database cannot be asked: whatever else runs here goes on."""
        try:
            if self._may_hold:
                await self._queue.give_back()
                self._may_hold = False
            return await self._queue.claim()
        except psycopg.Error as error:
            self._may_hold = True
            self._context.metrics.failed("claim", error)
            log.warning("the queue cannot be read", exc_info=error)
            return None

    async def _work(self, job: Job) -> None:
        """The lease is given back only once the run has ended: nobody else acts while a write is on its way."""
        run = asyncio.create_task(self._publisher.run(job, self._queue))
        beat = asyncio.create_task(self._beat(job))
        try:
            await asyncio.shield(run)
        except asyncio.CancelledError:
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)
            await asyncio.shield(self._settle(job, Postponed("the bridge was stopped", 0)))
            raise
        except Exception as error:
            await self._settle(job, error)
        finally:
            beat.cancel()
            await asyncio.gather(beat, return_exceptions=True)

    async def _beat(self, job: Job) -> None:
        """Until the lease is lost, which the run itself notices at its next step in the queue."""
        while True:
            await asyncio.sleep(self._context.config.lease_seconds / _BEATS_PER_LEASE)
            try:
                await self._queue.beat(job)
            except LeaseLost:
                return
            except psycopg.Error as error:
                log.warning("a lease was not prolonged", extra={"event": job.nostr_event_id}, exc_info=error)

    async def _settle(self, job: Job, error: Exception) -> None:
        """Write down how the run ended; where not even that can be done, the job is given back before the next claim."""
        try:
            with suppress(LeaseLost):
                try:
                    await self._conclude(job, error)
                except LeaseLost:
                    await self._queue.let_go(job)
        except psycopg.Error:
            self._may_hold = True

    async def _conclude(self, job: Job, error: Exception) -> None:
        details = {"event": job.nostr_event_id, "attempt": job.attempt}
        reason = chain(error).replace("\0", "")
        if isinstance(error, LeaseLost):
            log.warning("a job was taken away", extra=details, exc_info=error)
            raise error
        if isinstance(error, Postponed):
            await self._queue.postpone(job, reason, error.seconds)
        elif isinstance(error, QuotaExhausted):
            await self._queue.again(job, reason, _QUOTA_SECONDS, counts=False)
        elif isinstance(error, NothingToDo):
            async with self._context.pool.connection() as connection:
                await self._queue.end(connection, job, "ineligible", reason)
        else:
            self._context.metrics.failed("publish", error)
            pause = self._pause(job, error)
            log.warning("publishing failed", extra={**details, "again_in": pause}, exc_info=error)
            if pause is None:
                await self._queue.fail(job, reason)
            else:
                await self._queue.again(job, reason, pause)

    def _pause(self, job: Job, error: Exception) -> float | None:
        """Seconds until the next attempt; None: there is none."""
        if isinstance(error, _HOPELESS):
            return None
        if isinstance(error, Missing) and job.attempt >= _MISSING_ATTEMPTS:
            return None
        if not isinstance(error, (*_PATIENT, Missing)) and job.attempt >= self._context.config.max_attempts:
            return None
        asked = (error.retry_after if isinstance(error, Transient) else None) or 0.0
        grown = self._context.config.retry_seconds * 4.0 ** min(job.attempt - 1, 5)
        grown = min(grown, _LONGEST_PAUSE) * random.uniform(0.75, 1.0)
        return max(min(asked, _LONGEST_ASKED), grown)
