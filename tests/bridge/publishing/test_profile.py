"""From kind 0 events to a profile: what is taken over, what stays, what is left out; and which of several counts."""

import json
from typing import Any

import httpx
import pytest

from bridge.database import Pool
from bridge.errors import Transient
from bridge.nostr.events import Event
from bridge.publishing.profile import texts
from tests.bridge.publishing.test_worker import all_done, failing, job, state, store, working
from tests.bridge.rows import link, rows
from tests.bridge.running import RememberedPds, make_context
from tests.bridge.signing import NOW, signed

pytestmark = pytest.mark.anyio

PNG = b"\x89PNG\r\n\x1a\nrest"
OLD_PICTURE = {"$type": "blob", "ref": {"$link": "cid-old"}, "mimeType": "image/png", "size": 1}

TEXTS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "the name people are shown": ({"display_name": "Alice", "name": "al"}, {"displayName": "Alice"}),
    "the name, where the other is empty": ({"display_name": " ", "name": "al"}, {"displayName": "al"}),
    "a name that is none": ({"display_name": 7, "name": None}, {}),
    "words": ({"about": " Films of cats\0 "}, {"description": "Films of cats"}),
    "a website": ({"website": "https://alice.example/"}, {"website": "https://alice.example/"}),
    "a website that is none": ({"website": "alice dot example"}, {}),
    "too long a name": ({"name": "é" * 65}, {"displayName": "é" * 64}),
    "too many words": ({"about": "👩‍👩‍👧 " * 200}, {"description": ("👩‍👩‍👧 " * 128)}),
}


@pytest.mark.parametrize(("told", "wanted"), TEXTS.values(), ids=TEXTS)
def test_texts(told: dict[str, Any], wanted: dict[str, str]) -> None:
    assert dict(texts(told)) == wanted


def profile(at: int = NOW, **told: Any) -> Event:
    return signed(0, content=json.dumps(told), at=at)


@pytest.fixture
def pds() -> RememberedPds:
    return RememberedPds()


def media(request: httpx.Request) -> httpx.Response:
    answers = {
        "/png": httpx.Response(200, content=PNG),
        "/webp": httpx.Response(200, content=b"RIFF....WEBP"),
    }
    busy = httpx.Response(503)
    return {**answers, "/busy": busy}.get(request.url.path, httpx.Response(404))


async def linked(pool: Pool) -> None:
    if not await rows(pool, "SELECT 1 FROM account_links"):
        await link(pool)


async def published(pool: Pool, pds: RememberedPds, *events: Event) -> dict[str, Any]:
    """The profile after these events."""
    await linked(pool)
    context = make_context(pool, pds, media)
    async with working(context):
        await store(context, *events)
        await all_done(pool)
    [record] = [record for (_, rkey), record in pds.records.items() if rkey == "self"]
    return record


async def test_a_profile_is_made_where_there_is_none(pool: Pool, pds: RememberedPds) -> None:
    record = await published(pool, pds, profile(name="Alice", picture="http://media.test/png"))

    assert (record["displayName"], record["createdAt"]) == ("Alice", "2026-05-28T20:26:40Z")
    assert record["avatar"]["mimeType"] == "image/png"
    [mapping] = await rows(pool, "SELECT * FROM record_mappings")
    assert mapping["at_uri"].endswith("/app.bsky.actor.profile/self")


async def there(pool: Pool, pds: RememberedPds, **fields: Any) -> None:
    await linked(pool)
    [row] = await rows(pool, "SELECT did FROM account_links")
    pds.records[row["did"], "self"] = {"$type": "app.bsky.actor.profile", **fields}


async def test_what_nostr_does_not_tell_stays_and_what_it_no_longer_tells_goes(
    pool: Pool, pds: RememberedPds
) -> None:
    pinned = {"uri": "at://did:plc:a/app.bsky.feed.post/1", "cid": "c"}
    await there(pool, pds, displayName="al", description="old", banner=OLD_PICTURE, pinnedPost=pinned)

    record = await published(pool, pds, profile(name="Alice"))

    assert record == {"$type": "app.bsky.actor.profile", "displayName": "Alice", "pinnedPost": pinned}


@pytest.mark.parametrize(
    "picture", ["http://media.test/nowhere", "http://media.test/webp", "http://10.0.0.1/x", "ftp://x"]
)
async def test_a_picture_that_cannot_be_had_leaves_the_one_that_is_there(
    pool: Pool, pds: RememberedPds, picture: str
) -> None:
    await there(pool, pds, avatar=OLD_PICTURE)

    record = await published(pool, pds, profile(name="Alice", picture=picture))

    assert (record["displayName"], record["avatar"]) == ("Alice", OLD_PICTURE)


async def test_a_picture_that_may_come_later_is_asked_for_again(pool: Pool, pds: RememberedPds) -> None:
    await linked(pool)
    context = make_context(pool, pds, media)
    event = profile(name="Alice", picture="http://media.test/busy")
    async with working(context):
        await store(context, event)
        failed = await state(pool, event, "failed")

    assert (failed["completed_at"], pds.records) == (None, {})


async def test_the_newest_counts_in_whichever_order_they_come(pool: Pool, pds: RememberedPds) -> None:
    events = [profile(NOW + 1, name="then"), profile(NOW + 2, name="now"), profile(NOW, name="once")]

    record = await published(pool, pds, *events)

    assert record["displayName"] == "now"
    assert (await job(pool, events[2]))["state"] == "skipped"
    [mapping] = await rows(pool, "SELECT nostr_event_id FROM record_mappings")
    assert mapping["nostr_event_id"] == events[1].id


async def test_the_same_again_writes_nothing(pool: Pool, pds: RememberedPds) -> None:
    await published(pool, pds, profile(NOW, name="Alice"))
    writes = pds.calls.count("put_record")

    await published(pool, pds, profile(NOW + 1, name="Alice"))

    assert pds.calls.count("put_record") == writes


async def test_a_profile_that_is_no_object_is_left_alone(pool: Pool, pds: RememberedPds) -> None:
    await linked(pool)
    context = make_context(pool, pds, media)
    event = signed(0, content="Alice")
    async with working(context):
        await store(context, event)
        done = await state(pool, event, "ineligible")

    assert done["error"] == "the profile is not a JSON object"


async def test_a_pds_that_is_away_is_waited_for(pool: Pool, pds: RememberedPds) -> None:
    await linked(pool)
    pds.before = failing("put_record", Transient("putRecord got no answer"))
    context = make_context(pool, pds, media)
    event = profile(name="Alice")
    async with working(context):
        await store(context, event)
        failed = await state(pool, event, "failed")

    assert failed["completed_at"] is None
