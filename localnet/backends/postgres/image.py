"""An initialised data directory, made once for each version and kept in the user's cache, ready to be copied.

It holds one database, `template1`, from which every network's is made: without the other two it is small enough to be
copied at each start. Safe when several processes want it first: one makes it, the others wait for its lock.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localnet.backends.postgres.programs import Programs
from localnet.errors import MachineError

SUPERUSER = "localnet"
TEMPLATE = "template1"
LAYOUT = 2
"""Part of the cache's key: raise it when what initialisation does changes."""

DROP_THE_OTHERS = (
    "ALTER DATABASE template0 IS_TEMPLATE false;\nDROP DATABASE template0;\nDROP DATABASE postgres;\n"
)
INITDB = (
    *("--username", SUPERUSER, "--auth=trust", "--encoding=UTF8"),
    *("--no-sync", "--no-instructions", "--wal-segsize=1"),
)
IN_FILES = "dynamic_shared_memory_type=mmap"
"""Shared memory in the data directory, which goes away with it, also when all of this is killed."""
SYSTEM_LOCALE = ("--locale=C.UTF-8",)
BUILTIN_LOCALE = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
"""The same everywhere, whatever the system's C library knows; from version 17."""


def cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "localnet"


def prepare_image(programs: Programs, workshop: Path) -> Path:
    """The cached directory; on first use made in `workshop`, a folder of the run that is making it."""
    kept = cache_folder() / f"{programs.install.name}-{LAYOUT}"
    if kept.exists():
        return kept
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with _locked(kept.parent / "postgres.lock"):
            if not kept.exists():
                _make(programs, workshop / "image", kept)
    except OSError as error:
        raise MachineError(
            f"cannot keep an initialised database in {kept.parent}: {error.strerror}",
            "set XDG_CACHE_HOME to a writable folder",
        ) from error
    return kept


def _make(programs: Programs, made: Path, kept: Path) -> None:
    version = programs.install.version
    locale = BUILTIN_LOCALE if version >= (17, 0) else SYSTEM_LOCALE
    checksums = ("--no-data-checksums",) if version >= (18, 0) else ()
    in_files = ("--set", IN_FILES) if version >= (16, 0) else ()
    programs.initialise("initdb", "--pgdata", str(made), *INITDB, *locale, *checksums, *in_files)
    single = ("--single", "-F", "-c", IN_FILES, "-D", str(made), TEMPLATE)
    programs.initialise("postgres", *single, text=DROP_THE_OTHERS)
    draft = kept.with_name(f".{kept.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    programs.copy(made, draft)
    shutil.rmtree(made)
    draft.rename(kept)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
