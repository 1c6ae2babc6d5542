"""What can go wrong with a run, each class named for what the caller should conclude.

    LocalnetError            the run cannot go on; carries the next step and the exit code
    ├── UsageError           change what was asked for: a service file, an option, a name            exit 3
    ├── MachineError         the machine lacks or holds something: Postgres, a port, a container engine   exit 3
    ├── ServiceError         a service did not start, ended early, or did not obey                  exit 3
    └── UndecidedError       nothing is known to be broken, but no verdict can be given             exit 2

Every message names the thing and shows the evidence; `next_step` says what to do now. A broken promise is a verdict, not an error of
this tree.
"""

from pathlib import Path


class LocalnetError(Exception):
    """A run cannot go on. `str()` is the message with the next step on a line of its own."""

    exit_code = 3

    def __init__(self, message: str, next_step: str, exit_code: int | None = None) -> None:
        super().__init__(message, next_step)
        self.message = message
        self.next_step = next_step
        if exit_code is not None:
            self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.message}\n→ {self.next_step}"


class UsageError(LocalnetError):
    """What was asked for cannot be done as written."""


class MachineError(LocalnetError):
    """This machine lacks, or something else on it holds, what the run needs."""


def unwritable(directory: Path, error: OSError) -> MachineError:
    """What a run owns cannot be written: its disk, or its share of memory, is full."""
    return MachineError(
        f"cannot keep a run in {directory}: {error.strerror}",
        "make room there, or set LOCALNET_HOME elsewhere",
    )


class ServiceError(LocalnetError):
    """A service did not start, ended early, or did not obey."""


class UndecidedError(LocalnetError):
    """No verdict can be given."""

    exit_code = 2
