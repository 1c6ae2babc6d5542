"""Leases: who holds one is never touched, who lost one is removed, and nobody can stand between the two."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from localnet.backends.process_table import MARK, look_up, recorded
from localnet.errors import MachineError
from localnet.network.rundir import RunDirectory, is_live, live_directories, runs_root
from localnet.network.sweep import sweep

HOLD = """
import sys
from localnet.network.rundir import RunDirectory
print(RunDirectory("run").path, flush=True)
sys.stdin.read()
"""
SLEEPER = (sys.executable, "-c", "import sys; print('up', flush=True); sys.stdin.read()")


@contextmanager
def holder() -> Iterator[tuple[Path, "subprocess.Popen[str]"]]:
    """Another process that holds a lease."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    try:
        yield Path(process.stdout.readline().strip()), process
    finally:
        process.kill()
        process.communicate()


def killed_holder() -> Path:
    with holder() as (directory, process):
        process.send_signal(signal.SIGKILL)
        process.wait()
    return directory


@contextmanager
def sleeper(mark: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that a run with that id could have left."""
    process = subprocess.Popen(
        SLEEPER, env={**os.environ, MARK: mark}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout
    process.stdout.readline()
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.usefixtures("runs_home")
class TestLease:
    def test_a_released_directory_is_gone(self) -> None:
        directory = RunDirectory("run")
        assert is_live(directory.path)

        directory.release()

        assert not directory.path.exists()

    def test_another_process_sees_that_it_lives_and_leaves_it(self) -> None:
        with holder() as (directory, _):
            assert live_directories() == [directory]
            assert sweep() == []
            assert directory.exists()

    def test_a_killed_owner_has_lost_it(self) -> None:
        directory = killed_holder()

        assert not is_live(directory)
        assert sweep() == [f"{directory.name}: {directory} was removed"]
        assert not directory.exists()

    def test_a_dry_run_only_says_it(self) -> None:
        directory = killed_holder()

        assert sweep(dry_run=True) == [f"{directory.name}: {directory} would be removed"]
        assert directory.exists()

    def test_a_live_neighbour_survives_the_sweep_of_a_dead_one(self) -> None:
        dead = killed_holder()
        with holder() as (live, _):
            sweep()

            assert (dead.exists(), live.exists()) == (False, True)

    def test_directories_that_are_no_runs_are_left_alone(self) -> None:
        (runs_root() / "photos").mkdir()

        assert sweep() == []
        assert (runs_root() / "photos").exists()

    def test_making_and_sweeping_at_once_loses_nothing(self) -> None:
        over = threading.Event()

        def keep_sweeping() -> None:
            while not over.is_set():
                sweep()

        sweeper = threading.Thread(target=keep_sweeping)
        sweeper.start()
        made = [RunDirectory("run") for _ in range(200)]
        over.set()
        sweeper.join()

        assert all(directory.path.exists() for directory in made)
        for directory in made:
            directory.release()


@pytest.mark.usefixtures("runs_home")
class TestProcessesOfADeadRun:
    def test_what_carries_its_mark_is_ended(self) -> None:
        directory = killed_holder()
        with sleeper(directory.name) as left:
            said = sweep()

            assert left.wait(5) == -signal.SIGKILL
            assert f"(pid {left.pid}) was ended" in said[0]

    def test_what_it_wrote_down_is_ended(self) -> None:
        directory = killed_holder()
        with sleeper("something else") as left:
            with recorded(directory) as note:
                note(left.pid)
            sweep()

            assert left.wait(5) == -signal.SIGKILL

    def test_what_it_had_just_begun_is_waited_for(self) -> None:
        """Killed between starting a process and noting it, before that one carries any mark."""
        directory = killed_holder()
        with pytest.raises(KeyboardInterrupt), recorded(directory):
            raise KeyboardInterrupt
        late: list[subprocess.Popen[bytes]] = []

        def arrive() -> None:
            words = [sys.executable, "-c", "import time; time.sleep(60)"]
            env = {**os.environ, MARK: directory.name}
            late.append(subprocess.Popen(words, env=env, start_new_session=True))

        timer = threading.Timer(0.1, arrive)
        timer.start()
        sweep()
        timer.join()

        assert late[0].wait(5) == -signal.SIGKILL

    def test_a_later_process_with_the_same_pid_is_left_alone(self) -> None:
        directory = killed_holder()
        with sleeper("something else") as stranger:
            (directory / "processes").write_text(f"{stranger.pid} 1\n")
            sweep()

            assert stranger.poll() is None

    def test_another_runs_process_is_left_alone(self) -> None:
        killed_holder()
        with holder() as (live, _), sleeper(live.name) as neighbour:
            sweep()

            assert neighbour.poll() is None

    def test_a_dry_run_ends_nothing(self) -> None:
        directory = killed_holder()
        with sleeper(directory.name) as left:
            said = sweep(dry_run=True)

            assert (left.poll(), said[0]) == (
                None,
                f"{directory.name}: process {_name(left.pid)} (pid {left.pid}) would be ended",
            )


def _name(pid: int) -> str:
    found = look_up(pid)
    assert found
    return found.name


def test_a_home_that_cannot_be_made_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALNET_HOME", "/proc/nowhere")

    with pytest.raises(MachineError, match=r"cannot make /proc/nowhere: .*\n→ set LOCALNET_HOME"):
        runs_root()


def test_a_home_too_deep_for_sockets_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALNET_HOME", "/tmp/" + "x" * 60)

    with pytest.raises(
        MachineError, match=r"too long a path for the sockets in it\n→ set LOCALNET_HOME to a shorter"
    ):
        runs_root()
