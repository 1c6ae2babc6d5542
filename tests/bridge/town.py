"""The bridge's neighbours in this process, behind one HTTP client: real fakes, and mishaps on the way to them.

Every request goes through `Town`, which counts it and may lose its answer, replace it, or end the caller there.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from bridge.accounts import Accounts
from bridge.clients.keycast import Keycast
from bridge.clients.names import NameServer
from bridge.clients.pds import PdsClient
from bridge.clients.plc import PlcDirectory
from bridge.config import Config, from_environment
from bridge.context import Context
from bridge.control_plane.syncs import Syncs
from bridge.database import Pool
from bridge.health import Health
from bridge.metrics import Metrics
from bridge.provisioning.keys import KeyStore
from bridge.provisioning.provisioner import Provisioner
from bridge.provisioning.steps import Tools
from bridge.sessions import Sessions
from bridge.vault import Vault
from fakes import keycast, names, plc
from fakes.settings import Settings
from tests.fakes.pds.stack import NOW, Stack

ENVIRONMENT = {
    "DATABASE_URL": "postgresql://nobody@/nothing",
    "RELAY_URL": "ws://relay",
    "PDS_URL": "http://pds",
    "PDS_AUTH_TOKEN": "admin-pass",
    "PLC_DIRECTORY_URL": "http://plc",
    "BLOSSOM_URL": "http://media",
    "HANDLE_DOMAIN": "localnet.test",
    "KEYCAST_ATPROTO_TOKEN": "keycast-token",
    "ATPROTO_KEYCAST_SYNC_URL": "http://keycast/api/internal/atproto/state",
    "ATPROTO_NAME_SERVER_SYNC_URL": "http://names/api/internal/username/set-atproto",
    "ATPROTO_NAME_SERVER_SYNC_TOKEN": "names-token",
    "ATPROTO_PROVISIONING_TOKEN": "operator-token",
    "PROVISIONING_KEY_ENCRYPTION_KEY": "0f" * 32,
    "PDS_PUBLIC_HOST": "pds.localnet.test",
    "ENTRYWAY_HOST": "entryway.localnet.test",
}
CONTROL = {"X-Localnet-Token": "control"}
Mishap = Callable[[httpx.Request, httpx.Response | None], httpx.Response | None]


def configured(**changes: str) -> Config:
    return from_environment({**ENVIRONMENT, **changes})


@dataclass
class Town(httpx.AsyncBaseTransport):
    """`mishap` sees each request before it arrives (no response yet) and after; what it returns goes back instead."""

    dialect: str = "reference"
    mishap: Mishap | None = None
    calls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        directory = httpx.ASGITransport(plc.build(Settings("plc")))
        self.stack = Stack(directory, invites="required", dialect=self.dialect)
        self.stack.clock.advance(
            time.time() - NOW
        )  # the bridge tells by its own clock what is about to expire
        self._hosts = {
            "plc": directory,
            "pds": httpx.ASGITransport(self.stack.app),
            "keycast": httpx.ASGITransport(
                keycast.build(Settings("keycast", {"token": "keycast-token"}, "control"))
            ),
            "names": httpx.ASGITransport(
                names.build(
                    Settings("names", {"sync_token": "names-token", "domain": "localnet.test"}, "control")
                )
            ),
        }
        self.http = httpx.AsyncClient(transport=self)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(f"{request.method} {request.url.host} {request.url.path.rsplit('/', 1)[-1]}")
        if self.mishap and (instead := self.mishap(request, None)):
            return instead
        response = await self._hosts[request.url.host].handle_async_request(request)
        if self.mishap and (instead := self.mishap(request, response)):
            return instead
        return response

    def sent(self, call: str) -> int:
        return sum(call in made for made in self.calls)

    async def claim(self, pubkey: str, name: str) -> None:
        """The person has the name, as keycast and the name server must know before a bridge hears of it."""
        person = {"pubkey": pubkey, "username": name}
        async with httpx.AsyncClient(transport=self._hosts["keycast"], headers=CONTROL) as http:
            (await http.post("http://keycast/_control/users", json=person)).raise_for_status()
        async with httpx.AsyncClient(transport=self._hosts["names"], headers=CONTROL) as http:
            person = {"name": name, "pubkey": pubkey}
            (await http.post("http://names/_control/names", json=person)).raise_for_status()

    async def told_keycast(self, pubkey: str) -> dict[str, object]:
        async with httpx.AsyncClient(transport=self._hosts["keycast"], headers=CONTROL) as http:
            user: dict[str, object] = (await http.get(f"http://keycast/_control/users/{pubkey}")).json()
            return user

    async def resolves(self, handle: str) -> str | None:
        async with httpx.AsyncClient(transport=self._hosts["names"], headers={"Host": handle}) as http:
            response = await http.get("http://names/.well-known/atproto-did")
            return response.text if response.is_success else None


def lost_answer(nth: int) -> Mishap:
    """The nth request (from 0) arrives and does its work; its answer does not."""
    seen = -1

    def mishap(request: httpx.Request, response: httpx.Response | None) -> None:
        nonlocal seen
        seen += response is None
        if response is not None and seen == nth:
            raise httpx.ReadError("connection reset", request=request)

    return mishap


def death(nth: int, *, after: bool) -> Mishap:
    """The process dies around the nth request (from 0): before it leaves, or once it has done its work."""
    seen = -1

    def mishap(request: httpx.Request, response: httpx.Response | None) -> None:  # noqa: ARG001
        nonlocal seen
        seen += response is None
        if seen == nth and (response is not None) == after:
            raise asyncio.CancelledError

    return mishap


def answered(path: str, response: httpx.Response) -> Mishap:
    """Whoever asks for a path that ends so gets this answer, and the request goes no further."""

    def mishap(request: httpx.Request, seen: httpx.Response | None) -> httpx.Response | None:
        if seen is None and request.url.path.endswith(path):
            return httpx.Response(response.status_code, headers=response.headers, content=response.content)
        return None

    return mishap


def context_of(town: Town, pool: Pool, config: Config) -> Context:
    pds = PdsClient(town.http, config.pds_url, config.pds_admin_password, config.pds_dialect)
    sessions = Sessions(pool, pds, Vault(config.encryption_key), lambda how: None)  # noqa: ARG005
    return Context(config, pool, town.http, pds, sessions, Accounts(pool), Health(), Metrics())


def provisioner_of(context: Context) -> Provisioner:
    config = context.config
    directory = PlcDirectory(context.http, config.plc_url)
    tools = Tools(config, context.pds, directory, context.sessions, KeyStore(Vault(config.encryption_key)))
    return Provisioner(tools, context.metrics, changed=lambda pubkey: None)  # noqa: ARG005


def syncs_of(context: Context) -> Syncs:
    config, http = context.config, context.http
    return Syncs(
        context,
        Keycast(http, config.keycast_sync_url, config.lifecycle_token),
        NameServer(
            http,
            config.name_server_sync_url,
            config.name_server_sync_token,
            config.pds_public_host,
            config.entryway_host,
        ),
    )
