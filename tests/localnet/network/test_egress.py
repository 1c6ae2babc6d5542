"""What a network of processes notices of a bridge that calls out, and what its report says it cannot notice."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localnet.journal import Line
from localnet.network import Network
from tests.localnet.network.conftest import Start

CALLERS = Path(__file__).parent.parent.parent / "callers"
ADAPTER = """
name = "caller"
summary = "calls out and stays"
control_plane = "bridge"
[services.bridge]
summary = "calls out {way}"
protocol = "none"
command = ["sh", "-c", "{python} {caller}; exec sleep 60"]
[services.bridge.env]
CANARY = "{canary}"
"""
PATIENCE = 20


class Canary:
    """Listens at an address of this machine that is none of the run's; remembers who came."""

    def __init__(self) -> None:
        self.visits = 0
        self._socket = socket.create_server(("127.0.0.2", 0))
        self.address = f"127.0.0.2:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self) -> None:
        try:
            while True:
                self._socket.accept()[0].close()
                self.visits += 1
        except OSError:
            return


@pytest.fixture
def canary() -> Iterator[Canary]:
    listening = Canary()
    yield listening
    listening.close()


def calls_out(start: Start, folder: Path, way: str, canary: Canary) -> Network:
    """The network in which it did, once it has said what came of it."""
    values = {"{way}": way, "{caller}": str(CALLERS / f"by_{way}.py"), "{canary}": canary.address}
    text = ADAPTER
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    (folder / "caller.toml").write_text(text)
    network = start(bridge=folder / "caller.toml")
    until(lambda: "reached" in network.logs("bridge"))
    return network


def until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def attempts(network: Network) -> list[Line]:
    return [line for line in network.journal.lines(kind="lifecycle") if line.outcome == "attempted"]


@pytest.mark.parametrize(("way", "method"), [("http", "GET"), ("websocket", "CONNECT")])
def test_a_call_that_honours_proxies_is_refused_and_reported(
    start: Start, tmp_path: Path, canary: Canary, way: str, method: str
) -> None:
    network = calls_out(start, tmp_path, way, canary)
    until(lambda: attempts(network))

    (line,) = attempts(network)

    assert "not reached" in network.logs("bridge")
    assert canary.visits == 0
    assert (line.op, line.edge) == (f"egress {method} {canary.address}", "bridge→egress")
    assert line.note
    assert line.note.startswith("bridge called")
    assert canary.address in line.note


@pytest.mark.parametrize("way", ["tcp", "dns"])
def test_a_call_that_cannot_be_seen_is_one_the_report_names(
    start: Start, tmp_path: Path, canary: Canary, way: str
) -> None:
    network = calls_out(start, tmp_path, way, canary)

    assert canary.visits == (1 if way == "tcp" else 0)
    assert attempts(network) == []
    assert network.egress.startswith("observed, not enforced")
    assert "raw TCP, DNS" in network.egress
    assert network.egress.endswith("could not be seen")
