"""Each difference between the dialects: the same question, asked of both."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from fakes.atproto.cbor import decode_first
from fakes.atproto.jwt import decode
from fakes.pds.dialects import REFERENCE, Dialect, apply
from fakes.pds.rsky import DIFFERENCES
from tests.fakes.pds.stack import ADMIN, NOW, Newcomer, Stack, told

pytestmark = pytest.mark.anyio

Ask = Callable[[Stack], Awaitable[object]]


@dataclass(frozen=True)
class Case:
    ask: Ask
    reference: object
    rsky: object


FORM = {"handle": "bob.localnet.test", "email": "bob@example.com", "password": "x"}
CREATE = "com.atproto.server.createAccount"


async def algorithm_of_session(stack: Stack) -> object:
    return decode((await stack.sign_up()).access).header["alg"]


async def two_accounts_share_a_signing_key(stack: Stack) -> object:
    people = [await stack.sign_up(), await stack.sign_up("bobby")]
    keys = {(await stack.data(person.did))["verificationMethods"]["atproto"] for person in people}
    return len(keys) == 1


async def admin_signs_up(stack: Stack) -> object:
    return (await stack.procedure(CREATE, FORM, ADMIN)).status_code


async def did_without_proof(stack: Stack) -> object:
    newcomer = Newcomer(stack, "bob.localnet.test")
    await newcomer.register()
    return (await newcomer.move_in(None)).status_code


async def did_after_failed_sign_up(stack: Stack) -> object:
    """The invite is found used up only after the DID was minted."""
    response = await stack.procedure(CREATE, {**FORM, "inviteCode": "unknown"})
    assert response.status_code in (400, 500)
    (line,) = (await stack.plc.get("/export?count=1")).text.splitlines()
    did = line.partition('"did":"')[2].partition('"')[0]
    return (await stack.plc.get(f"/{did}")).status_code


async def taken_handle(stack: Stack) -> object:
    person = await stack.sign_up()
    return told(await stack.procedure(CREATE, {**FORM, "handle": person.handle}))


async def unknown_invite(stack: Stack) -> object:
    return told(await stack.procedure(CREATE, {**FORM, "inviteCode": "unknown"}))


async def failed_login(stack: Stack) -> object:
    form = {"identifier": "nobody.localnet.test", "password": "x"}
    return told(await stack.procedure("com.atproto.server.createSession", form))[:2]


async def session_of_deactivated(stack: Stack) -> object:
    person = await stack.sign_up()
    await stack.procedure("com.atproto.server.deactivateAccount", {}, person.access)
    answer: dict[str, Any] = (await stack.query("com.atproto.server.getSession", person.access)).json()
    return answer.get("status", answer.get("error"))


async def no_token(stack: Stack) -> object:
    return told(await stack.query("com.atproto.server.getSession"))


async def expired_token(stack: Stack) -> object:
    person = await stack.sign_up()
    stack.clock.advance(3 * 3600)
    return told(await stack.query("com.atproto.server.getSession", person.access))


async def wrong_admin_password(stack: Stack) -> object:
    wrong = "Basic YWRtaW46bm9wZQ=="
    body = {"useCount": 1}
    answers = [
        await stack.procedure("com.atproto.server.createInviteCode", body, token) for token in (wrong, None)
    ]
    return [told(answer)[:2] for answer in answers]


async def upload_while_deactivated(stack: Stack) -> object:
    person = await stack.sign_up()
    await stack.procedure("com.atproto.server.deactivateAccount", {}, person.access)
    return (await stack.upload(b"bytes", "text/plain", person.access)).status_code


async def write_into_another_repository(stack: Stack) -> object:
    alice, bob = await stack.sign_up(), await stack.sign_up("bobby")
    return told(await stack.post(alice, repo=bob.did))[:2]


async def activation_too_early(stack: Stack) -> object:
    newcomer = Newcomer(stack, "carol.localnet.test")
    await newcomer.register()
    access = (await newcomer.move_in(newcomer.token())).json().get("accessJwt")
    if access is None:
        access = (await newcomer.move_in(None)).json()["accessJwt"]
    return (await stack.procedure("com.atproto.server.activateAccount", None, access)).status_code


async def record_without_text(stack: Stack) -> object:
    record = {"$type": "app.bsky.feed.post", "createdAt": "2024-01-01T00:00:00Z"}
    alice = await stack.sign_up()
    answer = await stack.post(alice, record)
    untyped = {"repo": alice.did, "collection": "com.example.thing", "record": {"a": 1}}
    other = await stack.procedure("com.atproto.repo.createRecord", untyped, alice.access)
    return sorted(answer.json()) if answer.status_code == 200 else 400, other.status_code


async def missing_record(stack: Stack) -> object:
    person = await stack.sign_up()
    where = {"repo": person.did, "collection": "app.bsky.feed.post", "rkey": "3jzfcijpj2z2a"}
    return told(await stack.query("com.atproto.repo.getRecord", None, **where))[:2]


async def blob_over_the_limit(stack: Stack) -> object:
    answer = await stack.upload(b"x" * 1001, "text/plain", (await stack.sign_up()).access)
    return answer.json()["blob"]["size"] if answer.status_code == 200 else answer.status_code


async def blob_limit_described(stack: Stack) -> object:
    return "blobUploadLimit" in (await stack.query("com.atproto.server.describeServer")).json()


async def prev_data_on_firehose(stack: Stack) -> object:
    frames: list[bytes] = []
    stack.pds.sequencer.follow(lambda event: frames.append(event.frame))
    await stack.post(await stack.sign_up())
    _, body_at = decode_first(frames[-1])
    body, _ = decode_first(frames[-1], body_at)
    return "prevData" in body


async def admin_reads_deactivated(stack: Stack) -> object:
    person = await stack.sign_up()
    await stack.procedure("com.atproto.server.deactivateAccount", {}, person.access)
    return (await stack.query("com.atproto.sync.getRepo", ADMIN, did=person.did)).status_code


async def unknown_method(stack: Stack) -> object:
    return told(await stack.query("com.example.nothing"))


BROKEN = (500, "InternalServerError", "Something went wrong")
BAD_JWT = (400, "InvalidRequest", "BadJwt: `AuthMissing`")

CASES: dict[str, Case] = {
    "session tokens are signed ES256K with the server's key": Case(algorithm_of_session, "HS256", "ES256K"),
    "one global key signs all repositories": Case(two_accounts_share_a_signing_key, False, True),
    "createAccount takes the admin's Basic authorization": Case(admin_signs_up, 401, 200),
    "createAccount with a DID asks for no proof": Case(did_without_proof, 401, 200),
    "a sign-up that fails after the DID was minted leaves the DID registered": Case(
        did_after_failed_sign_up, 404, 200
    ),
    "a handle or address that cannot be had has an error name of its own": Case(
        taken_handle,
        (400, "InvalidRequest", "Handle already taken: alice.localnet.test"),
        (400, "HandleNotAvailable", "Handle not available"),
    ),
    "whether an invite still counts is found out after the DID was minted": Case(
        unknown_invite,
        (400, "InvalidInviteCode", "Provided invite code not available"),
        BROKEN,
    ),
    "a failed login is 400 InvalidLogin": Case(
        failed_login, (401, "AuthenticationRequired"), (400, "InvalidLogin")
    ),
    "sessions know no active, and getSession no deactivated account": Case(
        session_of_deactivated, "deactivated", "AccountNotFound"
    ),
    "a missing or bad token is 400 InvalidRequest": Case(
        no_token, (401, "AuthMissing", "Authentication Required"), BAD_JWT
    ),
    "an expired token says so in rsky's words": Case(
        expired_token,
        (400, "ExpiredToken", "Token has expired"),
        (400, "ExpiredToken", "Token is expired"),
    ),
    "a wrong admin password is 401 AuthRequiredError, a missing one 500": Case(
        wrong_admin_password,
        [(401, "AuthenticationRequired")] * 2,
        [(401, "AuthRequiredError"), (500, "InternalServerError")],
    ),
    "who writes or uploads must have an active account, before anything else": Case(
        upload_while_deactivated, 200, 400
    ),
    "every failure of a repository write is 500": Case(
        write_into_another_repository, (401, "AuthenticationRequired"), (500, "InternalServerError")
    ),
    "a failure without a name of its own is 500": Case(activation_too_early, 400, 500),
    "records are not judged by their lexicon, but must say a type": Case(
        record_without_text, (400, 200), (["cid", "uri"], 500)
    ),
    "a missing record is 404": Case(missing_record, (400, "RecordNotFound"), (404, "RecordNotFound")),
    "a blob beyond the limit is cut off there, silently": Case(blob_over_the_limit, 413, 1000),
    "describeServer has no blobUploadLimit": Case(blob_limit_described, True, False),
    "commits on the firehose have no prevData": Case(prev_data_on_firehose, True, False),
    "the admin may not read a deactivated repository": Case(admin_reads_deactivated, 200, 500),
    "what no route takes is passed on for whoever is logged in, and ends there": Case(
        unknown_method,
        (400, "InvalidRequest", "No service configured for com.example.nothing"),
        BAD_JWT,
    ),
}


@pytest.mark.parametrize("difference", CASES)
@pytest.mark.parametrize("dialect", ["reference", "rsky"])
async def test_the_dialects_differ_in_that(difference: str, dialect: str) -> None:
    case = CASES[difference]

    answer = await case.ask(Stack(dialect=dialect, blob_limit="1000"))

    assert answer == getattr(case, dialect)


def test_a_difference_changes_only_what_it_names() -> None:
    (key,) = (each for each in DIFFERENCES if each.fields == {"session_key": True})

    changed = apply(REFERENCE, "reference", (key,))

    assert changed == Dialect("reference", session_key=True)


async def test_rsky_keeps_an_account_that_was_imported_without_proof_for_three_days(rsky: Stack) -> None:
    newcomer = Newcomer(rsky, "carol.localnet.test")
    await newcomer.register()
    await newcomer.move_in(None)

    account = rsky.pds.accounts.get(newcomer.did)

    assert account is not None
    assert account.deactivated_at == NOW
    assert account.delete_after == "2023-11-17T22:13:20.000Z"
