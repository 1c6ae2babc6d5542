"""Which requests reach for a fake's control routes. Only the harness may, so on every other edge the wire refuses them."""

from typing import Final
from urllib.parse import unquote

from localnet.wire.http import Exchange

HARNESS: Final = "harness"
_SEGMENT: Final = "_control"

_BODY: Final = b'{"error":"Forbidden","message":"control routes are for the harness"}\n'
REFUSAL: Final = (
    b"HTTP/1.1 403 Forbidden\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(_BODY)
    + _BODY
)


def reaches_for_control(target: str) -> bool:
    """Generous on purpose: any path segment, however written, in any form of request target (RFC 9112 section 3.2)."""
    path = target.partition("?")[0].partition("#")[0]
    if "control" not in path.lower() and "%" not in path:
        return False
    while (decoded := unquote(path)) != path:
        path = decoded
    segments = path.lower().replace("\\", "/").split("/")
    return any(segment.partition(";")[0].strip() == _SEGMENT for segment in segments)


def may_hide_control(unread: bytes) -> bool:
    """Of bytes that are not HTTP: nothing is known about them, so the word alone is enough."""
    return reaches_for_control("/" + "/".join(unread.decode("latin-1").split()))


def refusal(exchange: Exchange) -> bytes:
    return REFUSAL[: -len(_BODY)] if exchange.method == "HEAD" else REFUSAL
