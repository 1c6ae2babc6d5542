"""What happens to the database server, and to the sessions the bridge has with it.

A full disk is played on the wire: the statements that would write fail at the server, as SQLSTATE 53100; nothing is filled.
"""

from collections.abc import Callable

from localnet.network.network import Network
from localnet.world.database import Database
from localnet.world.moments import NOTING_A_CHANGE, NOTING_SOMETHING_NEW
from localnet.world.wire import Mishap, WireMishaps

SERVICE = "postgres"
DISK_FULL = "53100"
NO_SPACE = "could not extend file: No space left on device"


class Postgres:
    def __init__(
        self, network: Network, database: Database, wire: WireMishaps, something_happened: Callable[[], None]
    ) -> None:
        self._network, self._database, self._wire = network, database, wire
        self._happened = something_happened

    def restarts(self) -> None:
        """Everybody's session ends; returns when it takes new ones."""
        self._happened()
        self._network.restart(SERVICE)

    def goes_down(self) -> None:
        self._happened()
        self._network.stop(SERVICE)

    def comes_back(self) -> None:
        self._happened()
        self._network.start(SERVICE)

    def pauses(self) -> None:
        """It takes no notice of anybody; sessions stand."""
        self._happened()
        self._network.freeze(SERVICE)

    def goes_on(self) -> None:
        self._network.thaw(SERVICE)

    def terminates_the_sessions(self) -> None:
        """Those of everybody but the harness, as an administrator would (SQLSTATE 57P01)."""
        self._happened()
        self._database.terminate_sessions()

    def has_no_space(self, times: int = 1) -> Mishap:
        """For so many statements that add a row."""
        return self._wire.answers_with_an_error(NOTING_SOMETHING_NEW, DISK_FULL, NO_SPACE, times)

    def has_no_space_for_changes(self, times: int = 1) -> Mishap:
        return self._wire.answers_with_an_error(NOTING_A_CHANGE, DISK_FULL, NO_SPACE, times)
