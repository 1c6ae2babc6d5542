"""What the wire costs: the same conversations without and with it, in turn, in one run.

    python -m tests.benchmarks.wire [--seconds 2] [--rounds 3]

Callees answer from processes of their own; the caller is raw asyncio, since a library would be most of what is measured. With two cores and
four processes the rates say little by themselves; the ratios and the wire's own CPU do.
"""

import argparse
import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from localnet.backends.postgres.cluster import Cluster
from localnet.backends.postgres.image import SUPERUSER
from localnet.backends.postgres.install import find_install
from localnet.backends.spawn import Spawner

BODY = orjson.dumps(
    {"repo": "did:plc:" + "a" * 24, "record": {"text": "a post", "id": "ab" * 32, "pad": "x" * 200}}
)
REQUEST = (
    b"POST /xrpc/com.atproto.repo.createRecord HTTP/1.1\r\nHost: pds\r\nAuthorization: Bearer opaque\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
UPGRADE = b"GET / HTTP/1.1\r\nHost: relay\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
TEXT = orjson.dumps(
    ["EVENT", {"id": "ab" * 32, "pubkey": "cd" * 32, "kind": 1, "content": "x" * 150, "sig": "ef" * 64}]
)
SENT_FRAME = bytes([0x81, 0xFE]) + len(TEXT).to_bytes(2) + bytes(4) + TEXT
RECEIVED_FRAME = bytes([0x81, 126]) + len(TEXT).to_bytes(2) + TEXT
STARTUP = b"\0\3\0\0user\0%s\0database\0template1\0\0" % SUPERUSER.encode()
QUERY = b"SELECT datname FROM pg_database WHERE datname = 'template1'\0"
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Turn = Callable[[Stream], Awaitable[None]]


@dataclass(frozen=True)
class Talk:
    """One kind of conversation: how it begins, and one turn of it."""

    name: str
    begin: Turn
    turn: Turn


async def nothing(_: Stream) -> None:
    """HTTP begins with its first request."""


async def http_turn(stream: Stream) -> None:
    stream[1].write(REQUEST)
    await stream[0].readexactly(len(ANSWER))


async def upgrade(stream: Stream) -> None:
    stream[1].write(UPGRADE)
    await stream[0].readexactly(len(SWITCHING))


async def frame_turn(stream: Stream) -> None:
    stream[1].write(SENT_FRAME)
    await stream[0].readexactly(len(RECEIVED_FRAME))


async def log_in(stream: Stream) -> None:
    stream[1].write((len(STARTUP) + 4).to_bytes(4) + STARTUP)
    await ready(stream)


async def sql_turn(stream: Stream) -> None:
    stream[1].write(b"Q" + (len(QUERY) + 4).to_bytes(4) + QUERY)
    await ready(stream)


async def ready(stream: Stream) -> None:
    """Up to and with ReadyForQuery."""
    kind = b""
    while kind != b"Z":
        head = await stream[0].readexactly(5)
        kind = head[:1]
        await stream[0].readexactly(int.from_bytes(head[1:]) - 4)


TALKS = (
    Talk("HTTP exchanges", nothing, http_turn),
    Talk("WebSocket frames, there and back", upgrade, frame_turn),
    Talk("SQL statements", log_in, sql_turn),
)


async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A callee without any work of its own."""
    upgraded = False
    while data := await reader.read(65536):
        if upgraded:
            writer.write(RECEIVED_FRAME)
        elif data.startswith(b"GET"):
            upgraded = True
            writer.write(SWITCHING)
        elif data.endswith(BODY):
            writer.write(ANSWER)


async def serve() -> None:
    server = await asyncio.start_server(answering, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def connect(address: str) -> Stream:
    host, _, port = address.partition(":")
    if host == "unix":
        return await asyncio.open_unix_connection(port)
    return await asyncio.open_connection(host, int(port))


async def measure(address: str, talk: Talk, connections: int, seconds: float) -> float:
    """Turns a second."""
    streams = [await connect(address) for _ in range(connections)]
    for stream in streams:
        await talk.begin(stream)
    start = time.perf_counter()

    async def keep_on(stream: Stream) -> int:
        turns = 0
        while time.perf_counter() < start + seconds:
            await talk.turn(stream)
            turns += 1
        return turns

    turns = sum(await asyncio.gather(*map(keep_on, streams)))
    took = time.perf_counter() - start
    for _, writer in streams:
        writer.close()
    return turns / took


class Wire:
    """The real process."""

    def __init__(self, directory: Path) -> None:
        start = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "localnet.wire"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.journal = directory / "journal.jsonl"
        self.open({f"a→idle-{number}": "127.0.0.1:1" for number in range(12)})
        self.seconds_to_open = time.perf_counter() - start

    def open(self, upstreams: dict[str, str], protocol: str = "http") -> dict[str, str]:
        """Edge -> where it listens."""
        ports = {edge: free_port() for edge in upstreams}
        edges = [
            {
                "edge": edge,
                "protocol": protocol,
                "host": "127.0.0.1",
                "port": ports[edge],
                "upstream": upstream,
            }
            for edge, upstream in upstreams.items()
        ]
        wanted = {
            "op": "add",
            "network": "n1",
            "journal": str(self.journal),
            "secrets": ["0" * 64],
            "edges": edges,
        }
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(orjson.dumps(wanted) + b"\n")
        self._process.stdin.flush()
        for _ in edges:
            assert b'"open"' in self._process.stdout.readline()
        return {edge: f"127.0.0.1:{port}" for edge, port in ports.items()}

    def ask(self, **request: object) -> bytes:
        """The event that answers it."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(orjson.dumps({"network": "n1", **request}) + b"\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def memory(self) -> int:
        """Proportional set size in MB."""
        rollup = Path(f"/proc/{self._process.pid}/smaps_rollup").read_text()
        return int(next(line.split()[1] for line in rollup.splitlines() if line.startswith("Pss:"))) // 1024

    def close(self) -> None:
        self._process.communicate()


def free_port() -> int:
    import socket

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def callee() -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.wire", "serve"], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        yield f"127.0.0.1:{int(process.stdout.readline())}"
        process.kill()


@contextmanager
def postgres(directory: Path) -> Iterator[str]:
    spawner = Spawner()
    server = Cluster(find_install(), "wire-benchmark", directory, "postgres", spawner)
    try:
        server.ensure_running()
        yield server.address
    finally:
        server.destroy()
        spawner.close()


async def compare(wire: Wire, talk: Talk, direct: str, through: str, arguments: argparse.Namespace) -> None:
    for connections in (1, 16):
        without, within, costs = [], [], []
        for _ in range(arguments.rounds):
            without.append(await measure(direct, talk, connections, arguments.seconds))
            before = wire.cpu_seconds()
            within.append(await measure(through, talk, connections, arguments.seconds))
            costs.append((wire.cpu_seconds() - before) / (within[-1] * arguments.seconds) * 1e6)
        slow, fast = statistics.median(within), statistics.median(without)
        added = f"  +{(1 / slow - 1 / fast) * 1e6:4.0f} µs each" if connections == 1 else ""
        print(
            f"{talk.name:34} {connections:2} connections  {fast:7.0f}/s  through the wire {slow:7.0f}/s"
            f"  ratio {slow / fast:4.2f}  CPU {statistics.median(costs):4.0f} µs{added}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    shared_memory = Path("/dev/shm")
    directory = Path(tempfile.mkdtemp(prefix="lwb-", dir=shared_memory if shared_memory.is_dir() else None))
    directory.chmod(0o711)
    (directory / "logs").mkdir()
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, directory)
        http_server, database = undo.enter_context(callee()), undo.enter_context(postgres(directory))
        wire = Wire(directory)
        undo.callback(wire.close)
        print(f"12 edges open after {wire.seconds_to_open * 1000:.0f} ms, {wire.memory()} MB")
        through = wire.open({"a→http": http_server})["a→http"]
        sql = wire.open({"a→postgres": database}, "postgres")["a→postgres"]
        for talk in TALKS:
            direct, indirect = (database, sql) if talk is TALKS[-1] else (http_server, through)
            asyncio.run(compare(wire, talk, direct, indirect, arguments))
        lines, size = wire.journal.read_bytes().count(b"\n"), wire.journal.stat().st_size
        print(f"{lines} journal lines of {size // max(1, lines)} bytes, {wire.memory()} MB at the end")


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve())
    else:
        main()
