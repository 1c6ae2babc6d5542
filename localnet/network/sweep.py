"""Ends what dead runs left: processes, shared memory, directories. Never a live one's, whose lease is taken."""

import shutil
import signal

from localnet.backends.postgres.leftovers import SERVER, free_shared_memory
from localnet.backends.process_table import Process, of_run, wait_gone
from localnet.network.rundir import dead_directories

QUIT_SECONDS = 2.0
"""for a database server to take its processes and its shared memory away itself"""
END_SECONDS = 5.0


def sweep(dry_run: bool = False) -> list[str]:
    """End and remove what dead runs left; one sentence per thing (to be) removed."""
    sentences: list[str] = []
    with dead_directories() as directories:
        for directory in directories:
            left = of_run(directory.name, directory)
            verb = "would be" if dry_run else "was"
            sentences += [
                f"{directory.name}: process {process.name} (pid {process.pid}) {verb} ended"
                for process in left
            ]
            sentences.append(f"{directory.name}: {directory} {verb} removed")
            if not dry_run:
                _end(left)
                free_shared_memory(directory)
                shutil.rmtree(directory, ignore_errors=True)
    return sentences


def _end(left: list[Process]) -> None:
    servers = [process for process in left if process.name == SERVER]
    for process in left:
        process.signal(signal.SIGQUIT if process in servers else signal.SIGKILL)
    for late in wait_gone(servers, QUIT_SECONDS):
        late.signal(signal.SIGKILL)
    wait_gone(left, END_SECONDS)
