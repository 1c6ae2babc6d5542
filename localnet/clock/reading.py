"""What a clock shows, as a pure value, and durations as people write them. Unix seconds throughout.

The journal, deadlines and waits of the harness stay in real time; only what a network is told of time follows a reading.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from localnet.errors import UsageError

UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
DURATION = re.compile(r"(?:\d+(?:\.\d+)?[dhms])+")
PART = re.compile(r"(\d+(?:\.\d+)?)([dhms])")


@dataclass(frozen=True)
class Reading:
    """At the moment `real` it shows `shown`, and from then on it runs `rate` times as fast; 0: it stands still."""

    real: float = 0.0
    shown: float = 0.0
    rate: float = 1.0

    def at(self, real: float) -> float:
        return self.shown + (real - self.real) * self.rate

    def advanced(self, seconds: float, real: float) -> "Reading":
        return Reading(real, self.at(real) + seconds, self.rate)

    def running(self, rate: float, real: float) -> "Reading":
        return Reading(real, self.at(real), rate)

    def described(self, real: float) -> str:
        """E.g. `2026-11-27 12:15:03 UTC, 3d1h ahead, running`."""
        shown = self.at(real)
        ahead = round(shown - real)
        distance = (
            f"{in_words(abs(ahead))} {'ahead' if ahead > 0 else 'behind'}" if ahead else "the real time"
        )
        pace = {0.0: "standing still", 1.0: "running"}.get(self.rate, f"running {self.rate:g} times as fast")
        return f"{datetime.fromtimestamp(shown, UTC):%Y-%m-%d %H:%M:%S} UTC, {distance}, {pace}"


REAL = Reading()
"""The time as it is."""


def seconds_in(text: str) -> float:
    """A duration: 90s, 15m, 3h, 7d, 1h30m."""
    if not DURATION.fullmatch(text):
        raise UsageError(f"{text!r} is no duration", "write e.g. 90s, 15m, 3h, 7d or 1h30m")
    return sum(float(number) * UNITS[unit] for number, unit in PART.findall(text))


def in_words(seconds: float) -> str:
    """The same, the other way: 262800 is 3d1h."""
    parts, rest = [], round(seconds)
    for unit, size in UNITS.items():
        count, rest = divmod(rest, size)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"
