"""Writing over XRPC: what is answered, what is stored, what is refused."""

import asyncio
from typing import Any

import pytest

from fakes.atproto.cid import Cid
from tests.fakes.pds.stack import POST, Person, Stack, told

pytestmark = pytest.mark.anyio

THING = "com.example.thing"
STALE = str(Cid.for_cbor(b"stale"))
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 64


def thing(whose: Person, rkey: str, value: int, **more: Any) -> dict[str, Any]:
    return {"repo": whose.did, "collection": THING, "rkey": rkey, "record": {"a": value}, **more}


async def put(stack: Stack, whose: Person, rkey: str, value: int, **more: Any) -> Any:
    return await stack.procedure(
        "com.atproto.repo.putRecord", thing(whose, rkey, value, **more), whose.access
    )


async def read(stack: Stack, whose: Person, rkey: str) -> Any:
    where = {"repo": whose.did, "collection": THING, "rkey": rkey}
    return (await stack.query("com.atproto.repo.getRecord", None, **where)).json()


async def test_a_video_post_reads_back_as_it_was_sent(stack: Stack) -> None:
    alice = await stack.sign_up()
    blob = (await stack.upload(MP4, "video/mp4", alice.access)).json()["blob"]
    record = {
        **POST,
        "embed": {
            "$type": "app.bsky.embed.video",
            "video": blob,
            "alt": "a loop",
            "aspectRatio": {"width": 1, "height": 1},
        },
    }

    written = (await stack.post(alice, record, rkey="3jzfcijpj2z2a", validate=True)).json()

    where = {"repo": alice.handle, "collection": POST["$type"], "rkey": "3jzfcijpj2z2a"}
    found = (await stack.query("com.atproto.repo.getRecord", None, **where)).json()
    assert found == {"uri": written["uri"], "cid": written["cid"], "value": record}
    assert written["validationStatus"] == "valid"
    assert written["uri"] == f"at://{alice.did}/app.bsky.feed.post/3jzfcijpj2z2a"
    served = await stack.query("com.atproto.sync.getBlob", None, did=alice.did, cid=blob["ref"]["$link"])
    assert served.content == MP4
    assert served.headers["content-type"] == "video/mp4"


async def test_the_same_key_twice_breaks_the_server_as_it_does_the_real_one(stack: Stack) -> None:
    alice = await stack.sign_up()
    await stack.post(alice, rkey="3jzfcijpj2z2a")

    again = await stack.post(alice, rkey="3jzfcijpj2z2a")

    assert told(again) == (500, "InternalServerError", "Internal Server Error")


async def test_putting_the_same_value_again_changes_nothing_and_asks_for_no_swap(stack: Stack) -> None:
    alice = await stack.sign_up()
    first = (await put(stack, alice, "one", 1)).json()

    again = (await put(stack, alice, "one", 1, swapCommit=STALE)).json()

    assert again["cid"] == first["cid"]
    assert "commit" not in again


async def test_a_record_can_be_put_only_where_there_is_none(stack: Stack) -> None:
    alice = await stack.sign_up()

    created = await put(stack, alice, "one", 1, swapRecord=None)
    refused = await put(stack, alice, "one", 2, swapRecord=None)

    assert created.status_code == 200
    assert told(refused) == (400, "InvalidSwap", f"Record was at {created.json()['cid']}")


async def test_deleting_what_is_not_there_is_fine(stack: Stack) -> None:
    alice = await stack.sign_up()

    body = {"repo": alice.did, "collection": THING, "rkey": "none", "swapCommit": STALE}
    answer = await stack.procedure("com.atproto.repo.deleteRecord", body, alice.access)

    assert (answer.status_code, answer.json()) == (200, {})


async def test_of_a_list_of_writes_all_are_done_or_none(stack: Stack) -> None:
    alice = await stack.sign_up()
    kind = "com.atproto.repo.applyWrites#create"
    good = {"$type": kind, "collection": THING, "rkey": "one", "value": {"a": 1}}
    bad = {"$type": kind, "collection": "app.bsky.feed.post", "value": {"$type": "app.bsky.feed.post"}}

    answer = await stack.procedure(
        "com.atproto.repo.applyWrites", {"repo": alice.did, "writes": [good, bad]}, alice.access
    )

    assert told(answer)[0] == 400
    assert (await read(stack, alice, "one"))["error"] == "RecordNotFound"


async def test_a_second_follow_of_the_same_person_replaces_the_first(stack: Stack) -> None:
    alice, bob = await stack.sign_up(), await stack.sign_up("bobby")
    follow = {
        "$type": "app.bsky.graph.follow",
        "subject": bob.did,
        "createdAt": "2024-01-01T00:00:00Z",
    }

    first = (await stack.post(alice, follow)).json()
    second = (await stack.post(alice, follow)).json()

    where = {"repo": alice.did, "collection": follow["$type"]}
    listed = (await stack.query("com.atproto.repo.listRecords", None, **where)).json()["records"]
    assert [entry["uri"] for entry in listed] == [second["uri"]]
    assert first["uri"] != second["uri"]


async def test_sixteen_writes_at_once_are_all_kept(stack: Stack) -> None:
    alice = await stack.sign_up()

    answers = await asyncio.gather(*(stack.post(alice) for _ in range(16)))

    revs = {answer.json()["commit"]["rev"] for answer in answers}
    assert len(revs) == 16
    where = {"repo": alice.did, "collection": "app.bsky.feed.post"}
    assert len((await stack.query("com.atproto.repo.listRecords", None, **where)).json()["records"]) == 16


async def test_a_blob_of_somebody_else_cannot_be_named(stack: Stack) -> None:
    alice, bob = await stack.sign_up(), await stack.sign_up("bobby")
    blob = (await stack.upload(b"bob's", "text/plain", bob.access)).json()["blob"]

    answer = await stack.post(alice, {"$type": THING, "b": blob})

    assert told(answer)[:2] == (400, "BlobNotFound")


WHO: dict[str, tuple[str, tuple[int, str]]] = {
    "somebody else's repository": ("did of bob", (401, "AuthenticationRequired")),
    "a repository that is not here": ("did:plc:" + "a" * 24, (403, "AccountNotFound")),
    "a handle in capitals": ("ALICE.localnet.test", (403, "AccountNotFound")),
}


@pytest.mark.parametrize(("repo", "refusal"), WHO.values(), ids=WHO.keys())
async def test_nobody_writes_into(repo: str, refusal: tuple[int, str], stack: Stack) -> None:
    alice, bob = await stack.sign_up(), await stack.sign_up("bobby")

    answer = await stack.post(alice, repo=bob.did if repo == "did of bob" else repo)

    assert told(answer)[:2] == refusal


async def test_what_has_lone_surrogates_is_stored_with_replacement_characters(stack: Stack) -> None:
    alice = await stack.sign_up()
    body = b'{"repo":"%s","collection":"%s","rkey":"one","record":{"a":"x\\ud800y"}}' % (
        alice.did.encode(),
        THING.encode(),
    )
    headers = {"content-type": "application/json", "authorization": f"Bearer {alice.access}"}

    answer = await stack.http.post("/xrpc/com.atproto.repo.putRecord", content=body, headers=headers)

    assert answer.status_code == 200
    assert (await read(stack, alice, "one"))["value"]["a"] == "x\ufffdy"
