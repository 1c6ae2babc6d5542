"""What an executable is for, told from its own header before anything is built."""

import shutil
import sys
from pathlib import Path

import pytest

from localnet.backends.images.binary import architecture, check_binary
from localnet.errors import UsageError


def header(machine: int, order: int = 1) -> bytes:
    number = machine.to_bytes(2, "little" if order == 1 else "big")
    return b"\x7fELF\x02" + bytes([order]) + bytes(12) + number


HEADERS = {
    "x86-64": (header(62), "amd64"),
    "ARM": (header(183), "arm64"),
    "big-endian": (header(62, order=2), "amd64"),
    "something rare": (header(243), "machine 243"),
    "a Mach-O file": (b"\xcf\xfa\xed\xfe" + bytes(30), "something else than Linux"),
    "cut short": (b"\x7fELF", "something else than Linux"),
    "a script": (b"#!/bin/sh\n", None),
}


@pytest.mark.parametrize(("start", "meant"), HEADERS.values(), ids=HEADERS)
def test_the_header_says_which_machine(tmp_path: Path, start: bytes, meant: str | None) -> None:
    (tmp_path / "program").write_bytes(start)

    assert architecture(tmp_path / "program") == meant


def test_this_python_may_run_on_this_machine(tmp_path: Path) -> None:
    program = Path(shutil.copy(Path(sys.executable).resolve(), tmp_path))

    check_binary("bridge", program, str(architecture(program)))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=rf"{tmp_path}/nothing"):
        check_binary("bridge", tmp_path / "nothing", "amd64")


def test_a_file_that_is_not_executable_is_named_with_what_makes_it_so(tmp_path: Path) -> None:
    (tmp_path / "program").write_bytes(header(62))

    with pytest.raises(UsageError) as raised:
        check_binary("bridge", tmp_path / "program", "amd64")

    assert raised.value.next_step == f"chmod +x {tmp_path}/program"


def test_a_program_of_another_machine_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    (tmp_path / "program").write_bytes(header(183))
    (tmp_path / "program").chmod(0o755)

    with pytest.raises(UsageError, match="for arm64, and this runs on amd64"):
        check_binary("bridge", tmp_path / "program", "amd64")
