"""`fault`: faults on the edges of a network that is up: set, listed, taken away."""

import json
from typing import Annotated, Any

import typer
from rich.table import Table

from localnet.cli.inspect import RunOption
from localnet.cli.output import console
from localnet.cli.up import pairs
from localnet.errors import UsageError
from localnet.network import attach
from localnet.network.faults import Standing, fault_of
from localnet.wire.fault import ACTIONS

commands = typer.Typer(
    help="Faults on the edges of a network that is up.", no_args_is_help=True, rich_markup_mode=None
)


def register(app: typer.Typer) -> None:
    app.add_typer(commands, name="fault")


@commands.command()
def add(
    edge: Annotated[str, typer.Argument(help="caller→callee or caller->callee; * stands for anything")],
    action: Annotated[str, typer.Argument(help=" | ".join(ACTIONS))],
    op: Annotated[str, typer.Argument(help="how the hop's operation begins, as the journal names it")] = "",
    parameters: Annotated[
        list[str], typer.Option("--set", metavar="KEY=VALUE", help="e.g. status=503, seconds=2, when=after")
    ] = [],  # noqa: B006  (typer copies defaults)
    containing: Annotated[list[str], typer.Option("--with", help="an id that must occur in the hop")] = [],  # noqa: B006
    times: Annotated[int, typer.Option(help="how often it happens before it is used up")] = 1,
    skip: Annotated[int, typer.Option(help="hops that pass first")] = 0,
    name: Annotated[str | None, typer.Option(help="what it is called; its action otherwise")] = None,
    run: RunOption = None,
) -> None:
    """Let something go wrong: fault add "bridge->pds" lose_answer "POST /xrpc/com.atproto.repo.createRecord"."""
    attached = attach(run)
    fault = fault_of(
        {
            "name": name or free_name(action, attached.faults("list")),
            "edge": edge,
            "action": action,
            "op": op,
            "containing": containing,
            "count": times,
            "skip": skip,
            "parameters": _parameters(action, parameters),
        }
    )
    attached.faults("add", fault=fault.to_json())
    console().print(f"{fault.name} is set: {fault}.")


@commands.command()
def ls(run: RunOption = None) -> None:
    """The faults that are set, and how often each has happened."""
    found = attach(run).faults("list")
    if not found:
        console().print("No fault is set.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("fault", "what", "happened"):
        table.add_column(heading)
    for one in found:
        told = f"{one.hits} of {one.fault.count} times" if one.fault.action != "cut" else f"{one.hits} times"
        table.add_row(one.fault.name, str(one.fault), f"{told}{f'; {one.wrong}' if one.wrong else ''}")
    console().print(table)


@commands.command()
def rm(name: Annotated[str, typer.Argument()], run: RunOption = None) -> None:
    """Take a fault away: what it holds goes on, what it cut is mended."""
    (was,) = attach(run).faults("remove", name=name)
    console().print(f"{name} is gone; it happened {was.hits} times.")


def free_name(action: str, standing: list[Standing]) -> str:
    taken = {one.fault.name for one in standing}
    names = [action, *(f"{action}-{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def _parameters(action: str, given: list[str]) -> dict[str, Any]:
    known = ACTIONS[action].parameters if action in ACTIONS else {}
    found: dict[str, Any] = {}
    for key, text in pairs(given, "--set", "KEY=VALUE"):
        wanted = known.get(key, str)
        try:
            found[key] = text if wanted is str else json.loads(text)
        except ValueError as error:
            raise UsageError(f"{key}={text!r} is no {wanted.__name__}", f"give {key} as JSON") from error
    return found
