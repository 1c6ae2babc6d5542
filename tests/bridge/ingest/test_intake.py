"""What becomes of each event in the database, and how far the cursor goes. On a real PostgreSQL."""

import asyncio
import time
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from bridge.database import Pool
from bridge.ingest.intake import Intake
from bridge.nostr.events import Event, from_payload, to_payload
from tests.bridge.rows import link, rows, run, states
from tests.bridge.signing import NOW, deletion, person, signed, video

pytestmark = pytest.mark.anyio
RECENT = int(time.time()) - 60


@pytest.fixture
async def intake(pool: Pool) -> Intake:
    await link(pool)
    return Intake(pool, "relay")


async def test_a_linked_persons_video_is_queued_once_and_a_strangers_leaves_no_trace(
    intake: Intake, pool: Pool
) -> None:
    mine, theirs = video(), video(by="stranger")

    first = await intake.store([theirs, mine, mine], None)
    await intake.store([mine], None)

    assert await states(pool) == {mine.id: "pending"}
    assert sorted(decision.name for decision in first) == ["ignored", "ignored", "queued"]
    [job] = await rows(pool, "SELECT * FROM publish_jobs")
    assert (job["writer_epoch"], job["job_source"], job["completed_at"]) == (2, "live", None)


STANDINGS: dict[str, tuple[dict[str, Any], str]] = {
    "being made": ({"state": "pending"}, "pending"),
    "failed to be made": ({"state": "failed"}, "pending"),
    "disabled": ({"state": "disabled"}, "ineligible"),
    "opted in without crossposting": ({"crosspost": False}, "ineligible"),
}


@pytest.mark.parametrize(("account", "state"), STANDINGS.values(), ids=STANDINGS)
async def test_a_video_of_an_account_that_is(account: dict[str, Any], state: str, pool: Pool) -> None:
    await link(pool, "bob", **account)
    event = video(by="bob")

    await Intake(pool, "relay").store([event], None)

    assert await states(pool) == {event.id: state}


async def test_what_came_while_crossposting_was_off_stays_out_when_the_relay_sends_it_again(
    pool: Pool,
) -> None:
    await link(pool, crosspost=False)
    event = video()
    await Intake(pool, "relay").store([event], None)
    await run(pool, "UPDATE account_links SET crosspost_enabled = TRUE")

    await Intake(pool, "relay").store([event], None)

    assert await states(pool) == {event.id: "ineligible"}


A, B = video("loop", at=NOW), video("loop", content="2", at=NOW + 5)
OTHER = signed(22, content="no address")
ADDRESS = ("a", A.address or "")

MEETINGS: dict[str, tuple[list[Event], dict[str, str]]] = {
    "a deletion naming a video": ([A, deletion(("e", A.id))], {A.id: "skipped"}),
    "a deletion naming three": (
        [A, OTHER, deletion(("e", "0" * 64), ("e", OTHER.id), ("e", A.id))],
        {A.id: "skipped", OTHER.id: "skipped"},
    ),
    "a deletion of an address": ([A, deletion(ADDRESS, at=NOW + 1)], {A.id: "skipped"}),
    "a deletion of an address older than the newer revision": (
        [A, B, deletion(ADDRESS, at=NOW + 1)],
        {A.id: "skipped", B.id: "pending"},
    ),
    "somebody else's deletion": (
        [A, deletion(("e", A.id), ADDRESS, by="mallory", at=NOW + 1)],
        {A.id: "pending"},
    ),
    "a newer revision": ([A, B], {A.id: "skipped", B.id: "pending"}),
}


@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "in reverse order"])
@pytest.mark.parametrize(("events", "expected"), MEETINGS.values(), ids=MEETINGS)
async def test_withdrawals_hold_whatever_arrives_first(
    events: list[Event], expected: dict[str, str], *, backwards: bool, intake: Intake, pool: Pool
) -> None:
    await link(pool, "mallory")

    for event in reversed(events) if backwards else events:
        await intake.store([event], None)

    found = await states(pool)
    assert {event.id: found[event.id] for event in events if event.kind != 5} == expected


async def test_a_deletion_counts_also_from_a_disabled_account(pool: Pool) -> None:
    await link(pool, state="disabled")
    request = deletion(("e", A.id))

    await Intake(pool, "relay").store([request], None)

    assert await states(pool) == {request.id: "pending"}


async def test_replicas_that_store_video_and_deletion_at_once_agree(intake: Intake, pool: Pool) -> None:
    for number in range(20):
        event = video(f"d{number}")
        request = deletion(("e", event.id))
        other = Intake(pool, "relay")

        await asyncio.gather(intake.store([event], None), other.store([request], None))

        assert (await states(pool))[event.id] == "skipped"


async def test_text_with_nul_is_kept_whole(intake: Intake, pool: Pool) -> None:
    event = video("d", ("title", "a\0b"), content="\0")

    await intake.store([event], None)

    [job] = await rows(pool, "SELECT event_payload FROM publish_jobs")
    assert from_payload(job["event_payload"]) == event


async def test_an_event_the_database_refuses_does_not_hold_up_the_others(intake: Intake, pool: Pool) -> None:
    await run(
        pool,
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '22P05'; END $$",
    )
    await run(
        pool,
        "CREATE TRIGGER refusal BEFORE INSERT ON publish_jobs FOR EACH ROW"
        " WHEN (NEW.event_payload ->> 'content' = 'bad') EXECUTE FUNCTION refuse()",
    )
    good, bad = video("good", at=RECENT), video("bad", content="bad", at=RECENT + 1)

    await intake.store([good, bad], bad)

    assert await states(pool) == {good.id: "pending"}
    assert await intake.start() == RECENT + 1


async def test_jobs_of_an_older_writer_are_taken_over_only_if_untouched(intake: Intake, pool: Pool) -> None:
    pristine, tried = video("a"), video("b")
    for event, attempt in ((pristine, 0), (tried, 3)):
        await run(
            pool,
            "INSERT INTO publish_jobs (nostr_event_id, nostr_pubkey, event_payload, attempt)"
            " VALUES (%s, %s, %s, %s)",
            event.id,
            event.pubkey,
            Jsonb(to_payload(event)),
            attempt,
        )

    await intake.store([pristine, tried], None)

    found = await rows(pool, "SELECT nostr_event_id, writer_epoch FROM publish_jobs")
    epochs = {row["nostr_event_id"]: row["writer_epoch"] for row in found}
    assert epochs == {pristine.id: 2, tried.id: 1}


async def test_a_tombstone_somebody_else_had_written_blocks_nobody(intake: Intake, pool: Pool) -> None:
    event = video()
    await run(
        pool,
        "INSERT INTO publish_jobs (nostr_event_id, nostr_pubkey, state, completed_at, writer_epoch)"
        " VALUES (%s, %s, 'skipped', NOW(), 2)",
        event.id,
        person("mallory").public_key,
    )

    await intake.store([event], None)

    assert await states(pool) == {event.id: "pending"}


async def test_the_first_start_reads_from_now_and_remembers_it(pool: Pool) -> None:
    before = int(time.time())

    first = await Intake(pool, "relay").start()
    again = await Intake(pool, "relay").start()

    assert before - 1 <= first <= time.time() + 1
    assert again == first


CURSORS: dict[str, tuple[int, int, int]] = {
    "forward": (RECENT - 100, RECENT, RECENT),
    "never back": (RECENT, RECENT - 100, RECENT),
}


@pytest.mark.parametrize(("stored", "reached", "expected"), CURSORS.values(), ids=CURSORS)
async def test_the_cursor_moves(stored: int, reached: int, expected: int, intake: Intake, pool: Pool) -> None:
    await run(pool, "INSERT INTO ingest_offsets VALUES ('relay', '', to_timestamp(%s))", stored)

    await intake.store([], video(at=reached))

    assert await intake.start() == expected


async def test_a_time_ahead_of_now_neither_moves_the_cursor_there_nor_keeps_it_there(
    intake: Intake, pool: Pool
) -> None:
    far = int(time.time()) + 10 * 365 * 86400
    await intake.store([], video(at=far))
    assert await rows(pool, "SELECT 1 FROM ingest_offsets WHERE last_created_at <= NOW()")
    assert await intake.start() <= time.time()

    await run(pool, "UPDATE ingest_offsets SET last_created_at = to_timestamp(%s)", far)
    await intake.store([], video(at=RECENT))

    assert await intake.start() == RECENT


async def test_event_and_cursor_are_stored_together_or_not_at_all(intake: Intake, pool: Pool) -> None:
    await run(pool, "ALTER TABLE ingest_offsets ADD CHECK (last_event_id = '')")
    event = video(at=RECENT)

    with pytest.raises(Exception, match="check constraint"):
        await intake.store([event], event)

    assert await states(pool) == {}
