"""What an owner looks after while its network runs: services that end on their own (not those asked to), the index of a long journal."""

import threading
from collections.abc import Callable

from localnet.journal.index import Keeper
from localnet.network.network import Network

LOOK_SECONDS = 0.2


def watch(network: Network) -> Callable[[], None]:
    """Looks from now on, in a thread of its own; the returned function ends that."""
    over, index = threading.Event(), Keeper(network.journal.path)

    def look() -> None:
        while not over.wait(LOOK_SECONDS):
            network.notice_ended()
            index.look()

    thread = threading.Thread(target=look, name="watch", daemon=True)
    thread.start()

    def end() -> None:
        over.set()
        thread.join()

    return end
