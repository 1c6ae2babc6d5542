"""What the PDS says when the PLC directory fails."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from fakes import plc
from fakes.settings import Settings
from tests.fakes.pds.stack import Person, Stack, told

pytestmark = pytest.mark.anyio

Fault = Callable[[httpx.Request], httpx.Response | None]


class Faulty(httpx.AsyncBaseTransport):
    """A directory that answers as its `fault` says, and honestly where that says nothing."""

    def __init__(self) -> None:
        self._directory = httpx.ASGITransport(plc.build(Settings("plc")))
        self.fault: Fault = lambda _: None
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.fault(request) or await self._directory.handle_async_request(request)


def answers(verb: str, status: int) -> Fault:
    def fault(request: httpx.Request) -> httpx.Response | None:
        return (
            httpx.Response(status, json={"message": "from the directory"}) if request.method == verb else None
        )

    return fault


def drops(verb: str) -> Fault:
    def fault(request: httpx.Request) -> httpx.Response | None:
        if request.method == verb:
            raise httpx.RemoteProtocolError("dropped", request=request)
        return None

    return fault


async def sign_up(stack: Stack, _alice: Person) -> httpx.Response:
    form = {"handle": "bob.localnet.test", "email": "bob@example.com", "password": "x"}
    return await stack.procedure("com.atproto.server.createAccount", form)


async def rename(stack: Stack, alice: Person) -> httpx.Response:
    body = {"handle": "alicia.localnet.test"}
    return await stack.procedure("com.atproto.identity.updateHandle", body, alice.access)


async def activate(stack: Stack, alice: Person) -> httpx.Response:
    return await stack.procedure("com.atproto.server.activateAccount", None, alice.access)


async def describe(stack: Stack, alice: Person) -> httpx.Response:
    return await stack.query("com.atproto.repo.describeRepo", None, repo=alice.did)


async def write(stack: Stack, alice: Person) -> httpx.Response:
    return await stack.post(alice)


Ask = Callable[[Stack, Person], Awaitable[httpx.Response]]

DROPPED = (502, "UpstreamFailure", "Unable to perform PLC operation")
REFUSED: dict[str, tuple[Fault, Ask, tuple[int, str, str]]] = {
    "signing up, operations refused": (
        answers("POST", 400),
        sign_up,
        (400, "InvalidRequest", "from the directory"),
    ),
    "signing up, operations limited": (
        answers("POST", 429),
        sign_up,
        (400, "InvalidRequest", "from the directory"),
    ),
    "signing up, the directory broken": (
        answers("POST", 503),
        sign_up,
        (502, "UpstreamFailure", "from the directory"),
    ),
    "signing up, operations dropped": (drops("POST"), sign_up, DROPPED),
    "renaming, operations refused": (
        answers("POST", 409),
        rename,
        (400, "InvalidRequest", "from the directory"),
    ),
    "renaming, the identity unknown": (
        answers("GET", 404),
        rename,
        (400, "InvalidRequest", "from the directory"),
    ),
    "renaming, reads broken": (answers("GET", 500), rename, (502, "UpstreamFailure", "from the directory")),
    "activating, the identity unknown": (
        answers("GET", 404),
        activate,
        (400, "InvalidRequest", "from the directory"),
    ),
    "activating, reads dropped": (drops("GET"), activate, DROPPED),
}


@pytest.mark.parametrize(("fault", "ask", "answer"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_fault_shows_when(fault: Fault, ask: Ask, answer: tuple[int, str, str]) -> None:
    directory = Faulty()
    stack = Stack(directory)
    alice = await stack.sign_up()

    directory.fault = fault

    assert told(await ask(stack, alice)) == answer


HIDDEN: dict[str, tuple[Fault, Ask]] = {
    "signing up, documents unknown": (answers("GET", 404), sign_up),
    "signing up, documents dropped": (drops("GET"), sign_up),
    "describing a repository": (answers("GET", 500), describe),
    "writing": (drops("GET"), write),
}


@pytest.mark.parametrize(("fault", "ask"), HIDDEN.values(), ids=HIDDEN.keys())
async def test_a_fault_does_not_show_when(fault: Fault, ask: Ask) -> None:
    directory = Faulty()
    stack = Stack(directory)
    alice = await stack.sign_up()

    directory.fault = fault
    answer = await ask(stack, alice)

    assert answer.status_code == 200
    assert ask is not sign_up or "didDoc" not in answer.json()


async def test_a_failed_sign_up_can_be_tried_again_at_once() -> None:
    directory = Faulty()
    stack = Stack(directory)

    directory.fault = drops("POST")
    with pytest.raises(AssertionError, match="UpstreamFailure"):
        await stack.sign_up()
    directory.fault = lambda _: None

    await stack.sign_up()


async def test_an_operation_is_posted_to_the_did_and_the_document_read_from_there() -> None:
    directory = Faulty()

    alice = await Stack(directory).sign_up()

    path = f"/{alice.did.replace(':', '%3A')}".encode()
    assert [(request.method, request.url.raw_path) for request in directory.requests] == [
        ("POST", path),
        ("GET", path),
    ]


async def test_a_document_is_remembered_for_an_hour_and_good_for_a_day_when_the_directory_fails() -> None:
    directory = Faulty()
    stack = Stack(directory)
    alice = await stack.sign_up()
    seen = len(directory.requests)

    await describe(stack, alice)
    assert len(directory.requests) == seen

    directory.fault = answers("GET", 500)
    stack.clock.advance(2 * 3600)
    assert (await describe(stack, alice)).status_code == 200
    stack.clock.advance(23 * 3600)
    assert told(await describe(stack, alice))[:2] == (400, "InvalidRequest")
