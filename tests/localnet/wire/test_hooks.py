"""The seam for faults: a hook is asked at the named points, and what it decides happens, whatever the protocol."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator

import psycopg
import pytest

from localnet.backends.postgres.cluster import Cluster
from localnet.backends.postgres.image import SUPERUSER
from localnet.wire.hooks import Point, Verdict
from localnet.wire.http import Exchange
from localnet.wire.statement import Statement
from localnet.wire.websocket_edge import Passing
from tests.localnet.wire.running import Running, Stream, direct, exactly, head, rest
from tests.localnet.wire.test_running_http import answer, request, saying
from tests.localnet.wire.test_running_upgrade import upgraded
from tests.localnet.wire.test_websocket import frame

pytestmark = pytest.mark.anyio

UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


class Once:
    """Decides `verdict` the first time it is asked at `point`, and remembers all it was asked."""

    def __init__(self, point: Point, verdict: Verdict, gather: int = 0, op: str = "") -> None:
        self.point, self.verdicts, self.gather, self.op = point, iter([verdict]), gather, op
        self.asked: list[tuple[Point, object, bytes]] = []
        self.reached = asyncio.Event()

    def at(self, point: Point, subject: object, raw: bytes) -> Verdict | None:
        self.asked.append((point, subject, raw))
        if point is not self.point or (isinstance(subject, Statement) and subject.shape.op != self.op):
            return None
        self.reached.set()
        return next(self.verdicts, None)

    def subjects(self, point: Point) -> Iterator[object]:
        return (subject for at, subject, _ in self.asked if at is point)


async def hooked(wire: Running, hook: Once, *answers: bytes) -> Stream:
    """A caller of a callee that gives these answers, if it is asked."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionResetError, asyncio.IncompleteReadError):
            await saying(*answers)(reader, writer)

    port = await wire.edge(await wire.callee(handle))
    wire.wire.edge("n1", "bridge→pds").hook = hook
    return await wire.connect(port)


async def outcomes(wire: Running) -> list[tuple[str, str, str | None]]:
    return [(line.op, line.outcome, line.note) for line in await wire.lines()]


async def test_the_points_of_an_exchange_come_in_order_with_its_bytes(wire: Running) -> None:
    hook = Once(Point.ANSWERED, Verdict())
    reader, writer = await hooked(wire, hook, answer(body=b"ok"))

    writer.write(request("/a"))
    await head(reader)
    await asyncio.wait_for(hook.reached.wait(), 10)

    assert [(point, raw) for point, _, raw in hook.asked] == [
        (Point.REQUEST, request("/a")),
        (Point.RESPONSE, answer(body=b"ok")[:-2]),
        (Point.ANSWERED, b""),
    ]
    assert len({id(subject) for _, subject, _ in hook.asked}) == 1


async def test_a_request_answered_in_the_callees_place_never_reaches_it(wire: Running) -> None:
    hook = Once(Point.REQUEST, Verdict(answer=UNAVAILABLE, note="answer 503"))
    reader, writer = await hooked(wire, hook, answer(body=b"real"))

    writer.write(request("/a", "Content-Length: 4", method="POST") + b"body" + request("/b"))

    assert await head(reader) == UNAVAILABLE
    assert (await head(reader)).startswith(b"HTTP/1.1 200")
    assert await exactly(reader, 4) == b"real"
    assert await outcomes(wire) == [("POST /a", "503", "answer 503"), ("GET /b", "200", None)]


async def test_an_answer_in_the_callees_place_can_be_late(wire: Running) -> None:
    released = asyncio.Event()
    hook = Once(Point.REQUEST, Verdict(until=released.wait(), answer=UNAVAILABLE))
    reader, writer = await hooked(wire, hook, answer(body=b"real"))

    writer.write(request("/a", "Content-Length: 4", method="POST") + b"body")
    await asyncio.wait_for(hook.reached.wait(), 10)
    writer.write(request("/b"))
    released.set()

    assert await head(reader) == UNAVAILABLE
    assert (await head(reader)).startswith(b"HTTP/1.1 200")


async def test_a_request_that_is_held_is_seen_by_nobody_until_it_is_released(wire: Running) -> None:
    released, seen = asyncio.Event(), asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        seen.set()
        writer.write(answer())

    hook = Once(Point.REQUEST, Verdict(until=released.wait()))
    port = await wire.edge(await wire.callee(handle))
    wire.wire.edge("n1", "bridge→pds").hook = hook
    reader, writer = await wire.connect(port)
    writer.write(request("/a"))
    await asyncio.wait_for(hook.reached.wait(), 10)
    assert not seen.is_set()
    released.set()

    assert await head(reader) == answer()
    assert seen.is_set()


async def test_who_gives_up_during_a_hold_is_gone_before_it_ends(wire: Running) -> None:
    never = asyncio.Event()
    hook = Once(Point.REQUEST, Verdict(until=never.wait()))
    _, writer = await hooked(wire, hook, answer())

    writer.write(request("/a"))
    await asyncio.wait_for(hook.reached.wait(), 10)
    writer.transport.abort()
    await wire.ask(op="remove", network="n1")

    (line,) = wire.journal.lines()
    assert line.outcome in ("abandoned", "reset", "closed")


async def test_a_hold_that_fails_cuts_the_connection(wire: Running, caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise OSError("the fault is faulty")

    reader, writer = await hooked(wire, Once(Point.REQUEST, Verdict(until=fail())), answer())

    writer.write(request("/a"))

    with pytest.raises(ConnectionResetError):
        await rest(reader)
    assert "the fault is faulty" in caplog.text


async def test_a_request_cut_before_it_is_forwarded_resets_the_caller(wire: Running) -> None:
    reader, writer = await hooked(wire, Once(Point.REQUEST, Verdict(raw=b"", cut=True)), answer())

    writer.write(request("/a"))

    with pytest.raises(ConnectionResetError):
        await rest(reader)
    assert await outcomes(wire) == [("GET /a", "reset", "cut by the wire")]


async def test_an_answer_dropped_after_the_callee_has_done_its_work(wire: Running) -> None:
    hook = Once(Point.RESPONSE, Verdict(raw=b"", cut=True, note="drop after"))
    reader, writer = await hooked(wire, hook, answer(body=b"done"))

    writer.write(request("/a"))

    with pytest.raises(ConnectionResetError):
        await rest(reader)
    assert await outcomes(wire) == [("GET /a", "reset after 200", "drop after; cut by the wire")]


async def test_an_answer_cut_short(wire: Running) -> None:
    whole = answer(body=b"done")
    reader, writer = await hooked(wire, Once(Point.RESPONSE, Verdict(raw=whole[:20], cut=True)), whole)

    writer.write(request("/a"))

    assert await exactly(reader, 20) == whole[:20]
    with pytest.raises(ConnectionResetError):
        await rest(reader)


async def test_an_answer_swallowed_leaves_the_caller_waiting_for_the_next(wire: Running) -> None:
    hook = Once(Point.RESPONSE, Verdict(raw=b""))
    reader, writer = await hooked(wire, hook, answer(body=b"one"), answer(body=b"two"))

    writer.write(request("/a"))
    await asyncio.wait_for(hook.reached.wait(), 10)
    writer.write(request("/b"))

    await head(reader)
    assert await exactly(reader, 3) == b"two"


async def test_an_answer_held_is_given_in_its_turn(wire: Running) -> None:
    released = asyncio.Event()
    hook = Once(Point.RESPONSE, Verdict(until=released.wait()))
    reader, writer = await hooked(wire, hook, answer(), answer("404 Not Found"))

    writer.write(request("/a") + request("/_control/b") + request("/c"))
    await asyncio.wait_for(hook.reached.wait(), 10)
    released.set()

    statuses = [(await head(reader))[9:12]]
    statuses.append((await head(reader))[9:12])
    await reader.readline()
    statuses.append((await head(reader))[9:12])
    assert statuses == [b"200", b"403", b"404"]


async def test_a_hook_that_gathers_sees_the_body_before_anything_is_forwarded(wire: Running) -> None:
    hook = Once(Point.REQUEST, Verdict(answer=UNAVAILABLE), gather=4096)
    reader, writer = await hooked(wire, hook, answer(body=b"real"))

    whole = request("/a", "Content-Length: 8", method="POST") + b"bodybody"
    writer.write(whole[:-4])
    await writer.drain()
    writer.write(whole[-4:])

    assert await head(reader) == UNAVAILABLE
    (exchange,) = hook.subjects(Point.REQUEST)
    assert isinstance(exchange, Exchange)
    assert exchange.body.kept == b"bodybody"
    assert hook.asked[0][2] == whole


async def test_a_hook_that_gathers_does_not_wait_for_more_than_it_wants(wire: Running) -> None:
    hook = Once(Point.REQUEST, Verdict(), gather=16)
    reader, writer = await hooked(wire, hook, answer())

    writer.write(request("/a", "Content-Length: 1000", method="POST") + b"x" * 20)

    assert await head(reader) == answer()


async def test_a_request_duplicated_arrives_twice(wire: Running) -> None:
    twice = request("/a") * 2
    arrived: asyncio.Queue[bytes] = asyncio.Queue()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:  # noqa: ARG001
        arrived.put_nowait(await exactly(reader, len(twice)))

    port = await wire.edge(await wire.callee(handle))
    wire.wire.edge("n1", "bridge→pds").hook = Once(Point.REQUEST, Verdict(raw=twice))
    _, writer = await wire.connect(port)
    writer.write(request("/a"))

    assert await asyncio.wait_for(arrived.get(), 10) == twice


async def test_frames_are_asked_about_one_by_one_and_can_be_swallowed(wire: Running) -> None:
    caller, callee = await upgraded(wire)
    hook = Once(Point.RECEIVED_FRAME, Verdict(raw=b"", note="dropped"))
    wire.wire.edge("n1", "bridge→relay").hook = hook

    callee[1].write(frame(1, b"first") + frame(1, b"second"))

    assert await exactly(caller[0], 8) == frame(1, b"second")
    frames = list(hook.subjects(Point.RECEIVED_FRAME))
    assert [one.message.data for one in frames if isinstance(one, Passing)] == [b"first", b"second"]
    noted = [line.note for line in await wire.lines() if line.kind == "websocket"]
    assert noted == ["dropped", None]


COMMITS: dict[str, Callable[[psycopg.AsyncConnection[tuple[object, ...]]], object]] = {
    "by itself": lambda connection: connection.execute("/* now */ COMMIT"),
    "under its other name": lambda connection: connection.execute("END"),
    "among others": lambda connection: connection.execute("SELECT 1; COMMIT; SELECT 2"),
    "prepared": lambda connection: connection.execute("COMMIT", prepare=True),
}


async def database_caller(
    wire: Running, database: Cluster, hook: Once
) -> psycopg.AsyncConnection[tuple[object, ...]]:
    port = await wire.edge(database.address, "bridge→postgres", protocol="postgres")
    address = f"host=127.0.0.1 port={port} user={SUPERUSER} dbname=template1"
    connection = await psycopg.AsyncConnection.connect(address, autocommit=True)
    wire.wire.edge("n1", "bridge→postgres").hook = hook
    return connection


async def transactions_seen(database: Cluster) -> int:
    """How many rows the test's table has, seen past the wire."""
    async with await psycopg.AsyncConnection.connect(direct(database.address, SUPERUSER)) as past:
        row = await (await past.execute("SELECT count(*) FROM hooked")).fetchone()
        assert row
        return int(row[0])


@pytest.fixture
async def table(wire: Running, database: Cluster) -> None:
    connection = await database_caller(wire, database, Once(Point.ANSWERED, Verdict()))
    await connection.execute("DROP TABLE IF EXISTS hooked")
    await connection.execute("CREATE TABLE hooked (n int)")
    await connection.close()
    await wire.ask(op="remove", network="n1")


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("commit", COMMITS.values(), ids=COMMITS)
async def test_a_commit_is_asked_about_before_it_happens(
    wire: Running,
    database: Cluster,
    commit: Callable[[psycopg.AsyncConnection[tuple[object, ...]]], "asyncio.Future[object]"],
) -> None:
    hook = Once(Point.STATEMENT, Verdict(raw=b"", cut=True), op="COMMIT")
    connection = await database_caller(wire, database, hook)
    await connection.execute("BEGIN")
    await connection.execute("INSERT INTO hooked VALUES (1)")

    with pytest.raises(psycopg.OperationalError):
        await commit(connection)

    assert await transactions_seen(database) == 0
    await connection.close()


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("commit", COMMITS.values(), ids=COMMITS)
async def test_a_commit_can_succeed_without_its_caller_knowing(
    wire: Running,
    database: Cluster,
    commit: Callable[[psycopg.AsyncConnection[tuple[object, ...]]], "asyncio.Future[object]"],
) -> None:
    hook = Once(Point.ENDED, Verdict(raw=b"", cut=True), op="COMMIT")
    connection = await database_caller(wire, database, hook)
    await connection.execute("BEGIN")
    await connection.execute("INSERT INTO hooked VALUES (1)")

    with pytest.raises(psycopg.OperationalError):
        await commit(connection)

    assert await transactions_seen(database) == 1
    await connection.close()


@pytest.mark.usefixtures("table")
async def test_a_commit_in_a_pipeline_can_be_held(wire: Running, database: Cluster) -> None:
    released = asyncio.Event()
    hook = Once(Point.STATEMENT, Verdict(until=released.wait()), op="COMMIT")
    connection = await database_caller(wire, database, hook)

    async def work() -> None:
        async with connection.pipeline():
            await connection.execute("BEGIN")
            await connection.execute("INSERT INTO hooked VALUES (1)")
            await connection.execute("COMMIT")

    working = asyncio.create_task(work())
    await asyncio.wait_for(hook.reached.wait(), 10)
    assert await transactions_seen(database) == 0
    released.set()
    await asyncio.wait_for(working, 10)

    assert await transactions_seen(database) == 1
    await connection.close()


@pytest.mark.usefixtures("table")
async def test_a_statement_that_failed_has_ended(wire: Running, database: Cluster) -> None:
    hook = Once(Point.ENDED, Verdict(), op="COMMIT")
    connection = await database_caller(wire, database, hook)
    await connection.execute("BEGIN")
    with pytest.raises(psycopg.errors.DivisionByZero):
        await connection.execute("SELECT 1 / 0")

    await connection.execute("COMMIT")

    ended = [one.outcome for one in hook.subjects(Point.ENDED) if isinstance(one, Statement)]
    assert ended == ["BEGIN", "ERROR 22012", "ROLLBACK"]
    await connection.close()
