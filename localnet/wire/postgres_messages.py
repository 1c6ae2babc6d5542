"""PostgreSQL's protocol 3, cut into messages: bytes of one direction in, messages out whose `raw` put together are those bytes.

Messages up to 64 KiB come whole; longer ones pass in pieces as they arrive, and show only their beginning. No sockets, no time.
Rules: PostgreSQL manual, "Frontend/Backend Protocol", "Message Formats".
"""

from dataclasses import dataclass
from typing import Final

WHOLE: Final = 64 * 1024

CANCEL: Final = (80877102).to_bytes(4)
_ENCRYPT: Final = ((80877103).to_bytes(4), (80877104).to_bytes(4))
"""SSLRequest, GSSENCRequest: answered with one byte that is no message."""
ENCRYPTION_ANSWERS: Final = {b"S": True, b"G": True, b"N": False}
"""Whether what follows is encrypted."""

_TLS_HANDSHAKE: Final = 0x16
"""First byte of a caller that begins with TLS at once (sslnegotiation=direct)."""


@dataclass(slots=True)
class Message:
    """`kind` is the type byte; empty for the untyped messages a caller begins with, and for what is no message at all. `body` is the
    content after the length, as much of it as is in `raw`."""

    raw: bytes
    kind: bytes = b""
    body: bytes = b""

    @property
    def asks_for_encryption(self) -> bool:
        return not self.kind and self.body in _ENCRYPT


def error_response(severity: str, sqlstate: str, text: str) -> bytes:
    fields = {"S": severity, "V": severity, "C": sqlstate, "M": text}
    body = b"".join(key.encode() + value.encode() + b"\0" for key, value in fields.items()) + b"\0"
    return b"E" + (len(body) + 4).to_bytes(4) + body


def failing_instead_of(message: Message) -> bytes | None:
    """A message of the same kind at which every session fails: it speaks of what nobody has prepared. None for what cannot be replaced."""
    body = {b"Q": b'EXECUTE "localnet: a fault"\0', b"E": b"localnet: a fault\0\0\0\0\0"}.get(message.kind)
    whole = len(message.raw) == len(message.body) + 5 == int.from_bytes(message.raw[1:5]) + 1
    return message.kind + (len(body) + 4).to_bytes(4) + body if body and whole else None


class MessageReader:
    """One direction. A caller's first messages have no type byte."""

    def __init__(self, from_caller: bool) -> None:
        self._untyped = from_caller
        self._bare_bytes = 0
        self.unread = False
        """What follows is encrypted."""
        self._rest = b""
        self._passing = 0
        """Bytes left of a long message."""

    def expect_byte(self) -> None:
        """The next thing is the one byte that answers a request for encryption."""
        self._bare_bytes += 1

    def feed(self, data: bytes) -> list[Message]:
        if self._rest:
            data, self._rest = self._rest + data, b""
        found: list[Message] = []
        at = 0
        while at < len(data):
            message = self._next(data, at)
            if message is None:
                self._rest = data[at:]
                break
            found.append(message)
            at += len(message.raw)
        return found

    def close(self) -> list[Message]:
        """The sender has ended: what was held back passes as it is."""
        rest, self._rest = self._rest, b""
        return [Message(rest)] if rest else []

    def _next(self, data: bytes, start: int) -> Message | None:
        if self._untyped and data[start] == _TLS_HANDSHAKE:
            self.unread = True
        if self.unread:
            return Message(data[start:])
        if self._passing:
            raw = data[start : start + self._passing]
            self._passing -= len(raw)
            return Message(raw)
        if self._bare_bytes:
            self._bare_bytes -= 1
            if (answer := data[start : start + 1]) in ENCRYPTION_ANSWERS:
                return Message(answer)
        return self._message(data, start)

    def _message(self, data: bytes, start: int) -> Message | None:
        head = 4 if self._untyped else 5
        if len(data) < start + head:
            return None
        length = int.from_bytes(data[start + head - 4 : start + head])
        end = start + head - 4 + max(4, length)
        if end > len(data) and end - start <= WHOLE:
            return None
        raw = data[start:end]
        self._passing = max(0, end - len(data))
        message = Message(raw, b"" if self._untyped else raw[:1], raw[head:])
        if self._untyped and not message.asks_for_encryption:
            self._untyped = False
        return message
