"""Who gets in with what: sessions, service-auth tokens, app passwords, and accounts that were taken down."""

from typing import Any

import pytest

from tests.fakes.pds.stack import ADMIN, NOW, POST, Person, Stack, told

pytestmark = pytest.mark.anyio


async def test_the_video_service_uploads_with_a_token_made_for_it_and_no_other(stack: Stack) -> None:
    alice = await stack.sign_up()
    nsid = "com.atproto.repo.uploadBlob"
    did = stack.pds.configuration.service_did

    async def token(method: str) -> str:
        params = {"aud": did, "lxm": method, "exp": int(NOW) + 1800}
        answer = await stack.query("com.atproto.server.getServiceAuth", alice.access, **params)
        return str(answer.json()["token"])

    assert (await stack.upload(b"video", "video/mp4", await token(nsid))).status_code == 200
    other = await stack.upload(b"video", "video/mp4", await token("com.example.thing"))
    assert told(other)[:2] == (401, "BadJwtLexiconMethod")


async def test_sessions_are_rotated_and_ended(stack: Stack) -> None:
    alice = await stack.sign_up()
    refresh = "com.atproto.server.refreshSession"

    second = (await stack.procedure(refresh, None, alice.refresh)).json()
    await stack.procedure("com.atproto.server.deleteSession", None, second["refreshJwt"])

    ended = await stack.procedure(refresh, None, second["refreshJwt"])
    assert told(ended) == (400, "ExpiredToken", "Token has been revoked")
    assert (await stack.query("com.atproto.server.getSession", second["accessJwt"])).status_code == 200


async def take_down(stack: Stack, subject: dict[str, Any]) -> None:
    body = {"subject": subject, "takedown": {"applied": True}}
    answer = await stack.procedure("com.atproto.admin.updateSubjectStatus", body, ADMIN)
    assert answer.status_code == 200


async def test_a_record_that_was_taken_down_is_not_shown(stack: Stack) -> None:
    alice = await stack.sign_up()
    written = (await stack.post(alice, rkey="3jzfcijpj2z2a")).json()

    strong_ref = {"$type": "com.atproto.repo.strongRef", "uri": written["uri"], "cid": written["cid"]}
    await take_down(stack, strong_ref)

    where = {"repo": alice.did, "collection": POST["$type"]}
    single = await stack.query("com.atproto.repo.getRecord", None, rkey="3jzfcijpj2z2a", **where)
    assert told(single)[1] == "RecordNotFound"
    assert (await stack.query("com.atproto.repo.listRecords", None, **where)).json()["records"] == []


async def test_an_account_that_was_taken_down_logs_in_only_to_move_away(stack: Stack) -> None:
    alice = await stack.sign_up()
    await take_down(stack, {"$type": "com.atproto.admin.defs#repoRef", "did": alice.did})
    form = {"identifier": alice.handle, "password": "pw-alice"}

    refused = await stack.procedure("com.atproto.server.createSession", form)
    limited = (
        await stack.procedure("com.atproto.server.createSession", {**form, "allowTakendown": True})
    ).json()

    assert told(refused)[:2] == (401, "AccountTakedown")
    person = Person(alice.did, alice.handle, limited["accessJwt"], "")
    exported = await stack.query("com.atproto.sync.getRepo", person.access, did=alice.did)
    assert exported.status_code == 200
    assert told(await stack.post(person)) == (400, "InvalidToken", "Bad token scope")


async def test_an_app_password_writes_but_makes_no_other(stack: Stack) -> None:
    alice = await stack.sign_up()
    create = "com.atproto.server.createAppPassword"
    made = (await stack.procedure(create, {"name": "phone"}, alice.access)).json()
    form = {"identifier": alice.handle, "password": made["password"]}
    session = (await stack.procedure("com.atproto.server.createSession", form)).json()
    phone = Person(alice.did, alice.handle, session["accessJwt"], session["refreshJwt"])

    assert (await stack.post(phone)).status_code == 200
    assert told(await stack.procedure(create, {"name": "two"}, phone.access))[2] == "Bad token scope"
    await stack.procedure("com.atproto.server.revokeAppPassword", {"name": "phone"}, alice.access)
    revoked = await stack.procedure("com.atproto.server.refreshSession", None, phone.refresh)
    assert told(revoked)[1] == "ExpiredToken"
