"""What each answer of a PDS means, and what is sent to it, as data."""

import json

import httpx
import pytest
import respx

from bridge.clients.pds import Dialect, NewAccount, PdsClient, Record
from bridge.errors import AccessRefused, AccountInactive, BridgeError, Refused, Transient

pytestmark = pytest.mark.anyio

DID = "did:plc:aliceaaaaaaaaaaaaaaaaaaa"
POST = "app.bsky.feed.post"
XRPC = "http://pds/xrpc/"


def client(router: respx.Router) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(router.async_handler))


def pds(router: respx.Router, dialect: Dialect = "reference") -> PdsClient:
    return PdsClient(client(router), "http://pds", "secret:with colon", dialect)


def error(status: int, name: str, message: str = "said so") -> httpx.Response:
    return httpx.Response(status, json={"error": name, "message": message})


MEANINGS = {
    "the account is deactivated": (error(401, "AccountDeactivated"), AccountInactive),
    "the account is taken down": (error(401, "AccountTakedown"), AccountInactive),
    "the account is taken down, as rsky spells it": (error(400, "AccountTakendown"), AccountInactive),
    "the account is deactivated, as rsky says it": (
        error(400, "InvalidRequest", "AccountDeactivated: `Account is deactivated`"),
        AccountInactive,
    ),
    "the token has expired": (error(400, "ExpiredToken"), AccessRefused),
    "the token is not understood": (error(400, "InvalidToken"), AccessRefused),
    "the token is not understood by rsky": (
        error(400, "InvalidRequest", "BadJwt: `Signature tag didn't verify`"),
        AccessRefused,
    ),
    "there was no token": (error(401, "AuthMissing"), AccessRefused),
    "the token is another account's": (error(401, "AuthenticationRequired"), AccessRefused),
    "the record is not what the lexicon wants": (error(400, "InvalidRequest", "Invalid record"), Refused),
    "the blob was never uploaded": (error(400, "BlobNotFound"), Refused),
    "the repository is unknown": (error(403, "AccountNotFound"), Refused),
    "the body is too large": (error(413, "PayloadTooLargeError"), Refused),
    "a redirect": (httpx.Response(302, headers={"Location": "http://elsewhere"}), Refused),
    "the server broke": (error(500, "InternalServerError"), Transient),
    "what is behind the server broke": (error(502, "UpstreamFailure"), Transient),
    "a proxy answers in HTML": (httpx.Response(503, html="<html>busy</html>"), Transient),
    "too many requests": (error(429, "RateLimitExceeded"), Transient),
    "a success that is no JSON": (httpx.Response(200, html="<html>welcome</html>"), Transient),
    "a success that is no object": (httpx.Response(200, json=[]), Transient),
    "a success that names no record": (httpx.Response(200, json={}), BridgeError),
}


@pytest.mark.parametrize(("response", "meaning"), MEANINGS.values(), ids=MEANINGS)
async def test_an_answer_to_a_write_is_understood(
    response: httpx.Response, meaning: type[BridgeError]
) -> None:
    router = respx.Router()
    router.post(XRPC + "com.atproto.repo.createRecord").mock(return_value=response)

    with pytest.raises(BridgeError) as caught:
        await pds(router).create_record("token", DID, POST, "3kabc", {})

    assert type(caught.value) is meaning


async def test_no_answer_is_transient_and_names_what_was_asked() -> None:
    router = respx.Router()
    router.post(XRPC + "com.atproto.repo.createRecord").mock(side_effect=httpx.ConnectError("refused"))

    with pytest.raises(Transient, match="createRecord got no answer from pds"):
        await pds(router).create_record("token", DID, POST, "3kabc", {})


WAITS = {
    "seconds": ("120", 120.0),
    "a date that has passed": ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
    "nonsense": ("soon", None),
}


@pytest.mark.parametrize(("header", "wait"), WAITS.values(), ids=WAITS)
async def test_the_wait_a_server_asks_for_is_kept(header: str, wait: float | None) -> None:
    router = respx.Router()
    router.post(XRPC + "com.atproto.server.activateAccount").mock(
        return_value=httpx.Response(429, headers={"Retry-After": header})
    )

    with pytest.raises(Transient) as caught:
        await pds(router).activate("token")

    assert caught.value.retry_after == wait


async def test_an_error_page_is_cut_to_what_identifies_it() -> None:
    router = respx.Router()
    router.post(XRPC + "com.atproto.server.activateAccount").mock(
        return_value=httpx.Response(503, text="x" * 5000)
    )

    with pytest.raises(Transient) as caught:
        await pds(router).activate("token")

    assert len(str(caught.value)) < 400


RECORDS = {
    "as the reference server answers": {"uri": "at://a/b/c", "cid": "bafy", "value": {"text": "hi"}},
    "wrapped once more, as rsky answers": {
        "value": {"uri": "at://a/b/c", "cid": "bafy", "value": {"text": "hi"}}
    },
}


@pytest.mark.parametrize("body", RECORDS.values(), ids=RECORDS)
async def test_a_record_is_read(body: dict[str, object]) -> None:
    router = respx.Router()
    route = router.get(url__startswith=XRPC).mock(return_value=httpx.Response(200, json=body))

    record = await pds(router).get_record(None, DID, POST, "3kabc")

    assert record == Record("at://a/b/c", "bafy", {"text": "hi"})
    assert f"repo={DID}" in str(route.calls[0].request.url)


MISSING = {
    "reference": error(400, "RecordNotFound", "Could not locate record: at://…"),
    "reference, of an account that is not active": error(400, "InvalidRequest", "Could not locate record"),
    "rsky": error(404, "RecordNotFound"),
}


@pytest.mark.parametrize("response", MISSING.values(), ids=MISSING)
async def test_a_record_that_is_not_there_is_none(response: httpx.Response) -> None:
    router = respx.Router()
    router.get(url__startswith=XRPC).mock(return_value=response)

    assert await pds(router).get_record("token", DID, POST, "3kabc") is None


async def test_a_record_of_a_repository_that_is_not_there_is_an_error() -> None:
    router = respx.Router()
    router.get(url__startswith=XRPC).mock(return_value=error(400, "InvalidRequest", "Could not find repo"))

    with pytest.raises(Refused):
        await pds(router).get_record("token", DID, POST, "3kabc")


AUTHORIZATIONS: dict[str, tuple[Dialect, str]] = {
    "the reference server wants the identity's own proof": ("reference", "Bearer proof"),
    "rsky wants its admin": ("rsky", "Basic YWRtaW46c2VjcmV0OndpdGggY29sb24="),
}


@pytest.mark.parametrize(("dialect", "authorization"), AUTHORIZATIONS.values(), ids=AUTHORIZATIONS)
async def test_an_account_is_asked_for_in_the_servers_dialect(dialect: Dialect, authorization: str) -> None:
    router = respx.Router()
    route = router.post(XRPC + "com.atproto.server.createAccount").mock(
        return_value=httpx.Response(
            200, json={"did": DID, "accessJwt": "a", "refreshJwt": "r", "handle": "h"}
        )
    )

    session = await pds(router, dialect).create_account(
        NewAccount(DID, "alice.test", "noreply+alice.test@test", "password", "invite"), "proof"
    )

    request = route.calls[0].request
    assert request.headers["authorization"] == authorization
    assert json.loads(request.content)["did"] == DID
    assert (session.did, session.access, session.refresh) == (DID, "a", "r")


async def test_a_method_without_input_is_called_without_a_body() -> None:
    router = respx.Router()
    route = router.post(XRPC + "com.atproto.server.activateAccount").mock(return_value=httpx.Response(200))

    await pds(router).activate("token")

    request = route.calls[0].request
    assert request.content == b""
    assert "content-type" not in request.headers


async def test_a_blob_without_a_reference_is_not_taken_for_uploaded() -> None:
    router = respx.Router()
    router.post(XRPC + "com.atproto.repo.uploadBlob").mock(
        return_value=httpx.Response(200, json={"blob": {}})
    )

    with pytest.raises(BridgeError, match="without a blob reference"):
        await pds(router).upload_blob("token", b"film", "video/mp4")
