"""Which requests of the bridge take a proxy, as the environment says."""

from collections.abc import Mapping

import httpx
import pytest
from httpx_aiohttp import AiohttpTransport

from bridge.proxies import from_environment

PROXY = "http://proxy.test:3128"
DIRECT, PROXIED = "direct", PROXY
CASES: Mapping[str, tuple[Mapping[str, str], str, str]] = {
    "no variables": ({}, "http://far.test/", DIRECT),
    "its scheme's": ({"HTTP_PROXY": PROXY}, "http://far.test/", PROXIED),
    "another scheme's": ({"HTTP_PROXY": PROXY}, "https://far.test/", DIRECT),
    "everything's": ({"ALL_PROXY": PROXY}, "https://far.test/", PROXIED),
    "small letters": ({"https_proxy": PROXY}, "https://far.test/", PROXIED),
    "set and empty": ({"HTTP_PROXY": ""}, "http://far.test/", DIRECT),
    "an exempt address": ({"HTTP_PROXY": PROXY, "NO_PROXY": "127.0.0.1, ::1"}, "http://127.0.0.1:80/", DIRECT),
    "an exempt IPv6 address": ({"HTTP_PROXY": PROXY, "NO_PROXY": "127.0.0.1,::1"}, "http://[::1]:80/", DIRECT),
    "an exempt host": ({"HTTP_PROXY": PROXY, "NO_PROXY": "near.test"}, "http://near.test:81/", DIRECT),
    "below an exempt host": ({"HTTP_PROXY": PROXY, "NO_PROXY": ".near.test"}, "http://a.near.test/", DIRECT),
    "beside an exempt host": ({"HTTP_PROXY": PROXY, "NO_PROXY": "near.test"}, "http://not-near.test/", PROXIED),
    "everything exempt": ({"HTTP_PROXY": PROXY, "NO_PROXY": "*"}, "http://far.test/", DIRECT),
}  # fmt: skip


@pytest.mark.parametrize(("environment", "url", "way"), CASES.values(), ids=CASES)
def test_a_request_takes_the_proxy_of_the_environment(
    environment: Mapping[str, str], url: str, way: str
) -> None:
    client = httpx.AsyncClient(transport=AiohttpTransport(), mounts=from_environment(environment).mounts())

    transport = client._transport_for_url(httpx.URL(url))

    assert isinstance(transport, AiohttpTransport)
    assert (str(transport.proxy.url) if transport.proxy else DIRECT) == way
