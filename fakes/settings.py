"""What a fake is given when it is built: its name, its options, its network's clock, its source of entropy.

Not configuration from the environment: nothing here reads a variable or a file. A fake's `build(settings)`
takes its options through `Settings.expect`, so that a misspelt or missing option is an error that names it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from os import urandom
from time import time


class Clock:
    """The time of one network in unix seconds, shared by its fakes: moving it moves all of them at once."""

    def __init__(self, source: Callable[[], float] = time) -> None:
        self._source = source
        self._real, self._shown, self._rate = 0.0, 0.0, 1.0

    def now(self) -> float:
        return self._shown + (self._source() - self._real) * self._rate

    def set(self, real: float, shown: float, rate: float) -> None:
        """At the moment `real` it shows `shown`, and runs `rate` times as fast from then on; 0: it stands still."""
        self._real, self._shown, self._rate = real, shown, rate

    def advance(self, seconds: float) -> None:
        self._shown += seconds


@dataclass(frozen=True)
class Settings:
    name: str
    options: Mapping[str, str] = field(default_factory=dict)
    token: str = ""
    clock: Clock = field(default_factory=Clock)
    entropy: Callable[[int], bytes] = urandom

    def expect(self, *required: str, **defaults: str) -> dict[str, str]:
        """The options with the defaults filled in; ValueError for a required one missing or one unknown."""
        known = sorted({*required, *defaults})
        unknown = sorted(set(self.options) - set(known))
        missing = sorted(set(required) - set(self.options))
        if unknown:
            raise ValueError(
                f"{self.name}: unknown option {', '.join(unknown)} (known: {', '.join(known) or 'none'})"
            )
        if missing:
            raise ValueError(f"{self.name}: missing option {', '.join(missing)}")
        return {**defaults, **self.options}
