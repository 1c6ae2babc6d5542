"""`python -m localnet.wire`: requests on stdin, events on stdout, logs on stderr. The end of stdin ends the process."""

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Mapping

import orjson

from localnet.wire.serving import Wire

LONGEST_LINE = 16 * 1024 * 1024


def emit(event: Mapping[str, object]) -> None:
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.buffer.write(orjson.dumps(event) + b"\n")
        sys.stdout.buffer.flush()


async def serve() -> None:
    loop = asyncio.get_running_loop()
    requests = asyncio.StreamReader(limit=LONGEST_LINE)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(requests), sys.stdin)
    wire = Wire(emit)
    loop.add_signal_handler(signal.SIGTERM, requests.feed_eof)
    while line := await requests.readline():
        wire.request(line)
    wire.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(serve())
