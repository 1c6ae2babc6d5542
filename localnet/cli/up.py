"""`up` and `down`: a network started, shown, and removed."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from fakes.nostr.events import Event
from localnet.cli.inspect import RunOption
from localnet.cli.output import console, shown_progress
from localnet.cli.people import put_into_relay, read_events, tell_demo
from localnet.cli.summary import services_table, up_document
from localnet.errors import UsageError
from localnet.network import (
    Attached,
    Network,
    NetworkSpec,
    attach,
    open_backend,
    start_detached,
    start_network,
)

BackendOption = Annotated[str, typer.Option("--backend", help="auto | processes | containers")]
BridgeOption = Annotated[str, typer.Option("--bridge", help="an adapter's name, an adapter file, or none")]
UseOption = Annotated[
    list[str], typer.Option("--use", metavar="SERVICE=FILE.toml", help="replace a service's file")
]
SetOption = Annotated[list[str], typer.Option("--set", metavar="KEY=VALUE", help="e.g. pds.dialect=rsky")]
SeedOption = Annotated[int | None, typer.Option("--seed", help="what people and secrets are derived from")]


def register(app: typer.Typer) -> None:
    app.command()(up)
    app.command()(down)


def up(
    backend: BackendOption = "auto",
    bridge: BridgeOption = "bundled",
    use: UseOption = [],  # noqa: B006  (typer copies defaults)
    set_: SetOption = [],  # noqa: B006
    db: Annotated[Path | None, typer.Option(help="SQL dump the bridge's database starts from")] = None,
    events: Annotated[
        Path | None, typer.Option(help="signed Nostr events, one JSON a line, put into the relay")
    ] = None,
    detach: Annotated[bool, typer.Option("--detach", help="leave the network running and return")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document and nothing else")] = False,
    ports: Annotated[str, typer.Option(help="auto (kernel-chosen) | fixed (documented numbers)")] = "auto",
    seed: SeedOption = None,
    demo: Annotated[bool, typer.Option("--demo", help="opt a person in and crosspost one video")] = False,
) -> None:
    """Start a network: Postgres, a PLC directory, a PDS, a relay, media, names, keycast, a reader and the bridge."""
    if as_json and demo:
        raise UsageError("--json prints one document, --demo tells a story", "use one of them")
    spec = network_spec(backend, bridge, use, set_, seed, database=db and existing(db), ports=ports)
    stored = read_events(existing(events)) if events else []
    if detach:
        with shown_progress(quiet=as_json) as progress:
            attached = start_detached(spec, progress)
        _present(attached, stored, as_json, demo)
        if not as_json:
            console().print(f"\nIt stays until `localnet down` (run {attached.id}).")
        return
    with ExitStack() as stack:
        with shown_progress(quiet=as_json) as progress:
            opened = stack.enter_context(open_backend(spec.backend, progress, spec))
            network = stack.enter_context(start_network(spec, opened, progress))
        _present(network, stored, as_json, demo)
        if not as_json:
            console().print("\nIt stays until Ctrl-C.")
        network.wait_down()


def down(run: RunOption = None) -> None:
    """End a network that was left running, and remove all of it."""
    attached = attach(run)
    attached.request("down")
    console().print(f"{attached.id} is down.")


def network_spec(
    backend: str, bridge: str, use: list[str], settings: list[str], seed: int | None, **more: Any
) -> NetworkSpec:
    """What the options shared by `up`, `run` and `test` ask for."""
    return NetworkSpec(
        backend=backend,
        bridge=bridge_named(bridge),
        use={name: existing(Path(path)) for name, path in pairs(use, "--use", "SERVICE=FILE.toml")},
        set=dict(pairs(settings, "--set", "KEY=VALUE")),
        seed=seed,
        **more,
    )


def bridge_named(name: str) -> str | Path | None:
    if name == "none":
        return None
    return existing(Path(name)) if name.endswith(".toml") else name


def pairs(given: list[str], option: str, form: str) -> list[tuple[str, str]]:
    for text in given:
        if "=" not in text:
            raise UsageError(f"{option} {text!r} is not of the form {form}", f"{option} {form}")
    return [(name, value) for name, _, value in (text.partition("=") for text in given)]


def existing(path: Path) -> Path:
    if not path.is_file():
        raise UsageError(f"there is no file {path}", "check the path")
    return path


def _present(network: Network | Attached, events: list[Event], as_json: bool, demo: bool) -> None:
    put_into_relay(network, events)
    if as_json:
        print(json.dumps(up_document(network)))
        return
    console().print(services_table(network))
    if demo:
        tell_demo(network)
