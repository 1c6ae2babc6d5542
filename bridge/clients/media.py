"""Fetching a film or a picture: within limits of address, size and time; a film only if it is the file that was signed.

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
_PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_MOST_PICTURE_BYTES = 1_000_000
"""`maxSize` of the pictures in app.bsky.actor.profile"""


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

    async def picture(self, url: str) -> tuple[bytes, str]:
        """A PNG or JPEG and its MIME type; the same errors."""
        data = await self._in_time(url, _MOST_PICTURE_BYTES)
        mime = next((mime for magic, mime in _PICTURES.items() if data.startswith(magic)), None)
        if mime is None:
            raise Unpublishable("the picture is neither PNG nor JPEG")
        return data, mime

    async def _in_time(self, url: str, most: int) -> bytes:
        try:
            async with asyncio.timeout(MOST_SECONDS):
                return await self._follow(url, most)
        except TimeoutError as error:
            raise Transient(f"the media server took more than {MOST_SECONDS:.0f} s") from error

    async def _fetch(self, url: str, sha256: str) -> bytes:
        data = await self._in_time(url, self._most)
        found = hashlib.sha256(data).hexdigest()
        if found != sha256:
            raise Unpublishable(f"SHA-256 mismatch: expected {sha256}, got {found}")
        if data[_BOX] != b"ftyp" or data[_BRAND] == b"qt  ":
            raise Unpublishable("video must be MP4 before publish")
        return data

    async def _follow(self, url: str, most: int) -> bytes:
        for _ in range(MOST_REDIRECTS + 1):
            await self._must_be_allowed(url)
            try:
                async with self._http.stream("GET", url) as response:
                    if not response.is_redirect:
                        return await _read(response, most)
                    url = urljoin(url, response.headers.get("location", ""))
            except (httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError) as error:
                raise Unpublishable(f"media URL cannot be used: {url:.200}") from error
            except httpx.HTTPError as error:
                raise Transient(f"no answer from the media server at {url:.200}") from error
        raise Unpublishable(f"media URL redirects more than {MOST_REDIRECTS} times")

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


async def _read(response: httpx.Response, most: int) -> bytes:
    if not response.is_success:
        raise _failure(response.status_code)
    too_large = Unpublishable(f"the file exceeds {most} bytes")
    if int(response.headers.get("content-length") or 0) > most:
        raise too_large
    parts, size = [], 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > most:
            raise too_large
        parts.append(part)
    return b"".join(parts)


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
