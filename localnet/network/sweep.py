"""Ends what dead runs left: processes, shared memory, containers, directories. Never a live one's, whose lease is taken.

The engine is asked only where a run used it or somebody wants to know: looking for one costs more than a start without it may take.
"""

import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from localnet.backends.containers.leftovers import Keeper, Leftovers
from localnet.backends.containers.records import Unanswered, unanswered, used_engine
from localnet.backends.postgres.leftovers import SERVER, free_shared_memory
from localnet.backends.process_table import Process, of_run, wait_gone
from localnet.errors import MachineError
from localnet.network.rundir import candidates, dead_directories

QUIT_SECONDS = 2.0
"""for a database server to take its processes and its shared memory away itself"""
END_SECONDS = 5.0


def sweep(dry_run: bool = False, *, ask_engine: bool = False) -> list[str]:
    """End and remove what dead runs left; one sentence per thing (to be) removed. `ask_engine`: also for runs without a directory."""
    verb = "would be" if dry_run else "was"
    sentences: list[str] = []
    with ExitStack() as stack:
        directories = stack.enter_context(dead_directories())
        keeper = _keeper(stack) if ask_engine or any(map(used_engine, directories)) else None
        for directory in directories:
            sentences += _processes(directory, verb, dry_run)
            if keeper is None and used_engine(directory):
                sentences.append(f"{directory.name}: its containers stay, since no container engine answers")
                continue
            if keeper:
                waiting = Unanswered() if dry_run else unanswered(directory)
                sentences += _in_engine(
                    Leftovers(keeper, directory.parent), directory.name, waiting, verb, dry_run
                )
            sentences.append(f"{directory.name}: {directory} {verb} removed")
            if not dry_run:
                shutil.rmtree(directory, ignore_errors=True)
        if keeper and ask_engine:
            for leftovers, run in _without_directory(keeper):
                sentences += _in_engine(leftovers, run, Unanswered(), verb, dry_run)
    return sentences


def _processes(directory: Path, verb: str, dry_run: bool) -> list[str]:
    left = of_run(directory.name, directory)
    if not dry_run:
        _end(left)
        free_shared_memory(directory)
    return [f"{directory.name}: process {process.name} (pid {process.pid}) {verb} ended" for process in left]


def _in_engine(leftovers: Leftovers, run: str, waiting: Unanswered, verb: str, dry_run: bool) -> list[str]:
    found = leftovers.of(run, waiting)
    kept = {} if dry_run else leftovers.remove(found)
    return [
        f"{run}: {owned.kind} {owned.name} stays: {kept[owned]}"
        if owned in kept
        else f"{run}: {owned.kind} {owned.name} {verb} removed"
        for owned in found
    ]


def _without_directory(keeper: Keeper) -> Iterator[tuple[Leftovers, str]]:
    """A run's directory is there before anything of it is in the engine, and goes after all of that."""
    for root in candidates():
        leftovers = Leftovers(keeper, root)
        for run in sorted(leftovers.runs()):
            if not (root / run).exists():
                yield leftovers, run


def _keeper(stack: ExitStack) -> Keeper | None:
    from localnet.backends.containers.api import Api
    from localnet.backends.engine import connect

    try:
        engine = connect()
    except MachineError:
        return None
    stack.callback(engine.close)
    return Api(engine)


def _end(left: list[Process]) -> None:
    servers = [process for process in left if process.name == SERVER]
    for process in left:
        process.signal(signal.SIGQUIT if process in servers else signal.SIGKILL)
    for late in wait_gone(servers, QUIT_SECONDS):
        late.signal(signal.SIGKILL)
    wait_gone(left, END_SECONDS)
