"""Keeping the bridge's parts running: one that fails is logged, reported as not ready, and started again."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from bridge.context import Context
from bridge.errors import BridgeError, chain
from bridge.waiting import first_of

log = logging.getLogger(__name__)

_LONGEST_WAIT = 30.0
_RECOVERED_AFTER = 60.0  # a part that ran this long starts again with the shortest wait


async def supervise(context: Context, part: str, run: Callable[[], Awaitable[None]]) -> None:
    """Run `run` until it ends because the bridge is stopping. Cancelling it cancels the part."""
    wait = 0.0
    while not context.stopping.is_set():
        started = time.monotonic()
        try:
            await _watched(context, part, run, probation=wait)
        except Exception as error:
            if time.monotonic() - started > _RECOVERED_AFTER:
                wait = 0.0
            wait = min(max(1.0, wait * 2), _LONGEST_WAIT)
            context.health.bad(part, f"failed, starts again in {wait:.0f} s: {chain(error)}")
            context.metrics.restarts.labels(part).inc()
            log.error("%s failed", part, extra={"part": part, "again_in": wait}, exc_info=error)
            await first_of(context.stopping, timeout=wait)


async def _watched(context: Context, part: str, run: Callable[[], Awaitable[None]], probation: float) -> None:
    """A part is ready once it has outlived its probation: one that dies at once must not look ready in between."""
    task = asyncio.ensure_future(run())
    try:
        await asyncio.wait({task}, timeout=probation)
        if not task.done():
            context.health.good(part)
        await task
    finally:
        task.cancel()
    if not context.stopping.is_set():
        raise BridgeError(f"{part} ended of itself")
