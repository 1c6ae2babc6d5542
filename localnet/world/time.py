"""Time as a scenario speaks of it: `world.clock.advances("3h")`, and everybody is three hours later.

Everybody, or nobody: where PostgreSQL or the bridge stays behind, nothing can be said about a promise that needs them, so the
scenario does not apply on a machine that cannot build the shim, and is undecided where only one of them stayed. What is down or
frozen follows when it comes back.
"""

from collections.abc import Callable

from localnet.backends.clock_shim import shim
from localnet.clock.reading import seconds_in
from localnet.errors import MachineError, UndecidedError, UsageError
from localnet.network.clock import Move, NetworkClock
from localnet.network.network import Network
from localnet.network.view import View
from localnet.world.expect import Matcher, Waiting, wait_for
from localnet.world.promises import NotApplicable


class WorldClock:
    def __init__(self, network: View, is_ours: bool, happened: Callable[[], None]) -> None:
        """`is_ours`: whether the scenario asked for a clock of its own."""
        self._network, self._is_ours, self._happened = network, is_ours, happened

    def advances(self, duration: str) -> None:
        """So much time passes at once: 90s, 15m, 3h, 7d."""
        seconds = seconds_in(duration)
        self._moved(lambda clock: clock.advance(seconds))

    def passes(self, duration: str, times: float = 1200.0) -> None:
        """So much time passes, so many times as fast as it does: whatever is due in between happens when it is due."""
        began, seconds = self._network.time(), seconds_in(duration)
        self._moved(lambda clock: clock.rate(times))

        def is_missing() -> str | None:
            left = began + seconds - self._network.time()
            return f"{left:g} s are missing" if left > 0 else None

        wait_for([Matcher(f"{duration} have passed", is_missing)], Waiting(within=2 * seconds / times))
        self._moved(lambda clock: clock.rate(1))

    def _moved(self, move: Callable[[NetworkClock], Move]) -> None:
        network = self._network
        if not self._is_ours or not isinstance(network, Network):
            raise UsageError("this scenario shares its network's clock", "@own_network(clock=True)")
        self._happened()
        moved = move(network.clock)
        if moved.stayed:
            stayed = "; ".join(f"{name}: {why}" for name, why in moved.stayed.items())
            _must_be_able_to_follow()
            raise UndecidedError(f"not everybody followed the clock: {stayed}", "localnet clock show")


def _must_be_able_to_follow() -> None:
    try:
        shim()
    except MachineError as error:
        raise NotApplicable(f"only the fakes follow the clock here: {error.message}") from error
