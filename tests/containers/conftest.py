"""The engine of this machine. Without one these tests cannot run, and say so."""

from collections.abc import Iterator

import pytest

from localnet.backends.engine import Engine, connect


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    client = connect()
    yield client
    client.close()
