"""Real networks on the processes backend: what is reachable, what verbs do, what is left (nothing)."""

import os
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest

from localnet.backends.interface import Backend
from localnet.backends.ports import is_listening
from localnet.backends.process_table import everything, look_up
from localnet.errors import LocalnetError, MachineError, ServiceError, UsageError
from localnet.network import Network, NetworkSpec, attach, open_backend, runs, start_network
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


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:
        text: str = answer.read().decode()
        return text


def port(url: str) -> int:
    return int(url.rpartition(":")[2].partition("/")[0])


class TestReach:
    def test_every_service_of_a_whole_network_is_ready_through_the_wire(self, start: Start) -> None:
        network = start(services=None)

        assert {service.state for service in network.services.values()} == {"ready"}
        assert get(network.url("pds") + "/xrpc/_health")
        wanted = {"harness→plc", "harness→pds", "harness→reader", "harness→bridge"}
        deadline = time.monotonic() + 5
        for line in network.journal.tail(lambda: not wanted or time.monotonic() > deadline):
            wanted.discard(str(line.edge))
        assert not wanted

    def test_the_bridge_has_addresses_of_its_own(self, start: Start) -> None:
        network = start()

        assert (
            get(network.url("bridge") + "/")
            == network.url("pds", "bridge")
            == network.environment("bridge")["PDS_URL"]
        )
        assert network.url("pds", "bridge") != network.url("pds")

    def test_replicas_are_told_apart(self, start: Start) -> None:
        network = start(replicas=2)

        assert (
            get(network.url("bridge-2") + "/")
            == network.url("pds", "bridge-2")
            != network.url("pds", "bridge")
        )
        assert network.service("bridge").pid != network.service("bridge-2").pid

    def test_the_database_is_reached_through_the_wire(self, start: Start) -> None:
        network = start(services=("postgres",))

        with psycopg.connect(network.database_url()) as connection:
            assert connection.execute("SELECT current_database()").fetchone() == (
                network.export("postgres", "database"),
            )
        assert network.addresses() == {"DATABASE_URL": network.database_url()}

    def test_a_dump_is_there_before_the_bridge_starts(self, start: Start, tmp_path: Path) -> None:
        (tmp_path / "dump.sql").write_text("CREATE TABLE t AS SELECT 7 AS x;")
        network = start(database=tmp_path / "dump.sql")

        with psycopg.connect(network.database_url("bridge")) as connection:
            assert connection.execute("SELECT x FROM t").fetchone() == (7,)

    def test_a_service_elsewhere_is_reached_through_the_wire_too(self, start: Start) -> None:
        class Elsewhere(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002, the base class's
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            network = start(services=("pds",), set={"pds.url": f"http://127.0.0.1:{server.server_port}"})
            assert get(network.url("pds") + "/anything") == "ok"
            network.close()
            server.shutdown()

    def test_a_bridge_that_is_yours_finds_its_port_free(self, start: Start) -> None:
        network = start(services=None, bridge=None)
        address = network.environment("bridge")["HEALTH_BIND_ADDR"]

        with socket.socket() as mine:
            mine.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            mine.bind(("127.0.0.1", port(address)))
            mine.listen()
        assert network.service("bridge").state == "yours"


class TestSeveral:
    def test_two_networks_share_a_process_and_nothing_else(self, start: Start) -> None:
        one, two = start(), start()
        with psycopg.connect(one.database_url()) as connection:
            connection.execute("CREATE TABLE t ()")
        with psycopg.connect(two.database_url()) as connection:
            assert connection.execute(
                "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            ).fetchone() == (0,)
        assert one.service("pds").pid == two.service("pds").pid

        one.close()

        assert get(two.url("pds") + "/xrpc/_health")
        assert get(two.url("bridge") + "/")

    def test_a_database_server_of_ones_own_can_die_alone(self, start: Start) -> None:
        shared, own = start(), start(set={"postgres.cluster": "own"})
        own.kill("postgres")

        shared.wait_ready("postgres", 5)
        own.start("postgres")
        own.wait_ready("postgres", 5)


class TestVerbs:
    def test_a_restarted_service_is_another_process_at_the_same_address(self, start: Start) -> None:
        network = start()
        before = network.service("bridge")
        network.restart("bridge")
        after = network.service("bridge")

        assert (after.url, after.state) == (before.url, "ready")
        assert after.pid != before.pid
        assert "leaving politely" in network.logs("bridge")

    def test_a_killed_service_has_no_time_for_manners(self, start: Start) -> None:
        network = start()
        network.kill("bridge")

        assert "leaving politely" not in network.logs("bridge")
        with pytest.raises((urllib.error.URLError, ConnectionError)):
            get(network.url("bridge") + "/")
        network.start("bridge")
        assert get(network.url("bridge") + "/")

    def test_a_frozen_service_does_not_answer_until_it_is_thawed(
        self, start: Start, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("localnet.network.readiness.PROBE_SECONDS", 0.1)
        network = start()
        network.freeze("bridge")

        with pytest.raises(
            ServiceError, match=r"bridge was not ready within 0\.3 s; GET /health: TimeoutError"
        ):
            network.wait_ready("bridge", 0.3)
        network.thaw("bridge")
        network.wait_ready("bridge", 5)

    def test_a_frozen_service_can_be_stopped(self, start: Start) -> None:
        network = start()
        network.freeze("bridge")
        network.stop("bridge")

        assert network.service("bridge").state == "stopped"

    def test_a_database_keeps_what_was_committed_when_it_is_killed(self, start: Start) -> None:
        network = start()
        with psycopg.connect(network.database_url()) as connection:
            connection.execute("CREATE TABLE t AS SELECT 7 AS x")
        network.kill("postgres")
        network.start("postgres")

        with psycopg.connect(network.database_url()) as connection:
            assert connection.execute("SELECT x FROM t").fetchone() == (7,)

    def test_a_stopped_fake_refuses_until_it_is_started(self, start: Start) -> None:
        network = start()
        network.stop("plc")
        with pytest.raises((urllib.error.URLError, ConnectionError)):
            get(network.url("plc") + "/_health")

        network.start("plc")
        assert get(network.url("plc") + "/_health")

    def test_a_fake_cannot_be_frozen_alone(self, start: Start) -> None:
        network = start()

        with pytest.raises(UsageError, match="plc is a fake that shares its process with others"):
            network.freeze("plc")
        assert network.service("plc").state == "ready"

    def test_another_process_can_ask_for_all_of_it(self, start: Start) -> None:
        network = start()
        attached = attach(network.id)

        assert attached.request("restart", "bridge") == "ready"
        assert attached.request("freeze", "bridge") == "frozen"
        assert attached.request("thaw", "bridge") == "ready"
        with pytest.raises(LocalnetError, match="no service 'brigde'"):
            attached.request("stop", "brigde")
        with pytest.raises(LocalnetError, match="a network cannot explode bridge"):
            attached.request("explode", "bridge")
        assert [found.id for found in runs()] == [network.id]


class TestFailure:
    def test_a_bridge_that_ends_ends_the_wait_with_its_output(self, start: Start) -> None:
        with pytest.raises(ServiceError) as caught:
            start(set={"bridge.command": "sh -c 'echo RELAY_URL must be set >&2; exit 78'"})

        assert (
            caught.value.message
            == "bridge ended before it was ready: exit code 78; its last output:\nRELAY_URL must be set"
        )
        kept = Path(caught.value.next_step.rpartition("logs and journal: ")[2])
        assert (kept / "bridge.log").read_text() == "RELAY_URL must be set\n"
        assert (kept / "postgres.log").exists()

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


def _words(pid: int) -> list[str]:
    """None of a process that has gone meanwhile."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []
