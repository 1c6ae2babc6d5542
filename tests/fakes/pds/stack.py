"""A PDS on the PLC fake, in this process: the core with a clock that stands still, and its methods over ASGI."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from fakes import plc
from fakes.atproto.jwt import service_token
from fakes.atproto.keys import PrivateKey
from fakes.atproto.plc import cid_of, did_of, sign_operation
from fakes.pds.configuration import DEFAULTS, Configuration
from fakes.pds.limits import Limits
from fakes.pds.powers import KINDS, granted, withdrawn
from fakes.pds.routes import create_app
from fakes.pds.routes.directory import Directory
from fakes.pds.routes.service import Service
from fakes.pds.server import Pds
from fakes.powers import Powers
from fakes.settings import Clock, Settings

NOW = 1_700_000_000.0
SERVICE_DID = "did:web:pds.localnet.test"
ADMIN = "Basic " + base64.b64encode(b"admin:admin-pass").decode()
POST = {"$type": "app.bsky.feed.post", "text": "hi", "createdAt": "2024-01-01T00:00:00Z"}


class Entropy:
    """Different bytes each time, the same in each run."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, size: int) -> bytes:
        self._count += 1
        return hashlib.shake_256(self._count.to_bytes(4)).digest(size)


def configuration(**options: str) -> Configuration:
    given = {
        "public_url": "http://pds.localnet.test",
        "plc_url": "http://plc",
        "service_did": SERVICE_DID,
        "handle_domains": ".localnet.test",
        "admin_password": "admin-pass",
        "jwt_secret": "jwt-secret",
        "invites": "open",
    }
    return Configuration.read("pds", {**DEFAULTS, **given, **options})


def core(**options: str) -> Pds:
    return Pds(configuration(**options), Entropy())


@dataclass(frozen=True)
class Person:
    did: str
    handle: str
    access: str
    refresh: str


class Stack:
    """`http` speaks to the PDS, `plc` to the directory behind it."""

    def __init__(self, directory: httpx.AsyncBaseTransport | None = None, **options: str) -> None:
        self.clock = Clock(lambda: NOW)
        self.entropy = Entropy()
        transport = directory or httpx.ASGITransport(plc.build(Settings("plc", clock=self.clock)))
        self.plc = httpx.AsyncClient(transport=transport, base_url="http://plc")
        self.pds = Pds(configuration(**options), self.entropy)
        limits = Limits() if self.pds.configuration.rate_limits else None
        self.powers = Powers(
            KINDS,
            lambda power: granted(self.pds, power, self.clock.now()),
            lambda power: withdrawn(self.pds, power, self.clock.now()),
        )
        directory_client = Directory(self.plc, "http://plc", self.clock.now)
        service = Service(self.pds, directory_client, self.clock, limits, self.powers)
        self.app = create_app(service, self.plc)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://pds")

    async def query(self, nsid: str, token: str | None = None, **params: Any) -> httpx.Response:
        return await self.http.get(f"/xrpc/{nsid}", params=params, headers=authorized(token))

    async def procedure(
        self, nsid: str, body: Mapping[str, Any] | None = None, token: str | None = None
    ) -> httpx.Response:
        return await self.http.post(f"/xrpc/{nsid}", json=body, headers=authorized(token))

    async def upload(self, data: bytes, kind: str, token: str) -> httpx.Response:
        headers = {"content-type": kind, **authorized(token)}
        return await self.http.post("/xrpc/com.atproto.repo.uploadBlob", content=data, headers=headers)

    async def sign_up(self, name: str = "alice", **more: Any) -> Person:
        form = {"handle": f"{name}.localnet.test", "email": f"{name}@example.com", "password": f"pw-{name}"}
        response = await self.procedure("com.atproto.server.createAccount", {**form, **more})
        assert response.status_code == 200, response.text
        return person(response.json())

    async def post(self, whose: Person, record: Mapping[str, Any] = POST, **more: Any) -> httpx.Response:
        body = {"repo": whose.did, "collection": record["$type"], "record": record, **more}
        return await self.procedure("com.atproto.repo.createRecord", body, whose.access)

    async def data(self, did: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.plc.get(f"/{did}/data")).json()
        return found


class Newcomer:
    """Somebody with an identity made elsewhere, who wants to move in."""

    def __init__(self, stack: Stack, handle: str) -> None:
        self.handle = handle
        self.rotation_key = PrivateKey.generate(stack.entropy)
        self.signing_key = PrivateKey.generate(stack.entropy)
        self._operation = sign_operation(
            {
                "type": "plc_operation",
                "rotationKeys": [self.rotation_key.did_key],
                "verificationMethods": {"atproto": self.signing_key.did_key},
                "alsoKnownAs": [f"at://{handle}"],
                "services": {
                    "atproto_pds": {"type": "AtprotoPersonalDataServer", "endpoint": "https://old.example"}
                },
                "prev": None,
            },
            self.rotation_key,
        )
        self.did = did_of(self._operation)
        self._stack = stack

    async def register(self) -> None:
        assert (await self._stack.plc.post(f"/{self.did}", json=self._operation)).status_code == 200

    async def update(self, **changes: Any) -> None:
        prev = str(cid_of(self._operation))
        unsigned = {name: value for name, value in self._operation.items() if name != "sig"}
        self._operation = sign_operation({**unsigned, **changes, "prev": prev}, self.rotation_key)
        assert (await self._stack.plc.post(f"/{self.did}", json=self._operation)).status_code == 200

    def token(
        self,
        key: PrivateKey | None = None,
        aud: str = SERVICE_DID,
        lxm: str | None = "com.atproto.server.createAccount",
        exp: float = NOW + 60,
    ) -> str:
        return service_token(key or self.signing_key, self.did, aud, lxm, int(NOW), int(exp), "jti")

    async def move_in(self, token: str | None) -> httpx.Response:
        name = self.handle.partition(".")[0]
        form = {
            "handle": self.handle,
            "did": self.did,
            "email": f"{name}@example.com",
            "password": f"pw-{name}",
        }
        return await self._stack.procedure("com.atproto.server.createAccount", form, token)


def person(answer: Mapping[str, Any]) -> Person:
    return Person(answer["did"], answer["handle"], answer["accessJwt"], answer["refreshJwt"])


def authorized(token: str | None) -> dict[str, str]:
    if token is None:
        return {}
    return {"authorization": token if " " in token else f"Bearer {token}"}


def told(response: httpx.Response) -> tuple[int, str, str]:
    """Status, error name and message of a refusal."""
    body = response.json()
    return response.status_code, body["error"], body["message"]
