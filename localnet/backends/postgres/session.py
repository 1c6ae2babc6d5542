"""One conversation with PostgreSQL in its own protocol: connect, run a statement, get the first column.

Enough for SELECT 1 and CREATE DATABASE where the server trusts whoever reaches its socket; a driver would cost more to import than
all of start-up may take. Rules: PostgreSQL documentation, "Frontend/Backend Protocol", simple query.
"""

import socket
import struct
from types import TracebackType

PROTOCOL = 3 << 16
READY = b"Z"
ERROR = b"E"
ROW = b"D"
LOGIN = b"R"


class DatabaseError(Exception):
    """The server refused; the message is its own."""


class Session:
    """Raises OSError where nothing listens, DatabaseError when the server says no (also: still starting)."""

    def __init__(self, address: str, user: str, database: str, timeout: float = 5.0) -> None:
        """`address`: `host:port`, or `unix:` and the path of a socket."""
        self._received = b""
        self._socket = _connect(address, timeout)
        try:
            options = b"\0".join(word.encode() for word in ("user", user, "database", database))
            self._send(b"", struct.pack("!i", PROTOCOL) + options + b"\0\0")
            self._until_ready()
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> "Session":
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def run(self, statement: str) -> list[str | None]:
        """The first column of every row."""
        self._send(b"Q", statement.encode() + b"\0")
        return self._until_ready()

    def _until_ready(self) -> list[str | None]:
        column: list[str | None] = []
        error = None
        while True:
            kind, body = self._receive()
            if kind == ROW:
                column.append(_first(body))
            elif kind == ERROR:
                error = DatabaseError(_message(body))
                if body.startswith(b"SFATAL"):
                    raise error
            elif kind == LOGIN and struct.unpack("!i", body[:4])[0] != 0:
                raise DatabaseError("the server asks for a password")
            elif kind == READY:
                if error:
                    raise error
                return column

    def _send(self, kind: bytes, body: bytes) -> None:
        self._socket.sendall(kind + struct.pack("!i", len(body) + 4) + body)

    def _receive(self) -> tuple[bytes, bytes]:
        head = self._exactly(5)
        return head[:1], self._exactly(struct.unpack("!i", head[1:])[0] - 4)

    def _exactly(self, length: int) -> bytes:
        while len(self._received) < length:
            more = self._socket.recv(65536)
            if not more:
                raise ConnectionResetError("the server closed the connection")
            self._received += more
        taken, self._received = self._received[:length], self._received[length:]
        return taken


def identifier(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _connect(address: str, timeout: float) -> socket.socket:
    if address.startswith("unix:"):
        opened = socket.socket(socket.AF_UNIX)
        target: str | tuple[str, int] = address.removeprefix("unix:")
    else:
        host, _, port = address.rpartition(":")
        opened, target = socket.socket(), (host, int(port))
    opened.settimeout(timeout)
    try:
        opened.connect(target)
    except BaseException:
        opened.close()
        raise
    return opened


def _first(body: bytes) -> str | None:
    (length,) = struct.unpack("!i", body[2:6])
    return None if length < 0 else body[6 : 6 + length].decode()


def _message(body: bytes) -> str:
    fields = {part[:1]: part[1:].decode(errors="replace") for part in body.split(b"\0") if part}
    return f"{fields.get(b'S', 'ERROR')} {fields.get(b'C', '')}: {fields.get(b'M', '')}"
