"""What the first bytes of a blob say it is."""

import pytest

from fakes.pds.sniffing import sniff


def iso_media(brand: bytes) -> bytes:
    return b"\0\0\0\x14ftyp" + brand + b"\0\0\0\0" + brand + b"\0" * 64


CASES: dict[str, tuple[bytes, str | None]] = {
    "PNG": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
    "JPEG": (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
    "GIF": (b"GIF89a....", "image/gif"),
    "WebP": (b"RIFF\x40\0\0\0WEBPVP8 ", "image/webp"),
    "PDF": (b"%PDF-1.4\n", "application/pdf"),
    "SVG with an XML prolog": (b'<?xml version="1.0"?><svg/>', "application/xml"),
    "WebM": (
        b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm",
        "video/webm",
    ),
    "captions": (b"WEBVTT\n\n00:00.000 --> 00:01.000\nhi", "text/vtt"),
    "captions after a byte order mark": (b"\xef\xbb\xbfWEBVTT\n\n", "text/vtt"),
    "a word that begins like captions": (b"WEBVTTX", None),
    "MP4 of the brand isom": (iso_media(b"isom"), "video/mp4"),
    "MP4 of the brand avc1": (iso_media(b"avc1"), "video/mp4"),
    "MP4 of the brand dash": (iso_media(b"dash"), "video/mp4"),
    "an iPhone's QuickTime": (iso_media(b"qt  "), "video/quicktime"),
    "an iTunes video": (iso_media(b"M4V "), "video/x-m4v"),
    "a 3GPP video": (iso_media(b"3gp5"), "video/3gpp"),
    "a HEIC picture": (iso_media(b"heic"), "image/heic"),
    "the first four bytes of an MP4": (b"\0\0\0\x14", None),
    "an HTML error page": (b"<!doctype html><title>502</title>", None),
    "plain text": (b"hello", None),
    "nothing": (b"", None),
}


@pytest.mark.parametrize(("data", "kind"), CASES.values(), ids=CASES.keys())
def test_is_recognised(data: bytes, kind: str | None) -> None:
    assert sniff(data) == kind
