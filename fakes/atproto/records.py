"""Records between their JSON form and the data model that is encoded and hashed.

`{"$link": cid}` stands for a link, `{"$bytes": base64}` for bytes. A map that only looks like one of these,
such as `{"$link": "junk"}`, stays a plain map, as the reference server keeps it: refusing it is the
lexicon's business. Rules: https://atproto.com/specs/data-model#json-representation.
"""

import base64
import binascii
from typing import Any

from fakes.atproto.cid import Cid


def from_json(value: Any) -> Any:
    """ValueError for a number that is not whole; `1.0` is the integer 1, as in JSON."""
    if isinstance(value, dict):
        if len(value) == 1 and (special := _special(value)) is not None:
            return special
        return {key: from_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if isinstance(value, float):
        if not value.is_integer():
            raise ValueError(f"not a whole number: {value}")
        return int(value)
    if isinstance(value, str) and not value.isascii():
        # A lone surrogate has no UTF-8; it becomes U+FFFD, as in the reference server.
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return value


def to_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, Cid):
        return {"$link": str(value)}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode().rstrip("=")}
    return value


def _special(value: dict[str, Any]) -> Cid | bytes | None:
    try:
        match value:
            case {"$link": str(text)}:
                return Cid.parse(text)
            case {"$bytes": str(text)}:
                return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (ValueError, binascii.Error):
        pass
    return None


def links(value: Any) -> list[Cid]:
    """Every link inside a value of the data model, in order."""
    if isinstance(value, Cid):
        return [value]
    if isinstance(value, dict):
        return [link for item in value.values() for link in links(item)]
    if isinstance(value, list):
        return [link for item in value for link in links(item)]
    return []


def blobs(value: Any) -> list[dict[str, Any]]:
    """Every blob reference (`{"$type": "blob", "ref", "mimeType", "size"}`) inside a value, in order."""
    if isinstance(value, dict):
        if value.get("$type") == "blob" and isinstance(value.get("ref"), Cid):
            return [value]
        return [blob for item in value.values() for blob in blobs(item)]
    if isinstance(value, list):
        return [blob for item in value for blob in blobs(item)]
    return []
