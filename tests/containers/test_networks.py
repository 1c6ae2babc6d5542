"""Networks in containers: who is where, what is published, what can be done to a service, and that nothing stays."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localnet.backends.containers.api import Api
from localnet.backends.containers.marks import container_name, home_of
from localnet.backends.engine import Engine
from localnet.backends.images.choosing import wire_image
from localnet.backends.interface import Backend
from localnet.errors import LocalnetError, MachineError, UsageError
from localnet.network import Network, NetworkSpec, attach, open_backend, runs, start_network, sweep
from localnet.network.progress import silent
from tests.containers.little import calling_adapter, little_adapter

Start = Callable[..., Network]
PATIENCE = 30.0
SPEC = {"backend": "containers", "services": ("bridge",)}


@pytest.fixture
def backend(runs_home: Path) -> Iterator[Backend]:  # noqa: ARG001, where its runs are kept
    with open_backend("containers", silent) as opened:
        yield opened


@pytest.fixture(scope="session")
def base(engine: Engine) -> str:
    """An image with a Python."""
    return wire_image(engine, lambda _: None)


@pytest.fixture
def start(backend: Backend, tmp_path: Path, base: str) -> Iterator[Start]:
    """Networks with the little bridge in the middle, ended after the test."""
    started: list[Network] = []

    def made(**spec: object) -> Network:
        fields = {"bridge": little_adapter(tmp_path / "little", base), **SPEC, **spec}
        started.append(start_network(NetworkSpec(**fields), backend, silent))  # type: ignore[arg-type]
        return started[-1]

    yield made
    for network in started:
        network.close()


@pytest.fixture
def network(start: Start) -> Network:
    return start()


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return str(answer.read().decode())


def eventually(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


class TestPlaces:
    def test_the_bridge_is_alone_with_the_wire_and_only_the_wire_publishes(
        self, network: Network, engine: Engine
    ) -> None:
        found = {
            container.labels["localnet.service"]: container.attrs["NetworkSettings"]
            for container in engine.containers.list(filters={"label": f"localnet.run={network.id}"})
        }
        inside = f"localnet-{network.id}-inside"
        published = {name: [port for port in at["Ports"].values() if port] for name, at in found.items()}

        assert {name for name, at in found.items() if inside in at["Networks"]} == {"bridge", "wire"}
        assert set(found["bridge"]["Networks"]) == {inside}
        assert [name for name, ports in published.items() if ports] == ["wire"]
        assert {bound["HostIp"] for ports in published["wire"] for bound in ports} == {"127.0.0.1"}

    def test_every_hop_is_journalled_with_who_called_whom(self, network: Network) -> None:
        get(f"{network.url('bridge')}/")

        eventually(lambda: any(line.edge == "harness→bridge" for line in network.journal.lines(kind="http")))

    def test_asked_for_numbers_are_had_or_their_holder_is_named(self, start: Start) -> None:
        network = start(ports="fixed")
        assert network.url("bridge") == "http://127.0.0.1:2589"

        with pytest.raises(MachineError, match="is taken"):
            start(ports="fixed")


class TestServices:
    def test_one_that_ends_ends_the_start_at_once_with_its_last_words(
        self, start: Start, tmp_path: Path, base: str
    ) -> None:
        adapter = little_adapter(
            tmp_path / "ending", base, "print('no such table', flush=True)\nraise SystemExit(78)"
        )

        with pytest.raises(
            LocalnetError, match=r"bridge ended before it was ready: exit code 78.*\n.*no such table"
        ):
            start(bridge=adapter)

    def test_a_fake_can_be_restarted(self, network: Network) -> None:
        network.restart("pds")

        assert get(f"{network.url('pds')}/xrpc/_health")

    def test_stopping_is_polite_and_starting_again_works(self, network: Network) -> None:
        network.restart("bridge")

        assert "leaving politely" in network.logs("bridge")
        assert get(f"{network.url('bridge')}/") == network.environment("bridge")["PDS_URL"]

    def test_a_killed_one_says_by_which_signal_to_who_asks_for_it(self, network: Network) -> None:
        network.kill("bridge")
        assert network.service("bridge").state == "killed"
        with pytest.raises(OSError, match=r"Remote end closed|reset"):
            get(f"{network.url('bridge')}/")

        network.start("bridge")
        assert get(f"{network.url('bridge')}/")

    def test_a_frozen_one_answers_when_it_is_thawed(self, network: Network) -> None:
        network.freeze("bridge")
        with pytest.raises(TimeoutError):
            urllib.request.urlopen(f"{network.url('bridge')}/", timeout=0.5)

        network.thaw("bridge")
        assert get(f"{network.url('bridge')}/")

    def test_a_database_that_is_killed_keeps_what_was_committed(self, network: Network) -> None:
        import psycopg

        with psycopg.connect(network.database_url()) as connection:
            connection.execute("CREATE TABLE kept (n int)")
        network.kill("postgres")
        network.start("postgres")

        with psycopg.connect(network.database_url()) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)

    def test_a_dump_is_loaded_or_refused_with_its_line(self, start: Start, tmp_path: Path) -> None:
        import psycopg

        dump, broken = tmp_path / "dump.sql", tmp_path / "broken.sql"
        dump.write_text("CREATE TABLE t (n int);\nCOPY t FROM stdin;\n7\n\\.\n")
        broken.write_text("CREATE TABLE t (n int);\nCREATE TABEL t;\n")
        network = start(database=dump)

        with psycopg.connect(network.database_url()) as connection:
            assert connection.execute("SELECT n FROM t").fetchall() == [(7,)]
        with pytest.raises(
            LocalnetError, match=rf"the dump cannot be loaded: {broken}:2: ERROR:  syntax error"
        ):
            start(database=broken)

    def test_a_command_without_an_image_says_what_to_give_it(self, start: Start) -> None:
        with pytest.raises(UsageError, match="bridge is described by `command` alone"):
            start(bridge="bundled", set={"bridge.command": "sleep 60"})


class TestEgress:
    def test_nothing_leaves_as_proven_in_the_bridges_place(self, network: Network) -> None:
        proven = [line.op for line in network.journal.lines(kind="lifecycle") if line.outcome == "proven"]

        assert {
            "egress no default route",
            "egress no outside name",
            "egress no connection to listeners elsewhere",
        } <= set(proven)
        assert network.egress.startswith("closed, as proven in the bridge's place")

    @pytest.mark.parametrize(
        ("way", "seen"),
        [
            ("http", "egress GET 203.0.113.1:80"),
            ("websocket", "egress CONNECT 203.0.113.1:80"),
            ("dns", "egress dns canary.invalid"),
            ("tcp", "egress to an address outside"),
        ],
    )
    def test_a_call_is_seen(self, start: Start, tmp_path: Path, base: str, way: str, seen: str) -> None:
        """The address is of a range that stands for nobody (RFC 5737)."""
        network = start(bridge=calling_adapter(tmp_path / way, base, way, "203.0.113.1:80"))

        eventually(lambda: "not reached" in network.logs("bridge"))
        eventually(
            lambda: any(
                line.op.startswith(seen) and line.outcome == "attempted" and line.edge == "bridge→egress"
                for line in network.journal.lines(kind="lifecycle")
            )
        )

    def test_what_cannot_be_seen_of_a_call_is_named(self, network: Network) -> None:
        assert "those to a bare address are counted, and the address could not be seen" in network.egress


class TestLeftovers:
    def test_nothing_stays(self, start: Start, engine: Engine, runs_home: Path) -> None:
        network = start()
        assert [owned.run for owned in Api(engine).owned(home_of(runs_home))] != []

        network.close()

        assert Api(engine).owned(home_of(runs_home)) == []

    def test_a_killed_owners_are_swept_and_a_neighbours_are_not(
        self, network: Network, engine: Engine, runs_home: Path, tmp_path: Path, base: str
    ) -> None:
        spec = NetworkSpec(**{**SPEC, "bridge": little_adapter(tmp_path / "killed", base)})  # type: ignore[arg-type]
        words = [sys.executable, "-m", "localnet.network.supervisor", spec.to_json()]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as launcher:
            assert launcher.stdout
            said = [
                json.loads(line) for line in launcher.stdout if '"owner"' in line or '"directory"' in line
            ]
        dead = Path(said[-1]["directory"]).name
        os.kill(said[0]["owner"], signal.SIGKILL)
        eventually(lambda: dead not in [run.id for run in runs()])
        wire = engine.containers.get(container_name(dead, "wire"))
        eventually(lambda: (wire.reload(), wire.status)[1] == "exited")

        swept = sweep(ask_engine=True)

        assert {f"{dead}: container {container_name(dead, 'wire')} was removed"} <= set(swept)
        assert {owned.run for owned in Api(engine).owned(home_of(runs_home))} == {network.id}
        assert get(f"{network.url('bridge')}/")
        assert attach(network.id).id == network.id
