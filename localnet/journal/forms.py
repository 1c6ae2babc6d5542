"""How a secret can stand in a text, and the digest that stands in its place where it was taken out. Pure.

For redaction, which takes secrets out, and for the search that finds out whether that was enough.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, quote_plus

import orjson

SHORTEST_BASE64: Final = 8
_KEY = re.compile(r"[0-9a-f]{64}")


def digest(secret: bytes) -> str:
    """12 hex digits: enough to tell one secret from all other words of a run, and nothing to get it back from."""
    return hashlib.sha256(secret).hexdigest()[:12]


def forms(secret: str) -> Iterator[tuple[bytes, str]]:
    """(what it looks like, how that is called): JSON-escaped by a line, by a JSON body, by JSON within that; hex, percent encoding,
    base64; of 32 bytes written in hex also the bytes' own base64.
    """
    raw, text = secret.encode(), secret
    for _ in range(3):
        text = orjson.dumps(text)[1:-1].decode()
        yield text.encode(), "as it is"
    yield raw.hex().encode(), "in hex"
    yield raw.hex().upper().encode(), "in hex"
    yield quote(secret, safe="").encode(), "in percent encoding"
    yield quote_plus(secret).encode(), "in percent encoding"
    yield from ((stable, "in base64") for stable in _base64(raw))
    if _KEY.fullmatch(secret):
        yield raw.upper(), "in upper case"
        yield from ((stable, "in base64") for stable in _base64(bytes.fromhex(secret)))


def _base64(raw: bytes) -> Iterator[bytes]:
    """The characters that are the same whatever stands before and after, for each of the three alignments."""
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            encoded = encode(bytes(before) + raw)
            whole = len(encoded) - (4 if (before + len(raw)) % 3 else 0)
            partial = {0: 0, 1: 1, 2: 2}[(before + len(raw)) % 3]
            stable = encoded[(0, 2, 3)[before] : whole + partial]
            if len(stable) >= SHORTEST_BASE64:
                yield stable
