"""Record keys of kind `tid`: 53 bits of microseconds and 10 bits of clock id, sortable. Pure.

Rules: the AT Protocol specification of TIDs.
"""

_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"


class TidClock:
    """Strictly increasing within one clock; `clock_id` keeps two processes apart."""

    def __init__(self, clock_id: int) -> None:
        self._clock_id = clock_id % 1024
        self._last = 0

    def next(self, at: float) -> str:
        """The key for unix time `at` in seconds, or the next free one after it."""
        self._last = max(int(at * 1_000_000), self._last + 1)
        number = (self._last << 10) | self._clock_id
        return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(60, -1, -5))
