"""Networks in one process: what is added is served, what is removed is drained, what fails says why."""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from fakes.listener import DRAIN_SECONDS
from fakes.serve import Fakes
from fakes.settings import Clock, Settings

pytestmark = pytest.mark.anyio


class Slow:
    """Stands in for the fake `media`: a request that waits until it is let go, an end that is noted."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.go_on = asyncio.Event()
        self.ended = False
        self.clocks: dict[str, Clock] = {}

    def build(self, settings: Settings) -> FastAPI:
        trouble = settings.expect(trouble="")["trouble"]
        self.clocks[settings.name] = settings.clock

        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            if trouble:
                raise RuntimeError(trouble)
            yield
            self.ended = True

        app = FastAPI(lifespan=lifespan)

        @app.get("/")
        async def wait() -> str:
            self.reached.set()
            await self.go_on.wait()
            return "done"

        return app


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    module, fake = ModuleType("fakes.media"), Slow()
    module.build = fake.build  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "fakes.media", module)
    return fake


class Channel:
    def __init__(self) -> None:
        self._events: asyncio.Queue[Mapping[str, object]] = asyncio.Queue()
        self.fakes = Fakes(self._events.put_nowait)

    def ask(self, **message: object) -> None:
        self.fakes.request(json.dumps(message).encode())

    def add(self, *services: dict[str, Any], network: str = "n1") -> None:
        self.ask(op="add", network=network, token="t", services=list(services))

    async def event(self) -> Mapping[str, Any]:
        return await asyncio.wait_for(self._events.get(), 5)


@pytest.fixture
async def channel() -> AsyncIterator[Channel]:
    channel = Channel()
    yield channel
    await channel.fakes.stop_all()


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def service(port: int, name: str = "media", fake: str = "media", **options: str) -> dict[str, Any]:
    return {"name": name, "fake": fake, "host": "127.0.0.1", "port": port, "options": options}


async def test_a_ready_service_answers(channel: Channel, port: int) -> None:
    channel.add(service(port, "relay", "relay"))

    assert await channel.event() == {"event": "ready", "network": "n1", "service": "relay"}
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(f"http://127.0.0.1:{port}/health")).status_code == 200


async def test_a_port_that_is_reserved_but_not_listened_on_can_be_had(channel: Channel) -> None:
    with socket.socket() as reservation:
        reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reservation.bind(("127.0.0.1", 0))

        channel.add(service(reservation.getsockname()[1], "relay", "relay"))

        assert (await channel.event())["event"] == "ready"


async def test_a_removed_network_leaves_its_ports(channel: Channel, port: int) -> None:
    channel.add(service(port, "relay", "relay"))
    await channel.event()

    channel.ask(op="remove", network="n1")

    assert await channel.event() == {"event": "removed", "network": "n1"}
    channel.add(service(port, "relay", "relay"))
    assert (await channel.event())["event"] == "ready"


async def test_a_request_under_way_is_answered_before_the_end(
    channel: Channel, slow: Slow, port: int
) -> None:
    channel.add(service(port))
    await channel.event()
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = asyncio.create_task(http.get(f"http://127.0.0.1:{port}/"))
        await slow.reached.wait()

        channel.ask(op="remove", network="n1")
        slow.go_on.set()

        assert (await answer).text == '"done"'
    assert (await channel.event())["event"] == "removed"
    assert slow.ended


async def test_a_request_that_never_ends_does_not_hold_up_the_end(
    channel: Channel, slow: Slow, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fakes.listener.DRAIN_SECONDS", DRAIN_SECONDS / 100)
    channel.add(service(port))
    await channel.event()
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = asyncio.create_task(http.get(f"http://127.0.0.1:{port}/"))
        await slow.reached.wait()

        channel.ask(op="remove", network="n1")

        assert (await channel.event())["event"] == "removed"
        await asyncio.wait([answer])
        assert slow.ended


async def test_removing_right_after_adding_ends_removed(channel: Channel, port: int) -> None:
    channel.add(service(port, "relay", "relay"))
    channel.ask(op="remove", network="n1")

    assert [(await channel.event())["event"] for _ in range(2)] == ["ready", "removed"]


async def test_one_service_can_be_removed_and_added_again_on_the_same_clock(
    channel: Channel, slow: Slow, port: int
) -> None:
    channel.add(service(port), service(0, "other"))
    await channel.event(), await channel.event()
    clock = slow.clocks["media"]

    channel.ask(op="remove", network="n1", service="media")
    assert await channel.event() == {"event": "removed", "network": "n1", "service": "media"}
    channel.add(service(port))

    assert (await channel.event())["event"] == "ready"
    assert slow.clocks["media"] is clock is slow.clocks["other"]


async def test_networks_have_their_own_clocks(channel: Channel, slow: Slow) -> None:
    channel.add(service(0, "one"), network="n1")
    channel.add(service(0, "two"), network="n2")
    await channel.event(), await channel.event()

    assert slow.clocks["one"] is not slow.clocks["two"]


async def test_removing_what_is_not_there_is_done_at_once(channel: Channel) -> None:
    channel.ask(op="remove", network="nowhere")

    assert await channel.event() == {"event": "removed", "network": "nowhere"}


FAILING: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown fake": (service(0, "x", "pdss"), "x: no fake named 'pdss'"),
    "an unknown option": (service(0, "x", "relay", url="y"), "x: unknown option url"),
    "a missing option": (service(0, "x", "names"), "x: missing option domain, sync_token"),
    "a start that raises": (service(0, "x", trouble="no luck"), "RuntimeError: no luck"),
    "an address that is not here": (
        {**service(0, "x", "relay"), "host": "192.0.2.1"},
        "cannot listen on 192.0.2.1:0",
    ),
    "a port that is none": (service(70000, "x", "relay"), "cannot listen on 127.0.0.1:70000"),
    "no host": ({"name": "x", "fake": "relay"}, "KeyError: 'host'"),
}


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize(("failing", "error"), FAILING.values(), ids=FAILING)
async def test_a_service_that_cannot_start_says_why_and_the_others_start(
    channel: Channel, port: int, failing: dict[str, Any], error: str
) -> None:
    channel.add(failing, service(port))

    events = {event["service"]: event for event in (await channel.event(), await channel.event())}

    assert events["x"]["event"] == "failed"
    assert events["x"]["error"].startswith(error)
    assert events["media"]["event"] == "ready"


async def test_a_taken_port_is_named(channel: Channel) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]

        channel.add(service(number, "relay", "relay"))

        assert f"cannot listen on 127.0.0.1:{number}" in (await channel.event())["error"]


async def test_a_service_that_failed_can_be_added_again(channel: Channel, slow: Slow, port: int) -> None:
    channel.add(service(port, trouble="no luck"))
    assert (await channel.event())["event"] == "failed"

    channel.add(service(port))

    assert (await channel.event())["event"] == "ready"
    assert not slow.ended


async def test_a_name_is_served_once(channel: Channel, port: int) -> None:
    channel.add(service(port, "relay", "relay"))
    await channel.event()

    channel.add(service(0, "relay", "relay"))

    assert "already running" in (await channel.event())["error"]


UNUSABLE = {
    "no JSON": b"hello",
    "no object": b"[]",
    "no operation": b"{}",
    "an unknown operation": b'{"op": "stop"}',
    "no network": b'{"op": "remove"}',
    "no services": b'{"op": "add", "network": "n1"}',
    "services that are a number": b'{"op": "add", "network": "n1", "services": 1}',
}


@pytest.mark.parametrize("line", UNUSABLE.values(), ids=UNUSABLE)
async def test_a_request_that_cannot_be_used_is_answered(channel: Channel, line: bytes) -> None:
    channel.fakes.request(line)

    event = await channel.event()

    assert (event["event"], event["network"]) == ("failed", None)
    assert event["error"].startswith("cannot use request")
