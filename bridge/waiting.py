"""Waiting for whichever comes first. The only place in the bridge's background work that passes time."""

import asyncio


async def first_of(*events: asyncio.Event, timeout: float) -> bool:
    """True once one of the events is set, False after `timeout` seconds."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    done, pending = await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    for wait in pending:
        wait.cancel()
    return bool(done)
