"""The command line: parses, asks localnet.network or localnet.world, renders.

Exit codes (all commands): 0 all held · 1 a promise was broken · 2 could not decide · 3 the environment or the harness failed,
which includes a command line that makes no sense. `run` ends with the code of the command it ran.
"""

import signal
import sys
from types import FrameType

import typer

from localnet.cli import beside, clock, fault, inspect, people, scenarios, tidy, trace, up
from localnet.cli.output import say_error
from localnet.errors import LocalnetError, UsageError

app = typer.Typer(
    name="localnet",
    help="A local network in which a Nostr→AT Protocol bridge proves itself.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for module in (up, inspect, clock, fault, people, beside, scenarios, trace, tidy):
    module.register(app)


@app.callback(invoke_without_command=True)
def greet(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


def main() -> None:
    """Run the command line and exit with its code; a known error is a few lines on stderr, never a traceback."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit code. What follows `--` is somebody else's command line and reaches `run` unparsed."""
    ours, theirs = arguments, []
    if "--" in arguments:
        cut = arguments.index("--")
        ours, theirs = arguments[:cut], arguments[cut + 1 :]
    try:
        code = typer.main.get_command(app).main(ours, prog_name="localnet", standalone_mode=False, obj=theirs)
    except typer.TyperException as error:
        return say_error(UsageError(error.format_message(), "localnet --help, or --help after the command"))
    except LocalnetError as error:
        return say_error(error)
    except (typer.Abort, KeyboardInterrupt):
        return 128 + signal.SIGINT
    return code if isinstance(code, int) else 0


def _leave(number: int, _frame: FrameType | None) -> None:
    """A polite end asked for from outside unwinds like Ctrl-C, so that everything started is removed."""
    raise SystemExit(128 + number)
