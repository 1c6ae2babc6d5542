"""Relays for tests: a socket server that says what its script says."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from websockets.asyncio.server import ServerConnection, serve

from bridge.nostr.events import Event

Script = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def relay(script: Script) -> AsyncIterator[str]:
    """The URL of a relay that runs the script for each client."""
    async with serve(script, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}"


async def say(client: ServerConnection, *message: Any) -> None:
    await client.send(orjson.dumps(message).decode())


async def heard(client: ServerConnection) -> list[Any]:
    message: list[Any] = orjson.loads(await client.recv())
    return message


class StoringRelay:
    """Keeps events, answers REQ by `since` and `until`, and passes on what is published while it runs."""

    def __init__(self, *events: Event) -> None:
        self.stored = list(events)
        self._clients: set[ServerConnection] = set()
        self.connections = 0

    async def __call__(self, client: ServerConnection) -> None:
        self.connections += 1
        self._clients.add(client)
        async for text in client:
            verb, name, *rest = orjson.loads(text)
            if verb == "REQ":
                for event in self._matching(rest[0]):
                    await say(client, "EVENT", name, event.json())
                await say(client, "EOSE", name)

    async def publish(self, event: Event) -> None:
        self.stored.append(event)
        for client in self._clients:
            await say(client, "EVENT", "live", event.json())

    async def send(self, frame: str) -> None:
        for client in self._clients:
            await client.send(frame)

    async def drop_everybody(self) -> None:
        for client in tuple(self._clients):
            self._clients.discard(client)
            client.transport.abort()

    def _matching(self, wanted: dict[str, Any]) -> list[Event]:
        within = [
            event
            for event in self.stored
            if wanted.get("since", 0) <= event.created_at <= wanted.get("until", event.created_at)
        ]
        return sorted(within, key=lambda event: -event.created_at)[: wanted["limit"]]
