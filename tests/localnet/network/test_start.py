"""How a network starts and fails to start, on a backend that starts nothing: order, first cause, undoing, evidence."""

import errno
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from localnet.backends.interface import State
from localnet.backends.memory import MemoryBackend
from localnet.errors import MachineError, ServiceError, UsageError
from localnet.journal.writer import File
from localnet.network import Network, NetworkSpec, ProgressEvent, open_backend, start_network
from localnet.network.choice import chosen
from localnet.network.progress import silent

ADAPTER = """
name = "mine"
summary = "a chain: bridge needs worker needs store; alone needs nothing"
control_plane = "bridge"
[services.store]
summary = "s"
protocol = "none"
command = ["store"]
[services.worker]
summary = "w"
protocol = "none"
command = ["worker"]
needs = ["store"]
[services.bridge]
summary = "b"
protocol = "none"
command = ["bridge"]
needs = ["worker"]
[services.bridge.env]
HOME_OF_RUN = "{run.directory}"
[services.alone]
summary = "a"
protocol = "none"
command = ["alone"]
"""
CHAIN = ("bridge", "alone")
Spec = Callable[..., NetworkSpec]


@pytest.fixture
def spec(tmp_path: Path, runs_home: Path) -> Spec:  # noqa: ARG001, where its runs are kept
    (tmp_path / "mine.toml").write_text(ADAPTER)
    return lambda **more: NetworkSpec(**{"bridge": tmp_path / "mine.toml", "services": CHAIN, **more})


def test_a_service_starts_when_what_it_needs_is_ready(spec: Spec) -> None:
    backend = MemoryBackend()

    with start_network(spec(), backend, silent):
        started = [event for event in backend.told if event.startswith("start")]

    assert sorted(started) == ["start alone", "start bridge", "start store", "start worker"]
    chain = [event for event in started if event != "start alone"]
    assert chain == ["start store", "start worker", "start bridge"]


def test_who_needs_nothing_does_not_wait(spec: Spec) -> None:
    others_started = threading.Event()
    backend = MemoryBackend({"store": lambda: State("running" if others_started.is_set() else "starting")})

    def watch(event: ProgressEvent) -> None:
        if (event.service, event.state) == ("alone", "ready"):
            others_started.set()

    with start_network(spec(), backend, watch) as network:
        assert network.service("store").state == "ready"


def test_every_change_is_told_and_journalled(spec: Spec) -> None:
    told: list[tuple[str, str]] = []

    with start_network(
        spec(), MemoryBackend(), lambda event: told.append((event.service, event.state))
    ) as network:
        written = [line.op for line in network.journal.lines(kind="lifecycle")]

    assert {("store", "starting"), ("store", "ready"), ("wire", "ready")} <= set(told)
    assert {"service store starting", "service store ready", "network ready"} <= set(written)


def test_the_budget_is_told_when_a_service_starts(spec: Spec) -> None:
    details: dict[str, str] = {}

    def listen(event: ProgressEvent) -> None:
        if event.state == "starting":
            details[event.service] = event.detail

    with start_network(spec(set={"store.ready.timeout": "2.5"}), MemoryBackend(), listen):
        assert details["store"] == "within 2.5 s"


def failing(spec: NetworkSpec, backend: MemoryBackend) -> tuple[ServiceError, list[ProgressEvent]]:
    told: list[ProgressEvent] = []
    with pytest.raises(ServiceError) as caught:
        start_network(spec, backend, told.append)
    return caught.value, told


def test_a_service_that_ends_ends_the_wait_at_once_with_its_last_words(spec: Spec) -> None:
    backend = MemoryBackend({"worker": lambda: State("ended", "exit code 1; its last output:\nno config")})

    error, told = failing(spec(), backend)

    assert error.message == "worker ended before it was ready: exit code 1; its last output:\nno config"
    assert error.next_step.startswith("read its output\nlogs and journal: ")
    assert [event.detail for event in told if event.state == "not started"] == ["because worker failed"]


def test_a_service_that_is_late_is_named_with_the_budget_and_the_way_to_change_it(spec: Spec) -> None:
    backend = MemoryBackend({"store": lambda: State("starting")})

    error, _ = failing(spec(set={"store.ready.timeout": "0.05"}), backend)

    assert error.message.startswith("store was not ready within 0.05 s; it is starting")
    assert error.next_step.startswith("give it more time: --set store.ready.timeout=SECONDS")


def test_the_first_cause_is_the_one_that_is_told(spec: Spec) -> None:
    """Another service fails after that: a second misfortune does not hide the first."""
    known = threading.Event()
    told: list[ProgressEvent] = []

    def listen(event: ProgressEvent) -> None:
        told.append(event)
        if (event.service, event.state) == ("worker", "not started"):
            known.set()

    def alone() -> State:
        return State("ended", "second") if known.wait(5) else State("starting")

    backend = MemoryBackend({"store": lambda: State("ended", "first"), "alone": alone})
    with pytest.raises(ServiceError, match="store ended before it was ready: first"):
        start_network(spec(), backend, listen)

    assert [event.service for event in told if event.state == "failed"] == ["store", "alone"]


def test_a_failed_start_leaves_nothing_but_evidence(spec: Spec, runs_home: Path) -> None:
    backend = MemoryBackend({"worker": lambda: State("ended", "exit code 1")})

    error, _ = failing(spec(), backend)

    assert backend.told[-1] == "remove"
    assert list(runs_home.iterdir()) == []
    kept = Path(error.next_step.splitlines()[-1].removeprefix("logs and journal: "))
    assert kept.parent.parent == runs_home.parent / "state" / "localnet" / "evidence"
    assert "worker ended" in (kept / "why.txt").read_text()
    assert "service worker failed" in (kept / "journal.jsonl").read_text()


def test_an_interrupted_start_leaves_nothing(spec: Spec, runs_home: Path) -> None:
    def interrupt(event: ProgressEvent) -> None:
        if event.state == "ready":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        start_network(spec(), MemoryBackend(), interrupt)

    assert list(runs_home.iterdir()) == []


@pytest.fixture
def running(spec: Spec) -> Network:
    return start_network(spec(), MemoryBackend(), silent)


def test_verbs_change_what_a_service_is(running: Network) -> None:
    with running:
        seen = []
        for verb in ("stop", "start", "freeze", "thaw", "kill", "start", "restart"):
            getattr(running, verb)("worker")
            seen.append(running.service("worker").state)

        assert seen == ["stopped", "ready", "frozen", "ready", "killed", "ready", "ready"]
        assert "service worker killed" in [line.op for line in running.journal.lines(kind="lifecycle")]


def test_a_running_service_is_not_started_twice(running: Network) -> None:
    with running, pytest.raises(UsageError, match=r"worker is ready already\n→ localnet restart worker"):
        running.start("worker")


def test_a_service_that_does_not_exist_is_named(running: Network) -> None:
    with running, pytest.raises(UsageError, match=r"no service 'wrker'\n→ did you mean 'worker'"):
        running.stop("wrker")


def test_a_service_that_ends_on_its_own_later_is_noticed(spec: Spec) -> None:
    states = {"now": State("running")}
    noticed = threading.Event()

    def listen(event: ProgressEvent) -> None:
        if (event.service, event.state) == ("worker", "failed"):
            noticed.set()

    with start_network(spec(), MemoryBackend({"worker": lambda: states["now"]}), listen) as network:
        states["now"] = State("ended", "signal 11")

        assert noticed.wait(5)
        assert network.service("worker").state == "failed"


def test_what_is_yours_is_not_acted_on(spec: Spec) -> None:
    backend = MemoryBackend()
    mine = spec(bridge=None, use={"bridge": Path(str(spec().bridge))})

    with start_network(mine, backend, silent) as network:
        assert not [event for event in backend.told if event.startswith("start")]
        assert network.environment("bridge") == {"HOME_OF_RUN": str(network.directory)}
        with pytest.raises(UsageError, match="bridge is started by you"):
            network.restart("bridge")


def test_a_closed_network_is_closed_once(running: Network, runs_home: Path) -> None:
    running.close()
    running.close()

    assert list(runs_home.iterdir()) == []


def test_containers_without_an_engine_say_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch, runs_home: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")

    with (
        pytest.raises(
            MachineError, match=r"no container engine at unix:///nowhere/docker.sock\n→ "
        ) as caught,
        open_backend("containers", silent),
    ):
        pass

    assert caught.value.exit_code == 3
    assert list(runs_home.iterdir()) == []


def test_an_unknown_backend_is_named() -> None:
    with pytest.raises(UsageError, match="'docker'"), open_backend("docker", silent):
        pass


def test_auto_takes_processes_without_an_engine_and_says_so(
    runs_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    told: list[str] = []

    with open_backend("auto", lambda event: told.append(event.detail)) as backend:
        assert backend.name == "processes"

    assert told == [
        "auto: processes, since there is no container engine at unix:///nowhere/docker.sock",
    ]
    assert list(runs_home.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "backend", "why"),
    [
        ({"bridge.command": "sleep 60"}, "processes", "bridge is a command without an image"),
        ({"bridge.image": "bridge:1"}, "containers", "bridge is an image"),
        ({"pds.build": "."}, "containers", "pds is an image"),
    ],
)
def test_auto_has_no_choice_where_a_service_can_be_run_in_one_way(
    settings: dict[str, str], backend: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")

    assert chosen(NetworkSpec(set=settings)) == (backend, why)


@pytest.mark.parametrize(("wrong", "message"), [({"ports": "fxed"}, "'fxed'"), ({"replicas": 0}, "replicas")])
def test_a_spec_that_cannot_be_is_refused_before_anything_starts(
    spec: Spec, wrong: dict[str, object], message: str
) -> None:
    backend = MemoryBackend()

    with pytest.raises(UsageError, match=message):
        start_network(spec(**wrong), backend, silent)

    assert backend.told == []


def test_a_full_disk_is_one_error_that_says_where(
    spec: Spec, runs_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(File, "append", full)

    with pytest.raises(
        MachineError, match=r"cannot keep a run in .*: No space left on device\n→ make room there"
    ):
        start_network(spec(), MemoryBackend(), silent)

    assert list(runs_home.iterdir()) == []
