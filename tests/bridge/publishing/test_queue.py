"""The queue on a real PostgreSQL: who may claim what, and that only the holder of a lease changes its job."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bridge.database import Pool
from bridge.ingest.intake import Intake
from bridge.publishing.errors import LeaseLost
from bridge.publishing.queue import Job, Queue
from tests.bridge.rows import link, rows, run, states
from tests.bridge.signing import deletion, video

pytestmark = pytest.mark.anyio


@pytest.fixture
def queue(pool: Pool) -> Queue:
    return Queue(pool, "one", 600)


async def put(pool: Pool, *names: str, by: str = "alice") -> list[str]:
    """Queue one video per name, in that order; their event ids."""
    events = [video(name, by=by) for name in names]
    for event in events:
        await Intake(pool, "relay").store([event], None)
    return [event.id for event in events]


async def claimed(queue: Queue) -> str | None:
    job = await queue.claim()
    return job.nostr_event_id if job else None


async def taken(queue: Queue) -> Job:
    job = await queue.claim()
    assert job is not None
    return job


async def test_in_order_of_arrival_and_one_of_an_account_at_a_time(queue: Queue, pool: Pool) -> None:
    await link(pool)
    await link(pool, "bob")
    first, second = await put(pool, "a", "b")
    [other] = await put(pool, "a", by="bob")

    assert [await claimed(queue) for _ in range(3)] == [first, other, None]

    await run(
        pool,
        "UPDATE publish_jobs SET state = 'published', completed_at = NOW() WHERE nostr_event_id = %s",
        first,
    )
    assert await claimed(queue) == second


GATES: dict[str, tuple[dict[str, Any], bool, bool]] = {
    "ready": ({}, True, True),
    "being made": ({"state": "pending"}, False, False),
    "failed with a DID": ({"state": "failed"}, False, True),
    "disabled": ({"state": "disabled"}, False, True),
    "not crossposting": ({"crosspost": False}, False, True),
}


@pytest.mark.parametrize(("account", "posts", "deletes"), GATES.values(), ids=GATES)
async def test_an_account_that_is(
    account: dict[str, Any], *, posts: bool, deletes: bool, queue: Queue, pool: Pool
) -> None:
    await link(pool)
    events = video(), deletion(("e", "0" * 64))
    await Intake(pool, "relay").store(events, None)
    await run(pool, "DELETE FROM account_links")
    await link(pool, **account)

    found = set()
    while (job := await queue.claim()) is not None:
        found.add(job.nostr_event_id)
        await queue.postpone(job, None, 600)

    assert found == {event.id for event, may in zip(events, (posts, deletes), strict=True) if may}


DUE: dict[str, tuple[str, bool]] = {
    "pending": ("state = 'pending'", True),
    "pending, but later": ("lease_expires_at = NOW() + interval '5 s'", False),
    "failed and due": ("state = 'failed', lease_expires_at = NOW() - interval '1 s'", True),
    "failed, due later": ("state = 'failed', lease_expires_at = NOW() + interval '5 s'", False),
    "failed for good": ("state = 'failed', completed_at = NOW()", False),
    "published": ("state = 'published', completed_at = NOW()", False),
    "skipped": ("state = 'skipped', completed_at = NOW()", False),
    "of an older writer": ("writer_epoch = 1", False),
}


@pytest.mark.parametrize(("change", "due"), DUE.values(), ids=DUE)
async def test_a_job_that_is(change: str, *, due: bool, queue: Queue, pool: Pool) -> None:
    await link(pool)
    await put(pool, "a")
    await run(pool, f"UPDATE publish_jobs SET {change}")

    assert (await queue.claim() is not None) is due


async def test_a_lease_that_ran_out_passes_to_another_and_one_that_runs_does_not(
    queue: Queue, pool: Pool
) -> None:
    await link(pool)
    [event_id] = await put(pool, "a")
    other = Queue(pool, "other", 600)
    await queue.claim()

    assert await claimed(other) is None
    await run(pool, "UPDATE publish_jobs SET lease_expires_at = NOW()")
    assert await claimed(other) == event_id


async def test_what_a_worker_holds_can_be_given_back_by_it_alone(queue: Queue, pool: Pool) -> None:
    await link(pool)
    [event_id] = await put(pool, "a")
    other = Queue(pool, "other", 600)
    await queue.claim()

    await other.give_back()
    assert await claimed(other) is None
    await queue.give_back()
    assert await claimed(other) == event_id


Act = Callable[[Queue, Job, Pool], Awaitable[Any]]


async def end(queue: Queue, job: Job, pool: Pool) -> None:
    async with pool.connection() as connection:
        await queue.end(connection, job, "published", None)


ACTS: dict[str, Act] = {
    "beat": lambda queue, job, _: queue.beat(job),
    "reserve": lambda queue, job, _: queue.reserve(job, "rkey"),
    "prepare": lambda queue, job, _: queue.prepare(job, {}),
    "unprepare": lambda queue, job, _: queue.unprepare(job),
    "fail": lambda queue, job, _: queue.fail(job, "why"),
    "again": lambda queue, job, _: queue.again(job, "why", 1),
    "postpone": lambda queue, job, _: queue.postpone(job, "why", 1),
    "end": end,
}
LOSSES = {
    "taken over": "UPDATE publish_jobs SET lease_owner = lease_owner || '-next', lease_expires_at = NOW()",
    "withdrawn": "UPDATE publish_jobs SET state = 'skipped', completed_at = NOW()",
    "ended": "UPDATE publish_jobs SET state = 'published', completed_at = NOW(), lease_owner = NULL",
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
async def test_whoever_lost_the_lease_changes_nothing(act: Act, loss: Any, queue: Queue, pool: Pool) -> None:
    await link(pool)
    await put(pool, "a")
    job = await taken(queue)
    async with pool.connection() as connection, connection.transaction():
        await connection.execute("SET LOCAL divine_sky.writer_epoch = '2'")
        await connection.execute(loss)
    before = await rows(pool, "SELECT * FROM publish_jobs")

    with pytest.raises(LeaseLost):
        await act(queue, job, pool)

    assert await rows(pool, "SELECT * FROM publish_jobs") == before


async def test_a_withdrawn_jobs_lease_is_let_go_by_its_holder_only(queue: Queue, pool: Pool) -> None:
    await link(pool)
    await put(pool, "a")
    job = await taken(queue)
    await run(pool, LOSSES["withdrawn"])

    await Queue(pool, "other", 600).let_go(job)
    [held] = await rows(pool, "SELECT lease_owner FROM publish_jobs")
    await queue.let_go(job)
    [free] = await rows(pool, "SELECT lease_owner, state FROM publish_jobs")

    assert held["lease_owner"] == "one"
    assert free == {"lease_owner": None, "state": "skipped"}


async def test_record_key_and_record_stay_what_they_first_were(queue: Queue, pool: Pool) -> None:
    await link(pool)
    await put(pool, "a")
    job = await taken(queue)

    keys = [await queue.reserve(job, key) for key in ("first", "second")]
    records = [await queue.prepare(job, {"n": n}) for n in (1, 2)]

    assert keys == ["first", "first"]
    assert records == [{"n": 1}, {"n": 1}]


async def test_each_run_counts_once_and_a_postponed_one_not_at_all(queue: Queue, pool: Pool) -> None:
    await link(pool)
    await put(pool, "a")
    attempts = []
    for _ in range(3):
        job = await taken(queue)
        attempts.append(job.attempt)
        await queue.again(job, "no", 0)
    await queue.postpone(await taken(queue), None, 0)

    job = await taken(queue)

    assert (attempts, job.attempt) == ([1, 2, 3], 4)


async def test_many_workers_claim_each_job_once(pool: Pool) -> None:
    people = [f"person{n}" for n in range(40)]
    for name in people:
        await link(pool, name)
        await put(pool, "a", by=name)

    async def work(number: int) -> list[str]:
        queue, found = Queue(pool, f"worker-{number}", 600), []
        while (event_id := await claimed(queue)) is not None:
            found.append(event_id)
        return found

    shares = await asyncio.gather(*(work(number) for number in range(8)))

    everything = [event_id for share in shares for event_id in share]
    assert sorted(everything) == sorted(await states(pool))
