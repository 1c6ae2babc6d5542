"""Real networks that cannot start, and what ended ones leave behind: one clear error, and nothing."""

import os
import socket
import threading
from pathlib import Path

import pytest

from localnet.backends.ports import is_listening
from localnet.backends.process_table import everything, look_up
from localnet.errors import MachineError, ServiceError, UsageError
from localnet.network import NetworkSpec, open_backend, start_network
from localnet.network.progress import silent
from tests.localnet.network.conftest import Start
from tests.localnet.network.little import little_adapter


class TestFailure:
    def test_a_bridge_that_ends_ends_the_wait_with_its_output(self, start: Start) -> None:
        with pytest.raises(ServiceError) as caught:
            start(set={"bridge.command": "sh -c 'echo RELAY_URL must be set >&2; exit 78'"})

        assert (
            caught.value.message
            == "bridge ended before it was ready: exit code 78; its last output:\nRELAY_URL must be set"
        )
        kept = Path(caught.value.next_step.rpartition("logs and journal: ")[2])
        assert (kept / "logs" / "bridge.log").read_text() == "RELAY_URL must be set\n"
        assert (kept / "logs" / "postgres.log").exists()

    def test_a_bridge_that_never_listens_is_given_its_budget(self, start: Start) -> None:
        with pytest.raises(ServiceError, match=r"bridge was not ready within 0\.3 s; it is starting"):
            start(set={"bridge.command": "sleep 30", "bridge.ready.timeout": "0.3"})

    def test_a_program_that_does_not_exist_is_named(self, start: Start) -> None:
        with pytest.raises(UsageError, match="there is no program 'divine-atbridge' on PATH"):
            start(set={"bridge.command": "divine-atbridge --verbose"})

    def test_an_image_needs_containers(self, start: Start, tmp_path: Path) -> None:
        (tmp_path / "pds.toml").write_text('name="pds"\nsummary="x"\nprotocol="http"\nimage="pds:1"\n')
        with pytest.raises(
            UsageError, match="pds is described by `image`, which the processes backend cannot run"
        ):
            start(services=("pds",), use={"pds": tmp_path / "pds.toml"})

    def test_an_option_that_does_not_exist_is_named(self, start: Start, tmp_path: Path) -> None:
        (tmp_path / "plc.toml").write_text(
            'name="plc"\nsummary="x"\nprotocol="http"\nfake="plc"\n[options]\nstrict="no"\n'
        )
        with pytest.raises(ServiceError, match="unknown option strict"):
            start(services=("plc",), use={"plc": tmp_path / "plc.toml"})

    def test_a_dump_that_cannot_be_loaded_is_the_first_cause(self, start: Start, tmp_path: Path) -> None:
        (tmp_path / "dump.sql").write_text("SELEC 1;")
        with pytest.raises(
            ServiceError, match=r"the dump cannot be loaded: .*dump\.sql:1: ERROR:  syntax error"
        ) as caught:
            start(database=tmp_path / "dump.sql")
        assert "dump.sql there" in caught.value.next_step

    def test_a_taken_fixed_port_is_named_with_who_has_it(self, start: Start) -> None:
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", 2582))
            taken.listen()
            with pytest.raises(
                MachineError, match=rf"port 2582, wanted for harness→plc, is taken: \S+ \(pid {os.getpid()}\)"
            ):
                start(services=("plc",), ports="fixed")


class TestNothingIsLeft:
    def test_a_closed_network_leaves_no_process_port_or_folder(self, start: Start, runs_home: Path) -> None:
        network = start()
        pid = network.service("bridge").pid
        ports = [port(service.url) for service in network.services.values() if service.url]
        assert pid
        network.close()

        assert look_up(pid) is None
        assert [number for number in ports if is_listening(number)] == []
        assert [path.name for path in runs_home.iterdir() if path.name.startswith("run-")] == []

    def test_a_failed_start_leaves_no_process_port_or_folder(self, start: Start, runs_home: Path) -> None:
        ours = f"61.{os.getpid()}"
        with pytest.raises(ServiceError):
            start(
                set={
                    "bridge.command": f"sh -c 'sleep {ours} & sleep {ours}'",
                    "bridge.ready.timeout": "0.3",
                }
            )

        assert [process.pid for process in everything() if ours in _words(process.pid)] == []
        assert [path.name for path in runs_home.iterdir() if path.name.startswith("run-")] == []

    def test_a_closed_backend_leaves_nothing_at_all(self, runs_home: Path, tmp_path: Path) -> None:
        threads = set(threading.enumerate())
        spec = NetworkSpec(bridge=little_adapter(tmp_path), services=("bridge",))
        with open_backend("processes", silent) as backend, start_network(spec, backend, silent) as network:
            pids = {service.pid for service in network.services.values() if service.pid}

        assert [pid for pid in pids if look_up(pid)] == []
        assert list(runs_home.iterdir()) == []
        assert set(threading.enumerate()) == threads


def port(url: str) -> int:
    return int(url.rpartition(":")[2].partition("/")[0])


def _words(pid: int) -> list[str]:
    """None of a process that has gone meanwhile."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []
