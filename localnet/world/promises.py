"""How a scenario says what it is about, and how a check says that it is not so.

`@claims` and `@own_network` only mark; the pytest plugin reads the marks. pytest itself is imported when a
scenario is, so that the CLI can use the people of `localnet.world` without it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

CLAIMS = "localnet_claims"
OWN_NETWORK = "localnet_own_network"

Scenario = TypeVar("Scenario", bound=Callable[..., None])


class BrokenPromise(Exception):
    """What was promised did not happen. `wrong` says what was seen instead, `concerns` whose evidence
    to show.
    """

    def __init__(self, promise: str, wrong: str, concerns: Iterable[str] = ()) -> None:
        super().__init__(promise, wrong)
        self.promise = promise
        self.wrong = wrong
        self.concerns = tuple(concerns)
        """ids (pubkeys, DIDs, event ids) to look for in the journal"""

    def __str__(self) -> str:
        return f"{self.promise}: {self.wrong}"


class NotApplicable(Exception):
    """The bridge under test does not have what the scenario is about, as its adapter says."""


@dataclass(frozen=True)
class NetworkWish:
    """What a scenario asks of a network of its own."""

    env: Mapping[str, str] = field(default_factory=dict)
    schema: str | None = None
    """name of `schemas/NAME.sql` beside the scenario: what the database holds before the bridge first
    starts
    """
    replicas: int = 1
    staggered: bool = False
    """the replicas start one after the other, as a deployment that rolls does"""
    settings: Mapping[str, str] = field(default_factory=dict)
    """`SERVICE.KEY` -> value, as with `--set`"""
    clock: bool = False
    """whether the scenario moves it"""
    is_shared: bool = False
    """whether scenarios that ask for the same play on it one after the other"""


def claims(*promises: str) -> Callable[[Scenario], Scenario]:
    """The scenario fails when one of these promises is broken; any other broken promise only blocks it."""
    if not promises:
        raise ValueError("a scenario claims at least one promise")
    return _mark(CLAIMS, *promises)


def own_network(
    env: Mapping[str, str] | None = None,
    schema: str | None = None,
    replicas: int = 1,
    settings: Mapping[str, str] | None = None,
    clock: bool = False,
    staggered: bool = False,
) -> Callable[[Scenario], Scenario]:
    """The scenario plays on a network of its own, started with these settings; with `clock`, it moves that network's time."""
    return _mark(OWN_NETWORK, NetworkWish(env or {}, schema, replicas, staggered, settings or {}, clock))


def shared_network(**env: str) -> Callable[[Scenario], Scenario]:
    """The scenario plays on the network of all that ask for a bridge with these settings."""
    return _mark(OWN_NETWORK, NetworkWish(env, is_shared=True))


def _mark(name: str, *arguments: Any) -> Callable[[Scenario], Scenario]:
    import pytest

    mark: Callable[[Scenario], Scenario] = getattr(pytest.mark, name)(*arguments)
    return mark
