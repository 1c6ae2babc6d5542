"""How rsky answers what a client may come with: by its own measured answers, not the reference's."""

import pytest

from tests.fakes.pds.stack import ADMIN, POST, Stack, told
from tests.fakes.pds.test_rsky import ADMINISTRATION, REPO, SERVER, Ask, as_somebody, signing_up

pytestmark = pytest.mark.anyio

ANSWERS: dict[str, tuple[Ask, tuple[int, str]]] = {
    "a handle with a dot too many": (signing_up(handle="a.bob.localnet.test"), (400, "InvalidHandle")),
    "a handle that is none": (signing_up(handle="no handle"), (400, "InvalidHandle")),
    "a reserved handle": (signing_up(handle="admin.localnet.test"), (400, "HandleNotAvailable")),
    "a handle elsewhere": (signing_up(handle="bob.example.com"), (400, "UnsupportedDomain")),
    "no password": (signing_up(password=None), (400, "InvalidPassword")),
    "no handle": (signing_up(handle=None), (500, "InternalServerError")),
    "a recovery key that is none": (signing_up(recoveryKey="nope"), (500, "InternalServerError")),
    "an app view's method, by somebody": (
        as_somebody("app.bsky.actor.getProfile", actor="x"),
        (400, "InvalidRequest"),
    ),
    "a method of nobody's, by somebody": (as_somebody("com.example.nothing"), (500, "InternalServerError")),
    "a method without what it needs, by somebody": (
        as_somebody(f"{SERVER}.getServiceAuth"),
        (500, "InternalServerError"),
    ),
    "a page of more than a hundred": (
        as_somebody(f"{REPO}.listRecords", repo="alice.localnet.test", collection="c", limit=101),
        (500, "InternalServerError"),
    ),
    "service auth that is past": (
        as_somebody(f"{SERVER}.getServiceAuth", aud="did:web:x", exp=0),
        (500, "InternalServerError"),
    ),
    "service auth for a method of the account's own client": (
        as_somebody(f"{SERVER}.getServiceAuth", aud="did:web:x", lxm="com.atproto.identity.updateHandle"),
        (500, "InternalServerError"),
    ),
    "an account seen by somebody who is no moderator": (
        as_somebody(f"{ADMINISTRATION}.getAccountInfo", did="did:plc:x"),
        (400, "InvalidRequest"),
    ),
}


@pytest.mark.parametrize(("ask", "answer"), ANSWERS.values(), ids=ANSWERS)
async def test_rsky_answers(ask: Ask, answer: tuple[int, str], rsky: Stack) -> None:
    assert await ask(rsky) == answer


async def test_a_record_of_another_type_is_kept_and_a_junk_swap_refused(rsky: Stack) -> None:
    alice = await rsky.sign_up()

    kept = await rsky.post(alice, {**POST, "$type": "com.example.post"}, collection="app.bsky.feed.post")
    refused = await rsky.post(alice, swapCommit="junk")

    assert (kept.status_code, refused.status_code) == (200, 500)


async def test_a_session_ends_although_its_refresh_token_has_a_beginning(rsky: Stack) -> None:
    alice = await rsky.sign_up()
    rsky.clock.advance(10)

    ended = await rsky.procedure(f"{SERVER}.deleteSession", None, alice.refresh)
    renewed = await rsky.procedure(f"{SERVER}.refreshSession", None, alice.refresh)

    assert (ended.status_code, told(renewed)[1]) == (200, "ExpiredToken")


async def test_the_admin_is_answered_with_all_keys(rsky: Stack) -> None:
    alice = await rsky.sign_up()

    answer = (await rsky.query(f"{ADMINISTRATION}.getAccountInfo", ADMIN, did=alice.did)).json()

    assert {"emailConfirmedAt", "inviteNote", "invitedBy", "relatedRecords"} <= answer.keys()


async def test_the_server_shows_its_own_did_document(rsky: Stack) -> None:
    document = (await rsky.http.get("/.well-known/did.json")).json()

    (key,) = document["verificationMethod"]
    assert rsky.pds.server_key.did_key == f"did:key:{key['publicKeyMultibase']}"


async def test_service_auth_may_be_for_the_session_itself(rsky: Stack) -> None:
    alice = await rsky.sign_up()
    params = {"aud": rsky.pds.configuration.service_did, "lxm": f"{SERVER}.getSession"}

    token = (await rsky.query(f"{SERVER}.getServiceAuth", alice.access, **params)).json()["token"]

    assert (await rsky.query(f"{SERVER}.getSession", token)).json()["did"] == alice.did
