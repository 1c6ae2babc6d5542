"""Networks owned by other processes: left running, killed at any moment, beside one another."""

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from localnet.backends.postgres import leftovers
from localnet.backends.process_table import everything, look_up, of_run, wait_gone
from localnet.errors import LocalnetError, UsageError
from localnet.network import NetworkSpec, ProgressEvent, attach, runs, start_detached, sweep
from localnet.network.progress import silent
from tests.localnet.network.little import little_adapter

OWNER = """
import json, sys
from pathlib import Path
from localnet.network import NetworkSpec, open_backend, start_network

def tell(event):
    print(json.dumps([event.service, event.state]) + "\\n", end="", flush=True)

spec = NetworkSpec(bridge=Path(sys.argv[1]), services=("bridge",))
with open_backend("processes", tell) as backend, start_network(spec, backend, tell) as network:
    print(json.dumps(["network", "ready"]), flush=True)
    sys.stdin.read()
"""
MOMENTS = [
    ("wire", "starting"), ("pds", "starting"), ("wire", "ready"), ("postgres", "ready"),
    ("bridge", "starting"), ("bridge", "ready"), ("network", "ready"),
]  # fmt: skip


@pytest.fixture
def spec(runs_home: Path, tmp_path: Path) -> NetworkSpec:  # noqa: ARG001, where its runs are kept
    return NetworkSpec(bridge=little_adapter(tmp_path), services=("bridge",))


@contextmanager
def owner(spec: NetworkSpec) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(spec.bridge)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until(process: "subprocess.Popen[str]", service: str, state: str) -> None:
    assert process.stdout
    for line in process.stdout:
        if json.loads(line) == [service, state]:
            return
    raise AssertionError(f"it ended before {service} was {state}")


class TestKilled:
    @pytest.mark.parametrize(
        ("service", "state"), MOMENTS, ids=[f"{name} {state}" for name, state in MOMENTS]
    )
    def test_whatever_the_moment_the_next_start_finds_and_leaves_nothing(
        self, spec: NetworkSpec, runs_home: Path, service: str, state: str
    ) -> None:
        with owner(spec) as process:
            until(process, service, state)
            children = [found for found in everything() if found.parent == process.pid]
            process.kill()
            process.wait()
            noted = [
                path.read_text().splitlines() for path in runs_home.glob("*/postgres/data/postmaster.pid")
            ]

            dead = list(runs_home.iterdir())
            sweep()

        assert wait_gone(children, 1) == []
        assert [left for directory in dead for left in of_run(directory.name, directory)] == []
        assert list(runs_home.iterdir()) == []
        assert [
            lines[6] for lines in noted if len(lines) > 6 and tuple(lines[6].split()) in _segments()
        ] == []
        assert sweep() == []

    def test_its_services_end_with_it_even_before_anybody_sweeps(self, spec: NetworkSpec) -> None:
        with owner(spec) as process:
            until(process, "network", "ready")
            children = [found for found in everything() if found.parent == process.pid]
            assert {child.name for child in children} >= {"postgres"}
            process.kill()
            process.wait()

            assert wait_gone(children, 5) == []

    def test_a_live_neighbour_is_not_touched(self, spec: NetworkSpec) -> None:
        with owner(spec) as dead, owner(spec) as live:
            until(dead, "network", "ready")
            until(live, "network", "ready")
            dead.kill()
            dead.wait()

            swept = sweep()

            assert [line for line in swept if "removed" in line]
            [left] = runs()
            assert left.request("restart", "bridge") == "ready"
            assert urllib.request.urlopen(left.url("bridge") + "/", timeout=5).status == 200


class TestDetached:
    def test_it_outlives_who_started_it_and_ends_when_asked(self, spec: NetworkSpec, runs_home: Path) -> None:
        told: list[ProgressEvent] = []
        attached = start_detached(spec, told.append)
        owner_ = attached.services["bridge"].pid
        assert owner_
        bridge = look_up(owner_)
        assert bridge

        assert {(event.service, event.state) for event in told} >= {
            ("bridge", "starting"),
            ("bridge", "ready"),
        }
        assert attach().id == attached.id
        assert attached.request("restart", "bridge") == "ready"
        attached.request("down")

        assert not bridge.is_alive()
        assert list(runs_home.iterdir()) == []
        assert runs() == []

    def test_a_start_that_fails_says_why_and_leaves_nothing(self, spec: NetworkSpec, runs_home: Path) -> None:
        wrong = NetworkSpec(
            bridge=spec.bridge, services=spec.services, set={"bridge.command": "sh -c 'exit 78'"}
        )

        with pytest.raises(LocalnetError, match="bridge ended before it was ready: exit code 78") as caught:
            start_detached(wrong, silent)

        assert caught.value.exit_code == 3
        assert "logs and journal" in caught.value.next_step
        assert list(runs_home.iterdir()) == []

    def test_an_owner_told_to_end_takes_everything_with_it(self, spec: NetworkSpec, runs_home: Path) -> None:
        attached = start_detached(spec, silent)
        record = json.loads((attached.directory / "run.json").read_text())
        supervisor = look_up(record["owner_pid"])
        assert supervisor
        supervisor.signal(signal.SIGTERM)

        assert wait_gone([supervisor], 10) == []
        assert list(runs_home.iterdir()) == []

    def test_what_it_wrote_is_nobody_elses_to_read(self, spec: NetworkSpec) -> None:
        attached = start_detached(spec, silent)
        mode = (attached.directory / "run.json").stat().st_mode & 0o777
        attached.request("down")

        assert mode == 0o600

    def test_one_of_several_must_be_named(self, spec: NetworkSpec) -> None:
        first, second = start_detached(spec, silent), start_detached(spec, silent)

        with pytest.raises(UsageError, match="2 networks are up"):
            attach()
        assert attach(second.id).url("pds") == second.url("pds")
        first.request("down")
        assert attach().id == second.id
        second.request("down")
        with pytest.raises(UsageError, match="no network is up"):
            attach()


def _segments() -> set[tuple[str, ...]]:
    return {tuple(row.split()[:2]) for row in leftovers.SEGMENTS.read_text().splitlines()[1:]}
