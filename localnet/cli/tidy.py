"""`doctor` and `clean`: what this machine has, and what dead runs left on it."""

import sys
from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from localnet.backends.clock_shim import shim
from localnet.backends.engine import Engine, connect, engine_address
from localnet.backends.images.survey import LOOKS as ENGINE_LOOKS
from localnet.backends.postgres.install import find_install
from localnet.cli.output import console
from localnet.errors import LocalnetError, MachineError
from localnet.network import runs, sweep
from localnet.network.rundir import runs_root


def register(app: typer.Typer) -> None:
    app.command()(doctor)
    app.command()(clean)


def doctor() -> None:
    """What this machine has and lacks for a run; exit code 3 when a run cannot work."""
    table = Table.grid(padding=(0, 2))
    found = [
        tell(table, name, look, "red" if is_needed else "yellow") or not is_needed
        for name, look, is_needed in CHECKS
    ]
    tell_of_engine(table)
    console().print(table)
    if not all(found):
        raise typer.Exit(MachineError.exit_code)


def tell(table: Table, name: str, look: Callable[[], str], lacking: str) -> bool:
    """One row: what was found, or what is in the way and how to mend it; whether it was found."""
    try:
        table.add_row(Text("ok", "green"), name, look())
    except LocalnetError as error:
        table.add_row(Text("no", lacking), name, error.message)
        table.add_row("", "", Text(f"→ {error.next_step}", "dim"))
        return False
    return True


def tell_of_engine(table: Table) -> None:
    """Not needed for the backend `processes`, so nothing here fails."""
    engines: list[Engine] = []

    def answer() -> str:
        engines.append(connect())
        return engine_address()

    tell(table, "container engine", answer, "yellow")
    for engine in engines:
        for name, look in ENGINE_LOOKS.items():
            tell(table, name, partial(look, engine), "yellow")
        engine.close()


def clean(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would be removed")] = False,
) -> None:
    """Remove what dead runs left behind; live ones are not touched."""
    found = sweep(dry_run, ask_engine=True)
    for sentence in found:
        console().print(sentence)
    if not found:
        console().print("Nothing was left behind.")


def python() -> str:
    return sys.version.split()[0]


def postgres() -> str:
    return find_install().name


def run_directory() -> str:
    return f"{runs_root()}"


def clock() -> str:
    try:
        return f"PostgreSQL and the bridge can follow it ({shim().name})"
    except MachineError as error:
        raise MachineError(f"only the fakes follow it: {error.message}", error.next_step) from error


def networks() -> str:
    live, dead = runs(), sweep(dry_run=True, ask_engine=True)
    left = (
        f"; {len(dead)} things left by dead runs, removed by the next start or `localnet clean`"
        if dead
        else ""
    )
    return f"{len(live)} up{left}"


CHECKS: list[tuple[str, Callable[[], str], bool]] = [
    ("Python", python, True),
    ("PostgreSQL", postgres, True),
    ("run directory", run_directory, True),
    ("networks", networks, True),
    ("clock", clock, False),
]
"""(name, look, whether a run needs it); a look returns what it found or raises the error that says what to do."""
