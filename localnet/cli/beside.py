"""`run`: a command beside a network, or beside Postgres alone, with the addresses in its environment."""

import os
import subprocess
from contextlib import ExitStack
from typing import Annotated

import typer

from localnet.cli.output import shown_progress
from localnet.cli.up import BackendOption, BridgeOption, SeedOption, SetOption, UseOption, network_spec
from localnet.errors import UsageError
from localnet.network import open_backend, start_network


def register(app: typer.Typer) -> None:
    app.command()(run)


def run(
    context: typer.Context,
    services: Annotated[list[str] | None, typer.Argument(help="only these and what they need")] = None,
    backend: BackendOption = "auto",
    bridge: BridgeOption = "bundled",
    use: UseOption = [],  # noqa: B006  (typer copies defaults)
    set_: SetOption = [],  # noqa: B006
    seed: SeedOption = None,
) -> None:
    """Run a command beside a network, or beside the named services alone, and end with its code: run postgres -- cargo test.

    The command finds DATABASE_URL and <SERVICE>_URL in its environment. Everything started is removed after it.
    """
    command: list[str] = context.obj
    if not command:
        raise UsageError("`run` needs a command after `--`", "e.g. localnet run postgres -- cargo test")
    spec = network_spec(backend, bridge, use, set_, seed, services=tuple(services) if services else None)
    with ExitStack() as stack:
        with shown_progress(quiet=False) as progress:
            opened = stack.enter_context(open_backend(spec.backend, progress, spec))
            network = stack.enter_context(start_network(spec, opened, progress))
        code = run_command(command, network.addresses())
    raise typer.Exit(code)


def run_command(command: list[str], addresses: dict[str, str]) -> int:
    """The command's exit code; 128 + the signal that ended it, as shells say it."""
    try:
        code = subprocess.run(command, env={**os.environ, **addresses}).returncode
    except OSError as error:
        raise UsageError(
            f"cannot run {command[0]!r}: {error.strerror}", "check the command after `--`"
        ) from error
    return code if code >= 0 else 128 - code
