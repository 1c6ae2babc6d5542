"""Unsigned LEB128 numbers as multiformats writes them: shortest form, at most nine bytes.

Rules: https://github.com/multiformats/unsigned-varint.
"""


def encode(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def decode(data: bytes, at: int = 0) -> tuple[int, int]:
    """The number at offset `at`, and the offset after it; ValueError if cut short or not shortest."""
    number = 0
    for length, byte in enumerate(data[at : at + 9]):
        number |= (byte & 0x7F) << 7 * length
        if byte < 0x80:
            if length and not byte:
                raise ValueError("varint is not in its shortest form")
            return number, at + length + 1
    raise ValueError("varint is cut short or too long")
