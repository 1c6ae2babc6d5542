"""What keycast answers on request: that it is broken, or knows neither the token nor the user."""

import httpx
import pytest

from fakes import keycast
from fakes.settings import Settings

pytestmark = pytest.mark.anyio

ALICE, BOB = "a" * 64, "b" * 64
CONTROL = {"X-Localnet-Token": "control"}


@pytest.fixture
async def http() -> httpx.AsyncClient:
    """Alice and bob are registered."""
    transport = httpx.ASGITransport(keycast.build(Settings("keycast", {"token": "secret"}, "control")))
    http = httpx.AsyncClient(transport=transport, base_url="http://keycast")
    for pubkey in (ALICE, BOB):
        body = {"pubkey": pubkey, "username": pubkey[:1]}
        assert (await http.post("/_control/users", json=body, headers=CONTROL)).status_code == 200
    return http


async def sync(http: httpx.AsyncClient, pubkey: str) -> httpx.Response:
    body = {"nostr_pubkey": pubkey, "enabled": True, "state": "ready", "did": "did:plc:x"}
    headers = {"Authorization": "Bearer secret"}
    return await http.post("/api/internal/atproto/state", json=body, headers=headers)


@pytest.mark.parametrize(
    ("power", "status", "detail"),
    [
        ("broken", 500, "internal server error"),
        ("unauthorized", 401, "unauthorized"),
        ("unknown", 404, "user not found"),
    ],
)
async def test_a_sync_is_refused_as_often_as_asked_for_and_changes_nothing(
    power: str, status: int, detail: str, http: httpx.AsyncClient
) -> None:
    wish = {"name": power, "on": "" if power == "unauthorized" else ALICE, "times": 1}
    await http.post("/_control/powers", json=wish, headers=CONTROL)

    refused = await sync(http, ALICE)

    assert (refused.status_code, refused.json()) == (status, {"detail": detail})
    user = (await http.get(f"/_control/users/{ALICE}", headers=CONTROL)).json()
    assert user["state"] is None
    assert (await sync(http, ALICE)).status_code == 200


@pytest.mark.parametrize("power", ["broken", "unknown"])
async def test_another_user_is_none_of_its_business(power: str, http: httpx.AsyncClient) -> None:
    await http.post("/_control/powers", json={"name": power, "on": ALICE}, headers=CONTROL)

    assert (await sync(http, BOB)).status_code == 200
