"""One running PostgreSQL server on a copy of the image, behind a unix socket; databases for networks in it.

What is committed survives a killed server but not a crashed machine: it lives in memory and ends with the run. A bridge reaches it through the wire alone.
"""

import os
import signal
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from shutil import rmtree

from localnet.backends.clock_shim import ProgramClock
from localnet.backends.interface import Follows
from localnet.backends.output import tail
from localnet.backends.postgres.dumps import make_roles, read_dump, refuse_if
from localnet.backends.postgres.image import SUPERUSER, TEMPLATE, prepare_image
from localnet.backends.postgres.install import Install
from localnet.backends.postgres.programs import Programs
from localnet.backends.postgres.session import DatabaseError, Session, identifier
from localnet.backends.spawn import Spawner
from localnet.clock.reading import REAL, Reading
from localnet.errors import ServiceError

PORT = 5432
AGREEMENT = 1.0
"""seconds by which two clocks that show the same may differ"""
NOW = "SELECT extract(epoch FROM clock_timestamp())"
RETRY_SECONDS = 0.003
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "dynamic_shared_memory_type": "mmap",  # files in the data directory: nothing else to sweep
    "shared_buffers": "16MB",
    "max_connections": "300",
    "max_wal_size": "64MB",
    "min_wal_size": "4MB",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
NEWER = {"io_method": "sync"}
"""From version 18: without its three I/O workers an idle server is smaller."""


class Cluster:
    """`home` is the directory of the run it belongs to; what lies in `home/name` belongs to the server's user."""

    def __init__(self, install: Install, run: str, home: Path, name: str, spawner: Spawner) -> None:
        self._folder = home / name
        self.log = home / "logs" / f"{name}.log"
        self.clock = ProgramClock.at(home / f"{name}.clock", install.user)
        env = self.clock.environment({})
        self._programs = Programs(install, run, home, self.log, spawner, env)
        self._version = install.version
        self.process: subprocess.Popen[bytes] | None = None
        self._starting = threading.Lock()
        self._databases: set[str] = set()
        self._reading = REAL
        self._making = threading.Lock()  # a template can be copied by one session at a time

    @property
    def address(self) -> str:
        """As the wire and `Session` take it."""
        return f"unix:{self._folder}/.s.PGSQL.{PORT}"

    def ensure_running(self) -> None:
        """Returns when it answers; on a fresh copy of the image the first time, on the same data later."""
        with self._starting:
            if not self._data.exists():
                self._prepare()
            if self.process is None or self.process.poll() is not None:
                self._launch()
        self._until_it_answers()

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _prepare(self) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        user = self._programs.install.user
        if user is not None:
            os.chown(self._folder, user, user)
        self._programs.copy(prepare_image(self._programs, self._folder), self._data)

    def _launch(self) -> None:
        settings = {**SETTINGS, "unix_socket_directories": str(self._folder)}
        settings |= NEWER if self._version >= (18, 0) else {}
        flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.process = self._programs.start("postgres", "-D", str(self._data), "-p", str(PORT), *flags)

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

    @property
    def is_moved(self) -> bool:
        """Whether it shows another time than the real one: a network that comes later needs another server."""
        return self._reading != REAL

    def follow(self, reading: Reading) -> Follows:
        """A server that several networks use stays where it is. Whether it follows is asked of itself."""
        if len(self._databases) <= 1:
            self._reading = reading
            self.clock.follow(reading)
        return lambda _patience: self._wrong_with_time(reading)

    def _wrong_with_time(self, reading: Reading) -> str | None:
        before = reading.at(time.time())
        try:
            with Session(self.address, SUPERUSER, TEMPLATE) as session:
                shown = float(session.run(NOW)[0] or 0)
        except (OSError, DatabaseError) as error:
            return f"it cannot be asked what time it is: {error}"
        if before - AGREEMENT <= shown <= reading.at(time.time()) + AGREEMENT:
            return None
        if len(self._databases) > 1:
            return (
                "its server is shared with other networks; give this one its own: --set postgres.cluster=own"
            )
        return self.clock.why_not or "it does not ask libc what time it is"

    def create_database(self, name: str) -> None:
        strategy = " STRATEGY file_copy" if self._version >= (15, 0) else ""
        with self._making, Session(self.address, SUPERUSER, TEMPLATE) as session:
            session.run(f"CREATE DATABASE {identifier(name)} TEMPLATE {TEMPLATE}{strategy}")
            self._databases.add(name)

    def drop_database(self, name: str) -> None:
        """Ends the sessions in it. Nothing happens when the server is gone."""
        self._databases.discard(name)
        if self.is_moved:
            self.follow(REAL)
        with (
            suppress(OSError, DatabaseError),
            self._making,
            Session(self.address, SUPERUSER, TEMPLATE) as session,
        ):
            session.run(f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")

    def load(self, dump: Path, database: str) -> None:
        """Run a plain SQL dump. The roles it names are created, for a dump seldom brings them."""
        text = read_dump(dump)
        with Session(self.address, SUPERUSER, database) as session:
            make_roles(session, text)
        refuse_if(self._programs.feed(dump, self._folder, SUPERUSER, database), dump)
