"""PostgreSQL through the running wire: a real client, a real server, a line for each statement."""

import asyncio

import psycopg
import pytest

from localnet.backends.postgres.cluster import Cluster
from localnet.backends.postgres.image import SUPERUSER
from localnet.journal import Line
from tests.localnet.wire.running import Running

pytestmark = pytest.mark.anyio

Connection = psycopg.AsyncConnection[tuple[object, ...]]
DID = "did:web:alice.test"


async def connected(wire: Running, database: Cluster) -> Connection:
    port = await wire.edge(database.address, "bridge→postgres", protocol="postgres")
    address = f"host=127.0.0.1 port={port} user={SUPERUSER} dbname=template1"
    return await psycopg.AsyncConnection.connect(address, autocommit=True)


async def statements(wire: Running) -> list[Line]:
    return [line for line in await wire.lines() if line.kind == "sql" and line.op != "connect"]


async def test_each_statement_is_a_line_with_how_it_ended(wire: Running, database: Cluster) -> None:
    async with await connected(wire, database) as connection:
        await connection.execute("CREATE TEMP TABLE jobs (did text PRIMARY KEY, token text)")
        await connection.execute("INSERT INTO jobs (did, token) VALUES (%s, %s)", (DID, "hush-hush"))
        with pytest.raises(psycopg.errors.UniqueViolation):
            await connection.execute("INSERT INTO jobs (did) VALUES (%s)", (DID,))
        cursor = await connection.execute("SELECT did, token FROM jobs WHERE did = %s", (DID,))
        assert await cursor.fetchall() == [(DID, "hush-hush")]

    told = await statements(wire)
    assert [(line.op, line.outcome) for line in told[1:]] == [
        ("INSERT jobs", "INSERT 0 1"),
        ("INSERT jobs", "ERROR 23505"),
        ("SELECT jobs", "SELECT 1"),
    ]
    assert told[1].ids == {"did": [DID]}
    assert told[1].ms is not None
    assert "duplicate key" in (told[2].note or "")
    assert "hush-hush" not in wire.journal.path.read_text()


async def test_a_pipeline_is_told_statement_by_statement(wire: Running, database: Cluster) -> None:
    async with await connected(wire, database) as connection, connection.pipeline():
        cursors = [await connection.execute("SELECT %s::int AS n", (number,)) for number in range(3)]
        await asyncio.gather(*(cursor.fetchone() for cursor in cursors))

    selects = [line for line in await statements(wire) if line.outcome == "SELECT 1"]
    assert [line.response and line.response.body for line in selects] == [
        '{"n":"0"}',
        '{"n":"1"}',
        '{"n":"2"}',
    ]


async def test_a_large_value_arrives_whole(wire: Running, database: Cluster) -> None:
    large = "x" * 3_000_000

    async with await connected(wire, database) as connection:
        row = await (await connection.execute("SELECT %s || ''", (large,))).fetchone()

    assert row == (large,)


async def test_a_commit_is_told(wire: Running, database: Cluster) -> None:
    async with await connected(wire, database) as connection:
        async with connection.transaction():
            await connection.execute("SELECT 1")
        with pytest.raises(psycopg.errors.DivisionByZero):
            async with connection.transaction():
                await connection.execute("SELECT 1 / 0")

    assert [(line.op, line.outcome) for line in await statements(wire) if line.op != "SELECT"] == [
        ("BEGIN", "BEGIN"),
        ("COMMIT", "COMMIT"),
        ("BEGIN", "BEGIN"),
        ("ROLLBACK", "ROLLBACK"),
    ]


async def test_a_copy_passes_and_the_connection_goes_on(wire: Running, database: Cluster) -> None:
    async with await connected(wire, database) as connection:
        await connection.execute("CREATE TEMP TABLE copied (n int)")
        async with connection.cursor().copy("COPY copied FROM STDIN") as copy:
            for number in range(1000):
                await copy.write_row((number,))
        row = await (await connection.execute("SELECT count(*) FROM copied")).fetchone()

    assert row == (1000,)
    assert ("COPY copied", "COPY 1000") in [(line.op, line.outcome) for line in await statements(wire)]


async def test_a_server_that_is_not_there_resets_its_caller(wire: Running, tmp_path: object) -> None:
    port = await wire.edge(f"unix:{tmp_path}/none", "bridge→postgres", protocol="postgres")

    with pytest.raises(psycopg.OperationalError):
        await psycopg.AsyncConnection.connect(f"host=127.0.0.1 port={port} user=x dbname=x")

    assert [(line.op.lower(), line.outcome) for line in await wire.lines()] == [("connect", "refused")]
