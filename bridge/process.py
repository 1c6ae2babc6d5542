"""The process: settings from the environment, one listener, work until SIGTERM or SIGINT.

Exit code 0 after a requested stop, 2 if a setting is wrong, 1 if it cannot start.
"""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from bridge import logs
from bridge.app import running
from bridge.config import Config, from_environment
from bridge.errors import BridgeError, ConfigError, chain

log = logging.getLogger("bridge")


class Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are ours: uvicorn would end the process with them before the parts have wound up."""
        yield


def main() -> int:
    try:
        config = from_environment(os.environ)
    except ConfigError as error:
        print(f"bridge: {error}", file=sys.stderr)
        return 2
    logs.configure(config.secrets)
    try:
        asyncio.run(_serve(config))
    except BridgeError as error:
        log.critical("cannot start", exc_info=error)
        print(f"bridge: {chain(error)}", file=sys.stderr)
        return 1
    return 0


async def _serve(config: Config) -> None:
    with _bound(config) as listener:
        async with running(config) as (app, context):
            server = Server(
                uvicorn.Config(
                    app,
                    lifespan="off",
                    log_config=None,
                    access_log=False,
                    ws="none",
                    timeout_graceful_shutdown=config.stop_seconds,
                )
            )

            def stop() -> None:
                context.stopping.set()
                server.should_exit = True

            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, stop)
            log.info("listening", extra={"host": config.bind_host, "port": config.bind_port})
            await server.serve(sockets=[listener])
            log.info("stopping")
    log.info("stopped")


def _bound(config: Config) -> socket.socket:
    """The address, taken but not listened on yet: a port in use is found before the database is touched."""
    family = socket.AF_INET6 if ":" in config.bind_host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.bind_host, config.bind_port))
    except OSError as error:
        listener.close()
        raise BridgeError(
            f"cannot listen on HEALTH_BIND_ADDR {config.bind_host}:{config.bind_port}"
        ) from error
    return listener
