"""Making accounts on the strict fakes: once each, whatever is lost, repeated or killed on the way."""

import asyncio

import httpx
import pytest

from bridge.control_plane.lifecycle import Lifecycle
from bridge.errors import BridgeError, Conflict
from fakes.atproto.keys import PrivateKey
from tests.bridge.office import ALICE, HANDLE, Office
from tests.bridge.rows import rows
from tests.bridge.town import death, lost_answer

pytestmark = pytest.mark.anyio

CALLS = 12  # requests it takes to make an account when nothing goes wrong


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
