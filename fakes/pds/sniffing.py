"""What the first bytes of a blob say it is; None where they say nothing and the declared type stands.

The cases that were observed on the reference server and their near relatives, not every format there is.
"""

from collections.abc import Callable, Mapping

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF", "application/pdf"),
    (b"<?xml ", "application/xml"),
    (b"OggS", "application/ogg"),
    (b"fLaC", "audio/x-flac"),
    (b"ID3", "audio/mpeg"),
    (b"BM", "image/bmp"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"PK\x03\x04", "application/zip"),
)

_BRANDS = {
    "avif": "image/avif",
    "avis": "image/avif",
    "mif1": "image/heif",
    "msf1": "image/heif-sequence",
    "heic": "image/heic",
    "heix": "image/heic",
    "hevc": "image/heic-sequence",
    "hevx": "image/heic-sequence",
    "qt": "video/quicktime",
    "M4V": "video/x-m4v",
    "M4VH": "video/x-m4v",
    "M4VP": "video/x-m4v",
    "M4A": "audio/x-m4a",
    "M4B": "audio/mp4",
    "F4A": "audio/mp4",
    "F4B": "audio/mp4",
}

_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/vnd.avi"}

_AS_THEY_ARE: Mapping[str, str] = {}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def sniff(data: bytes, kinds: Mapping[str, str] = _AS_THEY_ARE) -> str | None:
    """`kinds` renames what is found; HTML, which the reference server does not find, only if it has a name."""
    head = data[:4096].removeprefix(_BYTE_ORDER_MARK)
    for look in _LOOKS:
        found = look(head)
        if found is not None:
            return kinds.get(found, found)
    return kinds.get("text/html") if _is_html(head) else None


def _magic(head: bytes) -> str | None:
    return next((kind for start, kind in _MAGIC if head.startswith(start)), None)


def _riff(head: bytes) -> str | None:
    return _RIFF.get(head[8:12]) if head.startswith(b"RIFF") else None


def _iso_media(head: bytes) -> str | None:
    if head[4:8] != b"ftyp" or len(head) < 12 or not head[8] & 0x60:
        return None
    brand = head[8:12].decode("latin-1").replace("\0", " ").strip()
    if brand.startswith("3g"):
        return "video/3gpp2" if brand.startswith("3g2") else "video/3gpp"
    return _BRANDS.get(brand, "video/mp4")


def _matroska(head: bytes) -> str | None:
    if not head.startswith(b"\x1a\x45\xdf\xa3"):
        return None
    at = head.find(b"\x42\x82")
    name = head[at + 3 : at + 3 + (head[at + 2] & 0x7F)] if 0 <= at < len(head) - 3 else b""
    return {b"webm": "video/webm", b"matroska": "video/matroska"}.get(name)


def _captions(head: bytes) -> str | None:
    return (
        "text/vtt" if head.startswith(b"WEBVTT") and head[6:7] in (b"", b"\n", b"\r", b"\t", b" ") else None
    )


def _is_html(head: bytes) -> bool:
    return head.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html"))


_LOOKS: tuple[Callable[[bytes], str | None], ...] = (_magic, _riff, _iso_media, _matroska, _captions)
