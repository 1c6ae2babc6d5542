"""Canonical DAG-CBOR: the one byte string that each value of the data model has.

Values are None, bool, int (64 bits), float, str, bytes, Cid, list and dict with string keys. Decoding is
strict: map keys sorted and unique, shortest integers, definite lengths, one item, no other tag than 42. The
AT Protocol's own rule that records hold no floats is kept by `records.py`. Rules:
https://ipld.io/specs/codecs/dag-cbor/spec/.
"""

import math
import struct
from typing import Any

from fakes.atproto.cid import Cid

MAX_DEPTH = 256


def encode(value: Any) -> bytes:
    """ValueError for a value outside the data model."""
    out = bytearray()
    _put(out, value, 0)
    return bytes(out)


def decode(data: bytes) -> Any:
    """ValueError for anything but one canonical item."""
    value, end = decode_first(data)
    if end != len(data):
        raise ValueError(f"{len(data) - end} bytes after the item")
    return value


def decode_first(data: bytes, at: int = 0) -> tuple[Any, int]:
    """The item at offset `at`, and the offset after it: a firehose frame is two items in a row."""
    try:
        return _take(data, at, 0)
    except (IndexError, struct.error):
        raise ValueError("item is cut short") from None


def _put(out: bytearray, value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    kind = type(value)
    if kind is str:
        data = value.encode()
        _put_head(out, 0x60, len(data))
        out += data
    elif kind is dict:
        _put_map(out, value, depth)
    elif kind is int:
        _put_int(out, value)
    elif kind is list or kind is tuple:
        _put_head(out, 0x80, len(value))
        for item in value:
            _put(out, item, depth + 1)
    elif kind is Cid:
        out += b"\xd8\x2a"
        _put_head(out, 0x40, len(value.raw) + 1)
        out += b"\0" + value.raw
    else:
        _put_rare(out, value)


def _put_rare(out: bytearray, value: Any) -> None:
    if value is None or value is True or value is False:
        out.append({None: 0xF6, True: 0xF5, False: 0xF4}[value])
    elif isinstance(value, bytes):
        _put_head(out, 0x40, len(value))
        out += value
    elif isinstance(value, float) and math.isfinite(value):
        out += struct.pack(">Bd", 0xFB, value)
    else:
        raise ValueError(f"not a value of the data model: {type(value).__name__} {value!r:.80}")


def _put_map(out: bytearray, value: dict[str, Any], depth: int) -> None:
    _put_head(out, 0xA0, len(value))
    try:
        keys = sorted((len(data), data, key) for key in value if (data := key.encode()) is not None)
    except AttributeError:
        raise ValueError("a map key is not a string") from None
    for length, data, key in keys:
        _put_head(out, 0x60, length)
        out += data
        _put(out, value[key], depth + 1)


def _put_int(out: bytearray, value: int) -> None:
    if not -(2**63) <= value < 2**63:
        raise ValueError(f"integer does not fit 64 bits: {value}")
    if value < 0:
        _put_head(out, 0x20, -1 - value)
    else:
        _put_head(out, 0x00, value)


def _put_head(out: bytearray, major: int, argument: int) -> None:
    if argument < 24:
        out.append(major | argument)
    elif argument < 0x100:
        out += bytes((major | 24, argument))
    elif argument < 0x10000:
        out += struct.pack(">BH", major | 25, argument)
    elif argument < 0x100000000:
        out += struct.pack(">BI", major | 26, argument)
    else:
        out += struct.pack(">BQ", major | 27, argument)


def _take(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    first = data[at]
    major = first & 0xE0
    if major == 0xE0:
        return _take_simple(data, at)
    argument, at = _take_argument(data, at)
    match major:
        case 0x60:
            return str(_slice(data, at, argument), "utf-8"), at + argument
        case 0xA0:
            return _take_map(data, at, argument, depth)
        case 0x00:
            return _within_64_bits(argument), at
        case 0x40:
            return _slice(data, at, argument), at + argument
        case 0x80:
            return _take_list(data, at, argument, depth)
        case 0x20:
            return -1 - _within_64_bits(argument), at
    return _take_link(data, at, argument)


def _take_argument(data: bytes, at: int) -> tuple[int, int]:
    short = data[at] & 0x1F
    if short < 24:
        return short, at + 1
    if short > 27:
        raise ValueError("indefinite or reserved length")
    size = 1 << short - 24
    argument = int.from_bytes(_slice(data, at + 1, size))
    if argument < 24 if size == 1 else argument >> 4 * size == 0:
        raise ValueError("integer is not in its shortest form")
    return argument, at + 1 + size


def _take_simple(data: bytes, at: int) -> tuple[Any, int]:
    match data[at]:
        case 0xF6:
            return None, at + 1
        case 0xF5:
            return True, at + 1
        case 0xF4:
            return False, at + 1
        case 0xFB:
            (number,) = struct.unpack_from(">d", data, at + 1)
            if not math.isfinite(number):
                raise ValueError("NaN and infinities are not in the data model")
            return number, at + 9
    raise ValueError(f"simple value or short float 0x{data[at]:02x}")


def _take_list(data: bytes, at: int, length: int, depth: int) -> tuple[list[Any], int]:
    items = []
    for _ in range(length):
        item, at = _take(data, at, depth + 1)
        items.append(item)
    return items, at


def _take_map(data: bytes, at: int, length: int, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    previous = (-1, b"")
    for _ in range(length):
        if data[at] & 0xE0 != 0x60:
            raise ValueError("a map key is not a string")
        size, at = _take_argument(data, at)
        key = _slice(data, at, size)
        if (size, key) <= previous:
            raise ValueError(f"map keys repeated or out of order at {key!r:.80}")
        previous = (size, key)
        found[str(key, "utf-8")], at = _take(data, at + size, depth + 1)
    return found, at


def _take_link(data: bytes, at: int, tag: int) -> tuple[Cid, int]:
    if tag != 42:
        raise ValueError(f"tag {tag}")
    if data[at] & 0xE0 != 0x40:
        raise ValueError("a link does not hold bytes")
    size, at = _take_argument(data, at)
    link = _slice(data, at, size)
    if link[:1] != b"\0":
        raise ValueError("a link does not start with a zero byte")
    return Cid.from_bytes(link[1:]), at + size


def _slice(data: bytes, at: int, size: int) -> bytes:
    part = data[at : at + size]
    if len(part) != size:
        raise ValueError("item is cut short")
    return part


def _within_64_bits(argument: int) -> int:
    if argument >= 2**63:
        raise ValueError("integer does not fit 64 bits")
    return argument
