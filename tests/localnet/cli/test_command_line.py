"""A command line that makes no sense ends in one sentence, a next step and exit code 3; nothing is started for it."""

import sys
from pathlib import Path

import pytest

from localnet.cli import run
from localnet.cli.beside import run_command
from localnet.cli.summary import without_password
from localnet.errors import UsageError

SENSELESS: dict[str, tuple[list[str], str]] = {
    "an unknown command": (["upp"], "upp"),
    "an unknown option": (["up", "--nonsense"], "--nonsense"),
    "a setting without a value": (["up", "--set", "pds.dialect"], "--set 'pds.dialect' is not of the form KEY=VALUE"),
    "a replacement without a file": (["up", "--use", "pds"], "--use 'pds' is not of the form"),
    "a replacement that is not there": (["up", "--use", "pds=none.toml"], "there is no file none.toml"),
    "an adapter file that is not there": (["up", "--bridge", "none/mine.toml"], "there is no file none/mine.toml"),
    "a dump that is not there": (["up", "--db", "none.sql"], "there is no file none.sql"),
    "events that are not there": (["up", "--events", "none.jsonl"], "there is no file none.jsonl"),
    "two ways to print at once": (["up", "--json", "--demo"], "--json prints one document"),
    "a run without a command": (["run", "postgres"], "`run` needs a command"),
    "a promise nobody made": (["test", "video-apears"], "'video-apears' is neither a file nor a promise"),
    "a file about one bridge, of two": (["test", "--bridge", "bundled", "--bridge", "divine-atbridge", "--junit", "x"], "--junit and --keep-on-fail are for one bridge"),
    "a comparison with nobody": (["test", "--against", "bundeld"], "no bridge is called 'bundeld'"),
    "promises that nobody made": (["test", "--list", "B99"], "'B99', which no catalogue has"),
    "a clock of nobody": (["env", "--clock"], "--clock is for one service's program"),
    "a film that is not there": (["publish", "none.mp4", "--as", "alice"], "cannot read none.mp4"),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "says"), SENSELESS.values(), ids=SENSELESS)
def test_it_is_refused(
    arguments: list[str], says: str, runs_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 3

    said = capsys.readouterr()
    assert says in said.err
    assert "next: " in said.err
    assert said.out == ""
    assert not runs_home.exists()


@pytest.mark.parametrize("arguments", [["ps"], ["clean"]])
def test_where_nothing_runs_it_is_said_and_all_is_well(
    arguments: list[str], runs_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not runs_home.exists()
    assert run(arguments) == 0
    assert capsys.readouterr().out.splitlines() == [
        {
            "ps": "No network is up. Start one with `localnet up`.",
            "clean": "Nothing was left behind.",
        }[arguments[0]]
    ]


@pytest.mark.parametrize(
    "arguments", [["env"], ["logs"], ["down"], ["restart", "bridge"], ["opt-in", "alice"]]
)
def test_what_needs_a_network_says_how_to_get_one(
    arguments: list[str], runs_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not runs_home.exists()
    assert run(arguments) == 3
    assert "localnet up" in capsys.readouterr().err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0

    shown = capsys.readouterr().out
    for command in (
        "up",
        "down",
        "ps",
        "env",
        "logs",
        "restart",
        "run",
        "test",
        "opt-in",
        "publish",
        "doctor",
        "clean",
    ):
        assert f" {command} " in shown


@pytest.mark.parametrize(("program", "code"), [("exit(7)", 7), ("import os; os.kill(os.getpid(), 15)", 143)])
def test_a_command_beside_a_network_ends_as_in_a_shell(program: str, code: int) -> None:
    assert run_command([sys.executable, "-c", program], {}) == code


def test_a_command_beside_a_network_finds_the_addresses(tmp_path: Path) -> None:
    program = (
        f"import os, pathlib; pathlib.Path({str(tmp_path / 'seen')!r}).write_text(os.environ['PDS_URL'])"
    )

    assert run_command([sys.executable, "-c", program], {"PDS_URL": "http://pds"}) == 0
    assert (tmp_path / "seen").read_text() == "http://pds"


def test_a_command_that_does_not_exist_is_named() -> None:
    with pytest.raises(UsageError, match="no-such-command"):
        run_command(["no-such-command"], {})


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://127.0.0.1:1", "http://127.0.0.1:1"),
        ("postgresql://bridge:hush@127.0.0.1:1/db", "postgresql://bridge@127.0.0.1:1/db"),
        ("", ""),
    ],
)
def test_tables_show_no_password(url: str, shown: str) -> None:
    assert without_password(url) == shown
