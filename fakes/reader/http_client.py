"""The reader's GETs. No proxy, no redirects, no cookies; the caller chooses the Host."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import aiohttp

SECONDS = 5.0


@dataclass(frozen=True)
class Answer:
    status: int
    mime: str = ""
    body: bytes = b""


class UnreachableError(OSError):
    """No answer: refused, reset, too late."""


Get = Callable[[str, Mapping[str, str]], Awaitable[Answer]]
"""URL and headers to an answer; UnreachableError if there is none."""


@dataclass
class HttpClient:
    _session: "aiohttp.ClientSession | None" = field(default=None, init=False)
    _failures: tuple[type[Exception], ...] = field(default=(OSError, ValueError), init=False)

    async def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        session = self._session or await self._open()
        try:
            async with session.get(url, headers=headers, allow_redirects=False) as response:
                mime = response.headers.get("Content-Type", "")
                return Answer(response.status, mime, await response.read())
        except self._failures as error:
            raise UnreachableError(f"{type(error).__name__} {error}".strip()) from None

    async def _open(self) -> "aiohttp.ClientSession":
        # Imported at the first request, beside the event loop: it costs a third of all fakes' start.
        await asyncio.to_thread(import_module, "aiohttp")
        import aiohttp

        if self._session is None:
            timeout = aiohttp.ClientTimeout(SECONDS)
            self._failures = (OSError, ValueError, aiohttp.ClientError)
            self._session = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
