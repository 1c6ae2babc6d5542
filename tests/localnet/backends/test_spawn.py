"""Commands end with the process that started them, however it ends, and carry no more of its environment than they must."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from localnet.backends.process_table import MARK, Process, family, look_up, of_run, wait_gone
from localnet.backends.spawn import Command, Spawner, found
from localnet.errors import UsageError

RUN = f"run-of-tests-{os.getpid()}"
"""Nobody else's: what carries it is killed here, wherever on this machine it runs."""

PRINT_ENVIRONMENT = "import json, os; print(json.dumps(dict(os.environ)))"
WITH_CHILD = (
    "import subprocess, sys; c = subprocess.Popen(['sleep', '60']); print(c.pid, flush=True); c.wait()"
)
OWNER = """
import sys, threading
from pathlib import Path
from localnet.backends.spawn import Command, Spawner
home = Path(sys.argv[1])
spawner = Spawner()
command = Command(("sleep", "60"), {}, home, home / "log", "run-1", home)
thread = threading.Thread(target=lambda: print(spawner.spawn(command).pid, flush=True))
thread.start()
thread.join()
sys.stdin.read()
"""


@pytest.fixture
def spawner() -> Iterator[Spawner]:
    made = Spawner()
    yield made
    made.close()


def command(home: Path, *words: str, **more: object) -> Command:
    fields = {"env": {}, "cwd": home, "log": home / "log", "run": RUN, "home": home}
    return Command(words, **{**fields, **more})  # type: ignore[arg-type]


def test_a_command_gets_its_own_variables_and_little_else(
    spawner: Spawner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("LANG", "C.UTF-8")
    wanted = command(tmp_path, sys.executable, "-c", PRINT_ENVIRONMENT, env={"PDS_URL": "http://127.0.0.1:2"})

    assert spawner.spawn(wanted).wait(10) == 0

    seen = json.loads((tmp_path / "log").read_text())
    assert (seen["PDS_URL"], seen[MARK], seen["LANG"]) == ("http://127.0.0.1:2", RUN, "C.UTF-8")
    assert set(seen) <= {"PDS_URL", MARK, "PATH", "HOME", "LANG", "LC_CTYPE"}


def test_what_a_run_started_can_be_found(spawner: Spawner, tmp_path: Path) -> None:
    process = spawner.spawn(command(tmp_path, sys.executable, "-c", WITH_CHILD, talks=True))
    assert process.stdout
    child = int(process.stdout.readline())

    left = of_run(RUN, tmp_path)
    assert {process.pid, child} <= {member.pid for member in left}

    for member in left:
        member.signal(signal.SIGKILL)
    assert wait_gone(left, 5) == []
    process.communicate()


def test_a_killed_owner_takes_its_commands_with_it(tmp_path: Path) -> None:
    """Also those that were started from a thread that has ended since."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert owner.stdout
    started = begun(int(owner.stdout.readline()), "sleep")

    owner.kill()
    owner.communicate()

    assert wait_gone([started], 5) == []


def begun(pid: int, program: str) -> Process:
    """Once it is that program, and no longer what prepares for it: an owner killed before that is the sweep's business."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        process = look_up(pid)
        assert process
        if process.name == program:
            return process
    raise AssertionError(f"{pid} never became {program}")


def test_a_family_is_a_process_with_all_it_started(spawner: Spawner, tmp_path: Path) -> None:
    process = spawner.spawn(command(tmp_path, sys.executable, "-c", WITH_CHILD, talks=True))
    assert process.stdout
    child = int(process.stdout.readline())

    members = family(process.pid)

    assert [member.pid for member in members] == [process.pid, child]
    for member in members:
        member.signal(signal.SIGKILL)
    process.communicate()


def test_a_pid_is_only_the_same_process_when_it_started_then() -> None:
    us = look_up(os.getpid())
    assert us

    assert us.is_alive()
    assert not replace(us, started=us.started + 1).is_alive()


def test_an_orphan_is_still_the_same_process(spawner: Spawner, tmp_path: Path) -> None:
    process = spawner.spawn(command(tmp_path, sys.executable, "-c", WITH_CHILD, talks=True))
    assert process.stdout
    child = look_up(int(process.stdout.readline()))
    assert child
    process.kill()
    process.wait()

    assert child.is_alive()

    child.signal(signal.SIGKILL)
    assert wait_gone([child], 5) == []
    process.communicate()


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("no-such-program", "there is no program 'no-such-program' on PATH"),
        ("./bridge", "there is no program './bridge' in"),
    ],
)
def test_a_program_that_is_not_there_is_named(tmp_path: Path, word: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        found(word, tmp_path)


def test_a_relative_program_is_looked_for_beside_its_service_file(tmp_path: Path) -> None:
    (tmp_path / "bridge").write_text("#!/bin/sh\n")
    (tmp_path / "bridge").chmod(0o755)

    assert found("./bridge", tmp_path) == str(tmp_path / "bridge")
