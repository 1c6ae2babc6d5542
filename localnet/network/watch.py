"""Notices services that end on their own after they were ready. Services that are asked to end are not its business."""

import threading
from collections.abc import Callable

from localnet.network.network import Network

LOOK_SECONDS = 0.2


def watch(network: Network) -> Callable[[], None]:
    """Looks from now on, in a thread of its own; the returned function ends that."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_SECONDS):
            network.notice_ended()

    thread = threading.Thread(target=look, name="watch", daemon=True)
    thread.start()

    def end() -> None:
        over.set()
        thread.join()

    return end
