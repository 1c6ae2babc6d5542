"""Follow the relay for as long as the bridge runs: connect, listen, catch up, keep the cursor, connect again.

The live subscription opens before history is read and asks for no time, so late arrivals come too. The
cursor moves only once history is complete, only by verified events, and never past now. Each connection
reads back by an overlap, since events arrive later than they are dated; what is stored already is recognised.
"""

import asyncio
import logging
import random
import time
from collections.abc import Sequence

import psycopg

from bridge.context import Context
from bridge.errors import chain
from bridge.ingest.history import stored_since
from bridge.ingest.intake import Intake
from bridge.ingest.relay import Relay, RelayError, open_relay
from bridge.nostr.events import DELETION, PROFILE, VIDEO_KINDS, Event, MalformedEventError, verify
from bridge.waiting import first_of

KINDS = sorted(VIDEO_KINDS | {DELETION, PROFILE})
PART = "relay"
_BATCH = 200
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 30.0
_logger = logging.getLogger(__name__)


async def run(context: Context) -> None:
    """Until the bridge stops. Every failure of the relay or the database is waited out."""
    context.health.announce(PART)
    pause = _FIRST_PAUSE
    while not context.stopping.is_set():
        session = _Session(context)
        try:
            await session.run()
        except _Stopping:
            return
        except (RelayError, psycopg.Error) as error:
            context.metrics.failed("ingest", error)
            context.health.bad(PART, chain(error))
            _logger.warning("the relay is not followed", exc_info=error)
        pause = _FIRST_PAUSE if session.caught_up else min(pause * 2, _LONGEST_PAUSE)
        await first_of(context.stopping, timeout=pause * random.uniform(0.8, 1.2))


class _Stopping(Exception):
    """The bridge winds up."""


class _Session:
    """One connection's life."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._intake = Intake(context.pool, context.config.relay_source_name)
        self._newest: Event | None = None
        self.caught_up = False

    async def run(self) -> None:
        """Ends only by an error."""
        read_until = await self._intake.start()
        config = self._context.config
        async with open_relay(config.relay_url, self._skipped, config.relay_patience_seconds) as relay:
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._until_stopping())
                    tasks.create_task(relay.read())
                    await relay.follow({"kinds": KINDS})
                    tasks.create_task(self._listen(relay))
                    tasks.create_task(self._catch_up(relay, read_until))
            except BaseExceptionGroup as group:
                first = _cause(group)
                raise first from first.__cause__

    async def _until_stopping(self) -> None:
        await self._context.stopping.wait()
        raise _Stopping

    async def _listen(self, relay: Relay) -> None:
        while True:
            await self._take(await relay.arrivals(_BATCH))

    async def _catch_up(self, relay: Relay, read_until: int) -> None:
        since = max(0, read_until - int(self._context.config.relay_overlap_seconds))
        async for events in stored_since(relay.page, KINDS, since, self._intake.linked_authors):
            await self._take(events)
        self.caught_up = True
        await self._store([])
        self._context.health.good(PART)
        _logger.info("following the relay", extra={"since": since})

    async def _take(self, arrived: Sequence[object]) -> None:
        events = [event for value in arrived if (event := self._verified(value)) is not None]
        now = time.time()
        past = [event for event in (*events, self._newest) if event is not None and event.created_at <= now]
        self._newest = max(past, key=lambda event: event.created_at, default=None)
        if events:
            await self._store(events)

    async def _store(self, events: Sequence[Event]) -> None:
        decisions = await self._intake.store(events, self._newest if self.caught_up else None)
        for decision in decisions:
            self._context.metrics.events.labels(decision.name).inc()
        if any(decision.state is not None for decision in decisions):
            self._context.queued.set()

    def _verified(self, value: object) -> Event | None:
        try:
            event = Event.parse(value)
        except MalformedEventError:
            self._skipped("malformed event")
            return None
        if not verify(event):
            self._skipped("invalid signature")
            return None
        return event

    def _skipped(self, why: str) -> None:
        self._context.metrics.events.labels(why.replace(" ", "_")).inc()


def _cause(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first thing that went wrong; the other tasks ended because of it."""
    first = group.exceptions[0]
    return _cause(first) if isinstance(first, BaseExceptionGroup) else first
