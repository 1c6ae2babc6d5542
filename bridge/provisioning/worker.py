"""The background side of provisioning: finds accounts that are due and has them made. It decides nothing."""

import asyncio

from bridge.context import Context
from bridge.provisioning import progress as rows
from bridge.provisioning.provisioner import Provisioner
from bridge.waiting import first_of

_TICK = 1.0  # seconds between looks at the table; an opt-in in this process does not wait for it
_BATCH = 20


class ProvisioningWorker:
    def __init__(self, context: Context, provisioner: Provisioner) -> None:
        self._context = context
        self._provisioner = provisioner
        self._wake = asyncio.Event()

    def wake(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        stopping = self._context.stopping
        while not stopping.is_set():
            self._wake.clear()
            async with self._context.pool.connection() as connection:
                pubkeys = await rows.due(connection, _BATCH)
            for pubkey in pubkeys:
                self._provisioner.start(pubkey)
            await first_of(self._wake, stopping, timeout=_TICK)
