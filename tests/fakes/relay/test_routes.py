"""The relay on real sockets: what one client publishes another hears, and REST shows."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from fakes import relay
from fakes.listener import Listener
from fakes.settings import Clock, Settings
from tests.fakes.relay.people import NOW, note, video

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def running() -> AsyncIterator[str]:
    settings = Settings("relay", token="secret", clock=Clock(lambda: NOW))
    listener = Listener(relay.build(settings), "127.0.0.1", 0)
    await listener.start()
    try:
        yield f"127.0.0.1:{listener.port}"
    finally:
        await listener.close()


async def say(client: ClientConnection, *message: object) -> None:
    await client.send(json.dumps(message))


async def hear(client: ClientConnection) -> list[Any]:
    message: list[Any] = json.loads(await asyncio.wait_for(client.recv(), 5))
    return message


async def test_a_published_event_reaches_every_subscriber_and_the_rest_view() -> None:
    event = video("x").to_json()
    async with (
        running() as address,
        connect(f"ws://{address}", proxy=None) as alice,
        connect(f"ws://{address}/", proxy=None) as bob,
        httpx.AsyncClient(base_url=f"http://{address}", trust_env=False) as http,
    ):
        await say(bob, "REQ", "videos", {"kinds": [34236]})
        assert await hear(bob) == ["EOSE", "videos"]

        await say(alice, "EVENT", event)

        assert await hear(alice) == ["OK", event["id"], True, ""]
        assert await hear(bob) == ["EVENT", "videos", event]
        page = (await http.get("/api/videos/events", params={"sort": "recent", "limit": 100})).json()
        assert page == {"videos": [{"event": event}], "next_cursor": None, "has_more": False}


async def test_a_frame_of_bytes_is_read_like_text() -> None:
    async with running() as address, connect(f"ws://{address}", proxy=None) as client:
        await client.send(json.dumps(["EVENT", note().to_json()]).encode())

        assert (await hear(client))[:3] == ["OK", note().id, True]


async def test_a_client_that_leaves_does_not_disturb_the_others() -> None:
    async with running() as address, connect(f"ws://{address}", proxy=None) as staying:
        async with connect(f"ws://{address}", proxy=None) as leaving:
            await say(leaving, "REQ", "all", {})
            await hear(leaving)

        await say(staying, "EVENT", note().to_json())

        assert (await hear(staying))[2] is True


async def test_connected_clients_do_not_hold_up_the_end() -> None:
    async with running() as address:
        client = await connect(f"ws://{address}", proxy=None)

    await asyncio.wait_for(client.wait_closed(), 5)
    assert client.close_code == 1012


@asynccontextmanager
async def controlled() -> AsyncIterator[tuple[httpx.AsyncClient, ClientConnection]]:
    """The relay's HTTP side with the token, and a client subscribed to everything."""
    async with (
        running() as address,
        connect(f"ws://{address}", proxy=None) as client,
        httpx.AsyncClient(
            base_url=f"http://{address}", headers={"X-Localnet-Token": "secret"}, trust_env=False
        ) as http,
    ):
        await say(client, "REQ", "all", {})
        assert await hear(client) == ["EOSE", "all"]
        yield http, client


async def test_events_that_were_held_back_are_delivered_in_the_order_asked_for() -> None:
    first, second = video("x"), video("y")
    async with controlled() as (http, client):
        await http.post("/_control/powers", json={"name": "holds-back"})
        for event in (first, second):
            await say(client, "EVENT", event.to_json())
            assert (await hear(client))[0] == "OK"

        delivered = await http.post("/_control/deliveries", json={"ids": [second.id, first.id]})

        assert delivered.status_code == 200
        assert [(await hear(client))[2]["id"] for _ in range(2)] == [second.id, first.id]
        again = await http.post("/_control/deliveries", json={"ids": [first.id]})
        assert (again.status_code, again.json()["detail"]) == (404, f"no such event: {first.id}")


async def test_an_event_is_replayed_to_subscribers() -> None:
    async with controlled() as (http, client):
        await say(client, "EVENT", note().to_json())
        assert [(await hear(client))[0] for _ in range(2)] == ["OK", "EVENT"]

        await http.post("/_control/replays", json={"ids": [note().id]})

        assert (await hear(client)) == ["EVENT", "all", note().to_json()]


async def test_a_stray_reaches_subscribers_as_soon_as_it_is_granted() -> None:
    async with controlled() as (http, client):
        await http.post("/_control/powers", json={"name": "stray", "settings": {"document": [1]}})

        assert await hear(client) == ["EVENT", "all", [1]]


async def test_a_web_page_answers_instead_of_the_relay() -> None:
    async with controlled() as (http, _):
        await http.post("/_control/powers", json={"name": "html", "times": 2})

        page = await http.get("/api/videos/events")
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://{http.base_url.host}:{http.base_url.port}", proxy=None)

        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert refused.value.response.status_code == 200
        assert b"no relay" in (refused.value.response.body or b"")
        assert (await http.get("/api/videos/events")).json()["videos"] == []


async def test_a_client_is_challenged_when_it_connects() -> None:
    async with controlled() as (http, _):
        await http.post("/_control/powers", json={"name": "challenges"})

        async with connect(f"ws://{http.base_url.host}:{http.base_url.port}", proxy=None) as client:
            verb, challenge = await hear(client)

        assert (verb, len(challenge)) == ("AUTH", 32)


@pytest.fixture
def http() -> httpx.AsyncClient:
    transport = httpx.ASGITransport(relay.build(Settings("relay", clock=Clock(lambda: NOW))))
    return httpx.AsyncClient(transport=transport, base_url="http://relay")


async def test_the_information_document_is_for_whoever_asks_for_it(http: httpx.AsyncClient) -> None:
    document = await http.get("/", headers={"Accept": "application/nostr+json"})

    assert document.headers["content-type"] == "application/nostr+json"
    assert document.headers["access-control-allow-origin"] == "*"
    assert {1, 9, 11} <= set(document.json()["supported_nips"])
    assert document.json()["limitation"]["auth_required"] is False
    assert (await http.get("/")).headers["content-type"].startswith("text/plain")


async def test_a_malformed_question_to_the_rest_view_is_answered_with_its_error(
    http: httpx.AsyncClient,
) -> None:
    answer = await http.get("/api/videos/events", params={"limit": 101})

    assert (answer.status_code, answer.json()) == (400, {"error": "limit must be between 1 and 100"})


async def test_health_counts_what_is_stored(http: httpx.AsyncClient) -> None:
    assert (await http.get("/health")).json() == {"status": "ok", "events": 0}


def test_the_relay_takes_no_options() -> None:
    with pytest.raises(ValueError, match="unknown option url"):
        relay.build(Settings("relay", {"url": "x"}))
