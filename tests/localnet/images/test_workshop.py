"""Where images are made: by one process at a time, and an error that helps where there is no room."""

import errno
import fcntl
import os
from pathlib import Path

import pytest
from requests.exceptions import ConnectionError as NoConnection

from localnet.backends.images import packages
from localnet.backends.images.workshop import held_workshop
from localnet.errors import MachineError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_it_is_held_by_one_at_a_time() -> None:
    with held_workshop() as folder, (folder / "lock").open() as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_full_disk_is_named_with_where_else_it_may_be(cache: Path) -> None:
    with pytest.raises(MachineError, match=f"in {cache}.*: No space left") as raised, held_workshop():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    assert "XDG_CACHE_HOME" in raised.value.next_step


def test_an_engine_that_goes_away_is_another_matter() -> None:
    with pytest.raises(NoConnection), held_workshop():
        raise NoConnection("the engine is gone")


@pytest.mark.parametrize(
    ("said", "next_step"),
    [
        ("ERROR: [Errno 28] No space left on device: '/x'", "XDG_CACHE_HOME"),
        ("ERROR: Could not find a version that satisfies fastapi==0", "pip reaches its index"),
    ],
)
def test_what_pip_could_not_do_is_said_with_what_helps(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str, next_step: str
) -> None:
    fails = tmp_path / "python"
    fails.write_text(f'#!/bin/sh\necho "{said}" >&2\nexit 1\n')
    fails.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(fails))

    with pytest.raises(MachineError) as raised:
        packages.unpack("fastapi==0", tmp_path / "target", "3.11", "amd64")

    assert next_step in raised.value.next_step
