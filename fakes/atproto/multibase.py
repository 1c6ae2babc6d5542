"""The two multibase alphabets that the AT Protocol writes: base58btc (`z`) and lower-case base32 (`b`).

Not a general multibase registry. Rules: the multiformats multibase table; base32 is RFC 4648 without
padding, and a string whose spare bits are not zero is refused, so that every value has one spelling.
"""

import base64

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58_VALUE = {character: value for value, character in enumerate(_BASE58)}
_BASE32 = frozenset("abcdefghijklmnopqrstuvwxyz234567")


def base58_encode(data: bytes) -> str:
    number = int.from_bytes(data)
    digits = ""
    while number:
        number, digit = divmod(number, 58)
        digits = _BASE58[digit] + digits
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + digits


def base58_decode(text: str) -> bytes:
    number = 0
    for character in text:
        if character not in _BASE58_VALUE:
            raise ValueError(f"not base58: {character!r}")
        number = number * 58 + _BASE58_VALUE[character]
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


def base32_encode(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()


def base32_decode(text: str) -> bytes:
    if not _BASE32.issuperset(text) or len(text) % 8 in (1, 3, 6):
        raise ValueError(f"not base32: {text[:80]!r}")
    data = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    if base32_encode(data) != text:
        raise ValueError(f"base32 with spare bits set: {text[:80]!r}")
    return data


def decode(text: str) -> bytes:
    """The bytes of a multibase string; ValueError for any other prefix than `b` and `z`."""
    match text[:1]:
        case "b":
            return base32_decode(text[1:])
        case "z":
            return base58_decode(text[1:])
        case prefix:
            raise ValueError(f"unknown multibase prefix {prefix!r}")
