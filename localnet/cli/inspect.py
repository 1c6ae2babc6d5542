"""`ps`, `env`, `logs` and `restart`: a running network looked at and poked from another terminal."""

import shlex
import time
from pathlib import Path
from typing import Annotated

import typer

from localnet.backends.clock_shim import ProgramClock, shim
from localnet.cli.output import console
from localnet.cli.summary import services_table
from localnet.errors import UsageError
from localnet.network import Attached, attach, runs

RunOption = Annotated[str | None, typer.Option("--run", help="run id; not needed while only one is up")]
FOLLOW_PAUSE = 0.1
"""seconds between two looks at the log files"""


def register(app: typer.Typer) -> None:
    app.command()(ps)
    app.command()(env)
    app.command()(logs)
    app.command()(restart)


def ps() -> None:
    """The networks that are up, and their services."""
    live = runs()
    for attached in live:
        console().print(services_table(attached))
    if not live:
        console().print("No network is up. Start one with `localnet up`.")


def env(
    for_: Annotated[
        str | None, typer.Option("--for", metavar="SERVICE", help="what this service must be started with")
    ] = None,
    clock: Annotated[
        bool,
        typer.Option("--clock", help="with --for: whatever is started with it follows the network's clock"),
    ] = False,
    run: RunOption = None,
) -> None:
    """Addresses as shell assignments: eval "$(localnet env)"."""
    if clock and not for_:
        raise UsageError("--clock is for one service's program", "localnet env --for bridge --clock")
    attached = attach(run)
    values = attached.environment(for_) if for_ else attached.addresses()
    if clock:
        values = clocked(attached, for_ or "", values)
    for name, value in sorted(values.items()):
        print(f"export {name}={shlex.quote(value)}")


def logs(
    service: Annotated[str | None, typer.Argument(help="one service; all of them without")] = None,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="go on as lines come, until Ctrl-C")] = False,
    run: RunOption = None,
) -> None:
    """What the services printed."""
    attached = attach(run)
    files = _log_files(attached, service)
    read = dict.fromkeys(files, 0)
    while True:
        for path, label in files.items():
            read[path] = _print_from(path, read[path], label if len(files) > 1 else "")
        if not follow or not attached.is_live():
            return
        time.sleep(FOLLOW_PAUSE)


def restart(service: Annotated[str, typer.Argument()], run: RunOption = None) -> None:
    """Stop a service and start it again, e.g. the bridge after an edit; returns when it is ready."""
    attached = attach(run)
    began = time.monotonic()
    attached.request("restart", service)
    console().print(f"{service} is ready again after {time.monotonic() - began:.2f} s.")


def clocked(attached: Attached, service: str, values: dict[str, str]) -> dict[str, str]:
    """The same, with the shim that tells a program the network's time."""
    shim()  # or say what is missing
    clock = ProgramClock.of(service, attached.directory)
    clock.follow(attached.reading)
    return clock.environment(values)


def _log_files(attached: Attached, service: str | None) -> dict[Path, str]:
    """Log file -> the services that share it."""
    chosen = [attached.service(service)] if service else list(attached.services.values())
    labels: dict[Path, list[str]] = {}
    for one in chosen:
        if one.log:
            labels.setdefault(one.log, []).append(one.name)
    if not labels:
        raise UsageError(
            f"{service or attached.id} has no output here", "services given by URL log where they run"
        )
    return {path: ",".join(names) for path, names in labels.items()}


def _print_from(path: Path, offset: int, label: str) -> int:
    """Print whole new lines; returns the offset after them."""
    if not path.exists():
        return offset
    with path.open("rb") as file:
        file.seek(offset)
        new = file.read()
    whole = new[: new.rfind(b"\n") + 1]
    for line in whole.decode(errors="replace").splitlines():
        print(f"{label} | {line}" if label else line, flush=True)
    return offset + len(whole)
