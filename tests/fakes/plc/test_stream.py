"""The stream of operations over a real WebSocket, and how it ends."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from fakes import plc
from fakes.listener import Listener
from fakes.settings import Clock, Settings
from tests.fakes.plc.people import HOUR, NOW, Person

pytestmark = pytest.mark.anyio

ALICE, BOB = Person(), Person("bob")


class Served:
    """A directory on a port of its own, with Alice registered."""

    def __init__(self, port: int, clock: Clock) -> None:
        self.port = port
        self.clock = clock

    async def submit(self, person: Person, operation: dict[str, Any]) -> None:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}") as http:
            assert (await http.post(f"/{person.did}", json=operation)).status_code == 200

    def follow(self, query: str = "") -> connect:
        return connect(f"ws://127.0.0.1:{self.port}/export/stream{query}")


@asynccontextmanager
async def served() -> AsyncIterator[Served]:
    clock = Clock(lambda: NOW)
    listener = Listener(plc.build(Settings("plc", clock=clock)), "127.0.0.1", 0)
    await listener.start()
    try:
        directory = Served(listener.port, clock)
        await directory.submit(ALICE, ALICE.genesis)
        yield directory
    finally:
        await listener.close()


async def next_line(socket: ClientConnection) -> tuple[int, str]:
    line = json.loads(await socket.recv())
    assert set(line) == {"seq", "type", "did", "operation", "cid", "createdAt"}
    assert line["type"] == "sequenced_op"
    return line["seq"], line["did"]


async def test_a_follower_with_a_cursor_sees_what_was_and_then_what_comes() -> None:
    async with served() as directory, directory.follow("?cursor=0") as socket:
        assert await next_line(socket) == (1, ALICE.did)

        await directory.submit(BOB, BOB.genesis)
        await directory.submit(ALICE, ALICE.update(ALICE.genesis))

        assert [await next_line(socket) for _ in range(2)] == [(2, BOB.did), (3, ALICE.did)]


@pytest.mark.parametrize("query", ["", "?cursor=1", "?cursor="])
async def test_a_follower_who_is_up_to_date_sees_only_what_comes(query: str) -> None:
    async with served() as directory, directory.follow(query) as socket:
        await directory.submit(BOB, BOB.genesis)

        assert await next_line(socket) == (2, BOB.did)


async def test_every_follower_is_told_also_after_another_has_left() -> None:
    async with served() as directory, directory.follow() as stays:
        async with directory.follow() as leaves:
            await directory.submit(BOB, BOB.genesis)
            assert await next_line(leaves) == (2, BOB.did)
        await directory.submit(ALICE, ALICE.update(ALICE.genesis))

        assert [await next_line(stays) for _ in range(2)] == [(2, BOB.did), (3, ALICE.did)]


@pytest.mark.parametrize(
    ("query", "hours", "reason"),
    [("?cursor=2", 0, "FutureCursor"), ("?cursor=0", 7 * 24 + 1, "OutdatedCursor")],
)
async def test_a_cursor_out_of_range_ends_the_stream(query: str, hours: int, reason: str) -> None:
    async with served() as directory:
        directory.clock.advance(hours * HOUR)
        async with directory.follow(query) as socket:
            with pytest.raises(ConnectionClosed) as end:
                await socket.recv()

    assert end.value.rcvd is not None
    assert (end.value.rcvd.code, end.value.rcvd.reason) == (1000, reason)


@pytest.mark.parametrize("cursor", ["-1", "abc"])
async def test_a_cursor_that_is_no_number_is_refused(cursor: str) -> None:
    async with served() as directory:
        with pytest.raises(InvalidStatus) as refusal:
            async with directory.follow(f"?cursor={cursor}"):
                pass

    assert refusal.value.response.status_code == 400
    assert json.loads(refusal.value.response.body or b"") == {"message": "Invalid cursor parameter"}


async def test_without_an_upgrade_there_is_no_stream() -> None:
    async with served() as directory, httpx.AsyncClient() as http:
        response = await http.get(f"http://127.0.0.1:{directory.port}/export/stream")

    assert (response.status_code, response.json()) == (426, {"message": "upgrade required"})
