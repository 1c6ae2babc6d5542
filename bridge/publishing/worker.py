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
from bridge.publishing.errors import Diverged, LeaseLost, Missing, NothingToDo, Postponed, Unpublishable
from bridge.publishing.job import Publisher
from bridge.publishing.queue import Job, Queue
from bridge.waiting import first_of

log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
"""between two looks at the queue that nobody asked for: jobs of other replicas, pauses that are over"""
_BEATS_PER_LEASE = 10
_LONGEST_PAUSE = 600.0
_MISSING_ATTEMPTS = 8
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

    async def run(self) -> None:
        stopping, queued = self._context.stopping, self._context.queued
        while not stopping.is_set():
            queued.clear()
            job = await self._queue.claim()
            if job is None:
                await first_of(queued, stopping, timeout=_LOOK_SECONDS)
            else:
                queued.set()  # there may be more, for the others
                await self._work(job)

    async def _work(self, job: Job) -> None:
        run = asyncio.create_task(self._publisher.run(job, self._queue))
        beat = asyncio.create_task(self._beat(job))
        try:
            await asyncio.wait({run, beat}, return_when=asyncio.FIRST_COMPLETED)
            await (run if run.done() else beat)
        except asyncio.CancelledError:
            await asyncio.shield(self._settle(job, Postponed("the bridge was stopped", 0)))
            raise
        except Exception as error:
            await self._settle(job, error)
        finally:
            for task in (run, beat):
                task.cancel()
            await asyncio.gather(run, beat, return_exceptions=True)

    async def _beat(self, job: Job) -> None:
        """Ends only by an error: the lease is lost, or nothing is known about it any more."""
        while True:
            await asyncio.sleep(self._context.config.lease_seconds / _BEATS_PER_LEASE)
            await self._queue.beat(job)

    async def _settle(self, job: Job, error: Exception) -> None:
        """Write down how the run ended; where not even that can be done, the lease runs out."""
        with suppress(psycopg.Error, LeaseLost):
            try:
                await self._conclude(job, error)
            except LeaseLost:
                await self._queue.let_go(job)

    async def _conclude(self, job: Job, error: Exception) -> None:
        details = {"event": job.nostr_event_id, "attempt": job.attempt}
        if isinstance(error, LeaseLost):
            log.warning("a job was taken away", extra=details, exc_info=error)
            raise error
        if isinstance(error, Postponed):
            await self._queue.postpone(job, chain(error), error.seconds)
        elif isinstance(error, NothingToDo):
            async with self._context.pool.connection() as connection:
                await self._queue.end(connection, job, "ineligible", chain(error))
        else:
            self._context.metrics.failed("publish", error)
            pause = self._pause(job, error)
            log.warning("publishing failed", extra={**details, "again_in": pause}, exc_info=error)
            if pause is None:
                await self._queue.fail(job, chain(error))
            else:
                await self._queue.again(job, chain(error), pause)

    def _pause(self, job: Job, error: Exception) -> float | None:
        """Seconds until the next attempt; None: there is none."""
        if isinstance(error, _HOPELESS):
            return None
        if isinstance(error, Missing) and job.attempt >= _MISSING_ATTEMPTS:
            return None
        if not isinstance(error, (*_PATIENT, Missing)) and job.attempt >= self._context.config.max_attempts:
            return None
        asked = error.retry_after if isinstance(error, Transient) else None
        grown = min(2.0 ** min(job.attempt, 12), _LONGEST_PAUSE) * random.uniform(0.5, 1.0)
        return max(asked or 0.0, grown)
