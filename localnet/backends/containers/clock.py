"""The clock of a program in a container: the same shim and the same kind of file as for a process, in a volume of the network.

The volume is mounted where the program runs and in the wire's container, which writes: a program's own container may have no shell to write
with, and may stand still or be down when the clock moves. It works the same on an engine of another machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localnet.backends.clock_shim import UNHEARD, preloaded, shim
from localnet.backends.containers.api import Files
from localnet.backends.containers.compiler import compiler
from localnet.backends.containers.container import Container
from localnet.backends.engine import Engine
from localnet.backends.interface import Follows
from localnet.clock.file import new_file
from localnet.clock.reading import Reading
from localnet.errors import LocalnetError, MachineError

FOLDER: Final = "/localnet-clock"
LIBRARY: Final = "shim.so"
WRITE: Final = ("python3", "-m", "localnet.clock")


@dataclass(frozen=True)
class Clocks:
    """Of one network. `library` None: its programs stay in real time."""

    library: Path | None
    why_not: str = ""

    @classmethod
    def on(cls, engine: Engine, root: Path) -> "Clocks":
        try:
            return cls(shim(str(engine.version()["Arch"]), compiler(engine, root)))
        except MachineError as error:
            return cls(None, error.message)

    def environment(self, service: str, env: Mapping[str, str]) -> dict[str, str]:
        if self.library is None:
            return dict(env)
        return preloaded(env, f"{FOLDER}/{LIBRARY}", f"{FOLDER}/{service}")

    def files(self, service: str) -> Files:
        """What has to lie in the folder before the program starts."""
        if self.library is None:
            return {}
        return {LIBRARY: (self.library.read_bytes(), 0o755), service: (new_file(), 0o666)}

    def follow(self, service: str, wire: Container, reading: Reading) -> Follows:
        if self.library is None:
            return lambda _: self.why_not
        path = f"{FOLDER}/{service}"
        try:
            generation = _told(wire, path, *(repr(number) for number in vars(reading).values()))
        except LocalnetError as error:
            message = error.message
            return lambda _: message

        def why_not(patience: float) -> str | None:
            try:
                return None if _told(wire, path, generation, repr(patience)) == "heard" else UNHEARD
            except LocalnetError as error:
                return error.message

        return why_not


def _told(wire: Container, *words: str) -> str:
    code, said = wire.run_inside([*WRITE, *words])
    if code:
        raise MachineError(f"its clock cannot be written: {said}", "localnet logs wire")
    return said
