"""A write whose answer was lost or says no is looked for before it is believed to have failed."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from bridge.clients.pds import Record, RecordRef
from bridge.errors import AccountInactive, BridgeError, Refused, SessionLost, Transient
from bridge.publishing.errors import Diverged
from bridge.publishing.records import Records, uri_of

pytestmark = pytest.mark.anyio
T = TypeVar("T")

DID, RKEY = "did:plc:aliceaaaaaaaaaaaaaaaaaaa", "3kabcdefghijk"
URI = uri_of(DID, RKEY)
OURS: dict[str, Any] = {"$type": "app.bsky.feed.post", "text": "ours"}
ELSEWHERE = f"at://{DID}/app.bsky.feed.post/3kzzzzzzzzzzz"


class Sessions:
    async def call(self, did: str, use: Callable[[str], Awaitable[T]]) -> T:
        return await use(f"token of {did}")


class Pds:
    """Answers a write and a reading as it is told, and remembers what it was asked."""

    def __init__(self, write: RecordRef | BridgeError, there: Record | BridgeError | None = None) -> None:
        self._write, self._there = write, there
        self.asked: list[tuple[object, ...]] = []

    async def create_record(self, *asked: object) -> RecordRef:
        self.asked.append(("create", *asked))
        return _given(self._write)

    async def get_record(self, *asked: object) -> Record | None:
        self.asked.append(("get", *asked))
        return _given(self._there)


def _given(answer: T | BridgeError) -> T:
    if isinstance(answer, BridgeError):
        raise answer
    return answer


async def written(pds: Pds) -> RecordRef:
    return await Records(pds, Sessions()).write(DID, RKEY, OURS)  # type: ignore[arg-type]


async def test_a_write_that_is_answered_is_not_looked_for() -> None:
    pds = Pds(RecordRef(URI, "bafy"))

    assert await written(pds) == RecordRef(URI, "bafy")
    assert pds.asked == [("create", f"token of {DID}", DID, "app.bsky.feed.post", RKEY, OURS)]


FAILURES = {
    "no answer came": Transient("no answer"),
    "the server broke": Transient("500", status=500),
    "the key is taken": Refused("record exists", status=400, name="InvalidRequest"),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
async def test_our_record_under_the_key_means_that_it_was_written(failure: BridgeError) -> None:
    pds = Pds(failure, Record(URI, "bafy", OURS))

    assert await written(pds) == RecordRef(URI, "bafy")
    assert pds.asked[1] == ("get", f"token of {DID}", DID, "app.bsky.feed.post", RKEY)


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
async def test_nothing_under_the_key_means_that_the_failure_is_one(failure: BridgeError) -> None:
    with pytest.raises(BridgeError) as raised:
        await written(Pds(failure, None))

    assert raised.value is failure


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize(
    "there",
    [Record(URI, "bafy", {**OURS, "text": "theirs"}), Record(ELSEWHERE, "bafy", OURS)],
    ids=["another record", "a record at another address"],
)
async def test_something_else_under_the_key_is_left_alone(failure: BridgeError, there: Record) -> None:
    with pytest.raises(Diverged, match="holds another record"):
        await written(Pds(failure, there))


@pytest.mark.parametrize("reading", [Transient("still no answer"), Refused("no such repo", status=400)])
async def test_when_looking_fails_too_the_first_failure_is_told(reading: BridgeError) -> None:
    failure = Transient("no answer", retry_after=7)

    with pytest.raises(Transient) as raised:
        await written(Pds(failure, reading))

    assert raised.value is failure


@pytest.mark.parametrize("failure", [SessionLost("no session"), BridgeError("no uri in the answer")])
async def test_what_cannot_have_been_a_lost_answer_is_not_looked_for(failure: BridgeError) -> None:
    pds = Pds(failure, Record(URI, "bafy", OURS))

    with pytest.raises(BridgeError) as raised:
        await written(pds)

    assert raised.value is failure
    assert len(pds.asked) == 1


async def test_an_inactive_account_whose_record_cannot_be_read_stays_inactive() -> None:
    failure = AccountInactive("deactivated", status=400, name="AccountDeactivated")

    with pytest.raises(AccountInactive):
        await written(Pds(failure, Refused("deactivated", status=400)))


async def test_a_server_that_writes_elsewhere_is_not_believed() -> None:
    with pytest.raises(Diverged, match="3kzzzzzzzzzzz"):
        await written(Pds(RecordRef(ELSEWHERE, "bafy")))
