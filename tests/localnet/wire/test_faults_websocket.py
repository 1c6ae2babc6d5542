"""Faults on WebSocket frames: withheld, repeated, disordered, and only on the connection that met them."""

import asyncio

import pytest

from tests.localnet.wire.running import Running, exactly, rest
from tests.localnet.wire.test_running_upgrade import upgraded
from tests.localnet.wire.test_websocket import MASK, frame

pytestmark = pytest.mark.anyio

EVENT, EOSE, NOTICE = (frame(1, text) for text in (b'["EVENT","s",{}]', b'["EOSE","s"]', b'["NOTICE","s"]'))


async def strike(wire: Running, action: str, op: str = "recv EOSE", **more: object) -> None:
    fault = {"name": "one", "edge": "bridge→relay", "op": op, "action": action, **more}
    assert (await wire.ask(op="fault", network="n1", do="add", fault=fault))["event"] == "done"


EXPECTED = {
    "withhold": EVENT + NOTICE + EOSE,
    "duplicate": EVENT + EOSE + EOSE + NOTICE + EOSE,
    "reorder": EVENT + NOTICE + EOSE + EOSE,
}


@pytest.mark.parametrize(("action", "arrives"), EXPECTED.items(), ids=EXPECTED)
async def test_the_first_frame_of_its_kind_is_met_and_the_second_is_not(
    wire: Running, action: str, arrives: bytes
) -> None:
    caller, callee = await upgraded(wire)
    await strike(wire, action)

    callee[1].write(EVENT + EOSE + NOTICE + EOSE)

    assert await exactly(caller[0], len(arrives)) == arrives
    noted = [line.note for line in await wire.lines() if line.op == "recv EOSE"]
    assert noted == [f"fault one: {action}", None]


async def test_a_frame_can_be_held_while_the_other_direction_goes_on(wire: Running) -> None:
    caller, callee = await upgraded(wire)
    await strike(wire, "hold")
    asked = frame(1, b'["REQ","s"]', mask=MASK)

    callee[1].write(EVENT + EOSE)
    assert await exactly(caller[0], len(EVENT)) == EVENT
    caller[1].write(asked)
    assert await exactly(callee[0], len(asked)) == asked
    await wire.ask(op="fault", network="n1", do="release", name="one")

    assert await exactly(caller[0], len(EOSE)) == EOSE


async def test_a_frame_that_waits_for_the_next_is_not_sent_the_other_way(wire: Running) -> None:
    caller, callee = await upgraded(wire)
    await strike(wire, "reorder")
    asked = frame(1, b'["CLOSE","s"]', mask=MASK)

    callee[1].write(EOSE)
    await asyncio.sleep(0.01)
    caller[1].write(asked)
    assert await exactly(callee[0], len(asked)) == asked
    callee[1].write(NOTICE)

    assert await exactly(caller[0], len(NOTICE + EOSE)) == NOTICE + EOSE


async def test_a_frame_can_be_the_end_of_its_connection(wire: Running) -> None:
    caller, _ = await upgraded(wire)
    await strike(wire, "drop", "send REQ")

    caller[1].write(frame(1, b'["REQ","s"]', mask=MASK))

    with pytest.raises(ConnectionResetError):
        await rest(caller[0])
