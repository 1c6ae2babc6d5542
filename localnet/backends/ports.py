"""Port numbers that stay ours: each is held by a bound socket that never listens, so the kernel gives it to nobody else.

The service binds the same number and listens on it, which Linux allows while both sides set SO_REUSEADDR.
"""

import socket

from localnet.backends.process_table import holder_of
from localnet.errors import MachineError

HOST = "127.0.0.1"


class Ports:
    """The numbers of one network."""

    def __init__(self) -> None:
        self._held: list[socket.socket] = []

    def any(self) -> int:
        held = _bound(0)
        self._held.append(held)
        number: int = held.getsockname()[1]
        return number

    def exactly(self, number: int, what_for: str) -> int:
        try:
            self._held.append(_bound(number))
        except OSError as error:
            holder = holder_of(number)
            who = f"{holder.name} (pid {holder.pid}) listens on it" if holder else str(error.strerror)
            raise MachineError(
                f"port {number}, wanted for {what_for}, is taken: {who}",
                "end that process, or let the ports be chosen (--ports auto)",
            ) from None
        return number

    def release(self) -> None:
        for held in self._held:
            held.close()
        self._held.clear()


def _bound(number: int) -> socket.socket:
    held = socket.socket()
    try:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind((HOST, number))
    except OSError:
        held.close()
        raise
    return held


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0
