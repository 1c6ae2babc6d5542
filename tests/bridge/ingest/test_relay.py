"""The connection to the relay: what it takes in, and each way in which a relay lets its client down."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection

from bridge.errors import chain
from bridge.ingest.relay import Relay, RelayError, open_relay
from tests.bridge.ingest.relays import Script, heard, relay, say

pytestmark = pytest.mark.anyio
Use = Callable[[Relay], Coroutine[Any, Any, Any]]


async def using(script: Script, use: Use, patience: float = 5.0) -> tuple[Any, list[str]]:
    """What `use` returns while the connection is read, and what was skipped."""
    skipped: list[str] = []
    async with relay(script) as url, open_relay(url, skipped.append, patience) as connection:
        reading = asyncio.create_task(connection.read())
        work = asyncio.create_task(use(connection))
        try:
            await asyncio.wait({reading, work}, return_when=asyncio.FIRST_COMPLETED)
            result = await (work if work.done() else reading)
        finally:
            for task in (reading, work):
                task.cancel()
            await asyncio.gather(reading, work, return_exceptions=True)
    return result, skipped


async def test_a_page_is_what_came_before_its_end_and_is_closed_after_it() -> None:
    closed = asyncio.Event()

    async def script(client: ServerConnection) -> None:
        _, name, wanted = await heard(client)
        assert wanted == {"since": 5}
        for number in (1, 2):
            await say(client, "EVENT", name, {"n": number})
        await say(client, "EVENT", "somebody else's", {"n": 3})
        await say(client, "EOSE", name)
        assert await heard(client) == ["CLOSE", name]
        closed.set()

    async def use(connection: Relay) -> list[object]:
        page = await connection.page({"since": 5})
        await closed.wait()
        return page

    page, _ = await using(script, use)
    assert page == [{"n": 1}, {"n": 2}]


async def test_the_live_subscription_has_a_finite_limit_and_yields_what_comes_after_its_end() -> None:
    async def script(client: ServerConnection) -> None:
        _, name, wanted = await heard(client)
        assert wanted == {"kinds": [5], "limit": 1}
        await say(client, "EVENT", name, "stored")
        await say(client, "EOSE", name)
        await say(client, "EVENT", name, "new")
        await client.wait_closed()

    async def use(connection: Relay) -> list[object]:
        await connection.follow({"kinds": [5]})
        return await connection.arrivals(10)

    arrived, _ = await using(script, use)
    assert arrived == ["new"]


async def test_frames_that_are_no_messages_are_skipped_and_counted() -> None:
    async def script(client: ServerConnection) -> None:
        _, name, _ = await heard(client)
        for frame in ("<html>", '["EVENT"]', "{}", '["AUTH","challenge"]', '["NOTICE","be kind"]'):
            await client.send(frame)
        await client.send(b"\xff\xfe")
        await say(client, "EOSE", name)
        await client.wait_closed()

    page, skipped = await using(script, lambda connection: connection.page({}))

    assert page == []
    assert skipped == ["malformed frame"] * 4


async def silent(client: ServerConnection) -> None:
    await client.wait_closed()


async def refuses(client: ServerConnection) -> None:
    _, name, _ = await heard(client)
    await say(client, "CLOSED", name, "auth-required: members only")
    await client.wait_closed()


async def leaves(client: ServerConnection) -> None:
    await heard(client)
    await client.close(1001, "going home")


async def breaks(client: ServerConnection) -> None:
    await heard(client)
    client.transport.abort()


async def revokes(client: ServerConnection) -> None:
    _, name, _ = await heard(client)
    await say(client, "EOSE", name)
    await say(client, "CLOSED", name, "error: shutting down")
    await client.wait_closed()


FAILURES: dict[str, tuple[Script, float, str]] = {
    "never says EOSE": (silent, 0.2, "no EOSE within"),
    "wants to know who is asking": (refuses, 5, "auth-required: members only"),
    "closes the connection": (leaves, 5, "closed the connection: going home"),
    "breaks the connection off": (breaks, 5, "broke the connection off"),
    "ends the live subscription": (revokes, 5, "error: shutting down"),
}


@pytest.mark.parametrize(("script", "patience", "says"), FAILURES.values(), ids=FAILURES)
async def test_a_relay_that(script: Script, patience: float, says: str) -> None:
    async def use(connection: Relay) -> None:
        await connection.follow({"kinds": [5]})
        await connection.arrivals(1)

    with pytest.raises(RelayError, match=says):
        await using(script, use, patience)


async def test_a_server_that_answers_the_upgrade_with_a_page_is_no_relay() -> None:
    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(page, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(RelayError) as raised:
            async with open_relay(f"ws://127.0.0.1:{port}", print):
                pass

    assert "HTTP 200" in chain(raised.value)


async def test_nobody_listening_is_an_error_that_says_why() -> None:
    with pytest.raises(RelayError) as raised:
        async with open_relay("ws://127.0.0.1:1", print):
            pass

    assert "the relay cannot be reached" in chain(raised.value)
    assert "ConnectionRefusedError" in chain(raised.value) or "OSError" in chain(raised.value)
