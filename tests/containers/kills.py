"""`python -m tests.containers.kills ROUNDS [SEED]`: kill -9 at random moments of up, test and down, beside a neighbour that must live.

After each kill a backend is opened, which is what every start does first; then nothing of the dead run may be left anywhere. Not a pytest:
a hundred rounds take half an hour.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable
from pathlib import Path

from localnet.backends.containers.api import Api, Owned
from localnet.backends.containers.marks import home_of
from localnet.backends.engine import connect
from localnet.backends.process_table import Process, everything, look_up, wait_gone
from localnet.network import Attached, attach, open_backend
from localnet.network.progress import silent
from localnet.network.rundir import HOME, runs_root

LOCALNET = [str(Path(sys.executable).with_name("localnet"))]
UP = [*LOCALNET, "up", "--backend", "containers"]
TEST = [
    *LOCALNET,
    "test",
    "--backend",
    "containers",
    "scenarios/test_opt_in.py",
    "scenarios/test_migrations.py",
]
LONGEST = 12.0
"""seconds until the kill"""


def main() -> int:
    rounds, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1000)
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="lk-", dir="/dev/shm") as home:
        os.environ[HOME] = home
        subprocess.run([*UP, "--detach"], check=True, capture_output=True)
        neighbour = attach()
        print(f"seed {seed}; the neighbour is {neighbour.id}", flush=True)
        try:
            wrong = sum(play(number, chance, neighbour) for number in range(1, rounds + 1))
        finally:
            neighbour.request("down")
        left = list(Path(home).iterdir())
    print(f"{rounds} kills, {wrong} left something or hurt the neighbour; at the end there are {left}")
    return 1 if wrong or left else 0


def play(number: int, chance: random.Random, neighbour: Attached) -> bool:
    """One round; whether anything was wrong after it."""
    kill = chance.choice([while_starting, while_testing, while_ending])
    said = kill(chance, neighbour)
    began = time.monotonic()
    with open_backend("containers", silent):
        swept = time.monotonic() - began
        problems = [*left_over(neighbour.id), *hurt(neighbour)]
    print(
        f"{number:4} {said:40} swept in {swept:4.1f} s  {'; '.join(problems) or 'nothing left'}", flush=True
    )
    return bool(problems)


def while_starting(chance: random.Random, _: Attached) -> str:
    return killed("up", UP, chance.uniform(0.3, LONGEST))


def while_testing(chance: random.Random, _: Attached) -> str:
    return killed("test", TEST, chance.uniform(0.5, 3 * LONGEST))


def while_ending(chance: random.Random, neighbour: Attached) -> str:
    up = subprocess.run([*UP, "--detach"], check=False, capture_output=True, text=True)
    if up.returncode:
        return f"down: not up, {up.stderr.strip().splitlines()[-3:]}"
    [run] = [path.name for path in runs_root().glob("run-*") if path.name != neighbour.id]
    owner = int((runs_root() / run / "lock").read_text())
    with subprocess.Popen([*LOCALNET, "down", "--run", run], stderr=subprocess.DEVNULL) as asking:
        moment = chance.uniform(0.0, 2.5)
        time.sleep(moment)
        kill_all(found for found in [look_up(owner)] if found)
        asking.kill()
    return f"down, after {moment:.2f} s"


def killed(name: str, words: list[str], moment: float) -> str:
    with subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        time.sleep(moment)
        kill_all(member for member in everything() if member.group == process.pid)
    return f"{name}, after {moment:.2f} s"


def kill_all(processes: Iterable[Process]) -> None:
    doomed = list(processes)
    for process in doomed:
        process.signal(signal.SIGKILL)
    wait_gone(doomed, 5)


def left_over(neighbour: str) -> list[str]:
    engine = connect()
    try:
        owned: list[Owned] = Api(engine).owned(home_of(runs_root()))
    finally:
        engine.close()
    ours = {
        neighbour,
        *(path.name for path in runs_root().glob("shared-*") if owner_of(path) in mine(neighbour)),
    }
    folders = [path.name for path in runs_root().iterdir() if path.name not in ours]
    return [*(f"{each.kind} {each.name}" for each in owned if each.run != neighbour), *folders]


def mine(neighbour: str) -> set[int]:
    return {os.getpid(), owner_of(runs_root() / neighbour)}


def owner_of(directory: Path) -> int:
    return int((directory / "lock").read_text())


def hurt(neighbour: Attached) -> list[str]:
    try:
        urllib.request.urlopen(f"{neighbour.url('bridge')}/health/ready", timeout=10).close()
    except OSError as error:
        return [f"the neighbour does not answer: {error}"]
    return []


if __name__ == "__main__":
    sys.exit(main())
