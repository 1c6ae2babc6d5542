"""Powers: what a fake does when it is asked to, as its real server does on a bad day. Named, counted, taken back.

A fake lists its powers with a sentence each. Whoever holds the network's token grants one, on one subject or on
all, for so many times or until it is withdrawn; the fake's core asks whether one applies, and where it does,
that counts. No HTTP here: the routes are `fakes.control`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

EVERYTHING = ""


@dataclass(frozen=True)
class Kind:
    """`settings`: what can be chosen, with the defaults."""

    says: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Power:
    id: str
    name: str
    on: str
    """whom or what it concerns: a pubkey, a DID, a hash, a name; `EVERYTHING` for all"""
    times: int | None
    settings: Mapping[str, Any]
    met: int = 0
    """how often it made a difference"""

    @property
    def is_spent(self) -> bool:
        return self.times is not None and self.met >= self.times

    def concerns(self, subjects: tuple[str, ...]) -> bool:
        return self.on == EVERYTHING or self.on in subjects


class UnknownPowerError(LookupError):
    """The fake has no such power, or the power no such setting; the text names those it has."""


def _nothing(_power: Power) -> None: ...


class Powers:
    """Those of one fake. `granted` and `withdrawn` are told, for powers that change its state at once."""

    def __init__(
        self,
        kinds: Mapping[str, Kind],
        granted: Callable[[Power], None] = _nothing,
        withdrawn: Callable[[Power], None] = _nothing,
    ) -> None:
        self.kinds = kinds
        self._granted = granted
        self._withdrawn = withdrawn
        self._count = 0
        self._powers: dict[str, Power] = {}

    def __iter__(self) -> Iterator[Power]:
        return iter(self._powers.values())

    def grant(
        self,
        name: str,
        on: str = EVERYTHING,
        times: int | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> Power:
        """UnknownPowerError for a name or a setting that is not there."""
        if name not in self.kinds:
            raise UnknownPowerError(f"no power {name!r}; known: {', '.join(sorted(self.kinds))}")
        defaults, chosen = self.kinds[name].settings, settings or {}
        if unknown := sorted(chosen.keys() - defaults.keys()):
            raise UnknownPowerError(
                f"{name} has no setting {unknown[0]!r}; known: {', '.join(defaults) or 'none'}"
            )
        self._count += 1
        power = Power(str(self._count), name, on, times, {**defaults, **chosen})
        self._granted(power)
        self._powers[power.id] = power
        return power

    def withdraw(self, identifier: str) -> Power | None:
        """The power as it ended; None if there is none of this id."""
        power = self._powers.pop(identifier, None)
        if power is not None:
            self._withdrawn(power)
        return power

    def meets(
        self, name: str, *subjects: str, where: Callable[[Power], bool] = lambda _: True
    ) -> Power | None:
        """The first unspent power of this name that concerns one of the subjects; it has met them now."""
        for power in self._powers.values():
            if power.name == name and not power.is_spent and power.concerns(subjects) and where(power):
                power.met += 1
                return power
        return None
