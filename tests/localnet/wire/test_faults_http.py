"""Faults on HTTP: each does what its sentence says, as often as it was asked for, and the journal tells it."""

import asyncio
import contextlib
from typing import Any

import pytest

from localnet.journal import Line
from tests.localnet.wire.running import Running, Stream, exactly, head, rest
from tests.localnet.wire.test_running_http import answer, request

pytestmark = pytest.mark.anyio

DONE = answer(body=b"done")
POST = request("/xrpc/write", "Content-Length: 4", method="POST") + b"body"
LOST: dict[str, object] = {
    "name": "lost",
    "edge": "bridge→pds",
    "op": "POST /xrpc/write",
    "action": "lose_answer",
}


class Callee:
    """Answers everything, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionResetError, asyncio.IncompleteReadError):
            while True:
                said = await reader.readuntil(b"\r\n\r\n")
                self.asked.append(said.partition(b" HTTP")[0].decode())
                if b"Content-Length: 4" in said:
                    await reader.readexactly(4)
                writer.write(DONE)


class Town:
    """A bridge's edges to a PDS and a directory."""

    def __init__(self, wire: Running) -> None:
        self.wire, self.pds, self.plc = wire, Callee(), Callee()
        self._ports: dict[str, int] = {}

    async def open(self) -> "Town":
        for name, callee in (("bridge→pds", self.pds), ("bridge→plc", self.plc)):
            self._ports[name] = await self.wire.edge(await self.wire.callee(callee), name)
        return self

    async def connect(self, edge: str = "bridge→pds") -> Stream:
        return await self.wire.connect(self._ports[edge])

    async def call(self, raw: bytes, edge: str = "bridge→pds") -> bytes:
        """The answer to one request on a connection of its own."""
        reader, writer = await self.connect(edge)
        writer.write(raw)
        return await head(reader)

    async def fault(self, do: str = "add", **message: object) -> dict[str, Any]:
        return dict(await self.wire.ask(op="fault", network="n1", do=do, **message))

    async def told(self) -> list[tuple[str, str | None]]:
        """What the journal says of faults."""
        return [(line.outcome, line.note) for line in await self.wire.lines() if line.kind == "fault"]

    async def hops(self) -> list[Line]:
        return [line for line in await self.wire.lines() if line.kind == "http"]


@pytest.fixture
async def town(wire: Running) -> Town:
    return await Town(wire).open()


async def is_reset(town: Town, raw: bytes, edge: str = "bridge→pds") -> bool:
    try:
        await town.call(raw, edge)
    except (ConnectionResetError, asyncio.IncompleteReadError, BrokenPipeError):
        return True
    return False


async def test_a_fault_happens_as_often_as_it_was_asked_for(town: Town) -> None:
    await town.fault(fault={**LOST, "action": "answer", "parameters": {"status": 503}, "count": 2})

    heads = [await town.call(POST) for _ in range(3)]

    assert [each[9:12] for each in heads] == [b"503", b"503", b"200"]
    assert town.pds.asked == ["POST /xrpc/write"]
    assert [outcome for outcome, _ in await town.told()] == ["added", "hit", "hit"]
    assert [line.note for line in await town.hops()] == ["fault lost: answer"] * 2 + [None]


async def test_an_answer_is_what_was_asked_for(town: Town) -> None:
    told = {"status": 429, "headers": {"retry-after": "7"}, "body": "slow down"}
    await town.fault(fault={**LOST, "action": "answer", "parameters": told})

    reader, writer = await town.connect()
    writer.write(POST)

    said = await head(reader)
    assert said.startswith(b"HTTP/1.1 429 Too Many Requests")
    assert b"retry-after: 7" in said
    assert await exactly(reader, 9) == b"slow down"


async def test_the_callee_has_done_what_a_lost_answer_was_about(town: Town) -> None:
    await town.fault(fault=LOST)

    assert await is_reset(town, POST)

    assert town.pds.asked == ["POST /xrpc/write"]
    (hop,) = await town.hops()
    assert (hop.outcome, hop.note) == ("reset after 200", "fault lost: lose_answer; cut by the wire")
    assert (await town.told())[1] == ("hit", "POST /xrpc/write")


async def test_an_answer_without_a_body_is_lost_as_well(wire: Running) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(answer())

    port = await wire.edge(await wire.callee(handle))
    await wire.ask(op="fault", network="n1", do="add", fault={**LOST, "op": "GET /"})
    reader, writer = await wire.connect(port)
    writer.write(request("/"))

    with pytest.raises(ConnectionResetError):
        await rest(reader)
    assert [line.outcome for line in await wire.lines() if line.kind == "http"] == ["reset after 200"]


async def test_what_is_dropped_never_reaches_the_callee(town: Town) -> None:
    await town.fault(fault={**LOST, "action": "drop"})

    assert await is_reset(town, POST)
    assert town.pds.asked == []


async def test_a_reset_leaves_open_whether_it_was_done(town: Town) -> None:
    await town.fault(fault={**LOST, "action": "reset"})

    assert await is_reset(town, POST)
    assert [hop.outcome for hop in await town.hops()] == ["reset"]


async def test_a_truncated_answer_ends_early_and_in_order(town: Town) -> None:
    await town.fault(fault={**LOST, "action": "truncate", "parameters": {"bytes": 2}})

    reader, writer = await town.connect()
    writer.write(POST)

    assert (await rest(reader)).endswith(b"\r\n\r\ndo")
    assert [hop.outcome for hop in await town.hops()] == ["closed after 200"]


async def test_a_duplicate_is_done_twice_and_answered_once(town: Town) -> None:
    await town.fault(fault={**LOST, "action": "duplicate"})

    reader, writer = await town.connect()
    writer.write(POST + request("/next"))

    assert await exactly(reader, 2 * len(DONE)) == DONE * 2
    assert town.pds.asked == ["POST /xrpc/write", "POST /xrpc/write", "GET /next"]
    assert [hop.note for hop in await town.hops()] == [
        "fault lost: duplicate",
        "a copy; fault lost: duplicate",
        None,
    ]


@pytest.mark.parametrize(("when", "done"), [("before", []), ("after", ["POST /xrpc/write"])])
async def test_what_is_held_waits_until_it_is_released(town: Town, when: str, done: list[str]) -> None:
    await town.fault(fault={**LOST, "action": "hold", "parameters": {"when": when}})

    waiting = asyncio.ensure_future(town.call(POST))
    while not (await town.fault("list"))["faults"][0]["hits"]:
        await asyncio.sleep(0.001)
    assert town.pds.asked == done
    assert not waiting.done()
    await town.fault("release", name="lost")

    assert (await waiting)[9:12] == b"200"
    assert [outcome for outcome, _ in await town.told()] == ["added", "hit", "released"]


async def test_a_delay_is_over_by_itself(town: Town) -> None:
    await town.fault(fault={**LOST, "action": "delay", "parameters": {"seconds": 0.05}})

    began = asyncio.get_running_loop().time()
    await town.call(POST)

    assert asyncio.get_running_loop().time() - began >= 0.05


async def test_a_cut_edge_carries_nothing_until_it_is_mended(town: Town) -> None:
    reader, writer = await town.connect()
    writer.write(POST)
    await exactly(reader, len(DONE))

    await town.fault(fault={"name": "cut", "edge": "bridge→pds", "action": "cut"})

    with pytest.raises(ConnectionResetError):
        await rest(reader)
    assert await is_reset(town, POST)
    assert (await town.call(POST, "bridge→plc"))[9:12] == b"200"
    (was,) = (await town.fault("remove", name="cut"))["faults"]
    assert was["hits"] == 2
    assert (await town.call(POST))[9:12] == b"200"


async def test_only_a_hop_that_contains_the_id_is_met(town: Town) -> None:
    await town.fault(fault={**LOST, "action": "drop", "containing": ["bobs"]})
    of_alice, of_bob = POST.replace(b"body", b"alic"), POST.replace(b"body", b"bobs")

    assert (await town.call(of_alice))[9:12] == b"200"
    assert await is_reset(town, of_bob)


async def test_hops_may_pass_first(town: Town) -> None:
    await town.fault(fault={**LOST, "action": "drop", "skip": 1})

    assert not await is_reset(town, POST)
    assert await is_reset(town, POST)
    assert not await is_reset(town, POST)


async def test_a_fault_that_was_never_met_says_so(town: Town) -> None:
    await town.fault(fault=LOST)
    await town.call(request("/other"))

    (was,) = (await town.fault("remove", name="lost"))["faults"]

    assert was["hits"] == 0
    assert [outcome for outcome, _ in await town.told()] == ["added", "unused"]


async def test_a_caller_is_killed_before_its_hop_passes(town: Town) -> None:
    await town.fault(fault={**LOST, "action": "kill"})
    reader, writer = await town.connect()
    other = await town.connect("bridge→plc")

    writer.write(POST)
    wish = await asyncio.wait_for(town.wire.events.get(), 10)
    other[1].write(request("/log"))
    await asyncio.sleep(0.02)
    await town.fault("acted", number=wish["number"])

    assert wish == {"event": "asks", "network": "n1", "do": "kill", "service": "bridge", "number": 1}
    with pytest.raises(ConnectionResetError):
        await rest(reader)
    with pytest.raises(ConnectionResetError):
        await rest(other[0])
    assert (town.pds.asked, town.plc.asked) == ([], [])


async def test_a_caller_is_killed_after_its_answer_and_nothing_of_it_passes_meanwhile(town: Town) -> None:
    await town.fault(fault={**LOST, "action": "kill", "parameters": {"when": "after"}})

    assert (await town.call(POST))[9:12] == b"200"
    wish = await asyncio.wait_for(town.wire.events.get(), 10)
    next_hop = asyncio.ensure_future(town.call(request("/log"), "bridge→plc"))
    await asyncio.sleep(0.02)
    assert town.plc.asked == []
    await town.fault("acted", number=wish["number"], error="it is frozen")

    with pytest.raises(ConnectionResetError):
        await next_hop
    assert town.plc.asked == []
    (standing,) = (await town.fault("list"))["faults"]
    assert (standing["done"], standing["wrong"]) == (1, "it is frozen")


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"fault": {**LOST, "edge": "bridge→mars"}}, "no edge is called"),
        ({"fault": {**LOST, "action": "explode"}}, "no fault is called"),
        ({"do": "remove", "name": "nobody"}, "nobody"),
        ({"do": "juggle"}, "faults know no"),
    ],
)
async def test_what_cannot_be_done_is_said(town: Town, message: dict[str, Any], said: str) -> None:
    answered = await town.fault(**message)

    assert answered["event"] == "failed"
    assert said in answered["error"]


async def test_a_name_is_given_once(town: Town) -> None:
    await town.fault(fault=LOST)

    assert "already" in (await town.fault(fault=LOST))["error"]


async def test_an_edge_is_untouched_again_when_its_faults_are_used_up(town: Town) -> None:
    from localnet.wire.hooks import UNTOUCHED

    edge = town.wire.wire.edge("n1", "bridge→pds")
    await town.fault(fault={**LOST, "action": "answer"})
    assert edge.hook is not UNTOUCHED
    assert town.wire.wire.edge("n1", "bridge→plc").hook is UNTOUCHED

    await town.call(POST)

    assert edge.hook is UNTOUCHED
