"""The questions to the database find what is missing, lost or changed, on a real PostgreSQL."""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from localnet.network import Network, NetworkSpec, open_backend, start_network
from localnet.network.progress import silent
from localnet.world.database import Database
from localnet.world.expect import Matcher
from localnet.world.promises import NotApplicable

FIXTURE = """
    CREATE TABLE notes (id BIGSERIAL PRIMARY KEY, text TEXT NOT NULL DEFAULT '', updated_at TIMESTAMPTZ DEFAULT NOW());
    CREATE INDEX notes_by_text ON notes (text);
    INSERT INTO notes (text) VALUES ('one'), ('two');
"""
GROWN = """
    ALTER TABLE notes ADD COLUMN more TEXT;
    CREATE TABLE others (id INT);
    UPDATE notes SET more = 'x', updated_at = NOW() + interval '1 day';
    INSERT INTO notes (text) VALUES ('three');
"""

SPOILED = {
    "a column that is missing": ("ALTER TABLE notes DROP COLUMN text", "columns", "'text'"),
    "a column of another type": ("ALTER TABLE notes ALTER id TYPE INT", "columns", "'bigint'"),
    "a default that is gone": ("ALTER TABLE notes ALTER text DROP DEFAULT", "columns", "'text'"),
    "an index that is missing": ("DROP INDEX notes_by_text", "columns", "notes_by_text"),
    "a table that is missing": ("DROP TABLE notes", "columns", "'notes'"),
    "a row that is lost": ("DELETE FROM notes WHERE text = 'two'", "rows", "'two'"),
    "a row that is changed": ("UPDATE notes SET text = 'uno' WHERE text = 'one'", "rows", "'one'"),
}


@pytest.fixture(scope="module")
def postgres() -> Iterator[Network]:
    """A network of nothing but PostgreSQL, in a folder that the server's own user may enter."""
    root = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path(tempfile.gettempdir())
    with tempfile.TemporaryDirectory(prefix="lt-", dir=root) as home, pytest.MonkeyPatch.context() as patch:
        Path(home).chmod(0o711)
        patch.setenv("LOCALNET_HOME", f"{home}/runs")
        patch.setenv("XDG_STATE_HOME", f"{home}/state")
        spec = NetworkSpec(backend="processes", services=("postgres",))
        with open_backend("processes", silent) as backend, start_network(spec, backend, silent) as network:
            yield network


@pytest.fixture
def database(postgres: Network, tmp_path: Path) -> Database:
    """Made from the fixture, as a bridge would find it."""
    (tmp_path / "notes.sql").write_text(FIXTURE)
    run(postgres, "DROP SCHEMA public CASCADE; CREATE SCHEMA public", FIXTURE)
    return Database(postgres, tmp_path)


def run(network: Network, *statements: str) -> None:
    with psycopg.connect(network.database_url(), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def asked(database: Database, what: str) -> Matcher:
    return database.has_the_columns_of("notes") if what == "columns" else database.has_the_rows_of("notes")


def test_more_columns_tables_and_rows_do_no_harm(database: Database, postgres: Network) -> None:
    run(postgres, GROWN)

    assert [asked(database, what).is_wrong() for what in ("columns", "rows")] == [None, None]


@pytest.mark.parametrize(("statement", "what", "says"), SPOILED.values(), ids=SPOILED)
def test_it_finds(database: Database, postgres: Network, statement: str, what: str, says: str) -> None:
    run(postgres, statement)

    wrong = asked(database, what).is_wrong()

    assert wrong is not None
    assert says in wrong


def test_a_shape_is_the_same_until_something_changes(database: Database, postgres: Network) -> None:
    matcher = database.has_shape(database.shape())

    assert matcher.is_wrong() is None
    run(postgres, GROWN)
    wrong = matcher.is_wrong()
    assert wrong is not None
    assert "'more'" in wrong


def test_asking_leaves_nothing_behind(database: Database) -> None:
    before = database.shape()

    database.has_the_rows_of("notes").is_wrong()
    database.has_the_columns_of("notes").is_wrong()

    assert database.shape() == before
    assert database.left("SELECT nspname FROM pg_namespace WHERE nspname = 'localnet_fixture'") == []


def test_what_is_left_is_told_row_by_row(database: Database) -> None:
    assert database.left("SELECT 'note', text FROM notes ORDER BY text") == ["note, one", "note, two"]


def test_a_bridge_without_mappings_is_not_asked_for_them(database: Database) -> None:
    assert database.noted("did:plc:a") is None


def test_an_arrangement_that_the_adapter_does_not_permit_does_not_apply(database: Database) -> None:
    with pytest.raises(NotApplicable, match="leases_run_out"):
        database.leases_run_out()


def test_a_terminated_session_is_told_so_and_the_others_table_stands(
    database: Database, postgres: Network
) -> None:
    with closing(psycopg.connect(postgres.database_url(), autocommit=True)) as other:
        database.terminate_sessions()

        with pytest.raises(psycopg.errors.AdminShutdown):
            other.execute("SELECT 1")

    assert database.left("SELECT text FROM notes ORDER BY text") == ["one", "two"]
