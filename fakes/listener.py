"""One fake behind one port: a uvicorn server that shares its event loop with others.

Differs from `uvicorn.Server` on purpose: it leaves the process's signals alone, fails by raising instead of
ending the process, stops when told instead of looking ten times a second, and drains for a bounded time.
"""

import asyncio
import socket
from collections.abc import Generator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

DRAIN_SECONDS = 2.0


class StartError(Exception):
    """The port could not be had, or the fake's own start-up raised."""


class _Startup:
    """Keeps the exception of a failed start-up, which uvicorn would only log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.error: BaseException | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            return await self._app(scope, receive, send)

        async def send_quietly(message: MutableMapping[str, Any]) -> None:
            await send({"type": message["type"]})

        try:
            await self._app(scope, receive, send_quietly)
        except Exception as error:
            self.error = error


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.stop = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def main_loop(self) -> None:
        self.ready.set()
        await self.stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        running = list(self.server_state.tasks)
        if running:
            _, late = await asyncio.wait(running, timeout=DRAIN_SECONDS)
            for task in late:
                task.cancel()
        await self.lifespan.shutdown()


class Listener:
    """Serves one app on one address from `start` (ready when it returns) to `close`."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self._app = _Startup(app)
        self._address = (host, port)
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        return self._address[1]

    async def start(self) -> None:
        listening = self._bind()
        self._server = _Server(uvicorn.Config(self._app, **_UVICORN))
        self._task = asyncio.create_task(self._serve(self._server, listening))
        ready = asyncio.create_task(self._server.ready.wait())
        await asyncio.wait([self._task, ready], return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if self._task.done():
            listening.close()
            raise StartError(describe(self._app.error or self._task.exception()))

    async def close(self) -> None:
        if self._server is not None and self._task is not None:
            self._server.stop.set()
            await asyncio.wait([self._task])

    def _bind(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        # asyncio switches Nagle off only for sockets that say they are TCP; with it, answers wait 40 ms.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(self._address)
            listening.listen(1024)
        except (OSError, OverflowError) as error:
            listening.close()
            raise StartError(f"cannot listen on {self._address[0]}:{self._address[1]}: {error}") from None
        self._address = listening.getsockname()[:2]
        return listening

    @staticmethod
    async def _serve(server: _Server, listening: socket.socket) -> None:
        # SystemExit is uvicorn's way to say that start-up failed; in a task it would end the whole process.
        with suppress(SystemExit):
            await server.serve([listening])


def describe(error: BaseException | None) -> str:
    """An error with its causes in one line."""
    parts = []
    while error is not None:
        parts.append(
            str(error) if isinstance(error, (ValueError, StartError)) else f"{type(error).__name__}: {error}"
        )
        error = error.__cause__
    return ": ".join(parts) or "ended during start-up"


_UVICORN: Mapping[str, Any] = {
    "http": "httptools",
    "ws": "websockets-sansio",
    "loop": "asyncio",
    "lifespan": "on",
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "date_header": False,
    "proxy_headers": False,
    "timeout_keep_alive": 75,
    "ws_ping_interval": None,
}
