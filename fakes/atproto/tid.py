"""Timestamp identifiers: thirteen sortable base32 characters that name record keys and repository revisions.

53 bits of microseconds since 1970 and ten bits of clock id. The clock never repeats or steps back, whatever
time it is told. Rules: https://atproto.com/specs/tid.
"""

import re

_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_VALUE = {character: value for value, character in enumerate(_ALPHABET)}
_SYNTAX = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")


class TidClock:
    """Gives strictly increasing TIDs; `clock_id` (0-1023) keeps two clocks apart."""

    def __init__(self, clock_id: int) -> None:
        if not 0 <= clock_id < 1024:
            raise ValueError(f"clock id {clock_id} is not within 0-1023")
        self._clock_id = clock_id
        self._last = -1

    def next(self, at: float) -> str:
        """The TID of this moment (unix seconds), or the one after the last if the moment is not later."""
        self._last = max(self._last + 1, int(at * 1_000_000))
        return encode(self._last, self._clock_id)


def encode(microseconds: int, clock_id: int) -> str:
    number = microseconds << 10 | clock_id
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(60, -1, -5))


def decode(tid: str) -> tuple[int, int]:
    """Microseconds since 1970 and the clock id; ValueError if it is not a TID."""
    if not is_tid(tid):
        raise ValueError(f"not a TID: {tid[:80]!r}")
    number = 0
    for character in tid:
        number = number << 5 | _VALUE[character]
    return number >> 10, number & 1023


def is_tid(text: str) -> bool:
    return _SYNTAX.fullmatch(text) is not None
