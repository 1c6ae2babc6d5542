"""Lets somebody else's prober question our servers: `python -m tests.parity.probing PROBER OUT [--dialect D] [-- MORE]`.

A prober is a Python script whose `--help` names the options it takes: `--plc`, `--pds`, `--pds-invite` (a PDS that wants
invites), `--pds-limits` (one with rate limits on), `--clock-cmd` (a command that moves the clock `{ms}` past real time),
`--jwt-secret`, `--admin-password`. What it prints goes to OUT, its exit status is ours.
"""

import argparse
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import BinaryIO

from tests.parity.servers import ADMIN_PASSWORD, JWT_SECRET, ROOT, Servers, move_clock, serving

HOW_PDS_DIFFER: Mapping[str, Mapping[str, str]] = {
    "open": {},
    "invite": {"invites": "required"},
    "limits": {"rate_limits": "on"},
}


def options_of(servers: Servers) -> dict[str, str]:
    mover = [sys.executable, "-m", "tests.parity.probing", "--move-clock", servers.plc]
    return {
        "--plc": servers.plc,
        "--pds": servers.pds["open"],
        "--pds-invite": servers.pds["invite"],
        "--pds-limits": servers.pds["limits"],
        "--clock-cmd": f"cd {shlex.quote(str(ROOT))} && {shlex.join(mover)} {{ms}}",
        "--jwt-secret": JWT_SECRET,
        "--admin-password": ADMIN_PASSWORD,
    }


def understood(said: str, options: Mapping[str, str]) -> list[str]:
    """Of these options those that the prober's `--help` names, as words of a command line."""
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", said))
    return [word for name, value in options.items() if name in named for word in (name, value)]


def probe(prober: Path, out: BinaryIO, dialect: str, more: list[str]) -> int:
    said = subprocess.run(
        [sys.executable, str(prober), "--help"], capture_output=True, text=True, check=False
    )
    pds = {name: {"dialect": dialect, **options} for name, options in HOW_PDS_DIFFER.items()}
    with serving(pds) as servers:
        words = understood(said.stdout + said.stderr, options_of(servers))
        # A session of its own: what the prober started can then be ended with it.
        running = subprocess.Popen(
            [sys.executable, str(prober), *words, *more],
            stdout=out,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return running.wait()
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGKILL)
                running.wait()


def interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="probing", description="Let a prober question our PLC directory and PDS."
    )
    parser.add_argument("prober", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--dialect", choices=["reference", "rsky"], default="reference")
    parser.add_argument("more", nargs="*", help="after --: further options for the prober")
    arguments = parser.parse_args(words)
    if not arguments.prober.is_file():
        parser.error(f"there is no prober {arguments.prober}")
    return arguments


def main(words: list[str]) -> int:
    if words[:1] == ["--move-clock"]:
        move_clock(words[1], float(words[2]) / 1000)
        return 0
    arguments = parse(words)
    signal.signal(signal.SIGTERM, interrupt)
    try:
        with arguments.out.open("wb") as out:
            return probe(arguments.prober, out, arguments.dialect, arguments.more)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
