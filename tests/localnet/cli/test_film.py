"""A file is taken for a film when a player could find its way in it."""

from pathlib import Path

import pytest

from localnet.cli.film import film_in, wrong_with
from localnet.errors import UsageError
from localnet.world.films import demo_film, film_of


def box(name: str, content: bytes = b"", *, size: int | None = None) -> bytes:
    return (8 + len(content) if size is None else size).to_bytes(4) + name.encode() + content


def wide(name: str, content: bytes = b"") -> bytes:
    """Its size in 64 bits."""
    return (1).to_bytes(4) + name.encode() + (16 + len(content)).to_bytes(8) + content


FTYP, MOOV, MDAT = box("ftyp", b"isom"), box("moov", b"index"), box("mdat", b"frames")

PLAYABLE = {
    "the demo": demo_film(),
    "the demo as somebody's own": film_of("alice", 10),
    "index first": FTYP + MOOV + MDAT,
    "index last": FTYP + MDAT + MOOV,
    "with boxes a player skips": FTYP + box("free") + MOOV + box("uuid", bytes(16)) + MDAT,
    "a box of 64 bit size": FTYP + MOOV + wide("mdat", b"frames"),
    "a last box that reaches to the end": FTYP + MOOV + box("mdat", b"frames", size=0),
}


@pytest.mark.parametrize("film", PLAYABLE.values(), ids=PLAYABLE)
def test_playable(film: bytes) -> None:
    assert wrong_with(film) is None


UNPLAYABLE = {
    "empty": (b"", "`ftyp`"),
    "text": (b"this is not a film at all, is it", "ends"),
    "another beginning": (MOOV + FTYP + MDAT, "`ftyp`"),
    "no index": (FTYP + MDAT, "`moov`"),
    "no frames": (FTYP + MOOV, "`mdat`"),
    "cut off": (FTYP + MOOV + MDAT[:-3], "'mdat' box ends 3 bytes after the file"),
    "half a header": (FTYP + MOOV + MDAT + MOOV[:6], "bytes after the file"),
}


@pytest.mark.parametrize(("film", "says"), UNPLAYABLE.values(), ids=UNPLAYABLE)
def test_unplayable(film: bytes, says: str) -> None:
    assert says in (wrong_with(film) or "")


def test_a_film_too_large_for_a_post_is_refused() -> None:
    film = FTYP + MOOV + box("mdat", bytes(100_000_000))

    assert "may have 100000000" in (wrong_with(film) or "")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no-film"):
        film_in(tmp_path / "no-film.mp4")


def test_a_file_that_is_no_film_is_named_with_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_bytes(FTYP)

    with pytest.raises(UsageError, match=r"text\.mp4 is not a playable MP4: it has no `moov` box"):
        film_in(tmp_path / "text.mp4")
