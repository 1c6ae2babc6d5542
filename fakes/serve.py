"""All fakes in one process, added and removed over a channel of JSON lines: `python -m fakes.serve`.

    in   {"op":"add","network":"n1","token":"...","services":[{"name","fake","host","port","options"}]}
         {"op":"remove","network":"n1"}            with "service":"pds" only that one
    out  {"event":"ready"|"failed","network","service"[,"error"]}    {"event":"removed","network"[,"service"]}

Lines come in on stdin and go out on stdout; logs go to stderr. End of input means that the harness is gone:
the process ends at once. `python -m fakes.serve FAKE --host H --port P --option key=value` runs a single fake
in the foreground. A fake is imported when it is first asked for.
"""

import argparse
import asyncio
import contextlib
import importlib
import json
import logging
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp

from fakes.control import Clocked
from fakes.listener import Listener, StartError, describe
from fakes.settings import Clock, Settings

FAKES = ("plc", "pds", "relay", "media", "video", "names", "keycast", "reader")
LONGEST_LINE = 16 * 1024 * 1024

Emit = Callable[[Mapping[str, object]], None]


@dataclass
class Network:
    """The fakes of one network and the clock they share."""

    token: str
    clock: Clock = field(default_factory=Clock)
    listeners: dict[str, Listener] = field(default_factory=dict)
    starting: set[asyncio.Task[None]] = field(default_factory=set)


def load(fake: str, settings: Settings) -> ASGIApp:
    if fake not in FAKES:
        raise ValueError(f"{settings.name}: no fake named {fake!r} (known: {', '.join(FAKES)})")
    app: ASGIApp = importlib.import_module(f"fakes.{fake}").build(settings)
    return Clocked(app, settings)


class Fakes:
    """The networks of this process. Every request ends in an event; nothing raises out of here."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._networks: dict[str, Network] = {}
        self._stopping: set[asyncio.Task[None]] = set()

    def request(self, line: bytes) -> None:
        try:
            message = json.loads(line)
            operation = {"add": self._add, "remove": self._remove}[message["op"]]
            operation(message)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            text = f"cannot use request {line[:200]!r}: {type(error).__name__}: {error}"
            self._emit({"event": "failed", "network": None, "service": None, "error": text})

    def _add(self, message: Mapping[str, Any]) -> None:
        network = self._networks.setdefault(message["network"], Network(message.get("token", "")))
        for service in message["services"]:
            _keep(network.starting, self._start(message["network"], network, service))

    def _remove(self, message: Mapping[str, Any]) -> None:
        _keep(self._stopping, self.stop(message["network"], message.get("service")))

    async def _start(self, network_name: str, network: Network, service: Mapping[str, Any]) -> None:
        name = str(service.get("name"))
        event: dict[str, object] = {"event": "ready", "network": network_name, "service": name}
        try:
            if name in network.listeners:
                raise ValueError(f"{name}: already running in network {network_name}")
            settings = Settings(name, dict(service.get("options", {})), network.token, network.clock)
            listener = Listener(load(service["fake"], settings), service["host"], service["port"])
            network.listeners[name] = listener
            await listener.start()
        except Exception as error:
            if not isinstance(error, ValueError | StartError):
                logging.exception("%s did not start", name)
            if isinstance(error, StartError):
                del network.listeners[name]
            event |= {"event": "failed", "error": describe(error)}
        self._emit(event)

    async def stop(self, network_name: str, service: str | None = None) -> None:
        """Drain and close one service of a network, or all of them and forget the network."""
        network = self._networks.get(network_name, Network(""))
        if network.starting:
            await asyncio.wait(set(network.starting))
        names = list(network.listeners) if service is None else [service] * (service in network.listeners)
        await asyncio.gather(*(network.listeners.pop(name).close() for name in names))
        if service is None:
            self._networks.pop(network_name, None)
        only = {} if service is None else {"service": service}
        self._emit({"event": "removed", "network": network_name, **only})

    async def stop_all(self) -> None:
        await asyncio.gather(*(self.stop(name) for name in list(self._networks)))


def _keep(tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


async def follow_channel(fakes: Fakes, stop: asyncio.Event) -> None:
    """Carry out requests until the input ends or `stop` is set; only the latter takes the time to drain."""
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    stopped = asyncio.create_task(stop.wait())
    while True:
        line = asyncio.create_task(reader.readline())
        await asyncio.wait([line, stopped], return_when=asyncio.FIRST_COMPLETED)
        if stopped.done():
            return await fakes.stop_all()
        if not line.result():
            return None
        fakes.request(line.result())


async def run_one(arguments: argparse.Namespace, emit: Emit, stop: asyncio.Event) -> int:
    """One fake in the foreground until a signal; the exit status."""
    options = dict(option.split("=", 1) for option in arguments.option)
    fake = arguments.fake
    try:
        listener = Listener(
            load(fake, Settings(fake, options, arguments.token)), arguments.host, arguments.port
        )
        await listener.start()
    except (ValueError, StartError) as error:
        print(f"{fake} did not start: {describe(error)}", file=sys.stderr)
        return 3
    emit({"event": "ready", "service": fake, "url": f"http://{arguments.host}:{listener.port}"})
    await stop.wait()
    await listener.close()
    return 0


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m fakes.serve", description="Run the fakes of a local network."
    )
    parser.add_argument("fake", nargs="?", choices=FAKES, help="run only this one, in the foreground")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 lets the kernel choose")
    parser.add_argument("--token", default="", help="what the control routes ask for")
    parser.add_argument("--option", action="append", default=[], metavar="KEY=VALUE")
    arguments = parser.parse_args(argv)
    malformed = [option for option in arguments.option if "=" not in option]
    if malformed:
        parser.error(f"--option wants KEY=VALUE, got {malformed[0]!r}")
    return arguments


async def run(arguments: argparse.Namespace, emit: Emit) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    if arguments.fake:
        loop.add_signal_handler(signal.SIGINT, stop.set)
        return await run_one(arguments, emit, stop)
    # The terminal sends Ctrl-C to the whole group; the harness decides when its fakes end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    await follow_channel(Fakes(emit), stop)
    return 0


def main(argv: list[str] | None = None) -> int:
    arguments = parse(argv)
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    channel, sys.stdout = sys.stdout.buffer, sys.stderr

    def emit(event: Mapping[str, object]) -> None:
        with contextlib.suppress(BrokenPipeError):
            channel.write(json.dumps(event).encode() + b"\n")
            channel.flush()

    return asyncio.run(run(arguments, emit))


if __name__ == "__main__":
    sys.exit(main())
