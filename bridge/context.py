"""What the parts of a running bridge share. Made once, by `bridge.app`."""

import asyncio
from dataclasses import dataclass, field

import httpx

from bridge.accounts import Accounts
from bridge.clients.pds import PdsClient
from bridge.config import Config
from bridge.database import Pool
from bridge.health import Health
from bridge.metrics import Metrics
from bridge.sessions import Sessions


@dataclass(frozen=True)
class Context:
    config: Config
    pool: Pool
    http: httpx.AsyncClient  # 5 s to connect, 20 s between bytes; follows no redirect
    pds: PdsClient
    sessions: Sessions
    accounts: Accounts
    health: Health
    metrics: Metrics
    queued: asyncio.Event = field(default_factory=asyncio.Event)  # set when a job may have become claimable
    stopping: asyncio.Event = field(default_factory=asyncio.Event)  # claim no more, finish or release
