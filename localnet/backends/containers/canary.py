"""A listener on this machine that nobody of a closed network can reach; whoever does is written down with what they said.

Bound to addresses that the engine's networks have on this machine, to no other: nobody else has business there either.
"""

import selectors
import socket
import threading
from collections.abc import Callable, Iterable

OURS = b"localnet-proof"
"""in what our own probe says"""
LISTEN_SECONDS = 0.5
HEARD = 1024


class Canary:
    """`attempted` is called with `tcp HOST:PORT` or `GET HOST:PORT/PATH`, in a thread of its own."""

    def __init__(self, hosts: Iterable[str], attempted: Callable[[str], None]) -> None:
        self._attempted = attempted
        self._sockets = [listening for host in hosts if (listening := _bound(host))]
        self.addresses = ["{}:{}".format(*listening.getsockname()) for listening in self._sockets]
        self._over, self._wake = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="canary", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._wake.close()
        self._thread.join()
        for listening in (*self._sockets, self._over):
            listening.close()

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            for listening in (*self._sockets, self._over):
                selector.register(listening, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is self._over:
                        return
                    assert isinstance(key.fileobj, socket.socket)
                    connection, _ = key.fileobj.accept()
                    with connection:
                        self._hear(connection)

    def _hear(self, connection: socket.socket) -> None:
        connection.settimeout(LISTEN_SECONDS)
        called = "{}:{}".format(*connection.getsockname())
        try:
            said = connection.recv(HEARD)
        except OSError:
            said = b""
        if OURS not in said:
            self._attempted(read(said, called))


def read(said: bytes, called: str) -> str:
    """What a call to that address was, by the first thing it said."""
    words = said.partition(b"\r\n")[0].decode("latin-1").split(" ")
    if len(words) == 3 and words[2].startswith("HTTP/"):
        return f"{words[0]} {called}{words[1].partition('?')[0]}"
    return f"tcp {called}"


def _bound(host: str) -> socket.socket | None:
    """None where this machine has no such address: the engine runs elsewhere, or keeps that network to itself."""
    listening = socket.socket()
    try:
        listening.bind((host, 0))
        listening.listen()
    except OSError:
        listening.close()
        return None
    return listening
