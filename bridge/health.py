"""Whether the bridge can do its work, part by part, with the reason where it cannot.

Each part reports for itself. A part that was announced and has not reported yet is not ready, and one that
promised to report regularly is not ready once its last good report is too old. It says nothing about single
jobs or accounts.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class _Part:
    within: float | None
    reason: str | None = "has not started yet"
    good_at: float | None = None


class Health:
    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._parts: dict[str, _Part] = {}

    def announce(self, part: str, *, within: float | None = None) -> None:
        """Readiness depends on `part` from now on; with `within` (seconds), on good reports that often."""
        self._parts.setdefault(part, _Part(within)).within = within

    def good(self, part: str) -> None:
        known = self._parts.setdefault(part, _Part(None))
        known.reason, known.good_at = None, self._now()

    def bad(self, part: str, reason: str) -> None:
        self._parts.setdefault(part, _Part(None)).reason = reason

    def report(self) -> dict[str, str | None]:
        """Each part with the reason why it is not ready, or None."""
        return {name: self._reason(part) for name, part in self._parts.items()}

    def _reason(self, part: _Part) -> str | None:
        if part.reason is not None or part.within is None or part.good_at is None:
            return part.reason
        age = self._now() - part.good_at
        return (
            f"last good report {age:.0f} s ago, expected every {part.within:.0f} s"
            if age > part.within
            else None
        )
