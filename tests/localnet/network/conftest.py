"""Real networks on the processes backend, with the little bridge in the middle."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localnet.backends.interface import Backend
from localnet.network import Network, NetworkSpec, open_backend, start_network
from localnet.network.progress import silent
from tests.localnet.network.little import little_adapter

Start = Callable[..., Network]


@pytest.fixture
def backend(runs_home: Path) -> Iterator[Backend]:  # noqa: ARG001, where its runs are kept
    with open_backend("processes", silent) as opened:
        yield opened


@pytest.fixture
def start(backend: Backend, tmp_path: Path) -> Iterator[Start]:
    """Networks with the little bridge in the middle, ended after the test."""
    started: list[Network] = []
    adapter = little_adapter(tmp_path)

    def made(**spec: object) -> Network:
        fields = {"bridge": adapter, "services": ("bridge",), **spec}
        started.append(start_network(NetworkSpec(**fields), backend, silent))  # type: ignore[arg-type]
        return started[-1]

    yield made
    for network in started:
        network.close()
