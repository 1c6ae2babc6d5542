"""Signing up, bringing an identity along, activating it, and what an account that is not active may do."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from fakes import plc
from fakes.atproto.keys import PrivateKey
from fakes.settings import Settings
from tests.fakes.pds.stack import NOW, Newcomer, Person, Stack, person, told

pytestmark = pytest.mark.anyio

CREATE = "com.atproto.server.createAccount"
ACTIVATE = "com.atproto.server.activateAccount"


async def test_signing_up_mints_an_identity_that_points_here(stack: Stack) -> None:
    recovery = PrivateKey.generate(stack.entropy).did_key

    alice = await stack.sign_up(recoveryKey=recovery)

    data = await stack.data(alice.did)
    recommended = (
        await stack.query("com.atproto.identity.getRecommendedDidCredentials", alice.access)
    ).json()
    assert data["rotationKeys"] == [recovery, *recommended["rotationKeys"]]
    assert data["alsoKnownAs"] == ["at://alice.localnet.test"]
    assert data["services"] == recommended["services"]
    assert data["verificationMethods"] == recommended["verificationMethods"]


FORMS: dict[str, tuple[dict[str, Any], tuple[int, str, str]]] = {
    "a taken handle": (
        {"handle": "Alice.localnet.test"},
        (400, "InvalidRequest", "Handle already taken: alice.localnet.test"),
    ),
    "a taken address": (
        {"email": "ALICE@example.com"},
        (400, "InvalidRequest", "Email already taken: ALICE@example.com"),
    ),
    "no address": ({"email": None}, (400, "InvalidRequest", "Email is required")),
    "an operation brought along": (
        {"plcOp": {"a": 1}},
        (400, "InvalidRequest", 'Unsupported input: "plcOp"'),
    ),
    "a recovery key that is none": (
        {"recoveryKey": "did:key:zNope"},
        (400, "InvalidRequest", "Invalid rotationKey: did:key:zNope"),
    ),
    "an endless password": (
        {"password": "p" * 257},
        (400, "InvalidRequest", "Password too long. Maximum length is 256 characters."),
    ),
}


@pytest.mark.parametrize(("changes", "refusal"), FORMS.values(), ids=FORMS.keys())
async def test_signing_up_is_refused_for(
    changes: dict[str, Any], refusal: tuple[int, str, str], stack: Stack
) -> None:
    await stack.sign_up()
    form = {"handle": "bob.localnet.test", "email": "bob@example.com", "password": "x", **changes}

    answer = await stack.procedure(CREATE, {name: value for name, value in form.items() if value is not None})

    assert told(answer) == refusal


async def test_an_invite_is_used_up_by_signing_up_and_not_by_a_bad_handle() -> None:
    stack = Stack(invites="required")
    admin = "Basic YWRtaW46YWRtaW4tcGFzcw=="
    code = (await stack.procedure("com.atproto.server.createInviteCode", {"useCount": 1}, admin)).json()[
        "code"
    ]
    form = {"handle": "ab.localnet.test", "email": "bob@example.com", "password": "x", "inviteCode": code}

    assert told(await stack.procedure(CREATE, form))[1] == "InvalidHandle"
    await stack.sign_up(inviteCode=code)

    again = await stack.procedure(CREATE, {**form, "handle": "bob.localnet.test"})
    assert told(again) == (400, "InvalidInviteCode", "Provided invite code not available")
    without = await stack.procedure(CREATE, {**form, "inviteCode": ""})
    assert told(without) == (400, "InvalidInviteCode", "No invite code provided")


class Turnstile(httpx.AsyncBaseTransport):
    """Lets operations through to the directory only once so many have come."""

    def __init__(self, directory: httpx.AsyncBaseTransport, size: int) -> None:
        self._directory = directory
        self._missing = size
        self._open = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self._missing -= 1
            if not self._missing:
                self._open.set()
            await self._open.wait()
        return await self._directory.handle_async_request(request)


async def test_of_five_who_sign_up_at_once_for_one_handle_four_leave_no_identity_behind() -> None:
    directory = httpx.ASGITransport(plc.build(Settings("plc")))
    stack = Stack(Turnstile(directory, 5))
    forms = [
        {"handle": "alice.localnet.test", "email": f"a{n}@example.com", "password": "x"} for n in range(5)
    ]

    answers = await asyncio.gather(*(stack.procedure(CREATE, form) for form in forms))

    assert sorted(answer.status_code for answer in answers) == [200, 500, 500, 500, 500]
    assert (await stack.plc.get("/export")).text.count('"plc_tombstone"') == 4


BAD_PROOFS: dict[str, tuple[Callable[[Newcomer], str | None], tuple[int, str]]] = {
    "nothing": (lambda _: None, (401, "AuthenticationRequired")),
    "a token signed by another key": (
        lambda who: who.token(PrivateKey.from_bytes(b"\x07" * 32)),
        (401, "BadJwtSignature"),
    ),
    "a token signed by the rotation key": (
        lambda who: who.token(who.rotation_key),
        (401, "BadJwtSignature"),
    ),
    "a token for another server": (
        lambda who: who.token(aud="did:web:other.example"),
        (401, "BadJwtAudience"),
    ),
    "a token for another method": (
        lambda who: who.token(lxm="com.atproto.repo.uploadBlob"),
        (401, "BadJwtLexiconMethod"),
    ),
    "a token for no method": (lambda who: who.token(lxm=None), (401, "BadJwtLexiconMethod")),
    "an expired token": (lambda who: who.token(exp=NOW - 10), (401, "JwtExpired")),
    "junk": (lambda _: "junk", (401, "BadJwt")),
    "the admin's password": (lambda _: "Basic YWRtaW46YWRtaW4tcGFzcw==", (401, "AuthenticationRequired")),
}


@pytest.mark.parametrize(("proof", "refusal"), BAD_PROOFS.values(), ids=BAD_PROOFS.keys())
async def test_an_identity_is_not_taken_in_on(
    proof: Callable[[Newcomer], str | None], refusal: tuple[int, str], stack: Stack
) -> None:
    newcomer = Newcomer(stack, "carol.localnet.test")
    await newcomer.register()

    answer = await newcomer.move_in(proof(newcomer))

    assert told(answer)[:2] == refusal


async def test_an_identity_that_nobody_registered_cannot_be_resolved(stack: Stack) -> None:
    newcomer = Newcomer(stack, "carol.localnet.test")

    answer = await newcomer.move_in(newcomer.token())

    assert told(answer) == (401, "AuthenticationRequired", "could not resolve iss did")


async def moved_in(stack: Stack) -> tuple[Newcomer, Person]:
    newcomer = Newcomer(stack, "carol.localnet.test")
    await newcomer.register()
    return newcomer, person((await newcomer.move_in(newcomer.token())).json())


async def test_who_moves_in_is_not_active_has_a_new_signing_key_and_is_not_told_of(stack: Stack) -> None:
    frames: list[bytes] = []
    stack.pds.sequencer.follow(lambda event: frames.append(event.frame))

    newcomer, carol = await moved_in(stack)

    status = (await stack.query("com.atproto.server.checkAccountStatus", carol.access)).json()
    account = stack.pds.accounts.get(carol.did)
    assert (status["activated"], status["validDid"]) == (False, False)
    assert account is not None
    assert account.signing_key.did_key != newcomer.signing_key.did_key
    assert frames == []


async def test_moving_in_twice_is_refused(stack: Stack) -> None:
    newcomer, _ = await moved_in(stack)

    assert told(await newcomer.move_in(newcomer.token())) == (400, "AlreadyExists", "Repo already exists")


async def test_activation_asks_for_rotation_key_then_endpoint_then_signing_key_and_not_for_the_handle(
    stack: Stack,
) -> None:
    newcomer, carol = await moved_in(stack)
    wanted = (await stack.query("com.atproto.identity.getRecommendedDidCredentials", carol.access)).json()

    async def activate() -> str:
        answer = await stack.procedure(ACTIVATE, None, carol.access)
        return "" if answer.status_code == 200 else told(answer)[2]

    assert await activate() == "Server rotation key not included in PLC DID data"
    keys = [*wanted["rotationKeys"], newcomer.rotation_key.did_key]
    await newcomer.update(rotationKeys=keys, alsoKnownAs=["at://other.localnet.test"])
    assert await activate() == "DID document atproto_pds service endpoint does not match PDS public url"
    await newcomer.update(services=wanted["services"])
    assert await activate() == "DID document verification method does not match expected signing key"
    await newcomer.update(verificationMethods=wanted["verificationMethods"])
    assert await activate() == ""
    assert await activate() == ""
    assert (await stack.post(carol)).status_code == 200


INACTIVE: dict[str, tuple[str, dict[str, str], tuple[int, str]]] = {
    "getRecord": (
        "com.atproto.repo.getRecord",
        {"repo": "", "collection": "app.bsky.feed.post", "rkey": "3jzfcijpj2z2a"},
        (400, "InvalidRequest"),
    ),
    "listRecords": (
        "com.atproto.repo.listRecords",
        {"repo": "", "collection": "app.bsky.feed.post"},
        (400, "InvalidRequest"),
    ),
    "describeRepo": ("com.atproto.repo.describeRepo", {"repo": ""}, (400, "RepoDeactivated")),
    "getRepo": ("com.atproto.sync.getRepo", {"did": ""}, (400, "RepoDeactivated")),
    "getLatestCommit": ("com.atproto.sync.getLatestCommit", {"did": ""}, (400, "RepoDeactivated")),
    "listBlobs": ("com.atproto.sync.listBlobs", {"did": ""}, (400, "RepoDeactivated")),
    "resolveHandle": (
        "com.atproto.identity.resolveHandle",
        {"handle": "alice.localnet.test"},
        (400, "HandleNotFound"),
    ),
}


@pytest.mark.parametrize(("nsid", "params", "refusal"), INACTIVE.values(), ids=INACTIVE.keys())
async def test_a_deactivated_account_is_hidden_from(
    nsid: str, params: dict[str, str], refusal: tuple[int, str], stack: Stack
) -> None:
    alice = await stack.sign_up()
    await stack.procedure("com.atproto.server.deactivateAccount", {}, alice.access)

    answer = await stack.query(nsid, None, **{name: value or alice.did for name, value in params.items()})

    assert told(answer)[:2] == refusal


async def test_a_deactivated_account_logs_in_uploads_and_comes_back_but_does_not_write(stack: Stack) -> None:
    alice = await stack.sign_up()
    await stack.procedure("com.atproto.server.deactivateAccount", {}, alice.access)
    form = {"identifier": alice.handle, "password": "pw-alice"}

    session = (await stack.procedure("com.atproto.server.createSession", form)).json()

    assert (session["active"], session["status"]) == (False, "deactivated")
    assert (await stack.upload(b"bytes", "text/plain", session["accessJwt"])).status_code == 200
    assert told(await stack.post(alice)) == (401, "AccountDeactivated", "Account is deactivated")
    assert (await stack.procedure(ACTIVATE, None, alice.access)).status_code == 200
    assert (await stack.post(alice)).status_code == 200


async def test_a_handle_moves_and_the_old_one_resolves_no_more(stack: Stack) -> None:
    alice = await stack.sign_up()

    answer = await stack.procedure(
        "com.atproto.identity.updateHandle", {"handle": "alicia.localnet.test"}, alice.access
    )

    resolve = "com.atproto.identity.resolveHandle"
    assert answer.status_code == 200
    assert (await stack.data(alice.did))["alsoKnownAs"] == ["at://alicia.localnet.test"]
    assert (await stack.query(resolve, None, handle="alicia.localnet.test")).json() == {"did": alice.did}
    assert told(await stack.query(resolve, None, handle=alice.handle))[1] == "HandleNotFound"
    well_known = await stack.http.get("/.well-known/atproto-did", headers={"host": "alicia.localnet.test"})
    assert well_known.text == alice.did


async def test_a_deleted_account_frees_its_handle_and_keeps_its_identity(stack: Stack) -> None:
    alice = await stack.sign_up()
    admin = "Basic YWRtaW46YWRtaW4tcGFzcw=="

    await stack.procedure("com.atproto.admin.deleteAccount", {"did": alice.did}, admin)

    assert told(await stack.post(alice))[:2] == (403, "AccountNotFound")
    assert (await stack.plc.get(f"/{alice.did}")).status_code == 200
    assert (await stack.sign_up()).did != alice.did
