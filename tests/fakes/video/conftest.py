import pytest

from tests.fakes.video.studio import Studio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def studio() -> Studio:
    return Studio()
