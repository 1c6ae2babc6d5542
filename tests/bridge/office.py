"""A bridge's provisioning at work on a town, and what came of it on every side."""

from dataclasses import dataclass
from typing import Any

import httpx

from bridge.accounts import AccountLink
from bridge.control_plane.lifecycle import Lifecycle
from bridge.database import Pool
from bridge.provisioning.provisioner import Provisioner
from tests.bridge.rows import rows
from tests.bridge.signing import person
from tests.bridge.town import Town, configured, context_of, provisioner_of

ALICE = person("alice").public_key
HANDLE = "alice.localnet.test"


@dataclass
class Office:
    town: Town
    pool: Pool
    database_url: str
    settings: dict[str, str]

    def provisioner(self) -> Provisioner:
        """As a process that has just started has it."""
        config = configured(DATABASE_URL=self.database_url, **self.settings)
        return provisioner_of(context_of(self.town, self.pool, config))

    async def opt_in(self) -> None:
        await Lifecycle(self.pool).opt_in(ALICE, HANDLE, crosspost=True)

    async def provision(self) -> AccountLink:
        return await self.provisioner().provision(ALICE)

    async def link(self) -> dict[str, Any]:
        return (await rows(self.pool, "SELECT * FROM account_links"))[0]

    async def due_again(self) -> bool:
        """Whether it is tried again without anybody asking."""
        found = await rows(self.pool, "SELECT next_attempt_at FROM provisioning_progress")
        return found[0]["next_attempt_at"] is not None

    async def identities(self) -> list[dict[str, Any]]:
        """Genesis operations the directory has."""
        lines = (await self.town.stack.plc.get("/export")).text.splitlines()
        return [
            entry
            for line in lines
            if (entry := httpx.Response(200, text=line).json())["operation"]["prev"] is None
        ]

    def accounts(self) -> int:
        return len(list(self.town.stack.pds.accounts))

    async def wait(self) -> int:
        """Seconds from the last attempt to the next."""
        found = await rows(
            self.pool,
            "SELECT round(extract(epoch FROM next_attempt_at - updated_at))::int AS wait FROM provisioning_progress",
        )
        wait: int = found[0]["wait"]
        return wait
