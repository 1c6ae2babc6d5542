"""Whom the video service asks: the PLC directory for DID documents, the PDS for profiles, and it stores blobs there."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from fakes.video.tokens import UPLOAD

SECONDS = 30.0
MIME = "video/mp4"


class UpstreamError(Exception):
    """A neighbour did not do what it was asked for; the text says what it answered."""


class Upstream:
    def __init__(self, client: httpx.AsyncClient, pds_url: str, plc_url: str) -> None:
        self._client, self._pds, self._plc = client, pds_url, plc_url
        self._pds_did: str | None = None

    async def pds_did(self) -> str | None:
        """Who the PDS is; None where it does not say."""
        if self._pds_did is None:
            description = await self._ask(f"{self._pds}/xrpc/com.atproto.server.describeServer")
            self._pds_did = str(description["did"]) if description else None
        return self._pds_did

    async def document(self, did: str) -> dict[str, Any] | None:
        """None where the directory has none, or none can be had of it."""
        return await self._ask(f"{self._plc}/{quote(did, safe='')}")

    async def has_profile(self, did: str) -> bool:
        query = {"repo": did, "collection": "app.bsky.actor.profile", "rkey": "self"}
        return await self._ask(f"{self._pds}/xrpc/com.atproto.repo.getRecord", query) is not None

    async def store(self, data: bytes, token: str) -> dict[str, Any]:
        """The blob, as a record refers to it."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": MIME}
        try:
            response = await self._client.post(
                f"{self._pds}/xrpc/{UPLOAD}", content=data, headers=headers, timeout=SECONDS
            )
            if response.is_success:
                return dict(response.json()["blob"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise UpstreamError(f"{type(error).__name__}: {error}") from error
        raise UpstreamError(f"{response.status_code} {response.text[:200]}")

    async def _ask(self, url: str, query: Mapping[str, str] | None = None) -> dict[str, Any] | None:
        """The answer's JSON; None for a refusal or no answer."""
        try:
            response = await self._client.get(url, params=query, timeout=SECONDS)
            return dict(response.json()) if response.is_success else None
        except (httpx.HTTPError, ValueError):
            return None
