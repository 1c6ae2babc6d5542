"""`test`: the scenarios, or their mutants, against a bridge."""

import json
import secrets
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.table import Table
from rich.text import Text

from localnet.cli.comparing import compare
from localnet.cli.output import console
from localnet.cli.promises import list_promises
from localnet.cli.repeating import repeat
from localnet.cli.sweeping import play_sweep
from localnet.cli.up import BackendOption, SeedOption, SetOption, UseOption, network_spec
from localnet.errors import UsageError
from localnet.report.mutants import Kill, mutants_named, run_mutant
from localnet.world.catalogue import load_catalogue, shipped_scenarios

BROKEN = 1
STDOUT = Path("-")
OF_PYTEST = {2: 130, 3: 3, 4: 3}
NO_TESTS = 5
"""exit codes of pytest: interrupted, internal error, usage error; no test collected"""


BridgesOption = Annotated[
    list[str], typer.Option("--bridge", help="an adapter's name or an adapter file; several are compared")
]


def register(app: typer.Typer) -> None:
    app.command("test")(play_scenarios)


def play_scenarios(
    which: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID|FILE]...", help="promises or historic ids (B14), or files of scenarios; all without"
        ),
    ] = None,
    keyword: Annotated[str | None, typer.Option("-k", help="only scenarios whose name matches")] = None,
    workers: Annotated[int, typer.Option("-n", help="play on so many networks at once")] = 0,
    junit: Annotated[Path | None, typer.Option(help="the results as JUnit XML")] = None,
    summary: Annotated[
        Path | None,
        typer.Option(envvar="GITHUB_STEP_SUMMARY", help="append the results as Markdown"),
    ] = None,
    as_json: Annotated[
        Path | None, typer.Option("--json", help="the results as JSON; - prints them and nothing else")
    ] = None,
    keep_on_fail: Annotated[
        bool, typer.Option("--keep-on-fail", help="stop at the first failure, its network up")
    ] = False,
    list_: Annotated[
        bool, typer.Option("--list", help="print the catalogue of promises and play nothing")
    ] = False,
    against: Annotated[list[str], typer.Option(help="another bridge, played for comparison only")] = [],  # noqa: B006  (typer copies defaults)
    mutants: Annotated[
        bool, typer.Option("--mutants", help="play against the mutants, all or those named")
    ] = False,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="with --mutants: only the scenarios that claim what a mutant breaks"),
    ] = False,
    times: Annotated[
        int, typer.Option("--repeat", help="play so often with one seed and compare people's stories")
    ] = 1,
    swept: Annotated[
        bool, typer.Option("--sweep", help="play one scenario again for each of its hops and mishaps")
    ] = False,
    backend: BackendOption = "auto",
    bridge: BridgesOption = ["bundled"],  # noqa: B006
    use: UseOption = [],  # noqa: B006
    set_: SetOption = [],  # noqa: B006
    seed: SeedOption = None,
) -> None:
    """Play the scenarios against a bridge and give each a verdict; against several, compare them."""
    if list_:
        list_promises(which or [], as_json)
        return
    if swept:
        spec = network_spec(backend, bridge[0], use, set_, seed)
        raise typer.Exit(play_sweep(_only(which or []), spec, keyword, workers, as_json))
    options = [f"--localnet-backend={backend}"]
    options += [f"--localnet-use={pair}" for pair in use] + [f"--localnet-set={pair}" for pair in set_]
    options += [f"--localnet-seed={seed}"] if seed is not None else []
    options += ["-n", str(workers)] if workers else []
    options += ["-k", keyword] if keyword else []
    if mutants:
        if backend == "containers":
            raise UsageError("a mutant is a patched copy of the source, not an image", "--backend processes")
        options += [f"--localnet-bridge={bridge[0]}", "--localnet-backend=processes"]
        raise typer.Exit(play_mutants(which or [], options, quick))
    options += [f"--localnet-junit={junit}"] if junit else []
    options += ["--localnet-keep-on-fail", "-x"] if keep_on_fail else []
    options += chosen(which or [])
    if times != 1:
        seed = seed if seed is not None else secrets.randbits(32)
        options += [f"--localnet-bridge={bridge[0]}", f"--localnet-seed={seed}"]
        raise typer.Exit(
            repeat(times, seed, lambda kept: play([*options, f"--localnet-stories={kept}"], as_json))
        )
    if len(bridge) == 1 and not against:
        options += [f"--localnet-summary={summary}"] if summary else []
        raise typer.Exit(play([*options, f"--localnet-bridge={bridge[0]}"], as_json))
    if junit or keep_on_fail:
        raise UsageError(
            "--junit and --keep-on-fail are for one bridge", "leave them out, or compare nothing"
        )
    raise typer.Exit(
        compare(bridge, against, lambda one, file: play([*options, one], file, sys.stderr), as_json, summary)
    )


def _only(which: list[str]) -> str:
    if len(which) != 1:
        raise UsageError("--sweep is for one scenario", "localnet test --sweep FILE::SCENARIO")
    return which[0]


def chosen(which: list[str]) -> list[str]:
    """Paths and ids, as pytest and the plugin take them."""
    catalogue = load_catalogue()
    files = [one for one in which if Path(one.partition("::")[0]).exists()]
    promises = [one for one in which if one not in files]
    for one in promises:
        if not any(promise.is_named(one) for promise in catalogue):
            raise UsageError(
                f"{one!r} is neither a file nor a promise",
                "localnet test, or an id of scenarios/catalogue.toml",
            )
    return [*(files or [str(shipped_scenarios())]), *(f"--localnet-promise={one}" for one in promises)]


def play(arguments: list[str], as_json: Path | None, output: TextIO | None = None) -> int:
    """pytest in a process of its own; its exit code in the terms of this command line."""
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *arguments]
    if as_json != STDOUT:
        return exit_code(run_through([*words, f"--localnet-json={as_json}"] if as_json else words, output))
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        code = run_through([*words, f"--localnet-json={file.name}"], sys.stderr)
        print(Path(file.name).read_text() or json.dumps({"totals": {}, "results": []}))
    return exit_code(code)


def run_through(words: list[str], output: TextIO | None) -> int:
    """Ctrl-C is for the child, which has something to tidy up; another end of ours is passed on to it."""
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    with subprocess.Popen(words, stdout=output, preexec_fn=_hear_interrupts) as child:
        try:
            return child.wait()
        finally:
            child.send_signal(signal.SIGINT)
            signal.signal(signal.SIGINT, former)


def _hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def exit_code(code: int) -> int:
    if code == NO_TESTS:
        raise UsageError("no scenario matches", "localnet test --help")
    return OF_PYTEST.get(code, code if code >= 0 else 128 - code)


def play_mutants(names: list[str], options: list[str], quick: bool) -> int:
    kills = []
    for mutant in mutants_named(names):
        console().print(f"{mutant.name}: breaks {mutant.breaks} …")
        narrowed = [f"--localnet-promise={mutant.breaks}"] if quick else []
        kills.append(run_mutant(mutant, [*options, *narrowed]))
    console().print(kill_table(kills))
    return BROKEN if any(kill.wrong for kill in kills) else 0


def kill_table(kills: list[Kill]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("mutant", "breaks", "killed", "failed", "blocked", "passed", "what is wrong"):
        table.add_column(heading)
    for kill in kills:
        killed = Text("no", "red") if kill.wrong else Text("yes", "green")
        counts = [str(len(part)) for part in (kill.failed, kill.blocked, kill.passed)]
        table.add_row(kill.mutant.name, kill.mutant.breaks, killed, *counts, "\n".join(kill.wrong))
    return table
