"""The bridge's database as a scenario speaks of it: its shape, the rows it must keep, what it says is left to
do.

Knows the tables of the contract only by name and columns; a bridge whose database has none of them
is not asked. A fixture is a file of plain SQL beside the scenarios; it is loaded into a schema of its own
to be compared with what the bridge made of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localnet.backends.postgres.session import identifier
from localnet.network.view import View
from localnet.world.expect import Matcher
from localnet.world.oracle import Noted
from localnet.world.promises import NotApplicable

if TYPE_CHECKING:
    import psycopg

Shape = frozenset[tuple[str, ...]]
"""(table, column, type, nullable, default) and (index, definition)"""

COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable, coalesce(replace(column_default, table_schema || '.', ''), '')
    FROM information_schema.columns WHERE table_schema = %s"""
INDEXES = "SELECT indexname, replace(indexdef, schemaname || '.', '') FROM pg_indexes WHERE schemaname = %s"
LOST_ROWS = """
    SELECT to_jsonb(before) - 'updated_at' FROM {scratch}.{table} AS before
    WHERE NOT EXISTS (
        SELECT 1 FROM public.{table} AS now WHERE to_jsonb(now) @> (to_jsonb(before) - 'updated_at'))"""
NOTED = """
    SELECT nostr_event_id, at_uri FROM public.record_mappings
    WHERE did = %s AND collection = 'app.bsky.feed.post' AND status = 'published'"""
TERMINATE = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""
SCRATCH = "localnet_fixture"


class Database:
    def __init__(self, network: View, schemas: Path) -> None:
        self._network = network
        self._schemas = schemas

    # --- conditions -------------------------------------------------------------------------------

    def has_the_columns_of(self, fixture: str) -> Matcher:
        """Every column of the fixture is there with its type, and every index with its definition."""
        return Matcher(f"the database has the columns of {fixture}", lambda: self._lacks(fixture))

    def has_the_rows_of(self, fixture: str) -> Matcher:
        """Every row of the fixture is there, unchanged in the columns it had (`updated_at` apart)."""
        return Matcher(f"the database has the rows of {fixture}", lambda: self._lost(fixture))

    def has_shape(self, wanted: Shape) -> Matcher:
        def is_wrong() -> str | None:
            different = sorted(wanted ^ self.shape())
            return f"the schema changed: {different}" if different else None

        return Matcher("the schema is what it was", is_wrong)

    # --- what is there ----------------------------------------------------------------------------

    def shape(self) -> Shape:
        with self._connected() as connection:
            return _shape(connection, "public")

    def left(self, question: str) -> list[str]:
        """The rows of the adapter's question “is anything left to do?”, as text."""
        with self._connected() as connection:
            return [", ".join(map(str, row)) for row in connection.execute(question.encode()).fetchall()]

    def noted(self, did: str | None) -> tuple[Noted, ...] | None:
        """The posts the bridge has noted for a DID; None where the database has no such table."""
        with self._connected() as connection:
            known = connection.execute("SELECT to_regclass('public.record_mappings')").fetchone()
            if known is None or known[0] is None:
                return None
            return tuple(Noted(*row) for row in connection.execute(NOTED, (did,)).fetchall())

    # --- arrangements -----------------------------------------------------------------------------

    def leases_run_out(self) -> None:
        """As if the time had passed after which another worker may take over."""
        self._is_arranged("leases_run_out")

    def pauses_are_over(self) -> None:
        """As if the time had passed after which the bridge tries again; nothing where the adapter cannot say how."""
        with suppress(NotApplicable):
            self._is_arranged("pauses_are_over")

    def histories_are_over(self) -> None:
        """Whoever is linked has no history to be fetched, where the bridge would take its time to find that out."""
        with suppress(NotApplicable):
            self._is_arranged("histories_are_over")

    def terminate_sessions(self) -> None:
        """All but the one that asks for it."""
        with self._connected() as connection:
            connection.execute(TERMINATE)

    # --- how --------------------------------------------------------------------------------------

    def _is_arranged(self, arrangement: str) -> None:
        """Run the SQL that the adapter permits under this name."""
        known = self._network.adapter.arrangements if self._network.adapter else {}
        if arrangement not in known:
            raise NotApplicable(f"the adapter permits no arrangement {arrangement!r}")
        with self._connected() as connection:
            connection.execute(known[arrangement].encode())

    def _lacks(self, fixture: str) -> str | None:
        with self._connected() as connection, self._loaded(connection, fixture):
            missing = sorted(_shape(connection, SCRATCH) - _shape(connection, "public"))
        return f"missing or different: {missing}" if missing else None

    def _lost(self, fixture: str) -> str | None:
        lost: list[str] = []
        with self._connected() as connection, self._loaded(connection, fixture):
            for table in sorted({part[0] for part in _shape(connection, SCRATCH) if len(part) > 2}):
                query = LOST_ROWS.format(scratch=SCRATCH, table=identifier(table))
                rows = connection.execute(query.encode()).fetchall()
                lost += [f"{table} {row[0]}" for row in rows]
        return f"lost or changed: {'; '.join(lost)}" if lost else None

    @contextmanager
    def _loaded(self, connection: "psycopg.Connection[Any]", fixture: str) -> Iterator[None]:
        """The fixture in the scratch schema, gone again afterwards."""
        text = (self._schemas / f"{fixture}.sql").read_bytes()
        with connection.transaction(force_rollback=True):
            connection.execute(f"CREATE SCHEMA {SCRATCH}; SET LOCAL search_path TO {SCRATCH}".encode())
            connection.execute(text)
            yield

    @contextmanager
    def _connected(self) -> Iterator["psycopg.Connection[Any]"]:
        import psycopg  # half of what the command line costs, and most commands never ask a database

        with psycopg.connect(self._network.database_url(), autocommit=True, connect_timeout=10) as connection:
            yield connection


def _shape(connection: "psycopg.Connection[Any]", schema: str) -> Shape:
    rows = [query for text in (COLUMNS, INDEXES) for query in connection.execute(text, (schema,)).fetchall()]
    return frozenset(tuple(str(part) for part in row) for row in rows)
