"""What a PostgreSQL connection does besides statements, through the running wire with a real client and server."""

import asyncio

import psycopg
import pytest
from psycopg import pq

from localnet.backends.postgres.cluster import Cluster
from localnet.backends.postgres.image import SUPERUSER
from tests.localnet.wire.running import Running, exactly, rest
from tests.localnet.wire.test_postgres import STARTUP_WITH_DATABASE, error, message, query
from tests.localnet.wire.test_transparency import until

pytestmark = pytest.mark.anyio

Connection = psycopg.AsyncConnection[tuple[object, ...]]


async def connected(wire: Running, database: Cluster, **more: str) -> Connection:
    port = await wire.edge(database.address, "bridge→postgres", protocol="postgres")
    where = {"host": "127.0.0.1", "port": str(port), "user": SUPERUSER, "dbname": "template1"} | more
    return await psycopg.AsyncConnection.connect(psycopg.conninfo.make_conninfo("", **where), autocommit=True)


async def test_a_statement_that_runs_too_long_can_be_cancelled(wire: Running, database: Cluster) -> None:
    connection = await connected(wire, database)
    sleeping = asyncio.create_task(connection.execute("SELECT pg_sleep(60)"))
    (link,) = wire.wire.edge("n1", "bridge→postgres").links
    await until(lambda: link.conversation.busy)
    while not sleeping.done():
        await connection.cancel_safe(timeout=10)
        await asyncio.wait([sleeping], timeout=0.05)

    with pytest.raises(psycopg.errors.QueryCanceled):
        await sleeping
    await connection.close()
    told = {(line.op, line.outcome) for line in await wire.lines()}
    assert ("CANCEL", "sent") in told
    assert ("SELECT pg_sleep", "ERROR 57014") in told


async def test_a_notification_is_told_with_what_it_carries(wire: Running, database: Cluster) -> None:
    connection = await connected(wire, database)
    await connection.execute("LISTEN jobs")
    await connection.execute("SELECT pg_notify('jobs', 'did:web:a.test')")
    async with asyncio.timeout(10):
        async for notification in connection.notifies(stop_after=1):
            assert notification.payload == "did:web:a.test"
    await connection.close()

    (told,) = [line for line in await wire.lines() if line.op == "NOTIFY jobs"]
    assert (told.outcome, told.ids) == ("delivered", {"did": ["did:web:a.test"]})


async def test_a_database_that_is_not_there_is_told(wire: Running, database: Cluster) -> None:
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        await connected(wire, database, dbname="nowhere")

    (told,) = await wire.lines()
    assert (told.op, told.outcome) == ("CONNECT nowhere", "FATAL 3D000")


async def test_a_prepared_statement_shows_its_text_and_values_at_every_execution(
    wire: Running, database: Cluster
) -> None:
    connection = await connected(wire, database)
    for number in (1, 2):
        await connection.execute("SELECT %b::int8 AS n", (number,), prepare=True)
    cursor = connection.cursor(binary=True)
    row = await (await cursor.execute("SELECT %b::int8 AS n", (3,), prepare=True)).fetchone()
    assert row == (3,)
    await connection.close()

    told = [
        line
        for line in await wire.lines()
        if line.op == "SELECT" and line.request and "$1" in line.request.headers
    ]
    assert [line.request and line.request.headers for line in told] == [{"$1": "1"}, {"$1": "2"}, {"$1": "3"}]
    assert [line.response and line.response.body for line in told] == ['{"n":"1"}', '{"n":"2"}', '{"n":"3"}']


async def test_what_only_fails_to_be_prepared_is_told(wire: Running, database: Cluster) -> None:
    """As clients do that prepare everything first: the column a migration forgot."""
    connection = await connected(wire, database)
    result = await asyncio.to_thread(connection.pgconn.prepare, b"s1", b"SELECT nostr_pubkey FROM pg_class")
    assert result.status == pq.ExecStatus.FATAL_ERROR
    await connection.close()

    (told,) = [line for line in await wire.lines() if line.op == "SELECT pg_class"]
    assert told.outcome == "ERROR 42703"
    assert told.note == 'column "nostr_pubkey" does not exist'


async def test_a_connection_ended_by_the_server_is_told(wire: Running, database: Cluster) -> None:
    connection = await connected(wire, database)
    with pytest.raises(psycopg.errors.AdminShutdown):
        await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    await connection.close()

    told = [(line.op, line.outcome) for line in await wire.lines()]
    assert ("SELECT pg_terminate_backend", "FATAL 57P01") in told


async def test_a_password_is_not_told(wire: Running) -> None:
    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await exactly(reader, len(STARTUP_WITH_DATABASE))
        writer.write(message(b"R", (3).to_bytes(4)))
        await exactly(reader, 10)
        writer.write(error("28P01", "no").replace(b"VERROR", b"VFATAL"))
        writer.close()

    reader, writer = await wire.connect(await wire.edge(await wire.callee(ask), protocol="postgres"))
    writer.write(STARTUP_WITH_DATABASE)
    await exactly(reader, 9)
    writer.write(message(b"p", b"hush\0"))
    await rest(reader)

    (told,) = await wire.lines()
    assert (told.op, told.outcome) == ("CONNECT jobs", "FATAL 28P01")
    assert "hush" not in wire.journal.path.read_text()


@pytest.mark.parametrize(
    "begin", [b"\0\0\0\x08\x04\xd2\x16\x2f", b"\x16\x03\x01"], ids=["asked for", "at once"]
)
async def test_what_is_encrypted_passes_unread(wire: Running, begin: bytes) -> None:
    async def agree(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await exactly(reader, len(begin))
        writer.write(b"S")
        writer.write(await exactly(reader, 5))

    reader, writer = await wire.connect(await wire.edge(await wire.callee(agree), protocol="postgres"))
    writer.write(begin)
    assert await exactly(reader, 1) == b"S"
    writer.write(query("SELECT 1")[:5])

    assert await exactly(reader, 5) == query("SELECT 1")[:5]
    assert await wire.lines() == []
