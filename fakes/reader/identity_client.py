"""Resolves DIDs at the PLC directory and handles at the name service, and remembers for a short while.

Two askers with two needs: the follower wants a signing key that it can go on with (a document once read is
good until an event or a bad signature says otherwise), a feed wants the identity as it is now.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from fakes.atproto import did as document_of
from fakes.atproto.syntax import is_did, is_handle
from fakes.reader.http_client import Get, UnreachableError
from fakes.reader.identity import Identity, Resolution, claimed_handle, judge

VERIFIED_SECONDS = 2.0
UNVERIFIED_SECONDS = 0.1


class UnresolvableError(Exception):
    """No document now; asking again may help."""


class NoDocumentError(UnresolvableError):
    """The directory has no document for this DID: asking again does not help."""


@dataclass
class Identities:
    get: Get
    plc_url: str
    names_url: str
    now: Callable[[], float] = monotonic
    _documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    _outdated: set[str] = field(default_factory=set)
    _judged: dict[str, tuple[Identity, float]] = field(default_factory=dict)
    _under_way: dict[str, asyncio.Task[Identity]] = field(default_factory=dict)

    def forget(self, did: str) -> None:
        """The identity has changed: what is known of it is asked for again before it is used."""
        self._outdated.add(did)
        self._judged.pop(did, None)

    async def signing_key(self, did: str, fresh: bool = False) -> str:
        """The did:key of `#atproto`; UnresolvableError, or ValueError for a document without one."""
        return document_of.signing_key(await self._document(did, fresh))

    async def pds_endpoint(self, did: str) -> str:
        """The URL of the DID's PDS; UnresolvableError, or ValueError for a document without one."""
        return document_of.pds_endpoint(await self._document(did)).rstrip("/")

    async def identity(self, did: str) -> Identity:
        """Who the DID is now: asked again if that was long ago, or not long ago but not verified."""
        judged, at = self._judged.get(did, (Identity(), float("-inf")))
        if self.now() - at < (VERIFIED_SECONDS if judged.handle_verified else UNVERIFIED_SECONDS):
            return judged
        if did not in self._under_way:
            self._under_way[did] = asyncio.create_task(self._judge(did))
        return await asyncio.shield(self._under_way[did])

    async def _judge(self, did: str) -> Identity:
        try:
            document = await self._document(did, fresh=True)
            identity = judge(did, document, await self._resolution(claimed_handle(document)))
        except UnresolvableError as error:
            identity = Identity(problems=(f"the DID does not resolve: {error}",))
        finally:
            del self._under_way[did]
        self._judged[did] = (identity, self.now())
        return identity

    async def _resolution(self, handle: str | None) -> Resolution | None:
        if handle is None or not is_handle(handle):
            return None
        try:
            answer = await self.get(f"{self.names_url}/.well-known/atproto-did", {"Host": handle})
        except UnreachableError as error:
            return Resolution(failure=f"the name service cannot be reached: {error}")
        if answer.status != 200:
            return Resolution(failure=f"the name service answers {answer.status}")
        did = answer.body.decode(errors="replace").strip()
        return Resolution(did) if is_did(did) else Resolution(failure=f"the answer is no DID: {did[:100]!r}")

    async def _document(self, did: str, fresh: bool = False) -> dict[str, Any]:
        if did in self._documents and did not in self._outdated and not fresh:
            return self._documents[did]
        try:
            self._documents[did] = await self._fetch(did)
        except NoDocumentError:
            self._documents.pop(did, None)
            raise
        except UnresolvableError:
            # As resolvers do: a directory that cannot be reached does not make a known identity unknown.
            if did not in self._documents:
                raise
            return self._documents[did]
        self._outdated.discard(did)
        return self._documents[did]

    async def _fetch(self, did: str) -> dict[str, Any]:
        if not did.startswith("did:plc:"):
            raise NoDocumentError("only did:plc is resolved")
        try:
            answer = await self.get(f"{self.plc_url}/{did}", {"Accept": "application/did+ld+json"})
        except UnreachableError as error:
            raise UnresolvableError(f"the PLC directory cannot be reached: {error}") from None
        if answer.status in (404, 410):
            raise NoDocumentError(f"the PLC directory answers {answer.status}")
        if answer.status != 200:
            raise UnresolvableError(f"the PLC directory answers {answer.status}")
        return _parsed(did, answer.body)


def _parsed(did: str, body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        raise UnresolvableError("the PLC directory's answer is not JSON") from None
    if not isinstance(document, dict) or document.get("id") != did:
        raise UnresolvableError("the PLC directory's answer is not the document of this DID")
    return document
