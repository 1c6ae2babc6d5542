"""Following a relay through its whole life: nothing between two connections is missed, nothing bad holds it up."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import orjson
import pytest

from bridge.context import Context
from bridge.database import Pool
from bridge.ingest import run as follow
from bridge.ingest.follow import PART
from bridge.ingest.intake import Intake
from tests.bridge.ingest.relays import StoringRelay, relay
from tests.bridge.rows import link, states
from tests.bridge.rows import run as execute
from tests.bridge.running import RememberedPds, make_context, until
from tests.bridge.signing import video

pytestmark = pytest.mark.anyio
NOW = int(time.time())
OVERLAP = "3600"
"""seconds; longer than a whole run of tests, since NOW is when it began"""


def refuse(_: httpx.Request) -> httpx.Response:
    return httpx.Response(500)


@asynccontextmanager
async def following(pool: Pool, url: str) -> AsyncIterator[Context]:
    context = make_context(pool, RememberedPds(), refuse, relay_url=url, RELAY_OVERLAP_SECS=OVERLAP)
    task = asyncio.create_task(follow(context))
    try:
        yield context
    finally:
        context.stopping.set()
        await asyncio.wait_for(task, 5)


async def ready(context: Context) -> None:
    async def following_now() -> bool:
        return context.health.report().get(PART, "unknown") is None

    await until(following_now)


async def stored(pool: Pool, *events: str) -> None:
    async def all_there() -> bool:
        return set(events) <= set(await states(pool))

    await until(all_there)


async def test_the_first_event_ever_on_an_empty_relay_is_taken(pool: Pool) -> None:
    await link(pool)
    server = StoringRelay()
    async with relay(server) as url, following(pool, url) as context:
        await ready(context)
        first = video(at=NOW)

        await server.publish(first)

        await stored(pool, first.id)
        assert context.queued.is_set()


async def test_old_history_is_left_alone_on_the_first_start(pool: Pool) -> None:
    await link(pool)
    async with relay(StoringRelay(video("old", at=NOW - 86_400))) as url, following(pool, url) as context:
        await ready(context)

        assert await states(pool) == {}


async def test_what_was_published_while_away_is_read_however_much_it_was(pool: Pool) -> None:
    await link(pool)
    await execute(
        pool, "INSERT INTO ingest_offsets VALUES ('nostr-relay', '', to_timestamp(%s))", NOW - 10_000
    )
    mine = video("mine", at=NOW - 9_999)
    crowd = [video(f"d{n}", by="stranger", at=NOW - 9_000 + n) for n in range(1200)]
    async with relay(StoringRelay(mine, *crowd)) as url, following(pool, url) as context:
        await stored(pool, mine.id)
        await ready(context)

    assert await Intake(pool, "nostr-relay").start() == NOW - 9_000 + 1199


async def test_ties_with_the_cursor_and_late_arrivals_are_taken(pool: Pool) -> None:
    await link(pool)
    server = StoringRelay()
    async with relay(server) as url, following(pool, url) as context:
        await ready(context)
        first, tie = video("a", at=NOW), video("b", at=NOW)
        late, very_late = video("c", at=NOW - 5), video("d", at=NOW - 500_000)

        for event in (first, tie, late, very_late):
            await server.publish(event)

        await stored(pool, first.id, tie.id, late.id, very_late.id)


async def test_a_broken_connection_is_made_again_and_misses_nothing(pool: Pool) -> None:
    await link(pool)
    server = StoringRelay()
    async with relay(server) as url, following(pool, url) as context:
        await ready(context)
        meanwhile = video("meanwhile", at=NOW - 30)
        await server.drop_everybody()
        server.stored.append(meanwhile)

        await stored(pool, meanwhile.id)
        await ready(context)

        assert server.connections == 2


BAD = {
    "no JSON": "<html>",
    "no event": '["EVENT","live",17]',
    "a number in a tag": orjson.dumps(
        ["EVENT", "live", {**video("bad").json(), "tags": [["expiration", 5]]}]
    ).decode(),
    "a forged signature": orjson.dumps(["EVENT", "live", {**video("bad").json(), "sig": "0" * 128}]).decode(),
    "a forged time": orjson.dumps(["EVENT", "live", {**video("bad").json(), "created_at": NOW - 1}]).decode(),
    "a time no date has": orjson.dumps(
        ["EVENT", "live", {**video("bad").json(), "created_at": 9_000_000_000_000_000}]
    ).decode(),
}


@pytest.mark.parametrize("frame", BAD.values(), ids=BAD)
async def test_is_skipped_alone(frame: str, pool: Pool) -> None:
    await link(pool)
    server = StoringRelay()
    async with relay(server) as url, following(pool, url) as context:
        await ready(context)
        good = video("good", at=NOW)

        await server.send(frame)
        await server.publish(good)

        await stored(pool, good.id)
        assert set(await states(pool)) == {good.id}
        assert server.connections == 1


async def test_a_stranger_of_the_future_does_not_stop_what_comes_now(pool: Pool) -> None:
    await link(pool)
    server = StoringRelay()
    async with relay(server) as url, following(pool, url) as context:
        await ready(context)
        await server.publish(video("future", by="stranger", at=NOW + 10 * 365 * 86_400))
        await server.publish(video("marker", at=NOW))
        await stored(pool, video("marker", at=NOW).id)
    later = video("later", at=NOW)
    server.stored.append(later)

    async with relay(server) as url, following(pool, url):
        await stored(pool, later.id)

    assert await Intake(pool, "nostr-relay").start() <= time.time()


async def test_without_a_relay_the_bridge_is_not_ready_and_says_why(pool: Pool) -> None:
    async with following(pool, "ws://127.0.0.1:1") as context:

        async def told() -> bool:
            return "cannot be reached" in (context.health.report().get(PART) or "")

        await until(told)
