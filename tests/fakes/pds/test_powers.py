"""What befalls accounts on request: sessions that end early, limits that are used up, accounts that go dark and come back."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from fakes.pds import build
from fakes.powers import UnknownPowerError
from fakes.settings import Settings
from tests.fakes.pds.stack import Person, Stack, authorized, configuration, told

pytestmark = pytest.mark.anyio

REFRESH = "com.atproto.server.refreshSession"
LOG_IN = "com.atproto.server.createSession"
EXPIRED = (400, "ExpiredToken", "Token has expired")
REVOKED = (400, "ExpiredToken", "Token has been revoked")
TAKEN_DOWN = (401, "AccountTakedown", "Account has been taken down")
DEACTIVATED = (401, "AccountDeactivated", "Account is deactivated")


@pytest.fixture
def stack() -> Stack:
    return Stack()


@pytest.fixture
async def alice(stack: Stack) -> Person:
    return await stack.sign_up()


async def refreshed(stack: Stack, whose: Person) -> httpx.Response:
    return await stack.procedure(REFRESH, None, whose.refresh)


async def logged_in(stack: Stack, whose: Person) -> httpx.Response:
    return await stack.procedure(LOG_IN, {"identifier": whose.handle, "password": "pw-alice"})


def renewed(answer: httpx.Response, whose: Person) -> Person:
    assert answer.status_code == 200, answer.text
    return Person(whose.did, whose.handle, answer.json()["accessJwt"], answer.json()["refreshJwt"])


async def test_an_expired_session_is_refused_until_it_is_renewed(stack: Stack, alice: Person) -> None:
    power = stack.powers.grant("expired", on=alice.did)

    assert told(await stack.post(alice)) == EXPIRED
    assert power.met == 1
    stack.clock.advance(1)
    fresh = renewed(await refreshed(stack, alice), alice)
    assert (await stack.post(fresh)).status_code == 200
    assert told(await stack.post(alice)) == EXPIRED


async def test_the_sessions_of_others_go_on(stack: Stack, alice: Person) -> None:
    bob = await stack.sign_up("bob")
    power = stack.powers.grant("expired", on=alice.did)

    assert (await stack.post(bob)).status_code == 200
    assert power.met == 0


async def test_a_token_that_is_just_too_old_is_not_owed_to_any_power(stack: Stack, alice: Person) -> None:
    power = stack.powers.grant("expired", on=alice.did)
    stack.clock.advance(3 * 3600)

    assert told(await stack.post(alice)) == EXPIRED
    assert power.met == 0


async def test_a_session_that_was_ended_can_only_be_begun_anew(stack: Stack, alice: Person) -> None:
    power = stack.powers.grant("revoked", on=alice.did)

    assert told(await stack.post(alice)) == EXPIRED
    assert told(await refreshed(stack, alice)) == REVOKED
    assert power.met == 2
    anew = renewed(await logged_in(stack, alice), alice)
    assert (await stack.post(anew)).status_code == 200


async def test_a_session_expires_with_the_call_that_was_named_and_no_other(
    stack: Stack, alice: Person
) -> None:
    power = stack.powers.grant("expires-at", on=alice.did, times=1)

    assert (await stack.upload(b"film", "video/mp4", alice.access)).status_code == 200
    assert power.met == 0
    assert told(await stack.post(alice)) == EXPIRED
    assert told(await stack.upload(b"film", "video/mp4", alice.access)) == EXPIRED
    fresh = renewed(await refreshed(stack, alice), alice)
    assert (await stack.post(fresh)).status_code == 200
    assert power.met == 1


async def test_the_other_dialect_says_it_in_its_own_words() -> None:
    stack = Stack(dialect="rsky")
    alice = await stack.sign_up()
    stack.powers.grant("expired", on=alice.did)

    assert told(await stack.post(alice)) == (400, "ExpiredToken", "Token is expired")


Act = Callable[[Stack, Person], Awaitable[httpx.Response]]
DARK: dict[str, tuple[str, Act, tuple[int, str, str]]] = {
    "writing, taken down": ("taken-down", lambda stack, alice: stack.post(alice), TAKEN_DOWN),
    "uploading, taken down": (
        "taken-down",
        lambda stack, alice: stack.upload(b"film", "video/mp4", alice.access),
        TAKEN_DOWN,
    ),
    "refreshing, taken down": ("taken-down", refreshed, TAKEN_DOWN),
    "logging in, taken down": ("taken-down", logged_in, TAKEN_DOWN),
    "writing, deactivated": ("deactivated", lambda stack, alice: stack.post(alice), DEACTIVATED),
}


@pytest.mark.parametrize(("name", "act", "refusal"), DARK.values(), ids=DARK)
async def test_a_dark_account_is_refused_until_it_is_back(
    name: str, act: Act, refusal: tuple[int, str, str], stack: Stack, alice: Person
) -> None:
    power = stack.powers.grant(name, on=alice.did)

    assert told(await act(stack, alice)) == refusal
    assert power.met == 1
    assert stack.pds.visible(alice.did) is None

    stack.powers.withdraw(power.id)

    assert stack.pds.visible(alice.did) is not None
    assert (await stack.post(renewed(await logged_in(stack, alice), alice))).status_code == 200


async def test_an_account_that_is_gone_needs_not_come_back(stack: Stack, alice: Person) -> None:
    power = stack.powers.grant("taken-down", on=alice.did)
    stack.pds.accounts.remove(alice.did)

    assert stack.powers.withdraw(power.id) is power


async def test_nobody_can_be_taken_down_who_is_not_there(stack: Stack) -> None:
    with pytest.raises(UnknownPowerError, match="taken-down on did:plc:nobody: Account not found"):
        stack.powers.grant("taken-down", on="did:plc:nobody")

    assert list(stack.powers) == []


async def test_a_limit_is_used_up_for_as_long_as_it_says_and_for_one_person(
    stack: Stack, alice: Person
) -> None:
    bob = await stack.sign_up("bob")
    power = stack.powers.grant("limited", on=alice.did, settings={"seconds": 5})

    stack.clock.advance(60)
    refused = await stack.post(alice)
    assert told(refused) == (429, "RateLimitExceeded", "Rate Limit Exceeded")
    assert (refused.headers["retry-after"], refused.headers["ratelimit-remaining"]) == ("5", "0")
    assert refused.headers["ratelimit-policy"] == "5000;w=3600"
    assert (await stack.post(bob)).status_code == 200

    stack.clock.advance(5)
    assert (await stack.post(alice)).status_code == 200
    assert power.met == 1


async def test_a_limit_of_one_method_leaves_the_others(stack: Stack, alice: Person) -> None:
    settings = {"method": "com.atproto.repo.uploadBlob", "seconds": 60}
    stack.powers.grant("limited", on=alice.did, settings=settings)

    assert (await stack.upload(b"film", "video/mp4", alice.access)).status_code == 429
    assert (await stack.post(alice)).status_code == 200


async def test_powers_are_asked_for_over_http_by_whoever_has_the_token() -> None:
    given = configuration()
    options = {
        "public_url": given.public_url,
        "plc_url": given.plc_url,
        "service_did": given.service_did,
        "handle_domains": ".localnet.test",
        "admin_password": given.admin_password,
        "jwt_secret": given.jwt_secret,
    }
    transport = httpx.ASGITransport(build(Settings("pds", options, token="secret")))
    async with httpx.AsyncClient(transport=transport, base_url="http://pds") as http:
        wish = {"name": "taken-down", "on": "did:plc:nobody"}
        known = await http.post("/_control/powers", json=wish, headers={"X-Localnet-Token": "secret"})
        unknown = await http.post("/_control/powers", json=wish, headers=authorized("guess"))

    assert (known.status_code, unknown.status_code) == (400, 404)
    assert known.json()["detail"].endswith("Account not found")
