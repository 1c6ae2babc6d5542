"""Whatever comes, an observer hands on every byte, and the journal gets a line or none: bytes damaged at random places, by seed."""

import random
from collections.abc import Callable

import pytest

from localnet.journal.lines import Line, encode
from localnet.wire import entries
from localnet.wire.http import Exchange, RequestHead, RequestReader, ResponseReader
from localnet.wire.postgres import Session
from localnet.wire.postgres_messages import MessageReader
from localnet.wire.websocket import Assembler, FrameReader
from tests.localnet.wire.chunks import fed
from tests.localnet.wire.test_firehose import commit
from tests.localnet.wire.test_http import ANSWERS, REQUESTS
from tests.localnet.wire.test_postgres import STARTUP, TALKS
from tests.localnet.wire.test_websocket import CASES, MASK, Deflater, frame

REQUEST_BYTES = b"".join(data for data, _ in REQUESTS.values())
ANSWER_BYTES = b"".join(data for _, data, _ in ANSWERS.values())
PLAIN_FRAMES = b"".join(data for data, _ in CASES.values()) + frame(2, commit(7))
FRAMES = PLAIN_FRAMES + frame(1, Deflater()(b"x" * 99), mask=MASK, compressed=True)
ASKED = b"".join(sent for sent, _, _ in TALKS.values())
ANSWERED = b"".join(received for _, received, _ in TALKS.values())
NOW = (1.0, 2.0)


def damaged(data: bytes, seed: int) -> bytes:
    """Some bytes changed, some left out, some doubled; seed 0 leaves all as it is."""
    chance = random.Random(seed)
    parts = bytearray(data)
    for _ in range(chance.randint(1, 8) if seed else 0):
        at = chance.randrange(len(parts))
        size = chance.choice((1, 1, 1, 4, 50))
        parts[at : at + size] = chance.choice(
            (b"", bytes([chance.randrange(256)]), parts[at : at + size] * 2)
        )
    return bytes(parts)


def http(seed: int) -> list[Line]:
    requests, answers = RequestReader(), ResponseReader()
    seen: list[Exchange] = []
    for event in fed(requests.feed, requests.close, damaged(REQUEST_BYTES, seed), seed):
        if isinstance(event, RequestHead):
            seen.append(event.exchange)
    answers.expected.extend(seen)
    fed(answers.feed, answers.close, damaged(ANSWER_BYTES, seed + 1), seed)
    return [entries.of_exchange("n1", "a→b", exchange, 3.0, None) for exchange in seen]


def websocket(seed: int) -> list[Line]:
    reader, assembler = FrameReader(), Assembler(deflated=True)
    frames = fed(reader.feed, reader.close, damaged(FRAMES, seed), seed)
    messages = [message for each in frames if (message := assembler.take(each))]
    return [entries.of_message("n1", "a→b", message, True, 1.0, None) for message in messages]


def postgres(seed: int) -> list[Line]:
    session, asking, answering = Session(), MessageReader(from_caller=True), MessageReader(from_caller=False)
    ended = []
    for sent in fed(asking.feed, asking.close, damaged(STARTUP + ASKED, seed), seed):
        session.sent(sent, NOW)
    for received in fed(answering.feed, answering.close, damaged(ANSWERED, seed + 1), seed):
        ended += session.received(received, NOW)
    return [entries.of_statement("n1", "a→b", statement, 3.0) for statement in ended + session.broken_off()]


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("protocol", [http, websocket, postgres])
def test_every_byte_passes_and_every_line_can_be_written(
    protocol: Callable[[int], list[Line]], seed: int
) -> None:
    for line in protocol(seed):
        assert encode(line)
