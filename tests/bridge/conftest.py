"""A PostgreSQL server for the bridge's SQL: one per test session, a fresh migrated database per test."""

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bridge.database import Pool, migrate, open_pool
from localnet.backends.postgres.cluster import Cluster
from localnet.backends.postgres.image import SUPERUSER
from localnet.backends.postgres.install import find_install
from localnet.backends.spawn import Spawner
from tests.bridge.office import Office
from tests.bridge.town import Town

_numbers = itertools.count()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    root = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path(tempfile.gettempdir())
    home = Path(tempfile.mkdtemp(prefix="lb-", dir=root))
    home.chmod(0o711)
    (home / "logs").mkdir()
    spawner = Spawner()
    server = Cluster(find_install(), "bridge-tests", home, "postgres", spawner)
    try:
        server.ensure_running()
        yield server
    finally:
        server.destroy()
        spawner.close()
        shutil.rmtree(home)


@pytest.fixture
def database_url(cluster: Cluster) -> Iterator[str]:
    """An empty database with the bridge's schema."""
    name = f"bridge_{next(_numbers)}"
    cluster.create_database(name)
    folder = cluster.address.removeprefix("unix:").rsplit("/", 1)[0]
    url = f"postgresql://{SUPERUSER}@/{name}?host={folder}"
    asyncio.run(migrate(url))
    yield url
    cluster.drop_database(name)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    opened = await open_pool(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def office(pool: Pool, database_url: str, request: pytest.FixtureRequest) -> Office:
    """Provisioning in a town of its own, alice opted in; the parameter is the PDS's dialect."""
    dialect = getattr(request, "param", "reference")
    made = Office(Town(dialect), pool, database_url, {"PDS_DIALECT": dialect})
    await made.opt_in()
    return made
