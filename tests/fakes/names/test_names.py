"""The name service: the sync route's checks in their order, and what a name then resolves to."""

from typing import Any

import httpx
import pytest

from fakes import names
from fakes.names.registry import Registry, TakenError, label_of
from fakes.settings import Settings

pytestmark = pytest.mark.anyio

SYNC = "/api/internal/username/set-atproto"
DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
READY = {"name": "alice", "atproto_did": DID, "atproto_state": "ready"}
BEARER = {"Authorization": "Bearer sync"}
ALICE, BOB = "a" * 64, "b" * 64


def client(sync_token: str = "sync") -> httpx.AsyncClient:
    app = names.build(Settings("names", {"sync_token": sync_token, "domain": "localnet.test"}, "control"))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://names")


@pytest.fixture
async def http() -> httpx.AsyncClient:
    """Alice has claimed her name."""
    http = client()
    assert (await claim(http, "alice", ALICE)).status_code == 200
    return http


async def claim(http: httpx.AsyncClient, name: str, pubkey: str, token: str = "control") -> httpx.Response:
    body = {"name": name, "pubkey": pubkey}
    return await http.post("/_control/names", json=body, headers={"X-Localnet-Token": token})


async def resolve(http: httpx.AsyncClient, host: str = "alice.localnet.test") -> httpx.Response:
    return await http.get("/.well-known/atproto-did", headers={"Host": host})


async def test_a_ready_identity_is_what_the_handle_resolves_to(http: httpx.AsyncClient) -> None:
    answer = await http.post(SYNC, json=READY, headers=BEARER)

    assert (answer.status_code, answer.json()) == (200, {"ok": True, **READY})
    found = await resolve(http)
    assert (found.status_code, found.text) == (200, DID)
    assert found.headers["content-type"].startswith("text/plain")
    assert found.headers["access-control-allow-origin"] == "*"


HIDDEN: dict[str, dict[str, Any]] = {
    "pending": {**READY, "atproto_state": "pending"},
    "failed": {"name": "alice", "atproto_did": None, "atproto_state": "failed"},
    "disabled": {"name": "alice", "atproto_did": None, "atproto_state": "disabled"},
    "no state": {**READY, "atproto_state": None},
    "ready without a DID": {"name": "alice", "atproto_state": "ready"},
}


@pytest.mark.parametrize("body", HIDDEN.values(), ids=HIDDEN)
async def test_any_other_identity_hides_the_handle_but_not_the_nostr_name(
    http: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    await http.post(SYNC, json=READY, headers=BEARER)

    assert (await http.post(SYNC, json=body, headers=BEARER)).status_code == 200

    found = await resolve(http)
    assert (found.status_code, found.content) == (404, b"")
    assert "access-control-allow-origin" not in found.headers
    nostr = await http.get("/.well-known/nostr.json", headers={"Host": "alice.localnet.test"})
    assert nostr.json() == {"names": {"alice": ALICE}}


UNRESOLVED = [
    "bob.localnet.test",
    "localnet.test",
    "names.localnet.test",
    "x.alice.localnet.test",
    "alice.test",
    "",
]


@pytest.mark.parametrize("host", UNRESOLVED)
async def test_no_other_host_resolves(http: httpx.AsyncClient, host: str) -> None:
    await http.post(SYNC, json=READY, headers=BEARER)

    found = await resolve(http, host)

    assert (found.status_code, found.content) == (404, b"")


@pytest.mark.parametrize("host", ["alice.localnet.test:8080", "ALICE.LocalNet.test"])
async def test_port_and_case_of_the_host_do_not_matter(http: httpx.AsyncClient, host: str) -> None:
    await http.post(SYNC, json=READY, headers=BEARER)

    assert (await resolve(http, host)).text == DID


CHECKS: dict[str, tuple[Any, int, str]] = {
    "no name, before all else": ({"atproto_did": 1}, 400, "Name is required"),
    "an empty name": ({**READY, "name": ""}, 400, "Name is required"),
    "did:web, before the state": (
        {**READY, "atproto_did": "did:web:x", "atproto_state": "odd"},
        400,
        "atproto_did must be a did:plc: identifier",
    ),
    "an empty DID": ({**READY, "atproto_did": ""}, 400, "atproto_did must be a did:plc: identifier"),
    "a DID that is a number": ({**READY, "atproto_did": 1}, 400, "atproto_did must be a did:plc: identifier"),
    "an odd state, before the lookup": (
        {**READY, "name": "nobody", "atproto_state": "odd"},
        400,
        "atproto_state must be one of: pending, ready, failed, disabled, or null",
    ),
    "no state": (
        {"name": "alice", "atproto_did": DID},
        400,
        "atproto_state must be one of: pending, ready, failed, disabled, or null",
    ),
    "an unknown name": ({**READY, "name": "nobody"}, 404, "Username not found"),
    "a name that is a number": ({**READY, "name": 1}, 500, "Internal server error"),
    "no object": ([], 500, "Internal server error"),
}


@pytest.mark.parametrize(("body", "status", "error"), CHECKS.values(), ids=CHECKS)
async def test_the_checks_of_the_sync_route(
    http: httpx.AsyncClient, body: Any, status: int, error: str
) -> None:
    answer = await http.post(SYNC, json=body, headers=BEARER)

    assert (answer.status_code, answer.json()) == (status, {"ok": False, "error": error})


async def test_what_is_not_json_is_an_internal_error(http: httpx.AsyncClient) -> None:
    assert (await http.post(SYNC, content=b"name=alice", headers=BEARER)).status_code == 500


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer other", "bearer sync", "sync", "Basic sync"])
async def test_without_the_token_nothing_is_set(http: httpx.AsyncClient, authorization: str) -> None:
    answer = await http.post(SYNC, json=READY, headers={"Authorization": authorization})

    assert (answer.status_code, answer.json()) == (401, {"ok": False, "error": "Unauthorized"})
    assert (await resolve(http)).status_code == 404


async def test_a_service_without_a_token_says_so() -> None:
    answer = await client(sync_token="").post(SYNC, json=READY, headers=BEARER)

    assert answer.status_code == 503
    assert answer.json()["error"] == "ATProto sync token is not configured"


async def test_the_name_is_found_in_any_case(http: httpx.AsyncClient) -> None:
    answer = await http.post(SYNC, json={**READY, "name": "Alice"}, headers=BEARER)

    assert answer.json()["name"] == "alice"


NIP_05: dict[str, tuple[str, str, int, Any]] = {
    "the domain, a name": ("localnet.test", "alice", 200, {"names": {"alice": ALICE}}),
    "the domain, as it was asked": ("localnet.test", "Alice", 200, {"names": {"Alice": ALICE}}),
    "the domain, an unknown name": ("localnet.test", "bob", 200, {"names": {}}),
    "the domain, no name": ("localnet.test", "", 400, {"error": "Name is required."}),
    "a name's host, the root": ("alice.localnet.test", "_", 200, {"names": {"_": ALICE}}),
    "a name's host, nothing asked": ("alice.localnet.test", "", 200, {"names": {"alice": ALICE}}),
    "an unknown host": ("bob.localnet.test", "_", 200, {"names": {}}),
}


@pytest.mark.parametrize(("host", "name", "status", "body"), NIP_05.values(), ids=NIP_05)
async def test_nip_05(http: httpx.AsyncClient, host: str, name: str, status: int, body: Any) -> None:
    answer = await http.get(
        "/.well-known/nostr.json", params={"name": name} if name else {}, headers={"Host": host}
    )

    assert (answer.status_code, answer.json()) == (status, body)
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_a_name_of_somebody_else_cannot_be_claimed(http: httpx.AsyncClient) -> None:
    answer = await claim(http, "Alice", BOB)

    assert answer.status_code == 409
    assert ALICE in answer.json()["detail"]


@pytest.mark.parametrize("name", ["", "a.b", "a_b", "x" * 64, "é"])
async def test_what_is_no_name_cannot_be_claimed(http: httpx.AsyncClient, name: str) -> None:
    assert (await claim(http, name, BOB)).status_code == 400


@pytest.mark.parametrize("token", ["", "other", "controls"])
async def test_without_the_control_token_there_is_no_control_route(
    http: httpx.AsyncClient, token: str
) -> None:
    answer = await claim(http, "bob", BOB, token)

    assert (answer.status_code, answer.json()) == (404, (await http.get("/nowhere")).json())


async def test_no_control_token_means_no_control_route() -> None:
    app = names.build(Settings("names", {"sync_token": "sync", "domain": "localnet.test"}))
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://names")

    assert (await claim(http, "alice", ALICE, token="")).status_code == 404


def test_claiming_a_second_name_gives_up_the_first() -> None:
    registry = Registry()
    registry.claim("alice", ALICE)
    registry.publish("alice", DID, "ready")

    registry.claim("alicia", ALICE)

    assert (registry.owner("alice"), registry.did("alice"), registry.owner("alicia")) == (None, None, ALICE)


def test_a_given_up_name_can_be_claimed_and_keeps_the_identity_published_under_it() -> None:
    registry = Registry()
    registry.claim("alice", ALICE)
    registry.publish("alice", DID, "ready")
    registry.claim("alicia", ALICE)

    registry.claim("alice", BOB)

    assert (registry.owner("alice"), registry.did("alice")) == (BOB, DID)
    with pytest.raises(TakenError):
        registry.claim("alice", ALICE)


def test_claiming_ones_own_name_again_changes_nothing() -> None:
    registry = Registry()
    registry.claim("alice", ALICE)
    published = registry.publish("alice", DID, "ready")

    assert registry.claim("alice", ALICE) == published


LABELS = {
    "alice.localnet.test": "alice",
    "Alice.Localnet.Test:80": "alice",
    "pds.localnet.test": None,
    "localnet.test": None,
    "a.b.localnet.test": None,
    "alice.localnet.test.evil": None,
    "127.0.0.1:4004": None,
    "localhost": None,
}


@pytest.mark.parametrize(("host", "label"), LABELS.items())
def test_only_a_label_right_below_the_domain_is_a_user(host: str, label: str | None) -> None:
    assert label_of(host, "localnet.test") == label
