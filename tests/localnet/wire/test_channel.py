"""The wire's control channel: every request ends in an event, and the end of stdin is the end of the process."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from localnet.journal import Journal
from tests.localnet.wire.running import Running, head, rest
from tests.localnet.wire.test_running_http import answer, request, saying

UNUSABLE = {
    "no JSON": b"add me",
    "an unknown operation": b'{"op":"stop","network":"n1"}',
    "no operation": b"{}",
    "a list": b"[]",
    "an unknown network": b'{"op":"flush","network":"none"}',
    "a journal in a folder that is not there": b'{"op":"add","network":"n2","journal":"/no/such/j","edges":[]}',
    "an add without edges": b'{"op":"add","network":"n3","journal":"/dev/null"}',
}


@pytest.mark.anyio
@pytest.mark.parametrize("line", UNUSABLE.values(), ids=UNUSABLE)
async def test_a_request_that_cannot_be_used_is_answered_and_quoted(wire: Running, line: bytes) -> None:
    wire.wire.request(line)

    event = wire.events.get_nowait()
    assert event["event"] == "failed"
    assert line.decode() in event["error"]


@pytest.mark.anyio
@pytest.mark.parametrize("wrong", [{"protocol": "smtp"}, {"host": "256.1.1.1"}, {"port": -1}])
async def test_an_edge_that_cannot_be_opened_says_why(wire: Running, wrong: dict[str, Any]) -> None:
    edge = {"edge": "a→b", "protocol": "http", "host": "127.0.0.1", "port": 0, "upstream": "127.0.0.1:1"}
    event = await wire.ask(op="add", network="n1", journal=str(wire.journal.path), edges=[edge | wrong])

    assert event["event"] == "failed"
    assert event["edge"] == "a→b"
    assert event["error"]


@pytest.mark.anyio
async def test_a_port_that_is_taken_is_said(wire: Running) -> None:
    taken = await wire.callee(saying())
    edge = {"edge": "a→b", "protocol": "http", "host": "127.0.0.1", "upstream": "127.0.0.1:1"}
    event = await wire.ask(
        op="add",
        network="n1",
        journal=str(wire.journal.path),
        edges=[edge | {"port": int(taken.rpartition(":")[2])}],
    )

    assert event["event"] == "failed"
    assert "in use" in event["error"]


@pytest.mark.anyio
async def test_removing_a_network_answers_what_is_under_way_and_frees_its_ports(wire: Running) -> None:
    port = await wire.edge(await wire.callee(saying(answer(body=b"ok"))))
    reader, writer = await wire.connect(port)
    writer.write(request("/a"))
    await head(reader)

    assert await wire.ask(op="remove", network="n1") == {"event": "removed", "network": "n1"}

    assert await rest(reader) == b"ok"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)
    assert [line.op for line in wire.journal.lines()] == ["GET /a"]


class TestProcess:
    @pytest.fixture
    def process(self) -> Any:
        with subprocess.Popen(
            [sys.executable, "-m", "localnet.wire"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as started:
            yield started
            started.kill()

    def test_it_answers_line_by_line(self, process: subprocess.Popen[bytes], tmp_path: Path) -> None:
        assert process.stdin
        assert process.stdout
        edge = {"edge": "a→b", "protocol": "http", "host": "127.0.0.1", "port": 0, "upstream": "127.0.0.1:1"}
        wanted = {"op": "add", "network": "n1", "journal": str(tmp_path / "j"), "edges": [edge]}
        process.stdin.write(json.dumps(wanted).encode() + b"\n" + b'{"op":"remove","network":"n1"}\n')
        process.stdin.flush()

        assert [json.loads(process.stdout.readline())["event"] for _ in range(2)] == ["open", "removed"]
        assert list(Journal(tmp_path / "j").lines()) == []

    def test_the_end_of_stdin_ends_it(self, process: subprocess.Popen[bytes]) -> None:
        out, err = process.communicate(timeout=20)

        assert (process.returncode, out, err) == (0, b"", b"")

    def test_an_interrupt_of_the_terminal_is_not_for_it(self, process: subprocess.Popen[bytes]) -> None:
        """Ctrl-C reaches the whole foreground group; the harness still needs the wire to undo things."""
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"{}\n")
        process.stdin.flush()
        assert b"failed" in process.stdout.readline()

        os.kill(process.pid, 2)
        process.stdin.write(b"{}\n")
        process.stdin.flush()

        assert b"failed" in process.stdout.readline()


@pytest.mark.anyio
async def test_a_journal_that_is_told_comes_out_before_what_must_follow_it(wire: Running) -> None:
    upstream = await wire.callee(saying(b"HTTP/1.1 204 No Content\r\n\r\n"))
    port = wire.port()
    edge = {
        "edge": "bridge→pds",
        "protocol": "http",
        "host": "127.0.0.1",
        "port": port,
        "upstream": upstream,
    }
    await wire.ask(op="add", network="n1", journal="-", edges=[edge])
    reader, writer = await wire.connect(port)
    writer.write(request("/told"))
    await head(reader)

    told = await wire.ask(op="flush", network="n1")

    assert told["event"] == "lines"
    assert json.loads(told["lines"])["op"] == "GET /told"
    assert await wire.events.get() == {"event": "flushed", "network": "n1"}


@pytest.mark.anyio
async def test_a_knock_tells_whether_the_callee_listens_and_leaves_no_line(wire: Running) -> None:
    await wire.edge(await wire.callee(saying()), "harness→up")
    await wire.edge("127.0.0.1:1", "harness→down")
    await wire.edge("nobody.invalid:80", "harness→gone")

    heard = {
        name: (await wire.ask(op="knock", network="n1", edge=f"harness→{name}"))["listens"]
        for name in ("up", "down", "gone")
    }

    assert heard == {"up": True, "down": False, "gone": False}
    assert await wire.lines() == []
