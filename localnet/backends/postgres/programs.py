"""PostgreSQL's programs as one run starts them: under the server's user, marked as the run's, ended when we end."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from localnet.backends.output import exit_text, first_line, tail
from localnet.backends.postgres.install import Install
from localnet.backends.spawn import Command, Spawner
from localnet.errors import MachineError

PSQL = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
"""so that it runs a file to its first error, and says only that"""


@dataclass(frozen=True)
class Programs:
    """`home` is the directory of the run `run`."""

    install: Install
    run: str
    home: Path
    log: Path
    spawner: Spawner
    env: Mapping[str, str] = field(default_factory=dict)
    """of the server"""

    def start(self, name: str, *arguments: str) -> "subprocess.Popen[bytes]":
        words = (self.install.program(name), *arguments)
        command = replace(self._command(words), env=self.env, user=self.install.user, death="QUIT")
        return self.spawner.spawn(command)

    def initialise(self, name: str, *arguments: str, text: str = "") -> None:
        """Run a program under the server's user to its end; MachineError with its last words."""
        words = (self.install.program(name), *arguments)
        process = self.spawner.spawn(replace(self._command(words), user=self.install.user, talks=True))
        process.communicate(text.encode())
        if process.returncode:
            raise MachineError(
                f"PostgreSQL's {name} failed ({exit_text(process.returncode)}): {tail(self.log, 3)}",
                f"run it by hand to see more: {' '.join(words)}",
            )

    def copy(self, source: Path, target: Path) -> None:
        """With owners and modes; `cp` is four times as fast at this as anything in Python."""
        process = self.spawner.spawn(self._command(("cp", "-a", str(source), str(target))))
        if process.wait():
            raise MachineError(f"cannot copy {source}: {tail(self.log, 1)}", f"make room for {target}")

    def feed(self, dump: Path, socket_folder: Path, user: str, database: str) -> str | None:
        """Run an SQL file as psql does, which alone understands COPY from the file itself. The error, if any."""
        words = [self.install.program("psql"), *PSQL, "--host", str(socket_folder), "--username", user]
        words += ["--dbname", database, "--file", str(dump)]
        said = self.log.with_name(f"{database}-dump.log")
        process = self.spawner.spawn(replace(self._command(words), log=said))
        return first_line(said.read_text(errors="replace"), "psql:") if process.wait() else None

    def _command(self, words: Sequence[str]) -> Command:
        return Command(words, {}, Path("/"), self.log, self.run, self.home)
