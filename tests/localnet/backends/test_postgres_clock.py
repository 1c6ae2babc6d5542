"""PostgreSQL follows a network's clock while it runs, and its own timeouts and sleeps stay what they are."""

import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from localnet.backends.postgres.cluster import Cluster
from localnet.backends.postgres.image import SUPERUSER, TEMPLATE
from localnet.backends.postgres.install import find_install
from localnet.backends.postgres.session import DatabaseError, Session
from localnet.backends.spawn import Spawner
from localnet.clock.reading import REAL

HOUR = 3600
SLOW = 60
"""seconds that a busy machine may take for what takes none"""
MOVES = {
    "ahead": lambda now: REAL.advanced(3 * HOUR, now),
    "behind": lambda now: REAL.advanced(-3 * HOUR, now),
    "fast": lambda now: REAL.running(20, now),
}


@pytest.fixture
def server(runs_home: Path) -> Iterator[Cluster]:
    (runs_home / "logs").mkdir(parents=True)
    runs_home.chmod(0o711)
    with closing(Spawner()) as spawner:
        cluster = Cluster(find_install(), f"postgres-clock-{os.getpid()}", runs_home, "postgres", spawner)
        cluster.ensure_running()
        yield cluster
        cluster.destroy()


def session(server: Cluster, database: str = TEMPLATE) -> Session:
    return Session(server.address, SUPERUSER, database)


@pytest.mark.parametrize("move", MOVES)
def test_a_session_that_is_open_already_sees_the_new_time(server: Cluster, move: str) -> None:
    with session(server) as opened:
        opened.run("SELECT now()")
        reading = MOVES[move](time.time())

        assert server.follow(reading)(1) is None

        shown = float(opened.run("SELECT extract(epoch FROM now())")[0] or 0)
        assert shown == pytest.approx(reading.at(time.time()), abs=SLOW * reading.rate)


@pytest.mark.parametrize("move", MOVES)
def test_sleeps_and_timeouts_are_what_they_were(server: Cluster, move: str) -> None:
    with session(server) as opened, session(server) as other:
        opened.run("SELECT now()")
        server.follow(MOVES[move](time.time()))

        assert 0.05 < took(opened, "SELECT pg_sleep(0.1)") < SLOW
        opened.run("SET statement_timeout = '100ms'")
        with pytest.raises(DatabaseError, match="statement timeout"):
            opened.run("SELECT pg_sleep(30)")
        opened.run("SET statement_timeout = 0; SET lock_timeout = '100ms'")
        other.run("CREATE TABLE held ()")
        other.run("BEGIN; LOCK TABLE held")
        with pytest.raises(DatabaseError, match="lock timeout"):
            opened.run("SELECT * FROM held")


def test_a_timeout_that_was_running_when_the_clock_moved_still_ends_its_statement(server: Cluster) -> None:
    with session(server) as opened:
        opened.run("SET statement_timeout = '300ms'")
        opened._send(b"Q", b"SELECT 1 FROM generate_series(1, 1000000000)\0")

        server.follow(REAL.advanced(3 * HOUR, time.time()))

        with pytest.raises(DatabaseError, match="statement timeout"):
            opened._until_ready()


def test_it_stands_still_with_the_network(server: Cluster) -> None:
    server.follow(REAL.running(0, 2e9))

    with session(server) as opened:
        asked = "SELECT extract(epoch FROM clock_timestamp())"
        assert [opened.run(asked), opened.run(asked)] == [["2000000000.000000"], ["2000000000.000000"]]


def test_a_server_started_again_is_still_in_the_time_it_was_moved_to(server: Cluster) -> None:
    reading = REAL.advanced(73 * HOUR, time.time())
    server.follow(reading)
    assert server.process
    server.process.terminate()
    server.process.wait()

    server.ensure_running()

    with session(server) as opened:
        shown = float(opened.run("SELECT extract(epoch FROM now())")[0] or 0)
    assert shown == pytest.approx(reading.at(time.time()), abs=SLOW)


def test_a_server_with_two_databases_stays_where_it_is_and_says_so(server: Cluster) -> None:
    server.create_database("first")
    server.create_database("second")

    wrong = server.follow(REAL.advanced(HOUR, time.time()))(1)

    assert wrong
    assert "its server is shared with other networks" in wrong
    assert not server.is_moved


def test_the_time_goes_with_the_network_that_moved_it(server: Cluster) -> None:
    server.create_database("only")
    server.follow(REAL.advanced(HOUR, time.time()))

    server.drop_database("only")

    assert not server.is_moved
    with session(server) as opened:
        shown = float(opened.run("SELECT extract(epoch FROM now())")[0] or 0)
    assert shown == pytest.approx(time.time(), abs=SLOW)


def took(opened: Session, statement: str) -> float:
    began = time.monotonic()
    opened.run(statement)
    return time.monotonic() - began
