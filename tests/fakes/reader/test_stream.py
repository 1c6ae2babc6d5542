"""The connection to the firehose: made again, from the last frame seen, over a real socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve

from fakes.atproto import cbor
from fakes.reader.blob_client import Blobs
from fakes.reader.follower import Follower
from fakes.reader.identity_client import Identities
from fakes.settings import Clock
from tests.fakes.reader.author import NOW, Author
from tests.fakes.reader.web import Web

pytestmark = pytest.mark.anyio

Script = Callable[[ServerConnection], Awaitable[None]]


class Firehose:
    """Runs the next part of its script for each connection; then keeps the connection open."""

    def __init__(self, *script: Script) -> None:
        self._script = iter(script)
        self.asked: list[str] = []
        self.done = asyncio.Event()

    async def __call__(self, connection: ServerConnection) -> None:
        assert connection.request
        self.asked.append(connection.request.path)
        part = next(self._script, None)
        if part is None:
            self.done.set()
            await connection.wait_closed()
        else:
            await part(connection)


@asynccontextmanager
async def following(firehose: Firehose) -> AsyncIterator[Follower]:
    web = Web()
    identities = Identities(web.get, "http://plc.test", "http://names.test")
    async with serve(firehose, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        blobs = Blobs(web.get, identities)
        follower = Follower(f"http://127.0.0.1:{port}", {}, identities, blobs, Clock(lambda: NOW))
        task = asyncio.create_task(follower.run())
        try:
            async with asyncio.timeout(5):
                await firehose.done.wait()
                while not follower.connected:
                    await asyncio.sleep(0)
            yield follower
        finally:
            task.cancel()
            await asyncio.wait([task])
            await follower.close()


def sending(*frames: bytes) -> Script:
    async def send(connection: ServerConnection) -> None:
        for frame in frames:
            await connection.send(frame)

    return send


async def cutting(connection: ServerConnection) -> None:
    connection.transport.abort()


def cursors(firehose: Firehose) -> list[str]:
    return [path.partition("?")[2] for path in firehose.asked]


async def test_a_cut_connection_is_made_again_from_the_last_frame_seen() -> None:
    alice = Author()
    firehose = Firehose(sending(alice.write(), alice.account(True)), cutting, sending(alice.delete()))

    async with following(firehose) as follower:
        assert cursors(firehose) == ["cursor=0", "cursor=2", "cursor=2", "cursor=3"]
        assert firehose.asked[0].startswith("/xrpc/com.atproto.sync.subscribeRepos?")
        assert follower.connected
        assert follower.refused == []


async def test_a_firehose_that_has_forgotten_is_followed_from_its_beginning() -> None:
    error = cbor.encode({"op": -1}) + cbor.encode({"error": "FutureCursor", "message": "too far"})
    firehose = Firehose(sending(Author().write()), sending(error))

    async with following(firehose) as follower:
        assert cursors(firehose) == ["cursor=0", "cursor=1", "cursor=0"]
        assert follower.refused == ["the stream ended with FutureCursor: too far"]
