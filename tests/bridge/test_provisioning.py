"""Making accounts on the strict fakes: once each, whatever is lost, refused, repeated or killed on the way."""

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from bridge.accounts import AccountLink
from bridge.control_plane.lifecycle import Lifecycle
from bridge.database import Pool
from bridge.errors import BridgeError, Conflict
from bridge.provisioning.provisioner import Provisioner
from fakes.atproto.keys import PrivateKey
from tests.bridge.rows import link, rows, run
from tests.bridge.signing import person
from tests.bridge.town import (
    Mishap,
    Town,
    answered,
    configured,
    context_of,
    death,
    lost_answer,
    provisioner_of,
)

pytestmark = pytest.mark.anyio

ALICE = person("alice").public_key
HANDLE = "alice.localnet.test"
CALLS = 12  # requests it takes to make an account when nothing goes wrong
CREATE = "/com.atproto.server.createAccount"


@dataclass
class Office:
    town: Town
    pool: Pool
    database_url: str
    settings: dict[str, str]

    def provisioner(self) -> Provisioner:
        """As a process that has just started has it."""
        config = configured(DATABASE_URL=self.database_url, **self.settings)
        return provisioner_of(context_of(self.town, self.pool, config))

    async def opt_in(self) -> None:
        await Lifecycle(self.pool).opt_in(ALICE, HANDLE, crosspost=True)

    async def provision(self) -> AccountLink:
        return await self.provisioner().provision(ALICE)

    async def link(self) -> dict[str, Any]:
        return (await rows(self.pool, "SELECT * FROM account_links"))[0]

    async def due_again(self) -> bool:
        """Whether it is tried again without anybody asking."""
        found = await rows(self.pool, "SELECT next_attempt_at FROM provisioning_progress")
        return found[0]["next_attempt_at"] is not None

    async def identities(self) -> list[dict[str, Any]]:
        """Genesis operations the directory has."""
        lines = (await self.town.stack.plc.get("/export")).text.splitlines()
        return [
            entry
            for line in lines
            if (entry := httpx.Response(200, text=line).json())["operation"]["prev"] is None
        ]

    def accounts(self) -> int:
        return len(list(self.town.stack.pds.accounts))


@pytest.fixture
async def office(pool: Pool, database_url: str, request: pytest.FixtureRequest) -> Office:
    dialect = getattr(request, "param", "reference")
    made = Office(Town(dialect), pool, database_url, {"PDS_DIALECT": dialect})
    await made.opt_in()
    return made


@pytest.mark.parametrize("office", ["reference", "rsky"], indirect=True)
async def test_an_account_is_made_active_and_introduced(office: Office) -> None:
    ready = await office.provision()

    did = ready.did
    assert did is not None
    assert ready.state == "ready"
    assert [entry["did"] for entry in await office.identities()] == [did]
    status = await office.town.stack.query("com.atproto.sync.getRepoStatus", did=did)
    assert status.json()["active"] is True
    profile = await office.town.stack.query(
        "com.atproto.repo.getRecord", repo=did, collection="app.bsky.actor.profile", rkey="self"
    )
    assert profile.json()["value"] == {"$type": "app.bsky.actor.profile", "displayName": "alice"}
    assert len(office.town.calls) == CALLS


async def test_recovery_keys_come_first_ours_next_the_servers_last(office: Office) -> None:
    recovery = PrivateKey.from_bytes(b"\x07" * 32).did_key
    office.settings["PLC_RECOVERY_ROTATION_DID_KEYS"] = recovery

    did = (await office.provision()).did

    operations = (await office.town.stack.plc.get(f"/{did}/log")).json()
    ours = operations[0]["rotationKeys"][1]
    data = (await office.town.stack.plc.get(f"/{did}/data")).json()
    assert operations[0]["rotationKeys"] == [recovery, ours]
    assert data["rotationKeys"][:2] == [recovery, ours]
    assert len(data["rotationKeys"]) == 3
    assert data["services"]["atproto_pds"]["endpoint"] == "http://pds.localnet.test"
    assert data["alsoKnownAs"] == [f"at://{HANDLE}"]


async def test_keys_and_passwords_are_not_readable_in_the_database(office: Office) -> None:
    await office.provision()

    keys = await rows(office.pool, "SELECT * FROM provisioning_keys")
    kept = await office.link()
    assert {kept["signing_key_id"], kept["plc_rotation_key_ref"]} == {key["key_ref"] for key in keys}
    assert all(
        key["encrypted_secret"][0] == 1 and len(key["encrypted_secret"]) == 1 + 12 + 32 + 16 for key in keys
    )
    assert kept["pds_access_jwt"] is None
    credentials = (await rows(office.pool, "SELECT * FROM account_credentials"))[0]
    assert b"eyJ" not in credentials["access_jwt"] + credentials["refresh_jwt"]


@pytest.mark.parametrize("after", [False, True], ids=["before it is sent", "after it took effect"])
@pytest.mark.parametrize("nth", range(CALLS))
async def test_a_death_at_any_request_leaves_one_account(office: Office, nth: int, after: bool) -> None:
    office.town.mishap = death(nth, after=after)
    with pytest.raises(asyncio.CancelledError):
        await office.provision()
    office.town.mishap = None

    ready = await office.provision()

    assert ready.state == "ready"
    assert [entry["did"] for entry in await office.identities()] == [ready.did]
    assert office.accounts() == 1


@pytest.mark.parametrize("office", ["reference", "rsky"], indirect=True)
@pytest.mark.parametrize("nth", range(CALLS))
async def test_a_lost_answer_to_any_request_is_made_up_for(office: Office, nth: int) -> None:
    office.town.mishap = lost_answer(nth)
    with pytest.raises(BridgeError):
        await office.provision()
    failed = await office.link()
    again = await office.due_again()

    ready = await office.provision()

    assert failed["provisioning_state"] == "failed"
    assert "connection reset" in failed["provisioning_error"]
    assert again
    assert (ready.state, ready.provisioning_error) == ("ready", None)
    assert [entry["did"] for entry in await office.identities()] == [ready.did]
    assert office.accounts() == 1


async def test_replicas_asked_at_once_make_one_account(office: Office) -> None:
    first, second = office.provisioner(), office.provisioner()

    results = await asyncio.gather(*(one.provision(ALICE) for one in (first, second, first, second)))

    assert {result.did for result in results} == {(await office.link())["did"]}
    assert office.accounts() == 1
    assert len(office.town.calls) == CALLS


@pytest.mark.parametrize("nth", range(CALLS))
async def test_a_disable_in_between_has_the_last_word(office: Office, nth: int) -> None:
    seen = -1

    async def disable_during(request: httpx.Request) -> None:  # noqa: ARG001
        nonlocal seen
        seen += 1
        if seen == nth:
            await Lifecycle(office.pool).disable(ALICE)

    office.town.http.event_hooks["request"].append(disable_during)

    with pytest.raises(Conflict, match="account link is disabled"):
        await office.provision()

    disabled = await office.link()
    assert (disabled["provisioning_state"], disabled["crosspost_enabled"]) == ("disabled", False)
    await Lifecycle(office.pool).enable(ALICE)
    assert (await office.provision()).state == "ready"
    assert office.accounts() == 1


REFUSALS = {
    "the PDS refuses the handle": (
        answered(CREATE, httpx.Response(400, json={"error": "HandleNotAvailable", "message": "Reserved handle"})),
        "creating account on PDS: createAccount failed (400): HandleNotAvailable: Reserved handle",
        False,
    ),
    "the PDS refuses the invite": (
        answered(CREATE, httpx.Response(400, json={"error": "InvalidInviteCode", "message": "x"})),
        "createAccount failed (400): InvalidInviteCode: x",
        True,
    ),
    "a proxy answers for the PDS": (
        answered(CREATE, httpx.Response(503, html="<html>Service Unavailable</html>")),
        "createAccount failed (503): <html>Service Unavailable</html>",
        True,
    ),
    "the admin password is wrong": (
        answered(
            "/com.atproto.server.createInviteCode",
            httpx.Response(401, json={"error": "AuthRequiredError", "message": "BadAuth"}),
        ),
        "the PDS does not accept PDS_AUTH_TOKEN as its admin password",
        True,
    ),
    "the PDS cannot resolve the identity yet": (
        answered(CREATE, httpx.Response(401, json={"error": "AuthenticationRequired", "message": "iss"})),
        "createAccount failed (401): AuthenticationRequired: iss",
        True,
    ),
    "activation fails as rsky has it": (
        answered(
            "/com.atproto.server.activateAccount",
            httpx.Response(500, json={"error": "InternalServerError", "message": "Something went wrong"}),
        ),
        "activating the account: activateAccount failed (500): InternalServerError",
        True,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("mishap", "text", "again"), REFUSALS.values(), ids=REFUSALS)
async def test_a_failure_says_the_whole_cause(office: Office, mishap: Mishap, text: str, again: bool) -> None:
    office.town.mishap = mishap
    with pytest.raises(BridgeError):
        await office.provision()

    failed = await office.link()
    assert failed["provisioning_state"] == "failed"
    assert text in failed["provisioning_error"]
    assert not any(secret in failed["provisioning_error"] for secret in ("admin-pass", "eyJ"))
    assert await office.due_again() == again
    office.town.mishap = None
    await office.opt_in()
    assert (await office.provision()).state == "ready"
    assert office.accounts() == 1


async def test_each_attempt_at_an_account_brings_a_fresh_invite(office: Office) -> None:
    office.town.mishap = answered(CREATE, httpx.Response(500))
    with pytest.raises(BridgeError):
        await office.provision()
    office.town.mishap = None

    await office.provision()

    assert office.town.sent("createInviteCode") == 2


async def test_waits_grow_and_heed_the_remote(office: Office) -> None:
    waits = []
    for _ in range(3):
        office.town.mishap = answered("/com.atproto.server.describeServer", httpx.Response(502))
        with pytest.raises(BridgeError):
            await office.provision()
        waits.append(await _wait(office))
    office.town.mishap = answered(
        "/com.atproto.server.describeServer", httpx.Response(429, headers={"Retry-After": "900"})
    )
    with pytest.raises(BridgeError):
        await office.provision()

    assert [*waits, await _wait(office)] == [1, 2, 4, 900]


async def _wait(office: Office) -> int:
    found = await rows(
        office.pool,
        "SELECT round(extract(epoch FROM next_attempt_at - updated_at))::int AS wait FROM provisioning_progress",
    )
    wait: int = found[0]["wait"]
    return wait


async def test_an_account_made_by_another_writer_is_taken_over(office: Office) -> None:
    did = (await office.provision()).did
    await run(office.pool, "DELETE FROM provisioning_progress")
    await run(office.pool, "UPDATE account_links SET provisioning_state = 'failed'")
    office.town.calls.clear()

    ready = await office.provision()

    assert (ready.did, ready.state) == (did, "ready")
    assert office.town.calls == ["GET pds com.atproto.sync.getRepoStatus"]


async def test_an_account_that_cannot_be_taken_over_is_not_asked_for_again_and_again(
    pool: Pool, database_url: str
) -> None:
    await link(pool, state="failed")
    office = Office(Town(), pool, database_url, {})

    with pytest.raises(BridgeError, match="taking over an account made earlier"):
        await office.provision()

    assert "has no session that works" in (await office.link())["provisioning_error"]
    assert await _wait(office) == 1


async def test_a_taken_handle_is_somebody_elses_account(office: Office) -> None:
    invite = await office.town.stack.http.post(
        "/xrpc/com.atproto.server.createInviteCode",
        json={"useCount": 1},
        headers={"Authorization": "Basic YWRtaW46YWRtaW4tcGFzcw=="},
    )
    taken = {
        "handle": HANDLE,
        "email": "someone@else.test",
        "password": "theirs",
        "inviteCode": invite.json()["code"],
    }
    (
        await office.town.stack.http.post("/xrpc/com.atproto.server.createAccount", json=taken)
    ).raise_for_status()

    with pytest.raises(BridgeError, match="creating account on PDS"):
        await office.provision()

    assert "Handle already taken" in (await office.link())["provisioning_error"]
    assert not await office.due_again()
