"""The stack under test: made anew for each test, on asyncio."""

import pytest

from fakes.pds.server import Pds
from tests.fakes.pds.stack import Stack, core


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def stack() -> Stack:
    return Stack()


@pytest.fixture
def rsky() -> Stack:
    return Stack(dialect="rsky")


@pytest.fixture
def pds() -> Pds:
    return core()
