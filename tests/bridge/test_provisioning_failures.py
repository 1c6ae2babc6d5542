"""When an account cannot be made: what the row says, when it is tried again, and what was made by others."""

import httpx
import pytest

from bridge.database import Pool
from bridge.errors import BridgeError
from tests.bridge.office import HANDLE, Office
from tests.bridge.rows import link, run
from tests.bridge.town import Mishap, Town, answered

pytestmark = pytest.mark.anyio

CREATE = "/com.atproto.server.createAccount"


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
        waits.append(await office.wait())
    office.town.mishap = answered(
        "/com.atproto.server.describeServer", httpx.Response(429, headers={"Retry-After": "900"})
    )
    with pytest.raises(BridgeError):
        await office.provision()

    assert [*waits, await office.wait()] == [1, 2, 4, 900]


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
    assert await office.wait() == 1


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
