"""A network's database in its own server: made once, from a dump if there is one; what is committed outlives a killed server."""

import time
from contextlib import suppress
from pathlib import Path

from localnet.backends.containers.container import Container
from localnet.backends.interface import Address
from localnet.backends.output import first_line
from localnet.backends.postgres.dumps import make_roles, read_dump, refuse_if
from localnet.backends.postgres.image import SUPERUSER, TEMPLATE
from localnet.backends.postgres.programs import PSQL
from localnet.backends.postgres.session import DatabaseError, Session, identifier

FOLDER, DUMP = "/tmp", "dump.sql"
RETRY_SECONDS = 0.02
PATIENCE = 30.0
"""seconds for one answer: copying a template takes its time on a busy machine"""
KNOWN = "SELECT 1 FROM pg_database WHERE datname = "


class Database:
    """`address`: where we find the server, through the wire."""

    def __init__(self, container: Container, address: Address, name: str) -> None:
        self._container, self._address, self._name = container, str(address), name

    def make(self, dump: Path | None) -> None:
        """Returns when it is there, also when it was before; when its server has ended, somebody else says so."""
        was_there = None
        while not self._container.over.wait(0):
            with suppress(OSError, DatabaseError), self._session(TEMPLATE) as session:
                is_there = bool(session.run(f"{KNOWN}'{self._name}'"))
                was_there = is_there if was_there is None else was_there
                if not is_there:
                    session.run(f"CREATE DATABASE {identifier(self._name)} TEMPLATE {TEMPLATE}")
                break
            time.sleep(RETRY_SECONDS)
        if dump and was_there is False:
            self._load(dump)

    def _session(self, database: str) -> Session:
        return Session(self._address, SUPERUSER, database, PATIENCE)

    def _load(self, dump: Path) -> None:
        text = read_dump(dump)
        with self._session(self._name) as session:
            make_roles(session, text)
        self._container.put(FOLDER, {DUMP: (text, 0o444)})
        to = ("--host", "127.0.0.1", "--username", SUPERUSER, "--dbname", self._name)
        code, said = self._container.run_inside(["psql", *PSQL, *to, "--file", f"{FOLDER}/{DUMP}"])
        refuse_if(first_line(said, "psql:").replace(f"{FOLDER}/{DUMP}", str(dump)) if code else None, dump)
