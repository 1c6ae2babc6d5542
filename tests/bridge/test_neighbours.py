"""What each answer of the directory, keycast and the name server means, and what is sent to them, as data."""

import json
from collections.abc import Awaitable, Callable

import httpx
import pytest
import respx

from bridge.clients.keycast import Keycast
from bridge.clients.names import NameServer
from bridge.clients.plc import PlcDirectory
from bridge.errors import BridgeError, Refused, Transient

pytestmark = pytest.mark.anyio

DID = "did:plc:aliceaaaaaaaaaaaaaaaaaaa"


def client(router: respx.Router) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(router.async_handler))


OPERATIONS = {
    "an empty success": (httpx.Response(200), None),
    "a success with a word": (httpx.Response(200, text="OK"), None),
    "a repetition": (httpx.Response(400, json={"message": "Operations not correctly ordered"}), Refused),
    "a conflict": (httpx.Response(409, json={"message": "Proposed prev does not match"}), Refused),
    "too many operations, which is 400 here": (
        httpx.Response(400, json={"message": "To many operations within last hour (max 10)"}),
        Transient,
    ),
    "no such route": (httpx.Response(404, html="<pre>Cannot POST /</pre>"), Refused),
    "a broken directory": (httpx.Response(500, json={"message": "Internal Server Error"}), Transient),
}


@pytest.mark.parametrize(("response", "meaning"), OPERATIONS.values(), ids=OPERATIONS)
async def test_the_directorys_answer_to_an_operation_is_understood(
    response: httpx.Response, meaning: type[BridgeError] | None
) -> None:
    router = respx.Router()
    route = router.post(f"http://plc/{DID}").mock(return_value=response)
    caught: BridgeError | None = None

    try:
        await PlcDirectory(client(router), "http://plc").submit(DID, {"type": "plc_operation"})
    except BridgeError as failure:
        caught = failure

    assert type(caught) is (meaning or type(None))
    assert route.calls[0].request.url.raw_path.decode() == f"/{DID}"


async def test_an_unregistered_identity_has_an_empty_log() -> None:
    router = respx.Router()
    router.get(f"http://plc/{DID}/log").mock(
        return_value=httpx.Response(404, json={"message": "not registered"})
    )

    assert await PlcDirectory(client(router), "http://plc").log(DID) == []


Tell = Callable[[httpx.AsyncClient], Awaitable[None]]


def keycast(state: str) -> Tell:
    return lambda http: Keycast(http, "http://sink", "t").tell("ab" * 32, state, DID, "why")


def names(state: str) -> Tell:
    return lambda http: NameServer(http, "http://sink", "t", "pds.test", "entryway.test").tell(
        "alice.localnet.test", state, DID
    )


SUBJECT = {"nostr_pubkey": "ab" * 32}
HOSTS = {"atproto_pds_host": "pds.test", "atproto_authorization_server_host": "entryway.test"}
MESSAGES = {
    "keycast of ready": (
        keycast("ready"),
        {**SUBJECT, "enabled": True, "state": "ready", "did": DID, "error": None},
    ),
    "keycast of failed": (
        keycast("failed"),
        {**SUBJECT, "enabled": True, "state": "failed", "did": None, "error": "why"},
    ),
    "keycast of disabled": (
        keycast("disabled"),
        {**SUBJECT, "enabled": False, "state": "disabled", "did": None, "error": None},
    ),
    "the name server of ready": (
        names("ready"),
        {**HOSTS, "name": "alice", "atproto_did": DID, "atproto_state": "ready"},
    ),
    "the name server of disabled": (
        names("disabled"),
        {**HOSTS, "name": "alice", "atproto_did": None, "atproto_state": "disabled"},
    ),
}


@pytest.mark.parametrize(("tell", "body"), MESSAGES.values(), ids=MESSAGES)
async def test_a_neighbour_is_told_in_its_own_words(tell: Tell, body: dict[str, object]) -> None:
    router = respx.Router()
    route = router.post("http://sink").mock(return_value=httpx.Response(200))

    await tell(client(router))

    request = route.calls[0].request
    assert json.loads(request.content) == body
    assert request.headers["authorization"] == "Bearer t"


NOT_TAKEN = {
    "unknown person": (httpx.Response(404), Refused),
    "wrong token": (httpx.Response(401), Refused),
    "not configured": (httpx.Response(503), Transient),
}


@pytest.mark.parametrize(("response", "meaning"), NOT_TAKEN.values(), ids=NOT_TAKEN)
@pytest.mark.parametrize("tell", [keycast("ready"), names("ready")], ids=["keycast", "name server"])
async def test_a_neighbour_that_does_not_take_it_is_noticed(
    tell: Tell, response: httpx.Response, meaning: type[BridgeError]
) -> None:
    router = respx.Router()
    router.post("http://sink").mock(return_value=response)

    with pytest.raises(meaning):
        await tell(client(router))
