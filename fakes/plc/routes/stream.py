"""The WebSocket that sends every operation as it is taken: `/export/stream?cursor=n`.

Without a cursor it starts with the next operation, with one after that number. A cursor ahead of the
directory, or more than a week behind it, ends the stream with the reason.
"""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from fakes.plc.directory import Directory

BACKFILL_SECONDS = 7 * 24 * 3600
_PAGE = 500


class Stream:
    """The followers of one directory; `grown` wakes them."""

    def __init__(self, directory: Directory, now: Callable[[], float]) -> None:
        self._directory = directory
        self._now = now
        self._growth = asyncio.Event()

    def grown(self) -> None:
        self._growth.set()
        self._growth = asyncio.Event()

    async def serve(self, socket: WebSocket, cursor: int | None) -> None:
        """Until the follower leaves."""
        await socket.accept()
        reason = self._reason_to_end(cursor)
        if reason is not None:
            return await socket.close(1000, reason)
        sending = asyncio.create_task(self._send(socket, cursor))
        with suppress(WebSocketDisconnect):
            while True:
                await socket.receive_text()
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
        return None

    def _reason_to_end(self, cursor: int | None) -> str | None:
        newest = self._directory.newest_seq
        if cursor is None or cursor == newest:
            return None
        if cursor > newest:
            return "FutureCursor"
        age = self._now() - self._directory.taken_at(cursor + 1)
        return "OutdatedCursor" if age > BACKFILL_SECONDS else None

    async def _send(self, socket: WebSocket, cursor: int | None) -> None:
        sent = self._directory.newest_seq if cursor is None else cursor
        with suppress(WebSocketDisconnect, RuntimeError):
            while True:
                growth = self._growth
                for line in self._directory.export_sequence(_PAGE, sent):
                    await socket.send_text(json.dumps(line, separators=(",", ":"), ensure_ascii=False))
                    sent = line["seq"]
                    # Sending alone never yields; without this a follower that has left is noticed a page too late.
                    await asyncio.sleep(0)
                if sent == self._directory.newest_seq:
                    await growth.wait()
