"""The web around the reader, in memory: a PLC directory, a name service and a PDS that count what they are asked."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from fakes.reader.http_client import Answer, UnreachableError
from tests.fakes.reader.author import DID, FILM, PDS, document, film_post

FILM_CID: str = film_post()["embed"]["video"]["ref"]["$link"]
DOCUMENT = f"http://plc.test/{DID}"
NAME = "http://names.test/.well-known/atproto-did"
BLOB = f"{PDS}/xrpc/com.atproto.sync.getBlob?did={DID}&cid={FILM_CID}"


class Web:
    """`answers` by URL; what is not there cannot be reached. While `open` is not set, nothing is answered."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {
            NAME: Answer(200, "text/plain", DID.encode()),
            BLOB: Answer(200, "video/mp4", FILM),
        }
        self.asked: Counter[str] = Counter()
        self.hosts: list[str] = []
        self.open = asyncio.Event()
        self.open.set()
        self.know(document())

    def know(self, found: Mapping[str, Any]) -> None:
        """The directory has this document from now on."""
        self.answers[f"http://plc.test/{found['id']}"] = Answer(
            200, "application/json", json.dumps(found).encode()
        )

    async def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        self.asked[url] += 1
        self.hosts.append(headers.get("Host", ""))
        await self.open.wait()
        if url not in self.answers:
            raise UnreachableError("nobody there")
        return self.answers[url]
