"""What an image is built from: named contents, as a hash that changes when they do, and as the archive the engine takes.

Only what is named goes in: no `.git`, no environment, no cache. Owners and times are left out, so that the same contents are the same
archive on every machine and the engine's cache recognises them.
"""

import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO

UNWANTED = ("__pycache__",)
HASH_DIGITS = 12


@dataclass(frozen=True)
class Context:
    """`texts`: path in the archive -> contents. `files`: path in the archive -> file."""

    texts: Mapping[str, str]
    files: Mapping[str, Path] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        whole = sha256()
        for name, text in sorted(self.texts.items()):
            whole.update(f"{name}\0{sha256(text.encode()).hexdigest()}\n".encode())
        for name, path in sorted(self.files.items()):
            whole.update(f"{name}\0{_mode(path)}\0{sha256(path.read_bytes()).hexdigest()}\n".encode())
        return whole.hexdigest()[:HASH_DIGITS]

    def write(self, archive: IO[bytes]) -> None:
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for name, text in sorted(self.texts.items()):
                _add(tar, name, io.BytesIO(text.encode()), len(text.encode()), 0o644)
            for name, path in sorted(self.files.items()):
                with path.open("rb") as file:
                    _add(tar, name, file, path.stat().st_size, _mode(path))


def tree(folder: Path, under: str) -> dict[str, Path]:
    """Every file of a folder, to be found under that path of the archive."""
    return {
        f"{under}/{path.relative_to(folder)}": path
        for path in folder.rglob("*")
        if path.is_file() and not any(part in UNWANTED for part in path.parts)
    }


def _mode(path: Path) -> int:
    return 0o755 if path.stat().st_mode & 0o100 else 0o644


def _add(tar: tarfile.TarFile, name: str, contents: IO[bytes], size: int, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, mode
    tar.addfile(entry, contents)
