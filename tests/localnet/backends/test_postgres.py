"""The embedded PostgreSQL: made once, copied for each run, killed and started again, filled from a dump."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from localnet.backends.postgres import image, leftovers
from localnet.backends.postgres.cluster import Cluster
from localnet.backends.postgres.image import SUPERUSER
from localnet.backends.postgres.install import find_install
from localnet.backends.postgres.session import DatabaseError, Session, identifier
from localnet.backends.process_table import family, wait_gone
from localnet.backends.spawn import Spawner
from localnet.backends.units import end
from localnet.errors import MachineError, UsageError

DUMP = """
CREATE TABLE public.account_links (nostr_pubkey text PRIMARY KEY, note text);
ALTER TABLE public.account_links OWNER TO divine;
COPY public.account_links (nostr_pubkey, note) FROM stdin;
abc\tfrom production
\\.
GRANT SELECT ON TABLE public.account_links TO "read only";
"""
Make = Callable[[], Cluster]


@pytest.fixture
def make(runs_home: Path) -> Iterator[Make]:
    """Servers that are ended after the test."""
    spawner, install = Spawner(), find_install()
    with ExitStack() as undo:
        undo.callback(spawner.close)

        def made() -> Cluster:
            home = (
                runs_home / f"home-{len(list(runs_home.glob('*')))}"
                if runs_home.exists()
                else runs_home / "home-0"
            )
            (home / "logs").mkdir(parents=True)
            home.chmod(0o711)
            runs_home.chmod(0o711)
            cluster = Cluster(install, f"postgres-tests-{os.getpid()}", home, "postgres", spawner)
            undo.callback(cluster.destroy)
            return cluster

        yield made


@pytest.fixture
def server(make: Make) -> Cluster:
    cluster = make()
    cluster.ensure_running()
    return cluster


def ask(cluster: Cluster, database: str, statement: str) -> list[str | None]:
    with Session(cluster.address, SUPERUSER, database) as session:
        return session.run(statement)


class TestSession:
    def test_rows_come_as_text_and_null_as_none(self, server: Cluster) -> None:
        assert ask(server, "template1", "SELECT x FROM (VALUES (1), (NULL), (3)) t(x)") == ["1", None, "3"]

    def test_a_wrong_statement_says_what_the_server_said_and_leaves_the_session_usable(
        self, server: Cluster
    ) -> None:
        with Session(server.address, SUPERUSER, "template1") as session:
            with pytest.raises(DatabaseError, match='ERROR 42P01: relation "nowhere" does not exist'):
                session.run("SELECT * FROM nowhere")
            assert session.run("SELECT 1") == ["1"]

    def test_an_unknown_database_is_refused(self, server: Cluster) -> None:
        with pytest.raises(DatabaseError, match="FATAL 3D000"):
            ask(server, "nowhere", "SELECT 1")

    def test_names_are_quoted(self, server: Cluster) -> None:
        name = 'a "b"'
        server.create_database(name)

        assert ask(server, name, "SELECT current_database()") == [name]
        assert identifier(name) == '"a ""b"""'

    def test_nobody_there_is_an_os_error(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            Session(f"unix:{tmp_path}/nothing", SUPERUSER, "template1")


class TestDatabases:
    def test_each_network_gets_an_empty_one(self, server: Cluster) -> None:
        server.create_database("one")
        ask(server, "one", "CREATE TABLE t ()")
        server.create_database("two")

        assert ask(server, "two", "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == ["0"]

    def test_many_at_once(self, server: Cluster) -> None:
        threads = [threading.Thread(target=server.create_database, args=(f"d{n}",)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert ask(server, "template1", "SELECT count(*) FROM pg_database WHERE datname ~ '^d[0-9]$'") == [
            "8"
        ]

    def test_one_that_is_in_use_can_be_dropped(self, server: Cluster) -> None:
        server.create_database("busy")
        with Session(server.address, SUPERUSER, "busy"):
            server.drop_database("busy")

        assert ask(server, "template1", "SELECT 1 FROM pg_database WHERE datname = 'busy'") == []

    def test_an_ordinary_client_can_use_it_through_the_socket(self, server: Cluster) -> None:
        server.create_database("one")
        folder = str(Path(server.address.removeprefix("unix:")).parent)

        with psycopg.connect(host=folder, user=SUPERUSER, dbname="one") as connection:
            assert connection.execute("SELECT current_setting('server_encoding')").fetchone() == ("UTF8",)


class TestDump:
    def test_a_dump_is_loaded_with_its_rows_and_the_roles_it_names(
        self, server: Cluster, tmp_path: Path
    ) -> None:
        (tmp_path / "dump.sql").write_text(DUMP)
        server.create_database("one")
        server.load(tmp_path / "dump.sql", "one")

        assert ask(server, "one", "SELECT note FROM account_links") == ["from production"]
        assert ask(
            server, "one", "SELECT rolname FROM pg_roles WHERE rolname IN ('divine', 'read only') ORDER BY 1"
        ) == ["divine", "read only"]

    def test_a_dump_with_a_mistake_is_named_with_the_line(self, server: Cluster, tmp_path: Path) -> None:
        (tmp_path / "dump.sql").write_text("SELECT 1;\nSELECT * FROM nowhere;\n")
        server.create_database("one")

        with pytest.raises(UsageError, match=r'dump\.sql:2: ERROR:  relation "nowhere" does not exist'):
            server.load(tmp_path / "dump.sql", "one")

    def test_an_archive_is_refused_with_the_command_that_unpacks_it(
        self, server: Cluster, tmp_path: Path
    ) -> None:
        (tmp_path / "dump").write_bytes(b"PGDMP\x01\x0e")
        server.create_database("one")

        with pytest.raises(UsageError, match=r"pg_restore -f dump\.sql"):
            server.load(tmp_path / "dump", "one")


class TestServer:
    def test_a_killed_server_comes_back_with_its_data(self, server: Cluster) -> None:
        server.create_database("one")
        ask(server, "one", "CREATE TABLE t AS SELECT 7 AS x")
        assert server.process
        end(server.process, signal.SIGKILL)

        server.ensure_running()

        assert ask(server, "one", "SELECT x FROM t") == ["7"]

    def test_what_a_killed_server_leaves_in_shared_memory_can_be_freed(self, server: Cluster) -> None:
        assert server.process
        home = Path(server.address.removeprefix("unix:")).parent.parent
        segment = (home / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[6].split()
        end(server.process, signal.SIGKILL)
        assert segment in _segments()

        leftovers.free_shared_memory(home)

        assert segment not in _segments()

    def test_a_segment_that_is_in_use_is_left_alone(self, server: Cluster) -> None:
        home = Path(server.address.removeprefix("unix:")).parent.parent

        leftovers.free_shared_memory(home)

        assert ask(server, "template1", "SELECT 1") == ["1"]
        segment = (home / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[6].split()
        assert segment in _segments()

    def test_a_destroyed_server_is_gone_with_its_processes(self, make: Make) -> None:
        cluster = make()
        cluster.ensure_running()
        assert cluster.process
        members = family(cluster.process.pid)
        cluster.destroy()

        assert len(members) > 1
        assert wait_gone(members, 1) == []
        assert not Path(cluster.address.removeprefix("unix:")).parent.exists()


class TestImage:
    def test_several_that_want_it_first_all_get_it(
        self, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        clusters = [make() for _ in range(3)]
        threads = [threading.Thread(target=cluster.ensure_running) for cluster in clusters]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert [ask(cluster, "template1", "SELECT 1") for cluster in clusters] == [["1"]] * 3
        assert sorted(path.name for path in image.cache_folder().iterdir()) == [
            f"{find_install().name}-{image.LAYOUT}",
            "postgres.lock",
        ]

    def test_half_an_image_of_a_killed_run_is_made_anew(
        self, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        draft = image.cache_folder() / f".{find_install().name}-{image.LAYOUT}.draft"
        draft.mkdir(parents=True)
        (draft / "PG_VERSION").write_text("half")
        cluster = make()
        cluster.ensure_running()

        assert ask(cluster, "template1", "SELECT 1") == ["1"]
        assert not draft.exists()


class TestInstall:
    def test_a_setting_that_leads_nowhere_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LOCALNET_POSTGRES_BIN", "/nowhere")

        with pytest.raises(
            MachineError, match="LOCALNET_POSTGRES_BIN is /nowhere, but there is no program postgres"
        ):
            find_install()

    def test_without_any_both_ways_out_are_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("LOCALNET_POSTGRES_BIN", raising=False)
        monkeypatch.setattr("localnet.backends.postgres.install.WHEEL", "no_such_package")

        with pytest.raises(MachineError, match=r"there is no PostgreSQL") as caught:
            find_install()

        assert "install it with the project's dependencies" in caught.value.next_step
        assert "LOCALNET_POSTGRES_BIN" in caught.value.next_step

    def test_programs_that_do_not_run_are_named(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "postgres").write_text("#!/bin/sh\necho broken >&2\nexit 1\n")
        (tmp_path / "postgres").chmod(0o755)
        monkeypatch.setenv("LOCALNET_POSTGRES_BIN", str(tmp_path))

        with pytest.raises(MachineError, match="postgres does not run: broken"):
            find_install()


def _segments() -> list[list[str]]:
    return [row.split()[:2] for row in leftovers.SEGMENTS.read_text().splitlines()[1:]]
