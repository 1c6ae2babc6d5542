"""Fetches the blobs that records name, from the PDS that the DID document names, and checks the bytes.

Verdicts go to the person; the bytes of the latest ones are kept, within a limit, for the page's player.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from fakes.reader.entries import BlobReference
from fakes.reader.http_client import Get, UnreachableError
from fakes.reader.identity_client import Identities, UnresolvableError
from fakes.reader.person import BlobVerdict, Person, judge_blob

KEPT_BYTES = 64 * 1024 * 1024
AT_ONCE = 8
RETRY_SECONDS = 0.5


@dataclass
class Blobs:
    get: Get
    identities: Identities
    now: Callable[[], float] = monotonic
    _kept: OrderedDict[tuple[str, BlobReference], bytes] = field(default_factory=OrderedDict)
    _under_way: dict[tuple[str, BlobReference], asyncio.Task[bytes | None]] = field(default_factory=dict)
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    def check(self, person: Person, blob: BlobReference) -> asyncio.Task[bytes | None]:
        """Fetch and judge in the background; the result is the bytes if they are what the record says."""
        key = (person.did, blob)
        if key not in self._under_way:
            task = self._under_way[key] = asyncio.create_task(self._fetch(person, blob))
            task.add_done_callback(lambda _: self._under_way.pop(key))
        return self._under_way[key]

    def check_again(self, person: Person) -> None:
        """Have another look, in the background, at blobs that were not as they should be."""
        for blob, verdict in person.verdicts.items():
            if verdict.problem is not None and self.now() - verdict.at > RETRY_SECONDS:
                self.check(person, blob)

    async def verified(self, person: Person, blob: BlobReference) -> bytes | None:
        """The bytes; None if they are not what the record says."""
        kept = self._kept.get((person.did, blob))
        return kept if kept is not None else await self.check(person, blob)

    async def close(self) -> None:
        for task in self._under_way.values():
            task.cancel()

    async def _fetch(self, person: Person, blob: BlobReference) -> bytes | None:
        async with self._turn:
            data, problem = await self._judged(person.did, blob)
        person.verdicts[blob] = BlobVerdict(problem, self.now())
        if problem is not None:
            return None
        self._keep((person.did, blob), data)
        return data

    async def _judged(self, did: str, blob: BlobReference) -> tuple[bytes, str | None]:
        try:
            endpoint = await self.identities.pds_endpoint(did)
            answer = await self.get(f"{endpoint}/xrpc/com.atproto.sync.getBlob?did={did}&cid={blob.cid}", {})
        except (UnreachableError, UnresolvableError, ValueError) as error:
            return b"", f"blob {blob.cid} cannot be fetched: {error}"
        if answer.status != 200:
            said = answer.body[:200].decode(errors="replace")
            return b"", f"blob {blob.cid} cannot be fetched: the PDS answers {answer.status} {said}"
        return answer.body, judge_blob(blob, answer.body, answer.mime)

    def _keep(self, key: tuple[str, BlobReference], data: bytes) -> None:
        self._kept[key] = data
        while sum(map(len, self._kept.values())) > KEPT_BYTES:
            self._kept.popitem(last=False)
