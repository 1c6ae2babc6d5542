"""A bridge's shared parts for tests: a real database, a remembered PDS in place of the real one."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import httpx

from bridge.accounts import Accounts
from bridge.clients.pds import PdsClient, Record, RecordRef, ServerDescription
from bridge.config import from_environment
from bridge.context import Context
from bridge.database import Pool
from bridge.health import Health
from bridge.metrics import Metrics
from bridge.sessions import Sessions

T = TypeVar("T")
Respond = Callable[[httpx.Request], Awaitable[httpx.Response] | httpx.Response]


@dataclass
class RememberedPds:
    """Keeps records. `script` is consulted before and after each write; what it raises, the caller gets."""

    records: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    before: Callable[[str], Awaitable[None]] | None = None
    after: Callable[[str], Awaitable[None]] | None = None

    async def upload_blob(self, token: str, data: bytes, mime: str) -> dict[str, Any]:
        assert token.startswith("token of did:")
        await self._step("upload_blob", self.before)
        digest = hashlib.sha256(data).hexdigest()
        return {"$type": "blob", "ref": {"$link": f"cid-{digest}"}, "mimeType": mime, "size": len(data)}

    async def create_record(
        self, token: str, repo: str, collection: str, rkey: str, record: dict[str, Any]
    ) -> RecordRef:
        assert token == f"token of {repo}"
        await self._step("create_record", self.before)
        self.records.setdefault((repo, rkey), record)
        if self.after:
            await self.after("create_record")
        return RecordRef(f"at://{repo}/{collection}/{rkey}", f"cid-of-{rkey}")

    async def get_record(self, token: str | None, repo: str, collection: str, rkey: str) -> Record | None:
        assert token in (None, f"token of {repo}")
        await self._step("get_record", self.before)
        value = self.records.get((repo, rkey))
        return Record(f"at://{repo}/{collection}/{rkey}", f"cid-of-{rkey}", value) if value else None

    async def put_record(
        self,
        token: str,
        repo: str,
        collection: str,
        rkey: str,
        record: dict[str, Any],
        replaced: str | None = None,
    ) -> RecordRef:
        assert token == f"token of {repo}"
        assert replaced == (f"cid-of-{rkey}" if (repo, rkey) in self.records else None)
        await self._step("put_record", self.before)
        self.records[repo, rkey] = record
        return RecordRef(f"at://{repo}/{collection}/{rkey}", f"cid-of-{rkey}")

    async def describe_server(self) -> ServerDescription:
        return ServerDescription("did:web:pds.test", invite_required=False)

    async def service_token(self, token: str, audience: str, method: str, expires: int) -> str:
        assert token.startswith("token of did:")
        return f"{token} for {method} of {audience} until {expires}"

    async def delete_record(self, token: str, repo: str, collection: str, rkey: str) -> None:
        assert (token, collection) == (f"token of {repo}", "app.bsky.feed.post")
        await self._step("delete_record", self.before)
        self.records.pop((repo, rkey), None)

    async def _step(self, name: str, script: Callable[[str], Awaitable[None]] | None) -> None:
        self.calls.append(name)
        if script:
            await script(name)


class OpenSessions:
    async def call(self, did: str, use: Callable[[str], Awaitable[T]]) -> T:
        return await use(f"token of {did}")


def make_context(
    pool: Pool, pds: RememberedPds, respond: Respond, relay_url: str = "ws://relay.test", **settings: str
) -> Context:
    """`respond` answers what is fetched; settings are environment variables."""
    url = "http://neighbour.test"
    config = from_environment(
        {
            "DATABASE_URL": "postgresql://unused/unused",
            "RELAY_URL": relay_url,
            "PDS_URL": url,
            "PDS_AUTH_TOKEN": "admin",
            "PDS_PUBLIC_HOST": "pds.localnet.test",
            "ENTRYWAY_HOST": "entryway.localnet.test",
            "PLC_DIRECTORY_URL": url,
            "BLOSSOM_URL": url,
            "MEDIA_ALLOWED_HOSTS": "media.test",
            "HANDLE_DOMAIN": "localnet.test",
            "KEYCAST_ATPROTO_TOKEN": "keycast",
            "ATPROTO_KEYCAST_SYNC_URL": url,
            "ATPROTO_NAME_SERVER_SYNC_URL": url,
            "ATPROTO_NAME_SERVER_SYNC_TOKEN": "names",
            "ATPROTO_PROVISIONING_TOKEN": "provisioning",
            "PROVISIONING_KEY_ENCRYPTION_KEY": "00" * 32,
            **settings,
        }
    )
    http = httpx.AsyncClient(transport=httpx.MockTransport(cast(Any, respond)))
    sessions = cast(Sessions, OpenSessions())
    return Context(config, pool, http, cast(PdsClient, pds), sessions, Accounts(pool), Health(), Metrics())


async def until(condition: Callable[[], Awaitable[bool]], patience: float = 10.0) -> None:
    """Returns once the condition holds; the database is asked again and again, since it tells nobody."""
    async with asyncio.timeout(patience):
        while not await condition():
            await asyncio.sleep(0.005)
