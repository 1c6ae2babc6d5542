"""Follows a PDS's firehose and lets every frame that can be believed change the person it is about.

One lane per DID: frames of a person are taken in order, and nobody waits for somebody else's DID document.
The connection is made again for ever, from the last frame seen.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from fakes.reader.blob_client import Blobs
from fakes.reader.commits import Head, RefusedError, SignatureError, verify_commit, verify_sync
from fakes.reader.frames import (
    AccountFrame,
    CommitFrame,
    Frame,
    IdentityFrame,
    StreamError,
    SyncFrame,
    decode,
)
from fakes.reader.identity_client import Identities, NoDocumentError, UnresolvableError
from fakes.reader.person import Person
from fakes.settings import Clock

FIRST_PAUSE = 0.02
LONGEST_PAUSE = 1.0
LARGEST_FRAME = 16 * 1024 * 1024

T = TypeVar("T")
Signed = TypeVar("Signed", CommitFrame, SyncFrame)


@dataclass
class Follower:
    pds_url: str
    people: dict[str, Person]
    identities: Identities
    blobs: Blobs
    clock: Clock
    connected: bool = False
    cursor: int = 0
    refused: list[str] = field(default_factory=list)
    _lanes: dict[str, deque[Frame]] = field(default_factory=dict)
    _workers: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                await self._follow()
            except StreamError as error:
                self._refuse(f"the stream ended with {error}")
                self.cursor = 0
            except (OSError, WebSocketException) as error:
                logging.info("firehose of %s: %s", self.pds_url, error)
            pause = FIRST_PAUSE if self.connected else min(2 * pause, LONGEST_PAUSE)
            self.connected = False
            await asyncio.sleep(pause)

    async def close(self) -> None:
        for worker in self._workers:
            worker.cancel()

    async def _follow(self) -> None:
        stream = f"{self.pds_url.replace('http', 'ws', 1)}/xrpc/com.atproto.sync.subscribeRepos"
        url = f"{stream}?cursor={self.cursor}"
        async with connect(url, proxy=None, compression=None, max_size=LARGEST_FRAME) as websocket:
            self.connected = True
            async for message in websocket:
                self.take(message if isinstance(message, bytes) else message.encode())

    def take(self, message: bytes) -> None:
        """Put a frame in its person's lane."""
        try:
            frame = decode(message)
        except ValueError as error:
            return self._refuse(f"frame after {self.cursor}: {error}")
        if frame is None:
            return None
        if frame.seq <= self.cursor:
            return self._refuse(f"frame {frame.seq} comes after {self.cursor}")
        self.cursor = frame.seq
        if frame.did not in self._lanes:
            self._lanes[frame.did] = deque()
            worker = asyncio.create_task(self._work(frame.did))
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)
        self._lanes[frame.did].append(frame)
        return None

    def _refuse(self, what: str) -> None:
        logging.warning("firehose of %s: %s", self.pds_url, what)
        self.refused.append(what)

    async def _work(self, did: str) -> None:
        person = self.people.setdefault(did, Person(did))
        while self._lanes[did]:
            frame = self._lanes[did].popleft()
            try:
                await self._process(person, frame)
            except Exception:
                logging.exception("frame %d of %s", frame.seq, did)
                person.refuse(f"frame {frame.seq} could not be read")
        del self._lanes[did]

    async def _process(self, person: Person, frame: Frame) -> None:
        match frame:
            case AccountFrame():
                person.set_account(frame.active, frame.status)
            case IdentityFrame():
                self.identities.forget(frame.did)
            case SyncFrame():
                person.head = await self._believed(person, frame, verify_sync) or person.head
            case CommitFrame():
                verified = await self._believed(person, frame, verify_commit)
                if verified is not None:
                    seen = datetime.fromtimestamp(self.clock.now(), UTC)
                    written = person.apply(verified, frame.seq, seen)
                    for blob in {blob for entry in written for blob in entry.blobs}:
                        self.blobs.check(person, blob)

    async def _believed(
        self, person: Person, frame: Signed, verify: Callable[[Signed, str, Head | None], T]
    ) -> T | None:
        """What verification yields, with a newer key if the known one does not fit; None if it is refused."""
        try:
            key = await self._signing_key(frame.did)
            try:
                return verify(frame, key, person.head)
            except SignatureError:
                newer = await self._signing_key(frame.did, fresh=True)
                if newer == key:
                    raise
                return verify(frame, newer, person.head)
        except (RefusedError, NoDocumentError, ValueError) as error:
            person.refuse(f"commit {frame.rev} is refused: {error}")
            return None

    async def _signing_key(self, did: str, fresh: bool = False) -> str:
        pause = FIRST_PAUSE
        while True:
            try:
                return await self.identities.signing_key(did, fresh)
            except NoDocumentError:
                raise
            except UnresolvableError:
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
