"""The engine of this machine. Without one these tests cannot run, and say so."""

from collections.abc import Iterator

import pytest

from localnet.backends.engine import Engine, connect
from tests.localnet.conftest import runs_home

__all__ = ["runs_home"]


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    client = connect()
    yield client
    client.close()
