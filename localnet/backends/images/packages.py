"""Locked packages unpacked for another machine: the engine's architecture, the base's Python. pip does it here, where an index is reached.

Hashes are checked; a package that comes as source alone is built with this machine's Python, which is right for pure Python.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from localnet.backends.engine import Engine
from localnet.backends.images.workshop import no_room
from localnet.errors import MachineError

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
GLIBC = range(5, 37)
"""minor versions of glibc 2 whose wheels run on Debian 12 and newer"""
FULL = "no space left on device"
LONGEST = 2000
"""characters of pip's last words"""
ASK = "import sys; print('%d.%d' % sys.version_info[:2])"


def unpack(requirements: str, target: Path, python: str, machine: str) -> None:
    """`python`: 3.11; `machine`: amd64."""
    wanted = target.with_name(f"{target.name}.txt")
    wanted.write_text(requirements)
    words = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-compile",
        "--no-deps",
    ]
    words += ["--require-hashes", "--implementation=cp", f"--python-version={python}", *_platforms(machine)]
    done = subprocess.run(
        [*words, f"--target={target}", "-r", str(wanted)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise _failure(done.stderr.strip(), target.parent)


def _failure(said: str, folder: Path) -> MachineError:
    if FULL in said.lower():
        return no_room(folder, FULL)
    return MachineError(
        f"the packages of an image cannot be fetched:\n{said[-LONGEST:]}",
        "see that pip reaches its index (`python -m pip config list`), then again",
    )


def python_of(engine: Engine, image: str) -> str:
    """The version of Python in an image."""
    from docker.errors import ContainerError

    try:
        said = engine.containers.run(
            image, ["python3", "-c", ASK], entrypoint=[], remove=True, network_mode="none"
        )
    except ContainerError as error:
        raise MachineError(
            f"the base {image} has no usable python3: {error}", "name a base with Python 3.11 or newer"
        ) from error
    return str(said.decode().strip())


def _platforms(machine: str) -> Iterator[str]:
    for minor in GLIBC:
        yield f"--platform=manylinux_2_{minor}_{MACHINES.get(machine, machine)}"
