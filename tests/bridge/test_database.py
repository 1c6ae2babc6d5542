"""Migrations on a real PostgreSQL, from every state a database has been found in; connections that come back."""

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

import scenarios
from bridge import database
from bridge.database import Pool, migrate, open_pool
from bridge.errors import BridgeError
from localnet.backends.postgres.cluster import Cluster
from localnet.backends.postgres.image import SUPERUSER
from tests.bridge.rows import run

pytestmark = pytest.mark.anyio

SCHEMAS = Path(scenarios.__file__).parent / "schemas"
STARTS = ["nothing", "first_migration", "first_and_scheduler", "all_by_hand"]
TABLES = {
    "account_links",
    "asset_manifest",
    "ingest_offsets",
    "moderation_actions",
    "operator_actions",
    "provisioning_keys",
    "publish_jobs",
    "record_mappings",
}
_SHAPE = {
    "columns": "SELECT table_name, column_name, data_type, is_nullable, column_default"
    " FROM information_schema.columns WHERE table_schema = 'public'",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace AND contype <> 'n'",
    "triggers": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
}  # fmt: skip
_numbers = itertools.count()


@pytest.fixture
def start(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database in the state the parameter names."""
    name, state = f"start_{next(_numbers)}", getattr(request, "param", "nothing")
    cluster.create_database(name)
    if state != "nothing":
        cluster.load(SCHEMAS / f"{state}.sql", name)
    folder = cluster.address.removeprefix("unix:").rsplit("/", 1)[0]
    yield f"postgresql://{SUPERUSER}@/{name}?host={folder}"
    cluster.drop_database(name)


async def ask(url: str, query: Any) -> set[tuple[object, ...]]:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        return set(await (await connection.execute(query)).fetchall())


async def shape(url: str) -> dict[str, set[tuple[object, ...]]]:
    return {name: await ask(url, query) for name, query in _SHAPE.items()}


async def people(url: str) -> set[tuple[object, ...]]:
    return await ask(
        url, "SELECT nostr_pubkey, did, handle, crosspost_enabled, updated_at FROM account_links"
    )


@pytest.mark.parametrize("start", STARTS, indirect=True)
async def test_every_start_ends_in_the_same_schema(start: str, database_url: str) -> None:
    await migrate(start)

    assert await shape(start) == await shape(database_url)
    assert {row[0] for row in (await shape(start))["columns"]} >= TABLES


@pytest.mark.parametrize("start", STARTS[1:], indirect=True)
async def test_rows_survive_as_they_are(start: str) -> None:
    before = await people(start)

    await migrate(start)

    assert before
    assert await people(start) == before


async def test_crossposting_is_on_unless_somebody_says_otherwise(database_url: str) -> None:
    found = await ask(
        database_url,
        "SELECT column_default FROM information_schema.columns WHERE column_name = 'crosspost_enabled'",
    )

    assert found == {("true",)}


async def test_a_second_start_only_reads(start: str) -> None:
    first = await migrate(start)
    async with await psycopg.AsyncConnection.connect(start) as busy:
        await busy.execute("LOCK TABLE account_links, publish_jobs IN ACCESS EXCLUSIVE MODE")

        second = await asyncio.wait_for(migrate(start), 5)

    assert first == sorted(path.stem for path in database.MIGRATIONS.glob("*.sql"))
    assert second == []


@pytest.mark.parametrize("start", STARTS, indirect=True)
async def test_replicas_that_start_at_once_come_up_together(start: str, database_url: str) -> None:
    applied = await asyncio.gather(*(migrate(start) for _ in range(4)))

    assert sorted(map(len, applied))[:3] == [0, 0, 0]
    assert await shape(start) == await shape(database_url)


@pytest.mark.parametrize("start", ["first_migration"], indirect=True)
async def test_a_long_transaction_is_named_as_the_reason(start: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_LOCK_TIMEOUT", "20ms")
    async with await psycopg.AsyncConnection.connect(start) as busy:
        await busy.execute("SELECT * FROM account_links")

        with pytest.raises(BridgeError, match="cannot get its locks: a transaction holds them"):
            await migrate(start, patience=0)

    assert await migrate(start)


async def test_a_schema_that_cannot_be_completed_is_an_error_that_names_the_migration(start: str) -> None:
    async with await psycopg.AsyncConnection.connect(start, autocommit=True) as connection:
        await connection.execute("CREATE TABLE publish_jobs (nostr_event_id TEXT PRIMARY KEY)")

    with pytest.raises(BridgeError, match="failed to apply migration 001_bridge_tables"):
        await migrate(start)


async def test_a_job_is_only_leased_by_a_writer_of_its_epoch(pool: Pool) -> None:
    await run(pool, "INSERT INTO publish_jobs (nostr_event_id, writer_epoch) VALUES ('e', 2)")
    lease = "UPDATE publish_jobs SET state = 'in_progress', lease_owner = 'w'"

    async with pool.connection() as connection, connection.transaction():
        await connection.execute("SELECT set_config('divine_sky.writer_epoch', '1', TRUE)")
        with pytest.raises(psycopg.errors.RaiseException, match="publish job writer epoch 2 is not active"):
            async with connection.transaction():
                await connection.execute(lease)
    async with pool.connection() as connection:
        assert (await connection.execute(lease)).rowcount == 1


async def test_jobs_called_published_that_made_no_record_are_told_apart_once(start: str) -> None:
    await migrate(start)
    async with await psycopg.AsyncConnection.connect(start, autocommit=True) as connection:
        await connection.execute("INSERT INTO publish_jobs (nostr_event_id, state) VALUES ('e', 'published')")
        await connection.execute("DELETE FROM bridge_migrations WHERE name LIKE '009%'")

    await migrate(start)

    assert await ask(start, "SELECT state FROM publish_jobs") == {("ineligible",)}


async def test_connections_the_server_closed_are_replaced_unnoticed(pool: Pool, database_url: str) -> None:
    await run(pool, "SELECT 1")
    await ask(
        database_url,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )

    assert await run(pool, "SELECT 1") == 1


async def test_a_server_that_is_not_there_is_waited_for_and_then_named() -> None:
    with pytest.raises(BridgeError, match="the database cannot be reached after 0 s"):
        await open_pool("postgresql://nobody@127.0.0.1:1/nothing", patience=0.1)
