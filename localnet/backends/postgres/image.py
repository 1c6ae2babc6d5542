"""An initialised data directory, made once for each version and kept in the user's cache, ready to be copied.

It holds one database, `template1`, from which every network's is made: without the other two it is small enough to be copied at
each start. Safe when several processes want it first: one makes it, the others wait for its lock.
"""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localnet.backends.postgres.install import Install
from localnet.errors import MachineError

SUPERUSER = "localnet"
TEMPLATE = "template1"
LAYOUT = 1
"""Part of the cache's key: raise it when what initialisation does changes."""

DROP_THE_OTHERS = (
    "ALTER DATABASE template0 IS_TEMPLATE false;\nDROP DATABASE template0;\nDROP DATABASE postgres;\n"
)
INITDB = (
    *("--username", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"),
    *("--no-sync", "--no-instructions", "--wal-segsize=1"),
)


def cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "localnet"


def prepare_image(install: Install, workshop: Path) -> Path:
    """The cached directory; on first use made in `workshop`, a folder of the run that is making it."""
    kept = cache_folder() / f"{install.name}-{LAYOUT}"
    if kept.exists():
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    with _locked(kept.parent / "postgres.lock"):
        if not kept.exists():
            made = _initialise(install, workshop / "image")
            draft = kept.with_name(f".{kept.name}.draft")
            shutil.rmtree(draft, ignore_errors=True)
            copy_tree(made, draft)
            shutil.rmtree(made)
            draft.rename(kept)
    return kept


def copy_tree(source: Path, target: Path) -> None:
    """With owners and modes; `cp` is four times as fast at this as anything in Python."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


def _initialise(install: Install, data: Path) -> Path:
    checksums = ["--no-data-checksums"] if install.version >= (18, 0) else []
    _run(install, [install.program("initdb"), "--pgdata", str(data), *INITDB, *checksums])
    single = [install.program("postgres"), "--single", "-F", "-D", str(data), TEMPLATE]
    _run(install, single, DROP_THE_OTHERS)
    return data


def _run(install: Install, words: list[str], text: str = "") -> None:
    done = subprocess.run(
        words,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        user=install.user,
        group=install.user,
        extra_groups=None if install.user is None else [],
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise MachineError(
            f"PostgreSQL's {Path(words[0]).name} failed: {' / '.join(said[-3:])}",
            f"run it by hand to see more: {' '.join(words)}",
        )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
