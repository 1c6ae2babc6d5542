"""HTTP/1.1 as an onlooker sees it: bytes of one direction in, events out whose `raw` put together are those bytes.

Heads are held back until they are whole; bodies pass as they come and are only measured, since llhttp does not tell where in the bytes a
message ended. What is not HTTP becomes `Unread` events to the end of the connection. No sockets, no time.
Rules: RFC 9112 (framing), RFC 9110 sections 6.4.1, 7.8, 9.3.2 and 15.2 (answers without a body, upgrades, interim answers).
"""

from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass, field

from httptools import HttpRequestParser, HttpResponseParser

from localnet.wire.bodies import Body, Framing, MalformedError
from localnet.wire.heads import Head, Headers


@dataclass(slots=True, eq=False)
class Exchange:
    """One request and its answer, filled in as it passes."""

    method: str
    target: str
    headers: Headers
    body: Body = field(default_factory=Body)
    upgrade: bool = False
    """The caller wants to speak something else afterwards (Upgrade, CONNECT)."""
    status: int | None = None
    answer_headers: Headers = field(default_factory=list)
    answer_body: Body = field(default_factory=Body)
    interim: list[int] = field(default_factory=list)
    at: float = 0.0
    """Unix seconds, and `began` a steady count of them: filled in by whoever has a clock."""
    began: float = 0.0
    answer: bytes | None = None
    """Of the wire's own, given in the callee's place."""
    note: str | None = None


@dataclass(slots=True)
class RequestHead:
    raw: bytes
    exchange: Exchange
    last: bool


@dataclass(slots=True)
class ResponseHead:
    raw: bytes
    exchange: Exchange
    last: bool
    interim: bool


@dataclass(slots=True)
class Part:
    """Of a body, with its framing."""

    raw: bytes
    exchange: Exchange
    last: bool


@dataclass(slots=True)
class Unread:
    """Bytes of no message: not HTTP, or broken off by the end of the connection."""

    raw: bytes


Event = RequestHead | ResponseHead | Part | Unread


class _Reader(ABC):
    """Head, body, next head; `_halted` where the meaning of what follows is not known yet."""

    def __init__(self, parser: type[HttpRequestParser] | type[HttpResponseParser]) -> None:
        self._parser = parser
        self._head = Head(parser)
        self._rest = b""
        self._framing: Framing | None = None
        self._body = Body()
        self._exchange: Exchange | None = None
        self._lost = False
        self._halted = False

    def feed(self, data: bytes) -> list[Event]:
        if self._rest:
            data, self._rest = self._rest + data, b""
        events: list[Event] = []
        at = 0
        while at < len(data) and not self._halted:
            start = at
            try:
                event, at = self._next(data, at)
            except MalformedError as error:
                self._lost = True
                self._malformed(str(error))
                event, at = Unread(data[start:]), len(data)
            if event is None:
                break
            events.append(event)
        self._rest = data[at:]
        return events

    def close(self) -> list[Event]:
        """The sender has ended."""
        rest = self.left_over()
        return [Unread(rest)] if rest else []

    def left_over(self) -> bytes:
        """What was held back."""
        rest, self._rest = self._rest, b""
        return rest

    def _next(self, data: bytes, start: int) -> tuple[Event | None, int]:
        if self._lost:
            return Unread(data[start:]), len(data)
        if self._framing is None:
            return self._take_head(data, start)
        end, last = self._framing.take(data, start, self._body)
        assert self._exchange
        return self._part(self._exchange, data[start:end], last), end

    def _take_head(self, data: bytes, start: int) -> tuple[Event | None, int]:
        """Empty lines before a request (RFC 9112 section 2.2) count to its head."""
        head, end = self._head, start
        while not head.complete:
            fed = start + head.fed
            if fed == len(data):
                return None, start
            found = data.find(b"\r\n\r\n", max(start, fed - 3))
            end = found + 4 if found >= 0 else len(data)
            head.feed(data[fed:end])
        self._head, self._body = Head(self._parser), Body()
        return self._headed(head, data[start:end]), end

    def _part(self, exchange: Exchange, raw: bytes, last: bool) -> Part:
        if last:
            self._framing = None
            self._ended(exchange)
        return Part(raw, exchange, last)

    @abstractmethod
    def _headed(self, head: Head, raw: bytes) -> Event: ...

    @abstractmethod
    def _ended(self, exchange: Exchange) -> None: ...

    @abstractmethod
    def _malformed(self, why: str) -> None: ...


class RequestReader(_Reader):
    """What the caller sends. After a request to upgrade it waits to be told whether that happened."""

    def __init__(self) -> None:
        super().__init__(HttpRequestParser)
        self.trouble: str | None = None

    def proceed(self) -> None:
        """The upgrade was refused: what follows is HTTP as before."""
        self._halted = False

    def _headed(self, head: Head, raw: bytes) -> RequestHead:
        method = head.method()
        exchange = Exchange(method, head.target, head.headers, self._body)
        exchange.upgrade = method == "CONNECT" or head.parser.should_upgrade()
        self._framing = head.request_framing()
        self._exchange = exchange
        if self._framing is None:
            self._ended(exchange)
        return RequestHead(raw, exchange, last=self._framing is None)

    def _ended(self, exchange: Exchange) -> None:
        self._halted = exchange.upgrade

    def _malformed(self, why: str) -> None:
        self.trouble = f"unreadable request ({why})"


class ResponseReader(_Reader):
    """What the callee sends. `expected`: requests forwarded and not answered yet, oldest first; it takes them out as answers end."""

    def __init__(self) -> None:
        super().__init__(HttpResponseParser)
        self.expected: deque[Exchange] = deque()
        self.trouble: str | None = None
        self.switched = False
        """What follows is not HTTP any more (101, or CONNECT)."""

    def close(self) -> list[Event]:
        """An answer without length ends with the connection."""
        events = super().close()
        if self._framing is not None and self._framing.ends_with_connection and self._exchange:
            events.append(self._part(self._exchange, b"", last=True))
        return events

    def _headed(self, head: Head, raw: bytes) -> ResponseHead:
        status = head.status()
        exchange = self.expected[0] if self.expected else Exchange("?", "(no request)", [])
        if 100 <= status < 200 and status != 101:
            exchange.interim.append(status)
            return ResponseHead(raw, exchange, last=False, interim=True)
        exchange.status, exchange.answer_headers, exchange.answer_body = status, head.headers, self._body
        self.switched = exchange.upgrade and (
            status == 101 or (exchange.method == "CONNECT" and status < 300)
        )
        self._framing = None if self.switched else head.response_framing(exchange.method, status)
        self._exchange = exchange
        self._halted = self.switched
        if self._framing is None:
            self._ended(exchange)
        return ResponseHead(raw, exchange, last=self._framing is None, interim=False)

    def _ended(self, exchange: Exchange) -> None:
        if self.expected and self.expected[0] is exchange:
            self.expected.popleft()

    def _malformed(self, why: str) -> None:
        self.trouble = f"unreadable answer ({why})"
