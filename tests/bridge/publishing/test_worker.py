"""Jobs run by real workers over a real database: exactly one post, whatever fails and whoever interferes."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import psycopg
import pytest

from bridge.context import Context
from bridge.database import Pool
from bridge.errors import AccountInactive, Refused, SessionLost, Transient
from bridge.ingest.intake import Intake
from bridge.nostr.events import Event
from bridge.publishing.queue import Job, Queue
from bridge.publishing.worker import run as publish
from tests.bridge.rows import link, rows, run
from tests.bridge.running import RememberedPds, make_context, until
from tests.bridge.signing import NOW, deletion, signed

pytestmark = pytest.mark.anyio
MP4 = b"\0\0\0\x18ftypmp42film"
SHA256 = hashlib.sha256(MP4).hexdigest()
OPEN = "SELECT nostr_event_id FROM publish_jobs WHERE completed_at IS NULL"


class Media:
    """Answers every request with the film; counts them; may be held or answer with a status."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.held: dict[str, asyncio.Event] = {}
        self.response: Callable[[], httpx.Response] = lambda: httpx.Response(200, content=MP4)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        if gate := self.held.get(request.url.path):
            await gate.wait()
        return self.response()


def film(d: str, *, by: str = "alice", at: int = NOW, sha256: str = SHA256, path: str = "/film") -> Event:
    return signed(34236, ("d", d), ("imeta", f"url http://media.test{path}", f"x {sha256}"), by=by, at=at)


@pytest.fixture
def pds() -> RememberedPds:
    return RememberedPds()


@pytest.fixture
def media() -> Media:
    return Media()


@pytest.fixture
async def context(pool: Pool, pds: RememberedPds, media: Media) -> Context:
    await link(pool)
    return make_context(pool, pds, media)


@asynccontextmanager
async def working(*contexts: Context) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(publish(context)) for context in contexts]
    try:
        yield
    finally:
        for context in contexts:
            context.stopping.set()
        await asyncio.wait_for(asyncio.gather(*tasks), 10)


async def store(context: Context, *events: Event) -> None:
    for event in events:
        await Intake(context.pool, "relay").store([event], None)
    context.queued.set()


async def job(pool: Pool, event: Event) -> dict[str, Any]:
    [row] = await rows(
        pool,
        "SELECT *, extract(epoch FROM lease_expires_at - NOW())::float AS pause FROM publish_jobs"
        " WHERE nostr_event_id = %s",
        event.id,
    )
    return row


async def state(pool: Pool, event: Event, wanted: str) -> dict[str, Any]:
    """The job, once it is in that state."""

    async def reached() -> bool:
        return bool((await job(pool, event))["state"] == wanted)

    await until(reached)
    return await job(pool, event)


async def all_done(pool: Pool) -> None:
    async def nothing_open() -> bool:
        held = "SELECT 1 FROM publish_jobs WHERE lease_expires_at > NOW()"
        return not await rows(pool, OPEN) and not await rows(pool, held)

    await until(nothing_open)


async def hurry(context: Context) -> None:
    """Pauses are over."""
    await run(
        context.pool,
        "UPDATE publish_jobs SET lease_expires_at = NOW() WHERE state IN ('failed', 'pending')",
    )
    context.queued.set()


class Gate:
    """Holds the calls of one name: `reached` is set by the first, all go on once `opened` is set."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.reached, self.opened = asyncio.Event(), asyncio.Event()

    async def __call__(self, call: str) -> None:
        if call == self._name:
            self.reached.set()
            await self.opened.wait()


def failing(name: str, *errors: Exception) -> Callable[[str], Awaitable[None]]:
    """A script that raises each of the errors once, at the calls of that name."""
    left = list(errors)

    async def script(call: str) -> None:
        if call == name and left:
            raise left.pop(0)

    return script


async def test_a_job_becomes_one_post_with_everything_noted(context: Context, pds: RememberedPds) -> None:
    event = film("a")
    async with working(context):
        await store(context, event)
        done = await state(context.pool, event, "published")

    [(did, rkey)] = pds.records
    [mapping] = await rows(context.pool, "SELECT * FROM record_mappings")
    [asset] = await rows(context.pool, "SELECT * FROM asset_manifest")
    assert (done["attempt"], done["reserved_rkey"], done["error"]) == (1, rkey, None)
    assert (mapping["nostr_event_id"], mapping["did"], mapping["status"]) == (event.id, did, "published")
    assert (mapping["at_uri"], mapping["cid"]) == (f"at://{did}/app.bsky.feed.post/{rkey}", f"cid-of-{rkey}")
    assert (asset["source_sha256"], asset["bytes"], asset["mime"]) == (SHA256, len(MP4), "video/mp4")


async def test_the_same_bytes_of_two_people_are_uploaded_for_each(
    context: Context, pds: RememberedPds
) -> None:
    await link(context.pool, "bob")
    async with working(context):
        await store(context, film("a"), film("a", by="bob"))
        await all_done(context.pool)

    assert pds.calls.count("upload_blob") == 2
    assert len(pds.records) == 2
    assert len(await rows(context.pool, "SELECT * FROM asset_manifest")) == 1


async def test_a_lost_answer_after_the_write_leaves_one_post_and_counts_no_failure(
    context: Context, pds: RememberedPds
) -> None:
    pds.after = failing("create_record", Transient("createRecord got no answer"))
    event = film("a")
    async with working(context):
        await store(context, event)
        done = await state(context.pool, event, "published")

    assert (done["attempt"], len(pds.records), pds.calls.count("create_record")) == (1, 1, 1)
    [mapping] = await rows(context.pool, "SELECT cid FROM record_mappings")
    assert mapping["cid"] == f"cid-of-{done['reserved_rkey']}"


async def test_failures_before_the_write_fetch_and_upload_no_second_time(
    context: Context, pds: RememberedPds, media: Media
) -> None:
    pds.before = failing("create_record", *[Transient("createRecord failed (502)")] * 2)
    event = film("a")
    async with working(context):
        await store(context, event)
        for attempt in (1, 2):
            failed = await state(context.pool, event, "failed")
            assert failed["attempt"] == attempt
            prepared = failed["prepared_record"]
            await hurry(context)
            await until_left(context.pool, event, "failed", attempt)
        done = await state(context.pool, event, "published")

    assert (len(media.asked), pds.calls.count("upload_blob"), done["attempt"]) == (1, 1, 3)
    assert list(pds.records.values()) == [prepared]


async def until_left(pool: Pool, event: Event, left: str, attempt: int) -> None:
    async def moved() -> bool:
        now = await job(pool, event)
        return bool((now["state"], now["attempt"]) != (left, attempt))

    await until(moved)


async def test_a_blob_the_pds_has_lost_is_uploaded_again(context: Context, pds: RememberedPds) -> None:
    pds.before = failing("create_record", Refused("no blob", status=400, name="BlobNotFound"))
    event = film("a")
    async with working(context):
        await store(context, event)
        await state(context.pool, event, "failed")
        await hurry(context)
        await state(context.pool, event, "published")

    assert (pds.calls.count("upload_blob"), len(pds.records)) == (2, 1)


async def test_what_already_stands_under_the_key_is_never_overwritten(
    context: Context, pds: RememberedPds
) -> None:
    event, did = film("a"), f"did:plc:{'alice':a<24}"
    pds.records[did, "3kaaaaaaaaaa2"] = {"text": "somebody else's"}
    pds.before = failing("create_record", Refused("exists", status=400, name="InvalidRequest"))
    await store(context, event)
    await run(context.pool, "UPDATE publish_jobs SET reserved_rkey = '3kaaaaaaaaaa2'")
    async with working(context):
        failed = await state(context.pool, event, "failed")

    assert "REMOTE_RECORD_DIVERGED" in failed["error"]
    assert failed["completed_at"] is not None
    assert pds.records == {(did, "3kaaaaaaaaaa2"): {"text": "somebody else's"}}


HOPELESS: dict[str, Event] = {
    "another hash": film("a", sha256="0" * 64),
    "no hash": signed(34236, ("d", "a"), ("imeta", "url http://media.test/film")),
    "no address": signed(34236, ("d", "a"), ("x", SHA256)),
    "an address nobody may ask": signed(
        34236, ("d", "a"), ("imeta", "url http://169.254.169.254/", f"x {SHA256}")
    ),
}


@pytest.mark.parametrize("event", HOPELESS.values(), ids=HOPELESS)
async def test_fails_once_and_for_good_with(event: Event, context: Context, pds: RememberedPds) -> None:
    async with working(context):
        await store(context, event)
        failed = await state(context.pool, event, "failed")

    assert failed["completed_at"] is not None
    assert (failed["attempt"], pds.calls) == (1, [])
    assert failed["error"].startswith("unsupported: ")


def retry_after(seconds: float) -> Exception:
    return Transient("createRecord failed (429)", status=429, retry_after=seconds)


PAUSES: dict[str, tuple[int, Exception, float, float]] = {
    "the first attempt": (0, Transient("no"), 2, 4),
    "the third": (2, Transient("no"), 40, 64),
    "a long outage": (500, Transient("no"), 400, 600),
    "a deactivated account": (500, AccountInactive("no"), 400, 600),
    "a lost session": (500, SessionLost("no"), 400, 600),
    "a wait that was asked for": (0, retry_after(100), 95, 100),
    "a wait beyond all reason": (0, retry_after(1e12), 6 * 3600 - 5, 6 * 3600),
    "a refusal": (0, Refused("no", status=400), 2, 4),
    "an error of our own": (0, RuntimeError("no"), 2, 4),
}


@pytest.mark.parametrize(("before", "error", "least", "most"), PAUSES.values(), ids=PAUSES)
async def test_the_pause_after(
    before: int, error: Exception, least: float, most: float, context: Context, pds: RememberedPds
) -> None:
    pds.before = failing("create_record", error)
    event = film("a")
    await store(context, event)
    await run(context.pool, "UPDATE publish_jobs SET attempt = %s", before)
    async with working(context):
        failed = await state(context.pool, event, "failed")

    assert failed["completed_at"] is None
    assert least <= failed["pause"] <= most
    assert str(error) in failed["error"]


GIVEN_UP: dict[str, tuple[int, Callable[[str], Awaitable[None]] | None, int]] = {
    "media that stay missing": (8, None, 404),
    "refusals": (20, failing("create_record", Refused("createRecord failed (400): no", status=400)), 200),
    "errors of our own": (20, failing("create_record", RuntimeError("no")), 200),
}


@pytest.mark.parametrize(("attempts", "script", "status"), GIVEN_UP.values(), ids=GIVEN_UP)
async def test_are_given_up_in_the_end(
    attempts: int,
    script: Callable[[str], Awaitable[None]] | None,
    status: int,
    context: Context,
    pds: RememberedPds,
    media: Media,
) -> None:
    pds.before = script
    media.response = lambda: httpx.Response(status, content=MP4)
    event = film("a")
    await store(context, event)
    await run(context.pool, "UPDATE publish_jobs SET attempt = %s", attempts - 1)
    async with working(context):
        failed = await state(context.pool, event, "failed")

    assert (failed["attempt"], failed["completed_at"] is not None) == (attempts, True)


async def test_a_forged_event_in_the_queue_is_not_published(context: Context, pds: RememberedPds) -> None:
    event = film("a")
    await store(context, event)
    await run(context.pool, 'UPDATE publish_jobs SET event_payload = event_payload || \'{"content": "x"}\'')
    async with working(context):
        ended = await state(context.pool, event, "ineligible")

    assert (ended["error"], pds.calls) == ("invalid signature", [])


async def test_an_event_that_is_mapped_already_is_not_written_again(
    context: Context, pds: RememberedPds
) -> None:
    event = film("a")
    await store(context, event)
    await run(
        context.pool,
        "INSERT INTO record_mappings (nostr_event_id, did, collection, rkey, at_uri)"
        " SELECT %s, did, 'app.bsky.feed.post', 'k', 'at://k' FROM account_links",
        event.id,
    )
    async with working(context):
        await state(context.pool, event, "published")

    assert pds.calls == []


async def test_a_deletion_takes_the_post_away(context: Context, pds: RememberedPds) -> None:
    event = film("a")
    async with working(context):
        await store(context, event)
        await state(context.pool, event, "published")
        await store(context, deletion(("e", event.id)))
        await all_done(context.pool)

    [mapping] = await rows(context.pool, "SELECT status, cid FROM record_mappings")
    assert (pds.records, mapping) == ({}, {"status": "deleted", "cid": None})


async def test_a_deletion_reaches_a_post_whose_job_nobody_kept(context: Context, pds: RememberedPds) -> None:
    event = film("a")
    async with working(context):
        await store(context, event)
        await state(context.pool, event, "published")
        await run(context.pool, "UPDATE publish_jobs SET nostr_pubkey = '', event_payload = '{}'")
        await store(context, deletion(("e", event.id)))
        await all_done(context.pool)

    assert pds.records == {}


async def test_a_newer_revision_takes_the_place_of_the_older(context: Context, pds: RememberedPds) -> None:
    older, newer = film("a"), film("a", at=NOW + 5)
    async with working(context):
        await store(context, older)
        before = await state(context.pool, older, "published")
        await store(context, newer)
        after = await state(context.pool, newer, "published")

    assert before["reserved_rkey"] != after["reserved_rkey"]
    assert [rkey for _, rkey in pds.records] == [after["reserved_rkey"]]


@pytest.mark.parametrize("call", ["upload_blob", "create_record"])
async def test_a_deletion_during_publishing_wins(call: str, context: Context, pds: RememberedPds) -> None:
    gate = Gate(call)
    pds.before = gate
    event = film("a")
    async with working(context):
        await store(context, event)
        await gate.reached.wait()
        await store(context, deletion(("e", event.id)))
        gate.opened.set()
        await all_done(context.pool)
        ended = await job(context.pool, event)

    assert (pds.records, ended["state"]) == ({}, "skipped")
    assert not await rows(context.pool, "SELECT 1 FROM record_mappings WHERE status = 'published'")


async def test_a_write_that_comes_after_everybody_had_given_it_up_is_undone(
    context: Context, pds: RememberedPds, pool: Pool, media: Media
) -> None:
    gate = Gate("create_record")
    pds.before = gate
    event = film("a")
    other = make_context(pool, pds, media)
    async with working(context):
        await store(context, event)
        await gate.reached.wait()
        async with working(other):
            await store(other, deletion(("e", event.id)))
            await run(pool, "UPDATE publish_jobs SET lease_expires_at = NOW() WHERE state = 'skipped'")
            await all_done(pool)
        gate.opened.set()

        async def undone() -> bool:
            return pds.calls.count("delete_record") == 2

        await until(undone)

    assert pds.records == {}


async def test_erasing_waits_for_the_lease_of_a_worker_nobody_hears_of(
    context: Context, pds: RememberedPds, pool: Pool
) -> None:
    event, request = film("a"), deletion(("e", film("a").id))
    gone = Queue(pool, "gone", 600)
    await store(context, event)
    claimed = await gone.claim()
    assert claimed is not None
    await gone.reserve(claimed, "3kaaaaaaaaaa2")
    await gone.prepare(claimed, {"text": ""})
    async with working(context):
        await store(context, request)

        async def postponed() -> bool:
            return "is being published" in ((await job(pool, request))["error"] or "")

        await until(postponed)
        assert "delete_record" not in pds.calls

        await run(pool, "UPDATE publish_jobs SET lease_expires_at = NOW() WHERE state = 'skipped'")
        await all_done(pool)

    assert pds.calls == ["delete_record"]


async def test_a_worker_whose_lease_ran_out_writes_no_second_post_and_changes_nothing(
    context: Context, pds: RememberedPds, pool: Pool, media: Media
) -> None:
    gate = Gate("create_record")
    slow = RememberedPds(records=pds.records, before=gate)
    frozen = make_context(pool, slow, media)
    event = film("a")
    async with working(frozen):
        await store(frozen, event)
        await gate.reached.wait()
        await run(pool, "UPDATE publish_jobs SET lease_expires_at = NOW()")
        async with working(context):
            context.queued.set()
            done = await state(pool, event, "published")
        gate.opened.set()
    after = await job(pool, event)

    assert len(pds.records) == 1
    assert {**after, "pause": None} == {**done, "pause": None}


async def test_an_opt_out_while_the_film_is_fetched_holds_and_opting_in_again_publishes(
    context: Context, pds: RememberedPds, media: Media
) -> None:
    media.held["/film"] = gate = asyncio.Event()
    event = film("a")
    async with working(context):
        await store(context, event)

        async def fetching() -> bool:
            return bool(media.asked)

        await until(fetching)
        await run(context.pool, "UPDATE account_links SET crosspost_enabled = FALSE")
        gate.set()
        waiting = await state(context.pool, event, "pending")
        assert (pds.records, waiting["attempt"]) == ({}, 0)

        await run(context.pool, "UPDATE account_links SET crosspost_enabled = TRUE")
        await hurry(context)
        await state(context.pool, event, "published")

    assert len(pds.records) == 1


async def test_one_persons_slow_film_holds_up_nobody_else(
    context: Context, pds: RememberedPds, media: Media
) -> None:
    media.held["/slow"] = gate = asyncio.Event()
    await link(context.pool, "bob")
    slow = [film(f"s{n}", path="/slow") for n in range(10)]
    quick = film("q", by="bob")
    async with working(context):
        await store(context, *slow)
        await store(context, quick)
        await state(context.pool, quick, "published")
        assert len(pds.records) == 1
        gate.set()
        await all_done(context.pool)

    assert len(pds.records) == 11


async def test_a_job_is_given_back_when_the_bridge_is_cut_short(
    context: Context, media: Media, pds: RememberedPds
) -> None:
    media.held["/film"] = asyncio.Event()
    event = film("a")
    task = asyncio.create_task(publish(context))
    await store(context, event)

    async def fetching() -> bool:
        return bool(media.asked)

    await until(fetching)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    given_back = await job(context.pool, event)
    assert (given_back["state"], given_back["attempt"], given_back["lease_owner"]) == ("pending", 0, None)
    assert pds.records == {}


async def test_the_lease_is_held_until_a_run_that_was_cut_short_has_ended(
    context: Context, pds: RememberedPds
) -> None:
    event, writing = film("a"), asyncio.Event()
    held: list[bool] = []

    async def script(call: str) -> None:
        if call == "create_record":
            writing.set()
            try:
                await asyncio.Event().wait()
            finally:
                held.append((await job(context.pool, event))["lease_owner"] is not None)

    pds.before = script
    task = asyncio.create_task(publish(context))
    await store(context, event)
    await writing.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert held == [True]
    assert (await job(context.pool, event))["state"] == "pending"


async def test_sessions_ended_by_the_database_stop_nothing(context: Context, pds: RememberedPds) -> None:
    event = film("a")
    async with working(context):
        await rows(
            context.pool,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        await store(context, event)
        await state(context.pool, event, "published")

    assert len(pds.records) == 1


async def test_a_claim_that_was_not_confirmed_does_not_wait_for_its_lease(
    context: Context, pds: RememberedPds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection broke after the COMMIT: the job is leased, for ten minutes, and nobody works on it."""
    claim, broken = Queue.claim, iter([True])

    async def unconfirmed(queue: Queue) -> Job | None:
        found = await claim(queue)
        if found and next(broken, False):
            raise psycopg.OperationalError("the connection is gone")
        return found

    monkeypatch.setattr(Queue, "claim", unconfirmed)
    event = film("a")
    await store(context, event)

    async with working(context):
        assert (await state(context.pool, event, "published"))["attempt"] == 2

    assert len(pds.records) == 1


async def test_a_run_whose_end_cannot_be_written_down_does_not_wait_for_its_lease(
    context: Context, media: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The film could not be fetched, and the database could not be told so."""
    statuses, again, broken = iter([503]), Queue.again, iter([True])
    media.response = lambda: httpx.Response(next(statuses, 200), content=MP4)

    async def unreached(*arguments: Any) -> None:
        if next(broken, False):
            raise psycopg.OperationalError("the connection is gone")
        await again(*arguments)

    monkeypatch.setattr(Queue, "again", unreached)
    event = film("a")
    await store(context, event)

    async with working(context):
        assert (await state(context.pool, event, "published"))["attempt"] == 2
