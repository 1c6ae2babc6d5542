"""The connection pool, and the schema brought up to date before anything else starts.

Migrations are the SQL files of `migrations/`, in name order, each in a transaction of its own, recorded in
`bridge_migrations`. Each accepts that part of its work was already done by hand or by another service
sharing the database. One replica migrates, the others wait for it; a database that is up to date is only
read.
"""

import asyncio
import select
import time
from pathlib import Path
from typing import TypeAlias, cast

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bridge.errors import BridgeError

Connection: TypeAlias = AsyncConnection[tuple[object, ...]]
Pool: TypeAlias = AsyncConnectionPool[Connection]

MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 0x6272_6964_6765  # "bridge": the advisory lock of whoever migrates
_EPOCH = "-c divine_sky.writer_epoch=2"  # by which the shared tables tell this writer from older ones
_LOCK_TIMEOUT = "5s"  # a waiting ALTER TABLE blocks every reader behind it: give way and try again


async def open_pool(url: str, *, size: int = 10, patience: float = 30.0) -> Pool:
    """A pool with one connection open; a statement is a transaction unless one is begun. Waits `patience` seconds for PostgreSQL, then BridgeError."""
    await _reach(url, patience)
    pool = cast(
        Pool,
        AsyncConnectionPool(
            url,
            min_size=1,
            max_size=size,
            timeout=10.0,
            open=False,
            check=_still_open,
            kwargs={
                "autocommit": True,
                "connect_timeout": 5,
                "application_name": "bridge",
                "options": _EPOCH,
            },
        ),
    )
    await pool.open(wait=True, timeout=10.0)
    return pool


async def migrate(url: str, *, patience: float = 60.0) -> list[str]:
    """Bring the schema up to date; the names of the migrations applied by this call."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        if not await _outstanding(connection):
            return []
        await connection.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS bridge_migrations"
            " (name TEXT PRIMARY KEY, applied_at TIMESTAMPTZ NOT NULL DEFAULT NOW())"
        )
        applied = await _outstanding(connection)
        for name in applied:
            await _apply(connection, name, time.monotonic() + patience)
        return applied


async def _reach(url: str, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(url, connect_timeout=5):
                return
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise BridgeError(f"the database cannot be reached after {patience:.0f} s") from error
        await asyncio.sleep(0.2)


async def _still_open(connection: AsyncConnection[object]) -> None:
    """Notice, without a round trip, that the server is done with this connection.

    On an idle connection a server says nothing, unless it closes it.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        await connection.close()  # else the pool would hand it out again
        raise psycopg.OperationalError("the server has closed the connection")


async def _outstanding(connection: Connection) -> list[str]:
    names = sorted(path.stem for path in MIGRATIONS.glob("*.sql"))
    found = await connection.execute("SELECT to_regclass('bridge_migrations') IS NOT NULL")
    if not (await found.fetchone() or (False,))[0]:
        return names
    rows = await (await connection.execute("SELECT name FROM bridge_migrations")).fetchall()
    return [name for name in names if (name,) not in rows]


async def _apply(connection: Connection, name: str, deadline: float) -> None:
    script = (MIGRATIONS / f"{name}.sql").read_text("utf-8")
    while True:
        try:
            async with connection.transaction():
                await connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
                await connection.execute(script)
                await connection.execute("INSERT INTO bridge_migrations (name) VALUES (%s)", [name])
            return
        except psycopg.errors.LockNotAvailable as error:
            if time.monotonic() > deadline:
                raise BridgeError(
                    f"migration {name} cannot get its locks: a transaction holds them"
                ) from error
        except psycopg.Error as error:
            raise BridgeError(f"failed to apply migration {name}") from error
