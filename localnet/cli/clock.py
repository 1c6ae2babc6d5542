"""`clock`: the time of a network that is up, shown and moved."""

from typing import Annotated

import typer

from localnet.cli.inspect import RunOption
from localnet.cli.output import console
from localnet.network import attach

commands = typer.Typer(
    help="The network's time: moved for the fakes, and for PostgreSQL and the bridge where they can follow.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    app.add_typer(commands, name="clock")


@commands.command()
def show(run: RunOption = None) -> None:
    """What time it is, and who follows."""
    _move(run, "show")


@commands.command()
def advance(
    duration: Annotated[str, typer.Argument(help="90s, 15m, 3h, 7d, 1h30m")], run: RunOption = None
) -> None:
    """Let so much time have passed."""
    _move(run, "advance", duration)


@commands.command()
def freeze(run: RunOption = None) -> None:
    """Stop it where it is, and with it PostgreSQL's own sleeps and timeouts; `rate 1` lets it run again."""
    _move(run, "freeze")


@commands.command()
def rate(
    times: Annotated[str, typer.Argument(help="so many times as fast as real time")], run: RunOption = None
) -> None:
    """Let it run faster, or slower."""
    _move(run, "rate", times)


@commands.command()
def real(run: RunOption = None) -> None:
    """Back to real time, however far that is."""
    _move(run, "real")


def _move(run: str | None, move: str, argument: str = "") -> None:
    attached = attach(run)
    moved = attached.move_clock(move, argument)
    console().print(f"{attached.id} shows {moved.shows}.")
    console().print(f"followed: {', '.join(moved.followed) or 'nobody'}")
    if moved.later:
        console().print(f"will follow: {', '.join(moved.later)}")
    for name, why in moved.stayed.items():
        console().print(f"did not follow: {name}: {why}")
