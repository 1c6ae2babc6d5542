"""`test`: the scenarios, or their mutants, against a bridge."""

from pathlib import Path
from typing import Annotated

import typer

from localnet.cli.up import BackendOption, BridgeOption, SeedOption, SetOption, UseOption


def register(app: typer.Typer) -> None:
    app.command()(test)
