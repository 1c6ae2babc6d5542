"""What measuring rsky added to its dialect: the same question, asked of both. The older ones: test_dialects.py."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from fakes.atproto.jwt import decode
from fakes.atproto.plc import cid_of, sign_operation
from fakes.pds.rsky import DIFFERENCES
from tests.fakes.pds import test_dialects
from tests.fakes.pds.stack import ADMIN, POST, Person, Stack, told
from tests.fakes.pds.test_dialects import BAD_JWT, BROKEN, CREATE, FORM, Case

pytestmark = pytest.mark.anyio

Ask = Callable[[Stack], Awaitable[object]]
SERVER, REPO, SYNC, ADMINISTRATION = (f"com.atproto.{name}" for name in ("server", "repo", "sync", "admin"))
VIDEO = b"\0\0\0\x14ftypisom\0\0\0\0isom" + b"\0" * 64
LIKE = {"$type": "app.bsky.feed.like", "createdAt": "2024-01-01T00:00:00Z"}


def signing_up(**fields: Any) -> Ask:
    async def ask(stack: Stack) -> object:
        answer = await stack.procedure(CREATE, {**FORM, **fields})
        return answer.status_code if answer.status_code == 200 else told(answer)[:2]

    return ask


def as_somebody(nsid: str, body: dict[str, Any] | None = None, **params: Any) -> Ask:
    """The answer's keys, or its refusal, when somebody with a session asks."""

    async def ask(stack: Stack) -> object:
        person = await stack.sign_up()
        if body is None:
            answer = await stack.query(nsid, person.access, **params)
        else:
            answer = await stack.procedure(nsid, body, person.access)
        return sorted(answer.json()) if answer.status_code == 200 else told(answer)[:2]

    return ask


async def method_that_rsky_lacks(stack: Stack) -> object:
    did = (await stack.sign_up()).did
    return (await stack.query(f"{SYNC}.getHead", None, did=did)).status_code


async def number_that_is_none(stack: Stack) -> object:
    did = (await stack.sign_up()).did
    answer = await stack.query(f"{SYNC}.listBlobs", None, did=did, limit="many")
    return answer.status_code


async def null_in_a_body(stack: Stack) -> object:
    return (await stack.post(await stack.sign_up(), POST, validate=None)).status_code


async def empty_page(stack: Stack) -> object:
    where = {"repo": (await stack.sign_up()).did, "collection": "app.bsky.feed.post"}
    return sorted((await stack.query(f"{REPO}.listRecords", None, **where)).json())


async def unknown_page(stack: Stack) -> object:
    answer = await stack.http.get("/nowhere")
    preflight = await stack.http.options("/xrpc/anything")
    return answer.status_code, answer.headers["content-type"], preflight.status_code


async def tokens_of_both_kinds(stack: Stack) -> object:
    person = await stack.sign_up()
    session = decode(person.access)
    params = {"aud": stack.pds.configuration.service_did, "lxm": f"{REPO}.uploadBlob"}
    token = (await stack.query(f"{SERVER}.getServiceAuth", person.access, **params)).json()["token"]
    answer = await stack.query(f"{SERVER}.getSession", token)
    return session.header["typ"], "nbf" in session.claims, answer.status_code


async def lower_case_scheme(stack: Stack) -> object:
    token = (await stack.sign_up()).access
    return (await stack.query(f"{SERVER}.getSession", f"bearer {token}")).status_code


async def import_by_a_stranger(stack: Stack) -> object:
    headers = {"content-type": "application/vnd.ipld.car"}
    answer = await stack.http.post(f"/xrpc/{REPO}.importRepo", content=b"junk", headers=headers)
    return told(answer)[:2]


async def renamed_to_a_reserved_handle(stack: Stack) -> object:
    person, body = await stack.sign_up(), {"handle": "admin.localnet.test"}
    answer = await stack.procedure("com.atproto.identity.updateHandle", body, person.access)
    return told(answer)[:2]


async def operation_with_the_rotation_key(stack: Stack) -> object:
    person = await stack.sign_up()
    latest = (await stack.plc.get(f"/{person.did}/log/last")).json()
    operation = {**latest, "prev": str(cid_of(latest)), "rotationKeys": [stack.pds.rotation_key.did_key]}
    operation = sign_operation(
        {name: value for name, value in operation.items() if name != "sig"}, stack.pds.rotation_key
    )
    nsid = "com.atproto.identity.submitPlcOperation"
    return (await stack.procedure(nsid, {"operation": operation}, person.access)).status_code


async def operations_after_the_same_handle(stack: Stack) -> object:
    person = await stack.sign_up()
    body = {"handle": person.handle}
    await stack.procedure("com.atproto.identity.updateHandle", body, person.access)
    return len((await stack.plc.get(f"/{person.did}/log")).json())


async def upper_case_handle(stack: Stack) -> object:
    handle = (await stack.sign_up()).handle.upper()
    return (await stack.query("com.atproto.identity.resolveHandle", None, handle=handle)).status_code


async def audience_that_is_none(stack: Stack) -> object:
    person = await stack.sign_up()
    answer = await stack.query(f"{SERVER}.getServiceAuth", person.access, aud="nobody")
    return sorted(decode(answer.json()["token"]).claims) if answer.status_code == 200 else 400


async def standing_after_takedown(stack: Stack) -> object:
    did = (await stack.sign_up()).did
    subject = {"$type": "com.atproto.admin.defs#repoRef", "did": did}
    body = {"subject": subject, "takedown": {"applied": True, "ref": "r"}}
    await stack.procedure(f"{ADMINISTRATION}.updateSubjectStatus", body, ADMIN)
    return (await stack.query(f"{SYNC}.getRepoStatus", None, did=did)).json()["status"]


async def liked_twice(stack: Stack) -> object:
    alice = await stack.sign_up()
    written = (await stack.post(alice)).json()
    like = {**LIKE, "subject": {"uri": written["uri"], "cid": written["cid"]}}
    for _ in range(2):
        await stack.post(alice, like)
    return stack.pds.holdings[alice.did].repository.record_count - 1


async def blob_in_an_unknown_place(stack: Stack) -> object:
    alice = await stack.sign_up()
    video = await uploaded(stack, alice, VIDEO, "video/mp4")
    text = await uploaded(stack, alice, b"some words", "text/plain")
    embeds: list[dict[str, Any]] = [{"video": video}, {"video": text}, {"thing": video}]
    answers = [
        await stack.post(alice, {**POST, "embed": {"$type": "com.example.embed", **embed}})
        for embed in embeds
    ]
    return [answer.status_code for answer in answers]


async def deletion(stack: Stack) -> object:
    alice = await stack.sign_up()
    where = {"repo": alice.did, "collection": "app.bsky.feed.post", "rkey": "3jzfcijpj2z2a"}
    return (await stack.procedure(f"{REPO}.deleteRecord", where, alice.access)).content


async def listed_value(stack: Stack) -> object:
    alice = await stack.sign_up()
    await stack.post(alice)
    where = {"repo": alice.did, "collection": "app.bsky.feed.post"}
    (record,) = (await stack.query(f"{REPO}.listRecords", None, **where)).json()["records"]
    return "text" in record["value"], "rkey" in record["value"]


async def declared_type_with_parameters(stack: Stack) -> object:
    alice = await stack.sign_up()
    return (await uploaded(stack, alice, b"some words", "text/plain; charset=utf-8"))["mimeType"]


async def types_found(stack: Stack) -> object:
    alice = await stack.sign_up()
    pages = (b"<!doctype html><title>502</title>", b"\0\0\0\x14ftypheic\0\0\0\0heic" + b"\0" * 64)
    return [(await uploaded(stack, alice, data, "video/mp4"))["mimeType"] for data in pages]


async def blob_before_any_record(stack: Stack) -> object:
    alice = await stack.sign_up()
    cid = (await uploaded(stack, alice, b"some words", "text/plain"))["ref"]["$link"]
    return told(await stack.query(f"{SYNC}.getBlob", None, did=alice.did, cid=cid))


async def told_of_deactivation(stack: Stack) -> object:
    alice = await stack.sign_up()
    before = len(stack.pds.sequencer)
    await stack.procedure(f"{SERVER}.deactivateAccount", {}, alice.access)
    return len(stack.pds.sequencer) - before


async def uploaded(stack: Stack, whose: Person, data: bytes, kind: str) -> dict[str, Any]:
    blob: dict[str, Any] = (await stack.upload(data, kind, whose.access)).json()["blob"]
    return blob


APP_PASSWORD = as_somebody(f"{SERVER}.createAppPassword", {"name": "phone"})
LOGIN_OF_NOBODY = {"email": "nobody@example.com"}

CASES: dict[str, Case] = {
    "some methods are not there": Case(method_that_rsky_lacks, 200, 400),
    "some methods always break": Case(
        as_somebody(f"{SERVER}.reserveSigningKey", {}), ["signingKey"], BROKEN[:2]
    ),
    "query parameters that cannot be read are ignored": Case(number_that_is_none, 400, 200),
    "a body must have the right keys and types, nothing more": Case(null_in_a_body, 400, 200),
    "absent values are told as null": Case(empty_page, ["records"], ["cursor", "records"]),
    "pages and headers are a plainer server's": Case(
        unknown_page, (404, "text/html; charset=utf-8", 204), (500, "application/json", 200)
    ),
    "session tokens are plain JWTs, and a service-auth token counts as one": Case(
        tokens_of_both_kinds, ("at+jwt", False, 400), ("JWT", True, 200)
    ),
    "the scheme of an authorization is spelt exactly": Case(lower_case_scheme, 200, 400),
    "importRepo breaks over a caller it does not know": Case(
        import_by_a_stranger, (401, "AuthMissing"), BROKEN[:2]
    ),
    "requestPasswordReset is for whoever is logged in": Case(
        lambda stack: refused(stack, f"{SERVER}.requestPasswordReset", LOGIN_OF_NOBODY),
        (400, "InvalidRequest", "account does not have an email address"),
        BAD_JWT,
    ),
    "every failure of updateHandle is 500": Case(
        renamed_to_a_reserved_handle, (400, "HandleNotAvailable"), BROKEN[:2]
    ),
    "any address and any length of password will do": Case(
        signing_up(email="bob@nowhere", password="x" * 257), (400, "InvalidRequest"), 200
    ),
    "submitPlcOperation looks for the signing key among the rotation keys": Case(
        operation_with_the_rotation_key, 200, 400
    ),
    "a change to the handle that one has already reaches no PLC directory": Case(
        operations_after_the_same_handle, 2, 1
    ),
    "resolveHandle looks for exactly what it is given": Case(upper_case_handle, 200, 500),
    "service auth is for any audience, and not for app passwords": Case(
        audience_that_is_none, 400, ["aud", "exp", "iss", "jti", "lxm"]
    ),
    "app passwords do not say whether they are privileged": Case(
        APP_PASSWORD, ["createdAt", "name", "password", "privileged"], ["createdAt", "name", "password"]
    ),
    "getRepoStatus has a word of its own for an account that was taken down": Case(
        standing_after_takedown, "takendown", "takedown"
    ),
    "the same subject can be liked any number of times": Case(liked_twice, 1, 2),
    "a blob may stand only where it is known what it must be": Case(
        blob_in_an_unknown_place, [200, 200, 200], [200, 500, 500]
    ),
    "deleteRecord and applyWrites answer without a body": Case(deletion, b"{}", b""),
    "listRecords gives the server's row in the place of the record": Case(
        listed_value, (True, False), (False, True)
    ),
    "an upload is kept as it was sent": Case(
        declared_type_with_parameters, "text/plain", "text/plain; charset=utf-8"
    ),
    "the first bytes of a blob are read by another table": Case(
        types_found, ["video/mp4", "image/heic"], ["text/html", "image/heif"]
    ),
    "a blob that is not served has an error name of its own": Case(
        blob_before_any_record,
        (400, "InvalidRequest", "Blob not found"),
        (400, "BlobNotFound", "Blob could not be found"),
    ),
    "the firehose is not told when an account deactivates itself": Case(told_of_deactivation, 1, 0),
}


async def refused(stack: Stack, nsid: str, body: dict[str, Any]) -> object:
    return told(await stack.procedure(nsid, body))


@pytest.mark.parametrize("difference", CASES)
@pytest.mark.parametrize("dialect", ["reference", "rsky"])
async def test_the_dialects_differ_in_that(difference: str, dialect: str) -> None:
    case = CASES[difference]

    assert await case.ask(Stack(dialect=dialect)) == getattr(case, dialect)


def test_every_difference_is_asked_about_and_has_a_source() -> None:
    asked = {**test_dialects.CASES, **CASES}

    assert sorted(each.says for each in DIFFERENCES) == sorted(asked)
    assert all(each.source for each in DIFFERENCES)
