"""The WebSocket of com.atproto.sync.subscribeRepos: what was missed since the cursor, then whatever
happens.

Each follower has a queue, so that a slow one holds up nobody; one that falls too far behind is told so and
let go. Rules: https://atproto.com/specs/event-stream.
"""

import asyncio
import re

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from fakes.pds.routes.service import Service
from fakes.pds.sequencer import Event, FutureCursorError, Sequencer, error_frame, frame

PATH = "/xrpc/com.atproto.sync.subscribeRepos"
LONGEST_QUEUE = 500
POLICY = 1008
_NUMBER = re.compile(r"-?\d{1,18}")


class Firehose:
    """Serves followers until they leave or fall behind."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def serve(self, socket: WebSocket) -> None:
        await socket.accept()
        leaving = asyncio.create_task(_left(socket))
        feeding = asyncio.create_task(self._feed(socket))
        done, pending = await asyncio.wait({leaving, feeding}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        for task in done:
            if not isinstance(task.exception(), WebSocketDisconnect | None):
                raise task.exception() or AssertionError

    async def _feed(self, socket: WebSocket) -> None:
        sequencer = self._service.pds.sequencer
        queue: asyncio.Queue[Event] = asyncio.Queue()
        unfollow = sequencer.follow(queue.put_nowait)
        try:
            if await self._backfill(socket, sequencer):
                await _live(socket, queue)
        finally:
            unfollow()

    async def _backfill(self, socket: WebSocket, sequencer: Sequencer) -> bool:
        """Whether the follower may go on."""
        dialect = self._service.pds.dialect
        text = _cursor(socket.query_params.get("cursor"), dialect.loose_params)
        if not text:
            return True
        try:
            backfill = sequencer.after(int(text), self._service.clock.now())
        except FutureCursorError:
            return await _refuse(
                socket, "FutureCursor", "Cursor in the future.", dialect.future_cursor_closes
            )
        except ValueError:
            return await _refuse(
                socket, "InvalidRequest", f"Expected integer value type (got {text!r})", True
            )
        if backfill.outdated:
            message = "Requested cursor exceeded limit. Possibly missing events"
            await socket.send_bytes(frame("#info", {"name": "OutdatedCursor", "message": message}))
        for event in backfill.events:
            await socket.send_bytes(event.frame)
        return True


def _cursor(text: str | None, loosely: bool) -> str | None:
    """What counts as the cursor: as it was sent, or `loosely` nothing that is no number, and none below 0."""
    if not loosely or text is None:
        return text
    return str(max(int(text), 0)) if _NUMBER.fullmatch(text) else None


async def _live(socket: WebSocket, queue: asyncio.Queue[Event]) -> None:
    while queue.qsize() <= LONGEST_QUEUE:
        await socket.send_bytes((await queue.get()).frame)
    await _refuse(socket, "ConsumerTooSlow", "Stream consumer too slow", True)


async def _refuse(socket: WebSocket, error: str, message: str, closes: bool) -> bool:
    await socket.send_bytes(error_frame(error, message))
    if closes:
        await socket.close(POLICY, error)
    return not closes


async def _left(socket: WebSocket) -> None:
    while socket.client_state is not WebSocketState.DISCONNECTED:
        await socket.receive()
