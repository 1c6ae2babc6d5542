"""The video service beside a PDS and a directory, all in this process, on a clock that stands still."""

import asyncio
from typing import Any

import httpx

from fakes.settings import Settings
from fakes.video import create_app
from tests.fakes.pds.stack import SERVICE_DID, Entropy, Person, Stack, authorized, person

FILM = b"\0\0\0\x18ftypisom" + bytes(12) + b"a film"
VIDEO_DID = "did:web:video.localnet.test"
TOKEN = {"X-Localnet-Token": "secret"}
UPLOAD = "com.atproto.repo.uploadBlob"
PROFILE = {"$type": "app.bsky.actor.profile", "displayName": "Alice"}


class Studio(Stack):
    def __init__(self, **options: str) -> None:
        super().__init__()
        mounts: dict[str, httpx.AsyncBaseTransport] = {
            "all://pds": httpx.ASGITransport(self.app),
            "all://plc": self.plc._transport,
        }
        given = {
            "pds_url": "http://pds",
            "plc_url": "http://plc",
            "service_did": VIDEO_DID,
            "seconds": "10",
        }
        settings = Settings("video", {**given, **options}, "secret", self.clock, Entropy())
        transport = httpx.ASGITransport(create_app(settings, httpx.AsyncClient(mounts=mounts)))
        self.video = httpx.AsyncClient(transport=transport, base_url="http://video")

    async def star(self, name: str = "alice") -> Person:
        """Somebody with an account and a profile."""
        somebody = await self.sign_up(name)
        body = {"repo": somebody.did, "collection": PROFILE["$type"], "rkey": "self", "record": PROFILE}
        await self.procedure("com.atproto.repo.putRecord", body, somebody.access)
        return somebody

    async def logs_in(self, whose: Person) -> Person:
        """With a new session."""
        login = {"identifier": whose.handle, "password": f"pw-{whose.handle.partition('.')[0]}"}
        return person((await self.procedure("com.atproto.server.createSession", login)).json())

    async def token(
        self, whose: Person, aud: str = SERVICE_DID, lxm: str | None = UPLOAD, seconds: int = 1800
    ) -> str:
        wish = {"aud": aud, "exp": int(self.clock.now()) + seconds, **({"lxm": lxm} if lxm else {})}
        answer = await self.query("com.atproto.server.getServiceAuth", whose.access, **wish)
        return str(answer.json()["token"])

    async def submit(
        self,
        whose: Person,
        data: bytes = FILM,
        token: str | None = None,
        kind: str = "video/mp4",
        **query: str,
    ) -> httpx.Response:
        headers = {"content-type": kind, **authorized(token or await self.token(whose))}
        params = {"did": whose.did, "name": "film.mp4", **query}
        return await self.video.post(
            "/xrpc/app.bsky.video.uploadVideo", params=params, content=data, headers=headers
        )

    async def status(self, job: str) -> dict[str, Any]:
        answer = await self.video.get("/xrpc/app.bsky.video.getJobStatus", params={"jobId": job})
        found: dict[str, Any] = answer.json()["jobStatus"]
        return found

    async def ended(self, job: str) -> dict[str, Any]:
        """The job's end, after the time it takes."""
        self.clock.advance(10)
        while "progress" in (found := await self.status(job)):
            await asyncio.sleep(0.001)
        return found

    async def grant(self, name: str, on: str = "", times: int | None = None, **settings: Any) -> str:
        wish = {"name": name, "on": on, "times": times, "settings": settings}
        answer = await self.video.post("/_control/powers", json=wish, headers=TOKEN)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])
