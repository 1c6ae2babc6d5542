"""How a person presents themselves: a name, a few words, a picture. Pure."""

import hashlib
import zlib
from dataclasses import dataclass

SIDE = 64
PNG_MIME = "image/png"


@dataclass(frozen=True)
class Profile:
    """As somebody wrote it, or as followers see it."""

    name: str | None = None
    about: str | None = None
    picture: str | None = None
    """SHA-256 of its bytes in hex, where they are served as the record says"""


def picture_of(label: str) -> bytes:
    """A square PNG in a colour of the label's own (PNG specification, 8-bit RGB)."""
    colour = hashlib.sha256(label.encode()).digest()[:3]
    rows = (b"\0" + colour * SIDE) * SIDE
    header = SIDE.to_bytes(4) * 2 + bytes([8, 2, 0, 0, 0])
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)
