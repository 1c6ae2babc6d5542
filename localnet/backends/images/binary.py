"""A prebuilt executable as an image: put on a base, started as an unprivileged user.

The executable's own header says which machine it is for; that is looked at before anything is built.
"""

import os
import struct
from pathlib import Path

from localnet.backends.engine import Engine
from localnet.backends.images.bases import BASES, MAKE_OFFLINE, exists, image_id, present
from localnet.backends.images.builder import On, build, make_room, temporary_archive
from localnet.backends.images.context import Context
from localnet.backends.images.making import Say
from localnet.backends.images.recipes import PREFIX
from localnet.errors import MachineError, UsageError

DOCKERFILE = Path(__file__).with_name("binary.Dockerfile")
ELF = b"\x7fELF"
MACHINES = {62: "amd64", 183: "arm64"}
"""e_machine of the ELF header (elf(5))"""


def binary_image(engine: Engine, service: str, file: Path, base: str | None, say: Say) -> str:
    check_binary(service, file, engine.version()["Arch"])
    on = _base(engine, service, base)
    origin = str(image_id(engine, on))
    context = Context({"Dockerfile": DOCKERFILE.read_text(), "origin": origin}, {"service": file})
    tag = f"{PREFIX}binary-{service}:{context.hash}"
    if not exists(engine, tag):
        say(f"putting {file} on {on}")
        with temporary_archive() as archive:
            context.write(archive)
            build(engine, tag, archive, On(on, origin))
        make_room(engine, tag)
    return tag


def check_binary(service: str, file: Path, wanted: str) -> None:
    """UsageError unless it can be executed by a machine of that architecture."""
    if not file.is_file():
        raise UsageError(
            f"there is no file {file}, which {service}.binary names",
            f"build it, or correct --set {service}.binary",
        )
    if not os.access(file, os.X_OK):
        raise UsageError(f"{file}, which {service}.binary names, is not executable", f"chmod +x {file}")
    found = architecture(file)
    if found not in (None, wanted):
        raise UsageError(
            f"{file}, which {service}.binary names, is for {found}, and this runs on {wanted}",
            f"build it for linux/{wanted}",
        )


def architecture(file: Path) -> str | None:
    """What an executable is for, in the engine's words; None for a script, whose interpreter decides."""
    with file.open("rb") as opened:
        head = opened.read(20)
    if head.startswith(b"#!"):
        return None
    if not head.startswith(ELF) or len(head) < 20:
        return "something else than Linux"
    order = "<" if head[5] == 1 else ">"
    number: int = struct.unpack(f"{order}H", head[18:20])[0]
    return MACHINES.get(number, f"machine {number}")


def _base(engine: Engine, service: str, named: str | None) -> str:
    if named is None:
        found = present(engine, "python")
        if found is None:
            raise MachineError(
                f"there is no base to put {service}'s binary on ({BASES['python'].wanted})",
                f"`make images` pulls it, `{MAKE_OFFLINE}` makes one; or name yours: --set {service}.binary_base=IMAGE",
            )
        return found
    if not exists(engine, named):
        raise MachineError(
            f"there is no image {named}, which {service}'s binary is to be put on",
            f"`docker pull {named}`, or correct --set {service}.binary_base",
        )
    return named
