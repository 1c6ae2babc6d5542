"""The way to the PLC directory: operations are sent, data and documents are asked for.

Documents are remembered for a while. Like the reference server's client it waits as long as the directory
takes; only the resolver of documents gives up after three seconds. How faults become errors:
measured on the reference PDS.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import httpx

from fakes.pds.errors import BrokenError, InvalidRequestError, UpstreamError

RESOLVER_TIMEOUT = 3.0
FRESH, KEPT = 3600.0, 86400.0


class Directory:
    def __init__(self, client: httpx.AsyncClient, url: str, now: Callable[[], float]) -> None:
        self._client = client
        self._url = url
        self._now = now
        self._documents: dict[str, tuple[dict[str, Any], float]] = {}

    async def send(self, did: str, operation: Mapping[str, Any]) -> None:
        await self._ask("POST", did, "", dict(operation))

    async def data(self, did: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self._ask("GET", did, "/data")).json()
        return found

    async def last_operation(self, did: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self._ask("GET", did, "/log/last")).json()
        return found

    async def resolve(self, did: str, *, anew: bool = False) -> dict[str, Any] | None:
        """The DID document; None if the directory does not know it; BrokenError if it does not answer."""
        known = self._documents.get(did)
        now = self._now()
        if known is not None and not anew and now - known[1] < FRESH:
            return known[0]
        try:
            return await self._fetch(did, now)
        except (httpx.HTTPError, ValueError) as error:
            if known is not None and not anew and now - known[1] < KEPT:
                return known[0]
            raise BrokenError(f"resolving {did}: {error!r}") from error

    async def resolve_if_possible(self, did: str) -> dict[str, Any] | None:
        try:
            return await self.resolve(did, anew=True)
        except BrokenError:
            return None

    async def _fetch(self, did: str, now: float) -> dict[str, Any] | None:
        if not did.startswith("did:plc:"):
            return None
        accept = {"accept": "application/did+ld+json,application/json"}
        response = await self._client.get(self._address(did, ""), headers=accept, timeout=RESOLVER_TIMEOUT)
        if response.status_code == 404:
            self._documents.pop(did, None)
            return None
        response.raise_for_status()
        document: dict[str, Any] = response.json()
        self._documents[did] = (document, now)
        return document

    async def _ask(
        self, verb: str, did: str, path: str, body: dict[str, Any] | None = None
    ) -> httpx.Response:
        try:
            response = await self._client.request(verb, self._address(did, path), json=body, timeout=None)
        except httpx.HTTPError as error:
            raise UpstreamError("Unable to perform PLC operation") from error
        if response.status_code >= 500:
            raise UpstreamError(_message(response))
        if response.status_code >= 400:
            raise InvalidRequestError(_message(response))
        return response

    def _address(self, did: str, path: str) -> str:
        return f"{self._url}/{quote(did, safe='')}{path}"


def _message(response: httpx.Response) -> str:
    try:
        return str(response.json()["message"])
    except (ValueError, KeyError, TypeError):
        return f"Request failed with status code {response.status_code}"
