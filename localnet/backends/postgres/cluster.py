"""One running PostgreSQL server on a copy of the image, reached through a unix socket only; databases for networks in it.

Durability is off on purpose (it lives in memory and ends with the run). A bridge reaches it through the wire alone.
"""

import os
import re
import signal
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from shutil import rmtree

from localnet.backends.output import tail
from localnet.backends.postgres.image import SUPERUSER, TEMPLATE, copy_tree, prepare_image
from localnet.backends.postgres.install import Install
from localnet.backends.postgres.session import DatabaseError, Session, identifier
from localnet.backends.spawn import Command, Spawner
from localnet.errors import ServiceError, UsageError

PORT = 5432
RETRY_SECONDS = 0.003
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "dynamic_shared_memory_type": "mmap",  # files in the data directory: nothing else to sweep
    "shared_buffers": "16MB",
    "max_connections": "300",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
NEWER = {"io_method": "sync"}
"""From version 18: without its three I/O workers an idle server is smaller."""
ROLE = re.compile(
    rb"""\bOWNER TO (?:"([^"]+)"|(\w+))|\b(?:GRANT|REVOKE)\b[^;]* (?:TO|FROM) (?:"([^"]+)"|(\w+));"""
)
RESERVED = ("PUBLIC", "CURRENT_USER", "SESSION_USER", "CURRENT_ROLE", SUPERUSER.upper())


class Cluster:
    """`home` is the directory of the run it belongs to; what lies in `home/name` belongs to the server's user."""

    def __init__(self, install: Install, run: str, home: Path, name: str, spawner: Spawner) -> None:
        self._install, self._run, self._home, self._spawner = install, run, home, spawner
        self._folder = home / name
        self.log = home / "logs" / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._starting = threading.Lock()
        self._making = threading.Lock()  # a template can be copied by one session at a time

    @property
    def address(self) -> str:
        """As the wire and `Session` take it."""
        return f"unix:{self._folder}/.s.PGSQL.{PORT}"

    def ensure_running(self) -> None:
        """Returns when it answers; on a fresh copy of the image the first time, on the same data later."""
        with self._starting:
            if not self._folder.exists():
                self._prepare()
            if self.process is None or self.process.poll() is not None:
                self._launch()
        self._until_it_answers()

    def _prepare(self) -> None:
        self._folder.mkdir(mode=0o700)
        if self._install.user is not None:
            os.chown(self._folder, self._install.user, self._install.user)
        copy_tree(prepare_image(self._install, self._folder), self._folder / "data")

    def _launch(self) -> None:
        settings = {**SETTINGS, "unix_socket_directories": str(self._folder)}
        settings |= NEWER if self._install.version >= (18, 0) else {}
        words = [self._install.program("postgres"), "-D", str(self._folder / "data"), "-p", str(PORT)]
        for name, value in settings.items():
            words += ["-c", f"{name}={value}"]
        user = self._install.user
        command = Command(words, {}, self._folder, self.log, self._run, self._home, user, death="QUIT")
        self.process = self._spawner.spawn(command)

    def _until_it_answers(self) -> None:
        assert self.process
        while True:
            try:
                with Session(self.address, SUPERUSER, TEMPLATE):
                    return
            except (OSError, DatabaseError) as error:
                if self.process.poll() is not None:
                    raise ServiceError(f"PostgreSQL ended: {tail(self.log)}", "see its log") from error
            time.sleep(RETRY_SECONDS)

    def destroy(self) -> None:
        """At once: nobody will read this data again."""
        if self.process:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
        rmtree(self._folder, ignore_errors=True)

    def create_database(self, name: str) -> None:
        strategy = " STRATEGY file_copy" if self._install.version >= (15, 0) else ""
        with self._making, Session(self.address, SUPERUSER, TEMPLATE) as session:
            session.run(f"CREATE DATABASE {identifier(name)} TEMPLATE {TEMPLATE}{strategy}")

    def drop_database(self, name: str) -> None:
        """Ends the sessions in it. Nothing happens when the server is gone."""
        with (
            suppress(OSError, DatabaseError),
            self._making,
            Session(self.address, SUPERUSER, TEMPLATE) as session,
        ):
            session.run(f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")

    def load(self, dump: Path, database: str) -> None:
        """Run a plain SQL dump. The roles it names are created, for a dump seldom brings them."""
        text = dump.read_bytes()
        if text.startswith(b"PGDMP"):
            raise UsageError(
                f"{dump} is an archive of pg_dump, not SQL",
                f"turn it into SQL: pg_restore -f dump.sql {dump}",
            )
        with Session(self.address, SUPERUSER, database) as session:
            for role in _roles(text):
                with suppress(DatabaseError):
                    session.run(f"CREATE ROLE {identifier(role)}")
        words = [self._install.program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
        words += [
            "--host",
            str(self._folder),
            "--username",
            SUPERUSER,
            "--dbname",
            database,
            "--file",
            str(dump),
        ]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            said = done.stderr.strip().removeprefix("psql:")
            raise UsageError(f"the dump cannot be loaded: {said}", f"correct {dump} at that line")


def _roles(dump: bytes) -> set[str]:
    named = {next(filter(None, found)).decode() for found in ROLE.findall(dump)}
    return {role for role in named if role.upper() not in RESERVED}
