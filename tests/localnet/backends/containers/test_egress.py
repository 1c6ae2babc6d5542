"""What is made of what the probe finds and the kernel counts."""

import queue
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from localnet.backends.containers.canary import Canary, read
from localnet.backends.containers.egress import Lost, ways_out

CLOSED: Mapping[str, Any] = {"routes": [], "name": None, "reached": {"tcp 10.0.0.1:9001": "ENETUNREACH"}}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"routes": ["010015AC"]}, "there is a default route (010015AC)"),
        ({"name": "203.0.113.1"}, "outside names resolve, to 203.0.113.1"),
        ({"reached": {"tcp 10.0.0.1:9001": "connected"}}, "tcp 10.0.0.1:9001 is connected"),
        ({"reached": {"ws 10.0.0.1:9001": "refused"}}, "ws 10.0.0.1:9001 is refused"),
    ],
)
def test_each_way_out_is_told(found: dict[str, Any], said: str) -> None:
    assert ways_out(CLOSED) == []
    assert ways_out({**CLOSED, **found}) == [said]


class TestLost:
    @pytest.fixture
    def process(self, tmp_path: Path) -> Path:
        (tmp_path / "net").mkdir()
        (tmp_path / "cgroup").write_text("0::/docker/c1\n")
        return tmp_path

    @staticmethod
    def counts(process: Path, number: int) -> None:
        (process / "net" / "snmp").write_text(f"Ip: Forwarding OutNoRoutes X\nIp: 1 {number} 0\nIcmp: a\n")

    def test_each_packet_is_told_once(self, process: Path) -> None:
        lost = Lost("bridge", "c1", process, known=4)
        self.counts(process, 4)
        assert lost.new() == 0
        self.counts(process, 7)
        assert [lost.new(), lost.new()] == [3, 0]

    def test_a_number_that_has_become_anothers_tells_nothing(self, process: Path) -> None:
        lost = Lost("bridge", "c1", process, known=4)
        self.counts(process, 0)
        assert lost.new() == 0
        (process / "cgroup").write_text("0::/docker/c2\n")
        self.counts(process, 9)
        assert lost.new() == 0


class TestCanary:
    def test_who_calls_is_told_and_our_own_proof_is_not(self) -> None:
        called: queue.SimpleQueue[str] = queue.SimpleQueue()
        canary = Canary(["127.0.0.1", "203.0.113.1"], called.put)
        [address] = canary.addresses
        host, _, port = address.rpartition(":")
        for said in (b"localnet-proof\n", b"GET /news?a=b HTTP/1.1\r\nHost: x\r\n\r\n"):
            with socket.create_connection((host, int(port)), 5) as connection:
                connection.sendall(said)
                connection.recv(1)

        assert called.get(timeout=5) == f"GET {address}/news"
        canary.close()
        assert called.empty()

    def test_what_is_not_http_is_told_as_what_it_is(self) -> None:
        assert read(b"\x16\x03\x01", "10.0.0.1:443") == "tcp 10.0.0.1:443"
        assert read(b"", "10.0.0.1:443") == "tcp 10.0.0.1:443"
