"""The bridge's HTTP side: who is let in, what each route answers, and what a body must be."""

from typing import Any

import httpx
import pytest

from bridge.app import Bridge, create_app
from bridge.control_plane.routes import ControlPlane
from bridge.database import Pool
from bridge.provisioning.worker import ProvisioningWorker
from tests.bridge.office import ALICE, HANDLE
from tests.bridge.rows import link, rows, run
from tests.bridge.signing import person
from tests.bridge.town import Town, answered, configured, context_of, provisioner_of, syncs_of

pytestmark = pytest.mark.anyio

BOB = person("bob").public_key
LINKS = "/api/account-links"
KEYCAST = {"Authorization": "Bearer keycast-token"}
OPERATOR = {"Authorization": "Bearer operator-token"}
RECORD = {
    "nostr_pubkey",
    "handle",
    "did",
    "crosspost_enabled",
    "provisioning_state",
    "provisioning_error",
    "disabled_at",
    "created_at",
    "updated_at",
}


class Desk(httpx.AsyncClient):
    """The bridge's routes, without its background parts."""

    def __init__(self, pool: Pool, database_url: str) -> None:
        self.town, self.pool = Town(), pool
        context = self.context = context_of(self.town, pool, configured(DATABASE_URL=database_url))
        provisioner = provisioner_of(context)
        plane = ControlPlane(
            context, provisioner, ProvisioningWorker(context, provisioner), syncs_of(context)
        )
        app = create_app(Bridge(context, plane, provisioner, {}))
        super().__init__(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://bridge"
        )

    async def opt_in(self, pubkey: str = ALICE, handle: str = HANDLE, **more: object) -> httpx.Response:
        body = {"nostr_pubkey": pubkey, "handle": handle, **more}
        return await self.post(f"{LINKS}/opt-in", json=body, headers=KEYCAST)

    async def provision(self, pubkey: str = ALICE, handle: str = HANDLE) -> httpx.Response:
        return await self.post(
            "/provision", json={"nostr_pubkey": pubkey, "handle": handle}, headers=OPERATOR
        )


@pytest.fixture
def desk(pool: Pool, database_url: str) -> Desk:
    return Desk(pool, database_url)


ROUTES = {
    "opt-in": ("POST", f"{LINKS}/opt-in"),
    "status": ("GET", f"{LINKS}/{ALICE}/status"),
    "export": ("GET", f"{LINKS}/{ALICE}/export"),
    "enable": ("POST", f"{LINKS}/{ALICE}/enable"),
    "disable": ("POST", f"{LINKS}/{ALICE}/disable"),
    "crosspost-status": ("POST", f"{LINKS}/{ALICE}/crosspost-status"),
    "provision": ("POST", "/provision"),
}
CREDENTIALS = {
    "nothing": None,
    "another token": "Bearer wrong",
    "the token alone": "keycast-token",
    "another scheme": "bearer keycast-token",
    "the token with something behind it": "Bearer keycast-token ",
    "letters from elsewhere": "Bearer ä",
}


@pytest.mark.parametrize("shown", CREDENTIALS.values(), ids=CREDENTIALS)
@pytest.mark.parametrize(("method", "path"), ROUTES.values(), ids=ROUTES)
async def test_only_who_shows_the_token_is_let_in(
    desk: Desk, method: str, path: str, shown: str | None
) -> None:
    headers = {b"Authorization": shown.encode("latin-1")} if shown else {}

    response = await desk.request(method, path, headers=headers)

    assert (response.status_code, response.content) == (401, b"")


@pytest.mark.parametrize(("path", "headers"), [("/provision", KEYCAST), (f"{LINKS}/opt-in", OPERATOR)])
async def test_one_token_does_not_open_the_others_door(
    desk: Desk, path: str, headers: dict[str, str]
) -> None:
    assert (await desk.post(path, headers=headers, json={})).status_code == 401


async def test_opting_in_answers_with_the_record_and_crossposts_by_default(desk: Desk) -> None:
    response = await desk.opt_in(handle="Alice.localnet.test")

    record = response.json()
    assert response.status_code == 202
    assert record.keys() == RECORD
    assert (record["handle"], record["provisioning_state"], record["crosspost_enabled"]) == (
        HANDLE,
        "pending",
        True,
    )


async def test_opting_in_without_crossposting(desk: Desk) -> None:
    assert (await desk.opt_in(crosspost_enabled=False)).json()["crosspost_enabled"] is False


REFUSED = {
    "a handle of another domain": ({"handle": "alice.bsky.social"}, 400),
    "a pubkey that is none": ({"pubkey": "npub1alice"}, 400),
    "a handle that is no text": ({"handle": 7}, 422),
    "a choice that is none": ({"crosspost_enabled": "perhaps"}, 422),
}


@pytest.mark.parametrize(("changed", "status"), REFUSED.values(), ids=REFUSED)
async def test_opting_in_is_refused(desk: Desk, changed: dict[str, Any], status: int) -> None:
    response = await desk.opt_in(**changed)

    assert response.status_code == status
    assert response.text
    assert await rows(desk.pool, "SELECT 1 FROM account_links") == []


async def test_a_taken_handle_is_a_conflict(desk: Desk) -> None:
    await desk.opt_in()

    response = await desk.opt_in(pubkey=BOB)

    assert (response.status_code, response.text) == (409, f"handle already taken: {HANDLE}")


BODIES = {
    "no JSON": (b"{", "application/json", 400),
    "JSON of another shape": (b"[]", "application/json; charset=utf-8", 422),
    "a form": (b"handle=alice", "application/x-www-form-urlencoded", 415),
    "no type": (b"{}", "", 415),
    "too much": (b" " * (2 * 1024 * 1024 + 1), "application/json", 413),
}


@pytest.mark.parametrize(("content", "kind", "status"), BODIES.values(), ids=BODIES)
@pytest.mark.parametrize(("path", "who"), [(f"{LINKS}/opt-in", KEYCAST), ("/provision", OPERATOR)])
async def test_a_body_that_cannot_be_read(
    desk: Desk, content: bytes, kind: str, status: int, path: str, who: dict[str, str]
) -> None:
    response = await desk.post(path, content=content, headers={**who, "Content-Type": kind})

    assert response.status_code == status


@pytest.mark.parametrize("route", ["status", "export"])
async def test_the_record_can_be_read(desk: Desk, route: str) -> None:
    await link(desk.pool)

    response = await desk.get(f"{LINKS}/{ALICE}/{route}", headers=KEYCAST)

    assert (response.status_code, response.json().keys()) == (200, RECORD)


@pytest.mark.parametrize(("method", "route"), [("GET", "status"), ("POST", "enable"), ("POST", "disable")])
async def test_nobody_knows_a_stranger(desk: Desk, method: str, route: str) -> None:
    response = await desk.request(method, f"{LINKS}/{ALICE}/{route}", headers=KEYCAST)

    assert (response.status_code, response.content) == (404, b"")


@pytest.mark.parametrize("route", ["enable", "disable"])
async def test_a_change_stands_and_says_who_does_not_know_yet(desk: Desk, route: str) -> None:
    await desk.town.claim(ALICE, "alice")
    await link(desk.pool, state="disabled" if route == "enable" else "ready")
    desk.town.mishap = answered("/set-atproto", httpx.Response(500))

    pending = await desk.post(f"{LINKS}/{ALICE}/{route}", headers=KEYCAST)
    desk.town.mishap = None
    done = await desk.post(f"{LINKS}/{ALICE}/{route}", headers=KEYCAST)

    assert (pending.status_code, pending.json()["sync_pending"]) == (502, ["names"])
    assert (done.status_code, done.json().keys()) == (200, RECORD)
    assert done.json()["provisioning_state"] == pending.json()["provisioning_state"]


async def test_an_operator_provisions_and_repeats_it_without_effect(desk: Desk) -> None:
    first = await desk.provision()
    calls = len(desk.town.calls)
    second = await desk.provision()

    assert first.status_code == 200
    assert first.json().keys() == {"did", "handle", "signing_key_id"}
    assert first.json() == second.json()
    assert len(desk.town.calls) == calls
    assert (await rows(desk.pool, "SELECT crosspost_enabled FROM account_links"))[0]["crosspost_enabled"]


async def test_an_operator_reads_the_whole_cause(desk: Desk) -> None:
    refusal = httpx.Response(400, json={"error": "InvalidHandle", "message": "Invalid handle"})
    desk.town.mishap = answered("/com.atproto.server.createAccount", refusal)

    response = await desk.provision()

    assert response.status_code == 500
    assert response.headers["content-type"].startswith("text/plain")
    assert (
        response.text == "creating account on PDS: createAccount failed (400): InvalidHandle: Invalid handle"
    )


async def test_an_operator_does_not_enable_who_has_disabled(desk: Desk) -> None:
    await link(desk.pool, state="disabled")

    response = await desk.provision()

    assert (response.status_code, response.text) == (409, "account link is disabled")


async def test_videos_are_told_in_the_order_asked_and_never_anothers(desk: Desk) -> None:
    await link(desk.pool)
    for event, owner in (("one", ALICE), ("two", BOB)):
        await run(
            desk.pool, "INSERT INTO publish_jobs (nostr_event_id, nostr_pubkey) VALUES (%s, %s)", event, owner
        )
    asked = {"nostr_event_ids": ["two", "one", "none", "one"]}

    response = await desk.post(f"{LINKS}/{ALICE}/crosspost-status", json=asked, headers=KEYCAST)

    told = [(video["nostr_event_id"], video["status"]) for video in response.json()["videos"]]
    assert told == [
        ("two", "not_applicable"),
        ("one", "queued"),
        ("none", "not_applicable"),
        ("one", "queued"),
    ]


@pytest.mark.parametrize(("number", "status"), [(0, 200), (100, 200), (101, 400)])
async def test_a_hundred_videos_at_once(desk: Desk, number: int, status: int) -> None:
    asked = {"nostr_event_ids": ["e"] * number}

    response = await desk.post(f"{LINKS}/{ALICE}/crosspost-status", json=asked, headers=KEYCAST)

    assert response.status_code == status


async def test_readiness_says_which_part_is_missing_and_why(desk: Desk) -> None:
    ready = await desk.get("/health/ready")
    desk.context.health.bad("relay", "connection refused")
    not_ready = await desk.get("/health/ready")

    assert (ready.status_code, ready.json()) == (200, {"ready": True, "parts": {"database": None}})
    assert (not_ready.status_code, not_ready.json()["parts"]["relay"]) == (503, "connection refused")


async def test_readiness_depends_on_the_database_and_health_does_not(desk: Desk) -> None:
    await desk.pool.close()

    ready, health = await desk.get("/health/ready"), await desk.get("/health")

    assert (ready.status_code, health.status_code) == (503, 200)
    assert ready.json()["parts"]["database"]


async def test_metrics_are_prometheus_text(desk: Desk) -> None:
    response = await desk.get("/metrics")

    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE bridge_jobs gauge" in response.text
