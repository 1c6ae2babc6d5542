"""npub and nsec: 32-byte keys in Bech32 (NIP-19, BIP-173). The entities with relay hints are not here."""

from collections.abc import Iterable, Iterator

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_LENGTH = 6


def encode(prefix: str, key: bytes) -> str:
    words = list(_regroup(key, 8, 5))
    words += _checksum(prefix, words)
    return f"{prefix}1{''.join(_ALPHABET[word] for word in words)}"


def decode(text: str) -> tuple[str, bytes]:
    """The prefix and the 32 bytes of a key; ValueError for anything else."""
    if text not in (text.lower(), text.upper()):
        raise ValueError("mixed case")
    prefix, separator, data = text.lower().rpartition("1")
    if not separator or not prefix or any(letter not in _ALPHABET for letter in data):
        raise ValueError("not Bech32")
    words = [_ALPHABET.index(letter) for letter in data]
    payload, checksum = words[:-_CHECKSUM_LENGTH], words[-_CHECKSUM_LENGTH:]
    if _checksum(prefix, payload) != checksum:
        raise ValueError("checksum does not match")
    key = bytes(_regroup(payload, 5, 8))
    if len(key) != 32 or encode(prefix, key) != text.lower():
        raise ValueError("not a 32-byte key")
    return prefix, key


def _regroup(values: Iterable[int], width: int, wanted: int) -> Iterator[int]:
    """Bits in groups of `width` as groups of `wanted`; an incomplete last group is filled up or dropped."""
    accumulator = bits = 0
    for value in values:
        accumulator = (accumulator << width) | value
        bits += width
        while bits >= wanted:
            bits -= wanted
            yield (accumulator >> bits) & ((1 << wanted) - 1)
    if bits and wanted < width:
        yield (accumulator << (wanted - bits)) & ((1 << wanted) - 1)


def _checksum(prefix: str, words: list[int]) -> list[int]:
    expanded = [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]
    remainder = _polymod([*expanded, *words, *([0] * _CHECKSUM_LENGTH)]) ^ 1
    return [(remainder >> 5 * (_CHECKSUM_LENGTH - 1 - place)) & 31 for place in range(_CHECKSUM_LENGTH)]


def _polymod(words: Iterable[int]) -> int:
    value = 1
    for word in words:
        top = value >> 25
        value = (value & 0x1FFFFFF) << 5 ^ word
        for place, generator in enumerate(_GENERATOR):
            value ^= generator if (top >> place) & 1 else 0
    return value
