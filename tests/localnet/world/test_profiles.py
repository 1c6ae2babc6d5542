"""A picture is a picture: a PNG that others can read, one for each label."""

import zlib

from localnet.world.profiles import picture_of


def test_a_picture_is_a_png_whose_parts_are_whole() -> None:
    data = picture_of("alice")[8:]
    kinds = []
    while data:
        size, kind = int.from_bytes(data[:4]), data[4:8]
        assert int.from_bytes(data[8 + size : 12 + size]) == zlib.crc32(data[4 : 8 + size])
        kinds.append(kind)
        data = data[12 + size :]

    assert picture_of("alice").startswith(b"\x89PNG\r\n\x1a\n")
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]


def test_everybody_has_a_picture_of_their_own() -> None:
    assert picture_of("alice") == picture_of("alice") != picture_of("bob")
