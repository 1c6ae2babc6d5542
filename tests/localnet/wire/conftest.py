"""A wire in the test's own loop, and a PostgreSQL server to put behind it."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from localnet.backends.postgres.cluster import Cluster
from localnet.backends.postgres.install import find_install
from localnet.backends.spawn import Spawner
from tests.localnet.wire.running import Running


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def wire(tmp_path: Path) -> AsyncIterator[Running]:
    running = Running(tmp_path / "journal.jsonl")
    yield running
    await running.close()


@pytest.fixture(scope="module")
def database() -> Iterator[Cluster]:
    root = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path(tempfile.gettempdir())
    home = Path(tempfile.mkdtemp(prefix="lw-", dir=root))
    home.chmod(0o711)
    (home / "logs").mkdir()
    spawner = Spawner()
    server = Cluster(find_install(), "wire-tests", home, "postgres", spawner)
    try:
        server.ensure_running()
        yield server
    finally:
        server.destroy()
        spawner.close()
        shutil.rmtree(home)
