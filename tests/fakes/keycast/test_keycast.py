"""Keycast: what the state sync accepts and what it leaves behind."""

from typing import Any

import httpx
import pytest

from fakes import keycast
from fakes.settings import Settings

pytestmark = pytest.mark.anyio

SYNC = "/api/internal/atproto/state"
ALICE, STRANGER = "a" * 64, "b" * 64
DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
BEARER = {"Authorization": "Bearer secret"}
CONTROL = {"X-Localnet-Token": "control"}
READY = {"nostr_pubkey": ALICE, "enabled": True, "state": "ready", "did": DID, "error": None}
SHOWN = {"enabled": True, "state": "ready", "did": DID, "error": None, "username": "alice"}


def client(token: str = "secret") -> httpx.AsyncClient:
    app = keycast.build(Settings("keycast", {"token": token}, "control"))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://keycast")


@pytest.fixture
async def http() -> httpx.AsyncClient:
    """Alice is registered."""
    http = client()
    body = {"pubkey": ALICE, "username": "alice"}
    assert (await http.post("/_control/users", json=body, headers=CONTROL)).status_code == 200
    return http


async def known(http: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await http.get(f"/_control/users/{ALICE}", headers=CONTROL)).json()
    return found


async def test_a_state_is_taken_over_and_shown(http: httpx.AsyncClient) -> None:
    answer = await http.post(SYNC, json=READY, headers=BEARER)

    assert (answer.status_code, answer.json()) == (200, SHOWN)
    assert await known(http) == {"pubkey": ALICE, **SHOWN, "sessions_revoked": 0}


async def test_a_registered_user_has_no_account_yet(http: httpx.AsyncClient) -> None:
    assert await known(http) == {
        "pubkey": ALICE,
        "enabled": False,
        "state": None,
        "did": None,
        "error": None,
        "username": "alice",
        "sessions_revoked": 0,
    }


async def test_a_failure_forgets_the_did(http: httpx.AsyncClient) -> None:
    await http.post(SYNC, json=READY, headers=BEARER)

    failed = {"nostr_pubkey": ALICE, "enabled": True, "state": "failed", "error": "no luck"}
    answer = await http.post(SYNC, json=failed, headers=BEARER)

    assert answer.json() == {**SHOWN, "state": "failed", "did": None, "error": "no luck"}


REVOKING: dict[str, tuple[dict[str, Any], int]] = {
    "ready": (READY, 0),
    "not enabled": ({**READY, "enabled": False}, 1),
    "disabled": ({**READY, "state": "disabled"}, 1),
    "both": ({**READY, "enabled": False, "state": "disabled"}, 1),
    "no state": ({"nostr_pubkey": ALICE, "enabled": True}, 0),
}


@pytest.mark.parametrize(("body", "times"), REVOKING.values(), ids=REVOKING)
async def test_disabling_revokes_the_sessions(
    http: httpx.AsyncClient, body: dict[str, Any], times: int
) -> None:
    assert (await http.post(SYNC, json=body, headers=BEARER)).status_code == 200

    assert (await known(http))["sessions_revoked"] == times


REFUSED: dict[str, tuple[Any, int]] = {
    "an unknown user": ({**READY, "nostr_pubkey": STRANGER}, 404),
    "an unknown state": ({**READY, "state": "odd"}, 400),
    "an unknown state of an unknown user": ({**READY, "nostr_pubkey": STRANGER, "state": "odd"}, 400),
    "no pubkey": ({"enabled": True}, 422),
    "enabled as text": ({**READY, "enabled": "yes"}, 422),
    "no enabled": ({"nostr_pubkey": ALICE}, 422),
}


@pytest.mark.parametrize(("body", "status"), REFUSED.values(), ids=REFUSED)
async def test_what_cannot_be_taken_over_changes_nothing(
    http: httpx.AsyncClient, body: dict[str, Any], status: int
) -> None:
    assert (await http.post(SYNC, json=body, headers=BEARER)).status_code == status

    assert (await known(http))["state"] is None


@pytest.mark.parametrize("authorization", ["", "secret", "bearer secret", "Bearer  secret", "Bearer secrets"])
async def test_the_bearer_must_match_exactly(http: httpx.AsyncClient, authorization: str) -> None:
    answer = await http.post(SYNC, json=READY, headers={"Authorization": authorization})

    assert answer.status_code == 401
    assert (await known(http))["state"] is None


async def test_a_service_without_a_token_refuses_everybody() -> None:
    assert (await client("").post(SYNC, json=READY, headers=BEARER)).status_code == 503


async def test_who_is_not_registered_is_not_known(http: httpx.AsyncClient) -> None:
    assert (await http.get(f"/_control/users/{STRANGER}", headers=CONTROL)).status_code == 404


async def test_registering_again_renames_and_keeps_the_state(http: httpx.AsyncClient) -> None:
    await http.post(SYNC, json=READY, headers=BEARER)

    body = {"pubkey": ALICE, "username": "alicia"}
    answer = await http.post("/_control/users", json=body, headers=CONTROL)

    assert answer.json() == {"pubkey": ALICE, **SHOWN, "username": "alicia"}


async def test_without_the_control_token_users_are_not_there(http: httpx.AsyncClient) -> None:
    assert (await http.get(f"/_control/users/{ALICE}")).status_code == 404
