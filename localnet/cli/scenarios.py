"""`test`: the scenarios, or their mutants, against a bridge."""

import typer


def register(app: typer.Typer) -> None:
    app.command()(test)


def test() -> None:
    """Run the scenarios."""
