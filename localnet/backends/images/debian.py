"""Both bases from Debian packages, for a machine that reaches a Debian mirror and no registry: debootstrap, then `docker import`.

Mirror and release are the machine's own, unless settings say otherwise. Needs root, for a chroot. Not meant for deploying: nothing newer
than the release itself is in them.
"""

import json
import os
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from localnet.backends.engine import Engine
from localnet.backends.images.bases import BASES, OFFLINE
from localnet.backends.images.builder import LABEL, failure
from localnet.backends.images.workshop import workshop
from localnet.backends.output import tail
from localnet.errors import MachineError

Say = Callable[[str], None]
SCRIPT = Path(__file__).with_name("debian.sh")
MIRROR, SUITE = "LOCALNET_DEBIAN_MIRROR", "LOCALNET_DEBIAN_SUITE"
USUAL_MIRROR, USUAL_SUITE = "http://deb.debian.org/debian", "bookworm"
SOURCES = Path("/etc/apt")
RELEASE = Path("/etc/os-release")
SAYS = b"localnet: "
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


def make_bases(engine: Engine, say: Say) -> None:
    _check(engine)
    room = workshop() / "debian"
    room.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        archives = {name: stack.enter_context(tempfile.TemporaryFile()) for name in BASES}
        _run_script([debian_suite(), debian_mirror(), str(room)], list(archives.values()), say)
        for name, archive in archives.items():
            _import(engine, OFFLINE[name], archive)
            say(f"{OFFLINE[name]} is there")


def debian_mirror() -> str:
    return os.environ.get(MIRROR) or next(iter(_mirrors(debian_suite())), USUAL_MIRROR)


def debian_suite() -> str:
    return os.environ.get(SUITE) or _own_suite() or USUAL_SUITE


def _own_suite() -> str | None:
    text = RELEASE.read_text() if RELEASE.exists() else ""
    is_debian = re.search(r"^ID=\"?debian", text, re.MULTILINE)
    named = re.search(r"^VERSION_CODENAME=\"?(\w+)", text, re.MULTILINE)
    return named[1] if is_debian and named else None


def _mirrors(suite: str) -> list[str]:
    """Where this machine's apt takes that release from: one-line and deb822 sources (sources.list(5))."""
    found = []
    for file in sorted([*SOURCES.glob("sources.list"), *SOURCES.glob("sources.list.d/*")]):
        text = file.read_text(errors="replace")
        found += re.findall(rf"^deb (?:\[[^]]*\] )?(http\S+) {suite} .*\bmain\b", text, re.MULTILINE)
        for stanza in re.split(r"\n\s*\n", text):
            fields = dict(re.findall(r"^(\w[\w-]*): *(.*)$", stanza, re.MULTILINE))
            if suite in fields.get("Suites", "").split() and "main" in fields.get("Components", "").split():
                found += fields.get("URIs", "").split()
    return [mirror.rstrip("/") for mirror in found]


def _check(engine: Engine) -> None:
    if shutil.which("debootstrap") is None:
        raise MachineError(
            "debootstrap, which makes the bases, is not installed", "`sudo apt-get install debootstrap`"
        )
    if os.geteuid() != 0:
        raise MachineError(
            "debootstrap needs root",
            "`sudo make images OFFLINE=1`; the images are for every user of the engine",
        )
    ours, theirs = MACHINES.get(platform.machine(), platform.machine()), engine.version()["Arch"]
    if ours != theirs:
        raise MachineError(
            f"the engine is {theirs} and this machine is {ours}, so bases made here do not run there",
            "let the engine pull its bases: make images",
        )


def _run_script(words: Sequence[str], archives: Sequence[IO[bytes]], say: Say) -> None:
    """In namespaces of its own, so that mounts and processes end with it, and it ends with us."""
    log = workshop() / "debian.log"
    files = [f"/proc/self/fd/{archive.fileno()}" for archive in archives]
    isolated = [
        "setpriv",
        "--pdeathsig=KILL",
        "--",
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*isolated, "sh", str(SCRIPT), *words, *files],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=output,
            pass_fds=[archive.fileno() for archive in archives],
        )  # fmt: skip
        assert process.stdout
        for line in process.stdout:
            output.write(line)
            output.flush()
            if line.startswith(SAYS):
                say(line.removeprefix(SAYS).decode().strip())
    if process.wait():
        raise MachineError(
            f"the bases cannot be made from Debian packages: {tail(log)}",
            f"check the mirror {words[1]} and the release {words[0]} (settings {MIRROR}, {SUITE}); all of it: {log}",
        )


def _import(engine: Engine, image: str, archive: IO[bytes]) -> None:
    archive.seek(0)
    repository, _, tag = image.partition(":")
    said = engine.api.import_image_from_data(
        archive, repository=repository, tag=tag, changes=[f"LABEL {LABEL}={repository}"]
    )
    if "errorDetail" in said:
        raise failure(image, str(json.loads(said.splitlines()[-1])["error"]))
