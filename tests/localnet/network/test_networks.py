"""Real networks on the processes backend: what is reachable, and what verbs do."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest

from localnet.cli.inspect import clocked
from localnet.errors import LocalnetError, ServiceError, UsageError
from localnet.network import Network, attach, runs
from tests.localnet.network.conftest import Start


def get(url: str, headers: dict[str, str] | None = None) -> str:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=5) as answer:
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


HOUR = 3600
SLOW = 60
"""seconds that a busy machine may take for what takes none"""
AWAKE = "import time\nwhile True: time.sleep(0.01)"
STATIC = """
name = "static"
summary = "a program that is linked to nothing, and waits"
control_plane = "bridge"
[services.bridge]
summary = "waits"
protocol = "none"
command = ["./pause"]
needs = ["postgres"]
"""


class TestClock:
    def test_it_moves_the_fakes_and_says_who_followed(self, start: Start) -> None:
        network = start()

        moved = network.clock.advance(73 * HOUR)

        assert "3d1h ahead" in moved.shows
        assert {"plc", "pds"} <= set(moved.followed)
        assert network.time() - time.time() == pytest.approx(73 * HOUR, abs=SLOW)
        assert shown_by(network, "plc") == pytest.approx(network.time(), abs=SLOW)

    def test_postgres_and_the_bridge_follow_and_a_restart_changes_nothing(self, start: Start) -> None:
        network = start(set={"postgres.cluster": "own"})

        first = network.clock.advance(73 * HOUR)
        network.restart("bridge")
        network.restart("postgres")
        second = network.clock.show()

        assert {"postgres", "bridge"} <= set(first.followed)
        assert {"postgres", "bridge"} <= set(second.followed)
        with psycopg.connect(network.database_url(), autocommit=True) as database:
            row = database.execute("SELECT extract(epoch FROM now())::float").fetchone()
        assert row
        assert row[0] == pytest.approx(network.time(), abs=SLOW)

    def test_what_two_networks_share_stays_and_says_so(self, start: Start) -> None:
        network, neighbour = start(), start()

        moved = network.clock.advance(HOUR)

        assert "its server is shared" in moved.stayed["postgres"]
        assert shown_by(neighbour, "plc") == pytest.approx(time.time(), abs=SLOW)

    def test_a_network_that_comes_later_keeps_the_real_time(self, start: Start) -> None:
        first = start()
        first.clock.advance(HOUR)

        later = start()

        assert "postgres" in first.clock.show().followed
        assert "postgres" in later.clock.show().followed

    def test_a_program_that_asks_the_kernel_itself_is_told_apart(self, start: Start, tmp_path: Path) -> None:
        (tmp_path / "pause.c").write_text("#include <unistd.h>\nint main(void) { pause(); return 0; }")
        subprocess.run(["cc", "-static", "-o", tmp_path / "pause", tmp_path / "pause.c"], check=True)
        adapter = tmp_path / "static.toml"
        adapter.write_text(STATIC)
        network = start(bridge=adapter)

        moved = network.clock.advance(HOUR)

        assert "it never asked libc" in moved.stayed["bridge"]

    def test_a_bridge_started_by_hand_follows_once_it_is_given_what_it_takes(self, start: Start) -> None:
        network = start(bridge=None)
        first = network.clock.advance(HOUR)
        env = clocked(attach(network.id), "bridge", network.environment("bridge"))

        with subprocess.Popen(["sleep", "0.3"], env={"PATH": os.environ["PATH"]}):
            second = network.clock.show()
        with subprocess.Popen([sys.executable, "-c", AWAKE], env=env) as bridge:
            third = network.clock.show()
            bridge.kill()

        assert "you start it" in first.stayed["bridge"]
        assert "you start it" in second.stayed["bridge"]
        assert "bridge" in third.followed

    def test_a_fake_that_was_down_learns_the_time_when_it_is_started(self, start: Start) -> None:
        network = start()
        network.stop("plc")

        moved = network.clock.advance(HOUR)
        network.start("plc")

        assert moved.later == ("plc",)
        assert shown_by(network, "plc") == pytest.approx(network.time(), abs=SLOW)

    def test_another_process_moves_it_and_the_journal_has_each_move(self, start: Start) -> None:
        network = start()
        attached = attach(network.id)

        attached.move_clock("advance", "3h")
        attached.move_clock("freeze")
        attached.move_clock("real")
        with pytest.raises(LocalnetError, match="a clock cannot run 0 times as fast"):
            attached.move_clock("rate", "0")
        with pytest.raises(LocalnetError, match="a clock cannot jump"):
            attached.move_clock("jump")

        lines, _ = network.journal.read(0)
        assert [line.op for line in lines if line.kind == "clock"] == ["advance 3h", "freeze", "real"]
        assert network.time() == pytest.approx(time.time(), abs=SLOW)
        assert attach(network.id).reading == network.reading


def shown_by(network: Network, fake: str) -> float:
    request = urllib.request.Request(network.url(fake) + "/_control/clock")
    request.add_header("X-Localnet-Token", network.token)
    with urllib.request.urlopen(request, timeout=5) as answer:
        shown: float = json.load(answer)["shown"]
        return shown
