"""The relay on the network: WebSocket and NIP-11 document at `/`, the REST view, health."""

import asyncio
from collections.abc import Callable, Iterable

import orjson
from fastapi import APIRouter, HTTPException, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from pydantic import BaseModel

from fakes.control import control_router
from fakes.nostr.events import Event
from fakes.powers import Power
from fakes.relay import powers as kinds
from fakes.relay.archive import Archive
from fakes.relay.session import Limits, Message, Session
from fakes.relay.videos import Query
from fakes.settings import Clock

ANYONE = {"Access-Control-Allow-Origin": "*"}
WEB_PAGE = "<!DOCTYPE html><title>Welcome</title><p>There is a website here, and no relay.</p>"


class Events(BaseModel):
    ids: list[str]


class Client:
    """A connected client: its session, and what it has still to be told."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()

    def tell(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self._queue.put_nowait(orjson.dumps(message))

    async def send_all(self, websocket: WebSocket) -> None:
        while True:
            await websocket.send_text((await self._queue.get()).decode())


class Relay:
    """The archive and whoever listens to it."""

    def __init__(
        self, archive: Archive, limits: Limits, clock: Clock, entropy: Callable[[int], bytes]
    ) -> None:
        self.archive = archive
        self.limits = limits
        self._clock = clock
        self._entropy = entropy
        self._clients: set[Client] = set()

    async def serve(self, websocket: WebSocket) -> None:
        if self.archive.powers.meets(kinds.HTML):
            return await websocket.send_denial_response(HTMLResponse(WEB_PAGE))
        client = Client(Session(self.archive, self.limits))
        await websocket.accept()
        client.tell(client.session.greet(self._entropy(16).hex()))
        self._clients.add(client)
        sending = asyncio.create_task(client.send_all(websocket))
        try:
            while True:
                self._receive(client, await _text(websocket))
        except WebSocketDisconnect:
            pass
        finally:
            self._clients.discard(client)
            sending.cancel()

    def _receive(self, client: Client, text: str | bytes) -> None:
        answer = client.session.receive(text, self._clock.now())
        client.tell(answer.messages)
        if answer.published is not None:
            self.broadcast(answer.published)

    def broadcast(self, event: Event) -> None:
        for client in self._clients:
            client.tell(client.session.hear(event))

    def broadcast_stray(self, stray: Power) -> None:
        for client in self._clients:
            client.tell(client.session.hear_stray(stray))


async def _text(websocket: WebSocket) -> str | bytes:
    message = await websocket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1000))
    text: str | bytes | None = message.get("text")
    return text if text is not None else message["bytes"]


def information(limits: Limits) -> dict[str, object]:
    """The relay information document (NIP-11)."""
    return {
        "name": "Localnet relay",
        "description": "A relay of a local network",
        "software": "localnet",
        "supported_nips": [1, 9, 11],
        "limitation": {
            "max_message_length": limits.message_bytes,
            "max_subscriptions": limits.subscriptions,
            "max_subid_length": limits.subscription_id,
            "max_filters": limits.filters,
            "max_limit": limits.stored_events,
            "max_event_tags": limits.tags,
            "created_at_upper_limit": limits.seconds_ahead,
            "auth_required": False,
            "payment_required": False,
        },
    }


def routes(relay: Relay) -> APIRouter:
    router = APIRouter()
    router.add_api_websocket_route("/", relay.serve)

    @router.get("/")
    async def root(request: Request) -> Response:
        if "application/nostr+json" in request.headers.get("accept", ""):
            document = information(relay.limits)
            return JSONResponse(document, headers=ANYONE, media_type="application/nostr+json")
        return PlainTextResponse("This is a Nostr relay: connect with a WebSocket.")

    @router.get("/api/videos/events")
    async def videos(request: Request) -> Response:
        try:
            query = Query.parse(request.query_params)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
        if relay.archive.powers.meets(kinds.HTML):
            return HTMLResponse(WEB_PAGE)
        return Response(orjson.dumps(relay.archive.page(query)), media_type="application/json")

    @router.get("/health")
    async def health() -> dict[str, object]:
        return {"status": "ok", "events": len(relay.archive)}

    return router


def control_routes(relay: Relay, token: str) -> APIRouter:
    router = control_router(token)

    @router.post("/deliveries")
    async def deliver(wanted: Events) -> dict[str, object]:
        """Events that were held back are shown from now on, and told in this order."""
        return _told(relay, wanted.ids, relay.archive.deliver)

    @router.post("/replays")
    async def replay(wanted: Events) -> dict[str, object]:
        """Subscribers are told of these events once more, in this order."""
        return _told(relay, wanted.ids, relay.archive.get)

    return router


def _told(relay: Relay, ids: list[str], find: Callable[[str], Event | None]) -> dict[str, object]:
    for event_id in ids:
        event = find(event_id)
        if event is None:
            raise HTTPException(404, f"no such event: {event_id}")
        relay.broadcast(event)
    return {"told": ids}
