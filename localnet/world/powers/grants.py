"""The powers a world has been granted, on whichever fake: asked for, looked after, taken back.

Knows the control routes of the fakes and nothing of what a power does. A service that is no fake has none.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from localnet.errors import LocalnetError, UndecidedError
from localnet.network.view import View
from localnet.world.doors import Answer, Door
from localnet.world.expect import Matcher
from localnet.world.neighbours import CONTROL_HEADER
from localnet.world.promises import NotApplicable

ROUTE = "/_control/powers"


@dataclass
class Grant:
    """One power. `says` is what the scenario asked for, in its words."""

    service: str
    says: str
    door: Door
    id: str
    ended_with: int | None = field(default=None, init=False)

    @property
    def met(self) -> int:
        """How often it has made a difference so far."""
        if self.ended_with is not None:
            return self.ended_with
        listed: list[dict[str, Any]] = self.door.get(ROUTE).json()["powers"]
        met = next((int(power["met"]) for power in listed if power["id"] == self.id), None)
        if met is None:
            raise self._lost("it is not listed")
        return met

    def ends(self) -> None:
        if self.ended_with is None:
            answer = self.door.delete(f"{ROUTE}/{self.id}")
            if not answer.is_good:
                raise self._lost(str(answer))
            self.ended_with = int(answer.json()["met"])

    def _lost(self, why: str) -> UndecidedError:
        return UndecidedError(f"{self.service} lost a power: {self.says}: {why}", "was it restarted?")

    def is_met(self, times: int = 1) -> Matcher:
        """It has made a difference so often by now, or more often."""

        def is_wrong() -> str | None:
            return None if self.met >= times else f"it was met {self.met} times"

        return Matcher(f"“{self.says}” is met", is_wrong)

    def has_met(self, times: int) -> Matcher:
        """It made a difference exactly so often."""

        def is_wrong() -> str | None:
            return None if self.met == times else f"it was met {self.met} times"

        return Matcher(f"“{self.says}” is met {times} times, no more", is_wrong)


class Grants:
    def __init__(self, network: View, something_happened: Callable[[], None]) -> None:
        self._network = network
        self._happened = something_happened
        self._granted: list[Grant] = []

    def door(self, service: str) -> Door:
        return Door(service, self._network.url(service), {CONTROL_HEADER: self._network.token})

    def ask(
        self,
        service: str,
        says: str,
        name: str,
        on: str = "",
        times: int | None = None,
        **settings: Any,
    ) -> Grant:
        self._happened()
        door = self.door(service)
        wish = {"name": name, "on": on, "times": times, "settings": settings}
        document = _done(door.post(ROUTE, wish), says).json()
        grant = Grant(service, says, door, document["id"])
        self._granted.append(grant)
        return grant

    def command(self, service: str, says: str, route: str, document: Any) -> None:
        """What a fake does once, at once."""
        self._happened()
        _done(self.door(service).post(f"/_control/{route}", document), says)

    def unused(self) -> list[str]:
        """Those that have made no difference so far."""
        return [f"{grant.service}: {grant.says}" for grant in self._granted if not grant.met]

    def end(self) -> list[str]:
        """Take all of them back; the result says which made no difference."""
        for grant in self._granted:
            self._happened()
            grant.ends()
        unused = self.unused()
        self._granted.clear()
        return unused

    def abandon(self) -> None:
        """Take back what still can be, for a network that others go on with."""
        for grant in self._granted:
            with suppress(LocalnetError):
                grant.ends()
        self._granted.clear()


def _done(answer: Answer, says: str) -> Answer:
    if answer.status == 404 and answer.json() == {"detail": "Not Found"}:
        raise NotApplicable(f"no fake is there that could do this: {says}")
    if not answer.is_good:
        raise UndecidedError(
            f"the fake did not do this: {says}: {answer}", "see `localnet trace` for the hop"
        )
    return answer
