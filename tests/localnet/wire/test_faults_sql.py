"""Faults on SQL: before and after a COMMIT, and errors that leave the server's session as a real one would."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from localnet.backends.postgres.cluster import Cluster
from localnet.backends.postgres.image import SUPERUSER
from tests.localnet.wire.running import Running, direct

pytestmark = pytest.mark.anyio

Connection = psycopg.AsyncConnection[tuple[object, ...]]


@pytest.fixture
async def connection(wire: Running, database: Cluster) -> AsyncIterator[Connection]:
    port = await wire.edge(database.address, "bridge→postgres", protocol="postgres")
    address = f"host=127.0.0.1 port={port} user={SUPERUSER} dbname=template1"
    async with await psycopg.AsyncConnection.connect(direct(database.address, SUPERUSER)) as past:
        await past.execute("DROP TABLE IF EXISTS faulty")
        await past.execute("CREATE TABLE faulty (n int)")
    connected = await psycopg.AsyncConnection.connect(address, autocommit=True)
    yield connected
    await connected.close()


async def strike(wire: Running, action: str, op: str, **parameters: object) -> None:
    fault = {"name": "one", "edge": "bridge→postgres", "op": op, "action": action, "parameters": parameters}
    answered = await wire.ask(op="fault", network="n1", do="add", fault=fault)
    assert answered["event"] == "done", answered


async def rows(database: Cluster) -> int:
    async with await psycopg.AsyncConnection.connect(direct(database.address, SUPERUSER)) as past:
        row = await (await past.execute("SELECT count(*) FROM faulty")).fetchone()
        assert row
        return int(row[0])


async def insert(connection: Connection) -> None:
    async with connection.transaction():
        await connection.execute("INSERT INTO faulty VALUES (%s)", [1])


@pytest.mark.parametrize(("action", "there"), [("drop", 0), ("lose_answer", 1)])
async def test_a_commit_is_lost_before_or_after_it_happened(
    wire: Running, database: Cluster, connection: Connection, action: str, there: int
) -> None:
    await strike(wire, action, "COMMIT")

    with pytest.raises(psycopg.OperationalError):
        await insert(connection)

    assert await rows(database) == there
    notes = [line.note for line in await wire.lines() if line.op == "COMMIT"]
    assert (notes[-1] or "").startswith(f"fault one: {action}")


@pytest.mark.parametrize("simple", [True, False], ids=["simple", "extended"])
async def test_an_error_aborts_the_transaction_as_the_servers_would(
    wire: Running, database: Cluster, connection: Connection, simple: bool
) -> None:
    await strike(wire, "answer", "INSERT faulty", sqlstate="53100", message="could not extend file: No space left on device")  # fmt: skip

    with pytest.raises(psycopg.errors.DiskFull, match="No space left"):
        async with connection.transaction():
            await connection.execute(
                "INSERT INTO faulty VALUES (1)", [] if not simple else None, prepare=not simple
            )

    await insert(connection)
    assert await rows(database) == 1
    told = [(line.op, line.outcome) for line in await wire.lines() if line.op.startswith("INSERT")]
    assert told == [("INSERT faulty", "ERROR 53100"), ("INSERT faulty", "INSERT 0 1")]


async def test_after_the_error_nothing_can_be_done_until_the_rollback(
    wire: Running, connection: Connection
) -> None:
    await strike(wire, "answer", "INSERT faulty", sqlstate="53100")
    await connection.execute("BEGIN")
    with pytest.raises(psycopg.errors.DiskFull):
        await connection.execute("INSERT INTO faulty VALUES (1)")

    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        await connection.execute("SELECT 1")


async def test_who_is_terminated_is_told_and_cut_off(
    wire: Running, database: Cluster, connection: Connection
) -> None:
    await strike(wire, "answer", "INSERT faulty", sqlstate="57P01")

    with pytest.raises(psycopg.errors.AdminShutdown):
        await insert(connection)

    assert connection.closed
    assert await rows(database) == 0


async def test_a_pipeline_fails_at_the_statement_that_was_meant(
    wire: Running, database: Cluster, connection: Connection
) -> None:
    await strike(wire, "answer", "INSERT faulty", sqlstate="53100")

    async def work() -> None:
        async with connection.pipeline(), connection.transaction():
            await connection.execute("SELECT 1")
            await connection.execute("INSERT INTO faulty VALUES (%s)", [1])

    with pytest.raises(psycopg.errors.DiskFull):
        await work()

    await insert(connection)
    assert await rows(database) == 1


async def test_a_statement_can_be_held(wire: Running, database: Cluster, connection: Connection) -> None:
    await strike(wire, "hold", "COMMIT")

    working = asyncio.ensure_future(insert(connection))
    while not (await wire.ask(op="fault", network="n1", do="list"))["faults"][0]["hits"]:
        await asyncio.sleep(0.001)
    assert await rows(database) == 0
    await wire.ask(op="fault", network="n1", do="release", name="one")
    await working

    assert await rows(database) == 1


async def test_a_commit_that_rolls_back_has_no_answer_to_lose(wire: Running, connection: Connection) -> None:
    await strike(wire, "lose_answer", "COMMIT")
    await connection.execute("BEGIN")
    with pytest.raises(psycopg.errors.DivisionByZero):
        await connection.execute("SELECT 1 / 0")
    await connection.execute("COMMIT")

    assert (await wire.ask(op="fault", network="n1", do="list"))["faults"][0]["hits"] == 0


async def test_a_commit_is_about_what_it_commits(
    wire: Running, database: Cluster, connection: Connection
) -> None:
    of_bob = {"containing": ["did:plc:bob"], "op": "COMMIT", "action": "drop", "name": "one", "edge": "*→postgres"}  # fmt: skip
    await wire.ask(op="fault", network="n1", do="add", fault=of_bob)

    async def noting(did: str) -> None:
        async with connection.transaction():
            await connection.execute("INSERT INTO faulty SELECT 1 WHERE %s <> ''", [did])

    await noting("did:plc:alice")
    with pytest.raises(psycopg.OperationalError):
        await noting("did:plc:bob")

    assert await rows(database) == 1


async def test_the_line_of_a_commit_has_the_ids_of_what_it_commits(
    wire: Running, connection: Connection
) -> None:
    alice, bob = ("did:plc:" + letter * 24 for letter in "ab")
    for did in (alice, bob):
        async with connection.transaction():
            await connection.execute("INSERT INTO faulty SELECT 1 WHERE %s <> ''", [did])

    assert [line.ids for line in await wire.lines() if line.op == "COMMIT"] == [{"did": [alice]}, {"did": [bob]}]  # fmt: skip
