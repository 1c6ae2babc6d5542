"""Whether a file is an MP4 that a player could open: its boxes, not its codecs (ISO/IEC 14496-12 §4.2, §4.3)."""

from collections.abc import Iterator
from pathlib import Path

from localnet.errors import UsageError

LARGEST = 100_000_000
"""bytes; maxSize of `video` in app.bsky.embed.video"""
HEADER = 8


def film_in(file: Path) -> bytes:
    """The file's bytes. UsageError says what is wrong with it."""
    try:
        film = file.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}", "check the path") from error
    wrong = wrong_with(film)
    if wrong:
        raise UsageError(
            f"{file} is not a playable MP4: {wrong}", "give an MP4 file, e.g. localnet/world/media/demo.mp4"
        )
    return film


def wrong_with(film: bytes) -> str | None:
    if len(film) > LARGEST:
        return f"it has {len(film)} bytes, a post's video may have {LARGEST}"
    names: list[bytes] = []
    for name, end in boxes(film):
        if end > len(film):
            return f"its {name.decode('latin-1')!r} box ends {end - len(film)} bytes after the file"
        names.append(name)
    if names[:1] != [b"ftyp"]:
        return "it does not begin with an `ftyp` box"
    missing = [name for name in ("moov", "mdat") if name.encode() not in names]
    return f"it has no `{missing[0]}` box" if missing else None


def boxes(film: bytes) -> Iterator[tuple[bytes, int]]:
    """Name and end offset of each top-level box; a size of 1 is followed by 64 bits of size, 0 reaches to the end."""
    at = 0
    while at < len(film):
        size = int.from_bytes(film[at : at + 4])
        if size == 1:
            size = int.from_bytes(film[at + HEADER : at + HEADER + 8])
        end = len(film) if size == 0 else at + max(size, HEADER)
        yield film[at + 4 : at + HEADER], end
        at = end
