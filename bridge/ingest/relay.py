"""One WebSocket connection to the relay: a live subscription, and stored events by the page.

What arrives is neither judged nor kept. Frames that are no messages are counted and skipped.
"""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException

from bridge.errors import BridgeError
from bridge.nostr import messages

Filter = Mapping[str, object]
_LIVE = "live"
_FRAME = 16 * 1024 * 1024  # far above what relays accept; a larger one ends the connection
_WAITING = 1000  # live events; beyond that the relay has to wait
_logger = logging.getLogger(__name__)


class RelayError(BridgeError):
    """The connection is of no more use."""


@dataclass
class _Page:
    ended: asyncio.Future[None]
    events: list[object] = field(default_factory=list)


class Relay:
    def __init__(self, socket: ClientConnection, patience: float, skipped: Callable[[str], None]) -> None:
        self._socket = socket
        self._patience = patience
        self._skipped = skipped
        self._pages: dict[str, _Page] = {}
        self._names = (f"page-{number}" for number in itertools.count())
        self._live: asyncio.Queue[object] = asyncio.Queue(_WAITING)

    async def read(self) -> None:
        """Take in frames until the connection ends, which is a RelayError."""
        try:
            async for frame in self._socket:
                try:
                    await self._take(messages.read(frame))
                except messages.MalformedMessageError:
                    self._skipped("malformed frame")
        except WebSocketException as error:
            raise RelayError("the relay broke the connection off") from error
        raise RelayError(f"the relay closed the connection: {self._socket.close_reason or 'no reason given'}")

    async def follow(self, wanted: Filter) -> None:
        """From now on keep what arrives. `limit` is finite since some relays need one to say EOSE."""
        await self._ask(_LIVE, {**wanted, "limit": 1})

    async def arrivals(self, most: int) -> list[object]:
        """The next live events, as many as are there."""
        batch = [await self._live.get()]
        while len(batch) < most and not self._live.empty():
            batch.append(self._live.get_nowait())
        return batch

    async def page(self, wanted: Filter) -> list[object]:
        """Stored events, newest first, as many as the relay gives at once."""
        name = next(self._names)
        events = await self._ask(name, wanted)
        await self._socket.send(messages.close(name))
        return events

    async def _ask(self, name: str, wanted: Filter) -> list[object]:
        page = self._pages[name] = _Page(asyncio.get_running_loop().create_future())
        try:
            await self._socket.send(messages.request(name, wanted))
            async with asyncio.timeout(self._patience):
                await page.ended
        except TimeoutError:
            raise RelayError(f"no EOSE within {self._patience:.0f} s") from None
        except WebSocketException as error:
            raise RelayError("the relay broke the connection off") from error
        finally:
            self._pages.pop(name, None)
        return page.events

    async def _take(self, message: messages.Message) -> None:
        match message:
            case messages.Arrived(subscription, event):
                if subscription in self._pages:
                    self._pages[subscription].events.append(event)
                elif subscription == _LIVE:
                    await self._live.put(event)
            case messages.EndOfStored(subscription):
                if page := self._pages.pop(subscription, None):
                    page.ended.set_result(None)
            case messages.Closed(subscription, reason):
                refusal = RelayError(f"the relay closed a subscription: {reason}")
                if page := self._pages.pop(subscription, None):
                    page.ended.set_exception(refusal)
                elif subscription == _LIVE:
                    raise refusal
            case messages.Notice(verb, text):
                _logger.warning("the relay says %s", verb, extra={"text": text[:300]})


@asynccontextmanager
async def open_relay(
    url: str, skipped: Callable[[str], None], patience: float = 20.0
) -> AsyncIterator[Relay]:
    """A connection. RelayError if there is none; a silent one is found out by pings."""
    options: dict[str, Any] = {"open_timeout": patience, "ping_interval": 20, "ping_timeout": patience}
    try:
        socket = await connect(url, max_size=_FRAME, close_timeout=1, **options)
    except (OSError, TimeoutError, InvalidHandshake) as error:
        raise RelayError("the relay cannot be reached") from error
    async with socket:
        yield Relay(socket, patience, skipped)
