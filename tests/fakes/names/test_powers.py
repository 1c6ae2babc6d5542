"""What the name service does on request: fail, refuse the token, or resolve as before until it catches up."""

from typing import Any

import httpx
import pytest

from fakes import names
from fakes.settings import Settings

pytestmark = pytest.mark.anyio

DIDS = ["did:plc:ewvi7nxzyoun6zhxrhs64oiz", "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb"]
CONTROL = {"X-Localnet-Token": "control"}


@pytest.fixture
async def http() -> httpx.AsyncClient:
    """Alice and bob have claimed their names."""
    options = {"sync_token": "sync", "domain": "localnet.test"}
    transport = httpx.ASGITransport(names.build(Settings("names", options, "control")))
    http = httpx.AsyncClient(transport=transport, base_url="http://names")
    for name, pubkey in (("alice", "a" * 64), ("bob", "b" * 64)):
        await http.post("/_control/names", json={"name": name, "pubkey": pubkey}, headers=CONTROL)
    return http


async def sync(http: httpx.AsyncClient, name: str, did: str = DIDS[0]) -> httpx.Response:
    body = {"name": name, "atproto_did": did, "atproto_state": "ready"}
    headers = {"Authorization": "Bearer sync"}
    return await http.post("/api/internal/username/set-atproto", json=body, headers=headers)


async def resolved(http: httpx.AsyncClient, name: str) -> str | None:
    answer = await http.get("/.well-known/atproto-did", headers={"Host": f"{name}.localnet.test"})
    return answer.text if answer.status_code == 200 else None


async def grant(http: httpx.AsyncClient, name: str, on: str = "", **more: Any) -> str:
    answer = await http.post("/_control/powers", json={"name": name, "on": on, **more}, headers=CONTROL)
    return str(answer.json()["id"])


async def met_in_the_end(http: httpx.AsyncClient, power: str) -> int:
    return int((await http.delete(f"/_control/powers/{power}", headers=CONTROL)).json()["met"])


async def test_what_was_accepted_resolves_once_the_router_has_caught_up(http: httpx.AsyncClient) -> None:
    power = await grant(http, "stale", "alice")

    for did in DIDS:
        assert (await sync(http, "alice", did)).json()["atproto_did"] == did
    assert (await sync(http, "bob")).status_code == 200
    assert [await resolved(http, name) for name in ("alice", "bob")] == [None, DIDS[0]]

    assert await met_in_the_end(http, power) == 2
    assert await resolved(http, "alice") == DIDS[1]


async def test_the_router_keeps_what_it_had(http: httpx.AsyncClient) -> None:
    await sync(http, "alice", DIDS[0])
    power = await grant(http, "stale")

    await sync(http, "alice", DIDS[1])

    assert await resolved(http, "alice") == DIDS[0]
    await met_in_the_end(http, power)
    assert await resolved(http, "alice") == DIDS[1]


async def test_a_sync_fails_for_whom_it_was_asked_and_changes_nothing(http: httpx.AsyncClient) -> None:
    await grant(http, "broken", "alice", times=1)

    broken = await sync(http, "alice")

    assert (broken.status_code, broken.json()) == (500, {"ok": False, "error": "Internal server error"})
    assert await resolved(http, "alice") is None
    assert (await sync(http, "bob")).status_code == (await sync(http, "alice")).status_code == 200


async def test_the_token_is_refused_as_often_as_asked_for(http: httpx.AsyncClient) -> None:
    await grant(http, "unauthorized", times=1)

    refused = await sync(http, "alice")

    assert (refused.status_code, refused.json()) == (401, {"ok": False, "error": "Unauthorized"})
    assert (await sync(http, "alice")).status_code == 200
