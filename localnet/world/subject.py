"""The bridge under test as a process: stopped, killed at a moment, started again.

What it does for people is in `lifecycle`.
"""

from collections.abc import Callable
from typing import TypeVar

from localnet.errors import LocalnetError
from localnet.network.network import Network
from localnet.world.moments import Moment
from localnet.world.promises import BrokenPromise
from localnet.world.wire import WireMishaps

Made = TypeVar("Made")


class Subject:
    def __init__(
        self, network: Network, service: str, wire: WireMishaps, happened: Callable[[], None]
    ) -> None:
        self._network = network
        self._service = service
        self._wire = wire
        self._happened = happened

    def stops(self) -> None:
        """As an operator stops it; it stays down."""
        self._happened()
        self._network.stop(self._service)

    def starts_again(self, promise: str = "bridge-starts") -> None:
        """Returns when it is ready."""
        self._happened()
        self._must_start(self._network.start, promise)

    def restarts(self, promise: str = "bridge-starts") -> None:
        self._happened()
        self._must_start(self._network.restart, promise)

    def is_killed_while(self, moment: Moment, act: Callable[[], Made]) -> Made:
        """Do something, and kill the bridge (SIGKILL) once its neighbour has done its part of the moment: nothing that the
        bridge sends after that arrives. It stays down.
        """
        return self._is_killed(moment, act, after=True)

    def is_killed_before(self, moment: Moment, act: Callable[[], Made]) -> Made:
        """The same, and its neighbour never hears of it."""
        return self._is_killed(moment, act, after=False)

    def is_frozen_while(self, moment: Moment, act: Callable[[], Made]) -> Made:
        """Do something, and stop (SIGSTOP) whichever of its processes comes to the moment; it stands still until it thaws."""
        self._happened()
        mishap = self._wire.freezes_the_bridge(moment)
        made = act()
        self._wire.waits_for(mishap)
        return made

    def thaws(self) -> None:
        """It goes on where it was frozen, and does not know that time has passed."""
        self._happened()
        for name, service in self._network.services.items():
            if service.state == "frozen":
                self._network.thaw(name)

    def _is_killed(self, moment: Moment, act: Callable[[], Made], after: bool) -> Made:
        self._happened()
        mishap = self._wire.kills_the_bridge(moment, after)
        made = act()
        self._wire.waits_for(mishap)
        return made

    def _must_start(self, start: Callable[[str], None], promise: str) -> None:
        try:
            start(self._service)
        except LocalnetError as error:
            raise BrokenPromise(promise, error.message) from error
