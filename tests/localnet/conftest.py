"""Runs of tests lie in a folder of their own, so that neither they nor a real network see each other."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True, scope="session")
def without_engine() -> Iterator[None]:
    """What is tested here runs as processes, whatever else this machine has; containers: `tests/containers`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
        yield


@pytest.fixture
def runs_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the test's runs are kept; short, for there are sockets in it. Evidence goes beside it."""
    root = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path(tempfile.gettempdir())
    home = Path(tempfile.mkdtemp(prefix="lt-", dir=root))
    home.chmod(0o711)
    monkeypatch.setenv("LOCALNET_HOME", str(home / "runs"))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    yield home / "runs"
    shutil.rmtree(home)
