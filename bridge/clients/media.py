"""Fetching a video: within limits of address, size and time, and only if it is the file that was signed.

Addresses: the hosts of MEDIA_ALLOWED_HOSTS, or, where none are named, hosts with public addresses only. Blossom (BUD-01) is
plain HTTP GET; redirects are followed a few times, each judged like the first URL.
"""

import asyncio
import hashlib
import ipaddress
import socket
from collections.abc import Collection, Sequence
from urllib.parse import SplitResult, urljoin, urlsplit

import httpx

from bridge.errors import BridgeError, Refused, Transient
from bridge.publishing.errors import Missing, Unpublishable

MOST_SECONDS = 60.0
MOST_REDIRECTS = 3
_GONE = (404, 410)
_BOX, _BRAND = slice(4, 8), slice(8, 12)


class MediaClient:
    def __init__(self, http: httpx.AsyncClient, allowed_hosts: Collection[str], most_bytes: int) -> None:
        self._http, self._allowed, self._most = http, allowed_hosts, most_bytes

    async def fetch_first(self, urls: Sequence[str], sha256: str) -> bytes:
        """The MP4 with this hash, from the first URL that has it. Raises Unpublishable, Missing, or, if one
        of the URLs may work later, Transient."""
        failure: BridgeError = Unpublishable("no video URL found in event")
        for url in urls:
            try:
                return await self._fetch(url, sha256)
            except BridgeError as error:
                failure = failure if isinstance(failure, Transient) else error
        raise failure

    async def _fetch(self, url: str, sha256: str) -> bytes:
        try:
            async with asyncio.timeout(MOST_SECONDS):
                data = await self._follow(url)
        except TimeoutError as error:
            raise Transient(f"the media server took more than {MOST_SECONDS:.0f} s") from error
        found = hashlib.sha256(data).hexdigest()
        if found != sha256:
            raise Unpublishable(f"SHA-256 mismatch: expected {sha256}, got {found}")
        if data[_BOX] != b"ftyp" or data[_BRAND] == b"qt  ":
            raise Unpublishable("video must be MP4 before publish")
        return data

    async def _follow(self, url: str) -> bytes:
        for _ in range(MOST_REDIRECTS + 1):
            await self._must_be_allowed(url)
            try:
                async with self._http.stream("GET", url) as response:
                    if not response.is_redirect:
                        return await self._read(response)
                    url = urljoin(url, response.headers.get("location", ""))
            except (httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError) as error:
                raise Unpublishable(f"media URL cannot be used: {url:.200}") from error
            except httpx.HTTPError as error:
                raise Transient(f"no answer from the media server at {url:.200}") from error
        raise Unpublishable(f"media URL redirects more than {MOST_REDIRECTS} times")

    async def _read(self, response: httpx.Response) -> bytes:
        if not response.is_success:
            raise _failure(response.status_code)
        if int(response.headers.get("content-length") or 0) > self._most:
            raise self._too_large()
        parts, size = [], 0
        async for part in response.aiter_bytes():
            size += len(part)
            if size > self._most:
                raise self._too_large()
            parts.append(part)
        return b"".join(parts)

    def _too_large(self) -> Unpublishable:
        return Unpublishable(f"video exceeds {self._most} bytes")

    async def _must_be_allowed(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise Unpublishable(f"media URL cannot be used: {url:.200}") from error
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Unpublishable(f"media URL cannot be used: {url:.200}")
        named = (parts.hostname, f"{parts.hostname}:{port or _default_port(parts)}")
        if self._allowed:
            if not any(name in self._allowed for name in named):
                raise Unpublishable(f"media host is not allowed: {parts.hostname}")
        elif not await _is_public(parts.hostname):
            raise Unpublishable(f"media host has no public address: {parts.hostname}")


def _failure(status: int) -> BridgeError:
    text = f"blob fetch failed with HTTP {status}"
    if status in _GONE:
        return Missing(text)
    if status >= 500 or status in (408, 425, 429):
        return Transient(text, status=status)
    return Unpublishable(text) if status in (401, 403, 451) else Refused(text, status=status)


def _default_port(parts: SplitResult) -> int:
    return 443 if parts.scheme == "https" else 80


async def _is_public(host: str) -> bool:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Transient(f"media host cannot be resolved: {host}") from error
    return all(ipaddress.ip_address(address[0]).is_global for *_, address in found)
