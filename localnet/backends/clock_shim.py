"""The clock shim as a program is started with it: built where a C compiler is, one build for every program of this machine.

Not where it has no use: elsewhere than on Linux nothing is built, and who is started without it stays in real time.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from localnet import clock
from localnet.backends.interface import Follows
from localnet.backends.postgres.image import cache_folder
from localnet.backends.postgres.install import PROGRAMS
from localnet.clock.file import VARIABLE, ClockFile
from localnet.clock.reading import Reading
from localnet.errors import MachineError

SOURCE = Path(clock.__file__).with_name("shim.c")
FLAGS = ("-shared", "-fPIC", "-O2", "-fno-stack-protector", "-nostdlib")
COMPILER_IMAGE = "LOCALNET_COMPILER_IMAGE"
ELSEWHERE = f"set {COMPILER_IMAGE} to an image that has a C compiler, e.g. gcc:14"
COMPILERS = ("cc", "gcc", "clang")
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
PRELOAD = "LD_PRELOAD"
UNHEARD = "it never asked libc what time it is (a static binary, or stopped)"
_building = threading.Lock()


def shim(architecture: str | None = None, elsewhere: Callable[[], bytes] | None = None) -> Path:
    """Built on first use and kept by its content. `architecture`: in the words of container engines; None: this machine's.

    `elsewhere` builds it where this machine cannot. MachineError where nobody can.
    """
    here = ARCHITECTURES.get(platform.machine(), platform.machine())
    wanted = architecture or here
    key = hashlib.sha256(SOURCE.read_bytes() + " ".join(FLAGS).encode()).hexdigest()[:16]
    kept = _folder() / f"clock-{key}-{wanted}.so"
    with _building:
        if not kept.exists():
            _keep(kept, _made(sys.platform == "linux" and wanted == here, wanted, elsewhere))
    return kept


def _folder() -> Path:
    """Where programs may be mapped from (memory is often mounted `noexec`), by PostgreSQL's user too."""
    return PROGRAMS if os.geteuid() == 0 else cache_folder()


def _keep(kept: Path, library: bytes) -> None:
    draft = kept.with_name(f".{kept.name}.{os.getpid()}")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(library)
        draft.chmod(0o755)
        draft.rename(kept)
    except OSError as error:
        raise MachineError(f"cannot keep the clock shim as {kept}: {error.strerror}", "make room") from error


def _made(is_ours: bool, architecture: str, elsewhere: Callable[[], bytes] | None) -> bytes:
    try:
        if is_ours:
            return _compiled()
        raise MachineError(f"the clock shim for Linux on {architecture} is not built here", ELSEWHERE)
    except MachineError:
        if elsewhere is None:
            raise
        return elsewhere()


def _compiled() -> bytes:
    compiler = next(filter(None, map(shutil.which, (os.environ.get("CC", ""), *COMPILERS))), None)
    if compiler is None:
        raise MachineError("there is no C compiler", "install one (Debian: gcc and libc6-dev)")
    with tempfile.TemporaryDirectory(prefix="localnet-") as folder:
        made = Path(folder, "shim.so")
        built = subprocess.run([compiler, *FLAGS, "-o", made, SOURCE], capture_output=True, text=True)
        if built.returncode:
            said = built.stderr.strip()[-500:]
            raise MachineError(f"{compiler} cannot build the clock shim: {said}", "mend it")
        return made.read_bytes()


@dataclass(frozen=True)
class ProgramClock:
    """One program's clock: what to start it with, and how it is moved. `library` None: it stays in real time."""

    file: ClockFile
    library: Path | None
    why_not: str = ""

    @classmethod
    def of(cls, service: str, directory: Path) -> "ProgramClock":
        """Of a service's program, in its network's directory."""
        return cls.at(directory / f"{service}.clock")

    @classmethod
    def at(cls, path: Path, owner: int | None = None) -> "ProgramClock":
        file = ClockFile(path, owner)
        try:
            return cls(file, shim())
        except MachineError as error:
            return cls(file, None, error.message)

    def environment(self, env: Mapping[str, str]) -> dict[str, str]:
        """The program's own, and the shim."""
        if self.library is None:
            return dict(env)
        return preloaded(env, str(self.library), str(self.file.path))

    def follow(self, reading: Reading) -> Follows:
        generation = self.file.show(reading)

        def why_not(patience: float) -> str | None:
            if self.library is None:
                return self.why_not
            return None if self.file.was_heard(generation, patience) else UNHEARD

        return why_not


def preloaded(env: Mapping[str, str], library: str, file: str) -> dict[str, str]:
    """A program's environment with the shim before what it preloads itself."""
    return {**env, PRELOAD: " ".join(filter(None, (library, env.get(PRELOAD, "")))), VARIABLE: file}
