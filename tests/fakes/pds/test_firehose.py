"""The firehose: what each action tells, and who is told what over a real WebSocket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from fakes.atproto import car
from fakes.atproto.cbor import decode_first
from fakes.atproto.repo import decode_commit
from fakes.listener import Listener
from fakes.pds.sequencer import WINDOW, FutureCursorError, Sequencer
from tests.fakes.pds.stack import ADMIN, NOW, Person, Stack

pytestmark = pytest.mark.anyio

Act = Callable[[Stack, Person], Awaitable[object]]

SERVER = "com.atproto.server"


def opened(frame: bytes) -> tuple[str, dict[str, Any]]:
    header, at = decode_first(frame)
    body, _ = decode_first(frame, at)
    return header.get("t", "error"), body


def brief(frame: bytes) -> str:
    kind, body = opened(frame)
    return f"{kind}({body.get('status', 'active')})" if kind == "#account" else kind


async def nothing(_stack: Stack, _alice: Person) -> None:
    pass


async def write(stack: Stack, alice: Person) -> None:
    await stack.post(alice, rkey="3jzfcijpj2z2a")


async def write_in_vain(stack: Stack, alice: Person) -> None:
    await stack.post(alice, {"$type": "app.bsky.feed.post"})


async def write_nothing(stack: Stack, alice: Person) -> None:
    await stack.procedure("com.atproto.repo.applyWrites", {"repo": alice.did, "writes": []}, alice.access)


async def delete_what_is_not_there(stack: Stack, alice: Person) -> None:
    body = {"repo": alice.did, "collection": "com.example.thing", "rkey": "none"}
    await stack.procedure("com.atproto.repo.deleteRecord", body, alice.access)


async def upload(stack: Stack, alice: Person) -> None:
    await stack.upload(b"bytes", "text/plain", alice.access)


async def keep_the_handle(stack: Stack, alice: Person) -> None:
    await stack.procedure("com.atproto.identity.updateHandle", {"handle": alice.handle}, alice.access)


async def deactivate(stack: Stack, alice: Person) -> None:
    await stack.procedure(f"{SERVER}.deactivateAccount", {}, alice.access)


async def come_back(stack: Stack, alice: Person) -> None:
    await deactivate(stack, alice)
    await stack.procedure(f"{SERVER}.activateAccount", None, alice.access)


async def take_down_and_lift(stack: Stack, alice: Person) -> None:
    subject = {"$type": "com.atproto.admin.defs#repoRef", "did": alice.did}
    for applied in (True, False):
        body = {"subject": subject, "takedown": {"applied": applied}}
        await stack.procedure("com.atproto.admin.updateSubjectStatus", body, ADMIN)


TOLD: dict[str, tuple[Act, list[str]]] = {
    "signing up": (nothing, []),
    "writing": (write, ["#commit"]),
    "a refused write": (write_in_vain, []),
    "an empty list of writes": (write_nothing, ["#commit"]),
    "deleting what is not there": (delete_what_is_not_there, []),
    "uploading": (upload, []),
    "changing to the same handle": (keep_the_handle, ["#identity"]),
    "deactivating": (deactivate, ["#account(deactivated)"]),
    "coming back": (come_back, ["#account(deactivated)", "#account(active)", "#identity", "#sync"]),
    "a takedown and its end": (take_down_and_lift, ["#account(takendown)", "#account(active)"]),
}


@pytest.mark.parametrize(("act", "frames"), TOLD.values(), ids=TOLD.keys())
async def test_the_firehose_tells_of(act: Act, frames: list[str], stack: Stack) -> None:
    seen: list[str] = []
    stack.pds.sequencer.follow(lambda event: seen.append(brief(event.frame)))

    alice = await stack.sign_up()
    await act(stack, alice)

    assert seen == ["#identity", "#account(active)", "#commit", "#sync", *frames]


async def test_a_commit_on_the_firehose_is_signed_and_complete(stack: Stack) -> None:
    frames: list[bytes] = []
    stack.pds.sequencer.follow(lambda event: frames.append(event.frame))
    alice = await stack.sign_up()
    written = (await stack.post(alice)).json()

    _, body = opened(frames[-1])

    roots, blocks = car.read(body["blocks"])
    commit = decode_commit(blocks[roots[0]])
    key = (await stack.data(alice.did))["verificationMethods"]["atproto"]
    assert commit.verify(key)
    assert str(roots[0]) == written["commit"]["cid"]
    assert str(body["ops"][0]["cid"]) == written["cid"]
    assert body["ops"][0]["cid"] in blocks
    assert body["time"] == "2023-11-14T22:13:20.000Z"


async def test_a_deleted_account_leaves_only_the_news_of_its_deletion(stack: Stack) -> None:
    alice = await stack.sign_up()
    await stack.sign_up("bobby")

    await stack.procedure("com.atproto.admin.deleteAccount", {"did": alice.did}, ADMIN)

    kept = stack.pds.sequencer.after(0, NOW).events
    assert [brief(event.frame) for event in kept if event.did == alice.did] == ["#account(deleted)"]


def test_the_cursor_is_exclusive_and_a_negative_one_is_the_beginning() -> None:
    sequencer = Sequencer()
    for _ in range(3):
        sequencer.identity("did:plc:x", None, NOW)

    assert [event.seq for event in sequencer.after(1, NOW).events] == [2, 3]
    assert [event.seq for event in sequencer.after(-1, NOW).events] == [1, 2, 3]
    assert not sequencer.after(-1, NOW).outdated
    with pytest.raises(FutureCursorError):
        sequencer.after(4, NOW)


def test_what_is_older_than_a_day_is_not_sent_again_and_the_follower_is_told() -> None:
    sequencer = Sequencer()
    sequencer.identity("did:plc:x", None, NOW)
    sequencer.identity("did:plc:x", None, NOW + WINDOW)

    backfill = sequencer.after(0, NOW + WINDOW + 1)

    assert [event.seq for event in backfill.events] == [2]
    assert backfill.outdated
    assert not sequencer.after(1, NOW + WINDOW + 1).outdated


def test_what_has_left_the_window_is_not_kept_for_ever() -> None:
    sequencer = Sequencer()
    for day in range(100):
        for hour in (0, 1):
            sequencer.identity("did:plc:x", None, NOW + day * WINDOW + hour * 3600)

    backfill = sequencer.after(10, NOW + 99 * WINDOW + 3600)

    assert [event.seq for event in backfill.events] == [198, 199, 200]
    assert backfill.outdated
    assert not sequencer.after(197, NOW + 99 * WINDOW + 3600).outdated
    assert len(sequencer) <= 6


@asynccontextmanager
async def following(stack: Stack, query: str = "") -> AsyncIterator[ClientConnection]:
    listener = Listener(stack.app, "127.0.0.1", 0)
    await listener.start()
    url = f"ws://127.0.0.1:{listener.port}/xrpc/com.atproto.sync.subscribeRepos{query}"
    try:
        async with connect(url, proxy=None) as socket:
            yield socket
    finally:
        await listener.close()


async def received(socket: ClientConnection) -> bytes:
    frame = await asyncio.wait_for(socket.recv(), 5)
    assert isinstance(frame, bytes)
    return frame


async def test_who_brings_a_cursor_gets_what_was_missed_and_then_what_happens(stack: Stack) -> None:
    alice = await stack.sign_up()

    async with following(stack, "?cursor=2") as socket:
        assert [brief(await received(socket)) for _ in range(2)] == ["#commit", "#sync"]
        await stack.post(alice)
        assert brief(await received(socket)) == "#commit"


async def test_who_brings_no_cursor_gets_only_what_happens(stack: Stack) -> None:
    alice = await stack.sign_up()

    async with following(stack) as socket:
        await stack.post(alice)
        kind, body = opened(await received(socket))

    assert (kind, body["seq"]) == ("#commit", 5)


@pytest.mark.parametrize(("cursor", "error"), [("999", "FutureCursor"), ("abc", "InvalidRequest")])
async def test_a_cursor_that_cannot_be_used_is_told_and_the_socket_closed(
    cursor: str, error: str, stack: Stack
) -> None:
    async with following(stack, f"?cursor={cursor}") as socket:
        kind, body = opened(await received(socket))
        with pytest.raises(ConnectionClosed) as closed:
            await received(socket)

    assert (kind, body["error"]) == ("error", error)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
