"""Which requests take a proxy, by the usual variables. Looked up once: asking the environment at each request costs as much as sending it.

Rules: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY as curl documents them; a network in NO_PROXY (10.0.0.0/8) is not understood.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from httpx_aiohttp import AiohttpTransport

SCHEMES = ("http", "https")


@dataclass(frozen=True)
class Proxies:
    """`through`: scheme -> proxy. `direct`: hosts, with all below them, that are reached without; `*` is every host."""

    through: Mapping[str, str]
    direct: frozenset[str] = frozenset()

    def mounts(self) -> dict[str, AiohttpTransport | None]:
        """As httpx takes them: URL pattern -> transport, None for the client's own."""
        if "*" in self.direct:
            return {}
        found: dict[str, AiohttpTransport | None] = {
            f"{scheme}://": AiohttpTransport(proxy=httpx.Proxy(proxy))
            for scheme, proxy in self.through.items()
        }
        if found:
            for host in self.direct:
                found |= {f"all://{pattern}": None for pattern in _patterns(host)}
        return found


def from_environment(environment: Mapping[str, str]) -> Proxies:
    """Small letters count before large ones."""

    def read(name: str) -> str:
        return (environment.get(name.lower()) or environment.get(name.upper()) or "").strip()

    through = {scheme: read(f"{scheme}_proxy") or read("all_proxy") for scheme in SCHEMES}
    named = (host.strip().lstrip(".").lower() for host in read("no_proxy").split(","))
    return Proxies(
        {scheme: proxy for scheme, proxy in through.items() if proxy}, frozenset(filter(None, named))
    )


def _patterns(host: str) -> tuple[str, ...]:
    if host.count(":") > 1:
        return (f"[{host.strip('[]')}]",)
    return (host,) if host.replace(".", "").isdigit() else (host, f"*.{host}")
