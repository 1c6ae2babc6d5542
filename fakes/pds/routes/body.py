"""Reading a request's body: present, of the right type, not too large, readable, as the lexicon asks."""

import json
import zlib
from typing import Any

import orjson
from starlette.requests import Request

from fakes.atproto import lexicon
from fakes.atproto.lexicon import LexiconError
from fakes.pds.errors import InvalidRequestError
from fakes.pds.lexicons import Method

JSON = "application/json"


class BodyError(Exception):
    """A body that HTTP itself refuses: too large, unknown charset or encoding."""

    case: str | None = None

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.name = name
        self.message = message


async def read_input(request: Request, method: Method, limit: int) -> Any:
    """The parsed JSON, or None where the method takes none or takes bytes (`read_bytes` reads those)."""
    present = _presence(request)
    if method.encoding is None:
        if present == "present":
            raise InvalidRequestError("A request body was provided when none was expected")
        return None
    if present == "missing":
        raise InvalidRequestError("A request body is expected but none was provided")
    kind = media_type(request)
    if not _fits(kind, method.encoding):
        raise _wrong_encoding(kind)
    if method.encoding != JSON:
        return None
    _check_charset(request)
    value = parse_json(await _json_bytes(request, limit))
    try:
        lexicon.validate_input(method.nsid, value)
    except LexiconError as error:
        raise InvalidRequestError(str(error)) from None
    return value


async def read_loosely(request: Request, method: Method, limit: int) -> Any:
    """As `read_input` where a JSON body is judged by its keys and types only, and null is absent."""
    if method.encoding is None:
        return None
    kind = media_type(request)
    if not _fits(kind, method.encoding):
        raise _wrong_encoding(kind)
    if method.encoding != JSON:
        return None
    try:
        value = _without_nulls(orjson.loads(await _json_bytes(request, limit)))
        lexicon.validate_input(method.nsid, value, loosely=True)
    except ValueError as error:
        raise InvalidRequestError(str(error)) from None
    return value


async def read_bytes(request: Request, limit: int | None, *, literally: bool = False) -> bytes:
    """The body, decompressed unless it is wanted `literally`; at most `limit` bytes."""
    encoding = "identity" if literally else request.headers.get("content-encoding", "identity").lower()
    if encoding not in ("identity", "gzip", "deflate"):
        raise BodyError(415, "UnsupportedMediaType", "unsupported content-encoding")
    inflate = None if encoding == "identity" else zlib.decompressobj(zlib.MAX_WBITS | 32)
    parts, size = [], 0
    async for chunk in request.stream():
        part = chunk if inflate is None else inflate.decompress(chunk)
        size += len(part)
        if limit is None or size <= limit:
            parts.append(part)
    if limit is not None and size > limit:
        raise BodyError(413, "PayloadTooLarge", "request entity too large")
    return b"".join(parts)


def media_type(request: Request, *, whole: bool = False) -> str:
    """The declared type, without its parameters unless it is wanted `whole`."""
    declared = request.headers.get("content-type", "")
    kind = declared if whole else declared.partition(";")[0].strip().lower()
    if "/" not in kind:
        raise InvalidRequestError(
            "Request encoding (Content-Type) required but not provided", case="no content type"
        )
    return kind


def parse_json(body: bytes) -> Any:
    """An object or array, as JavaScript reads it: lone surrogates and broken UTF-8 become U+FFFD."""
    try:
        value = orjson.loads(body)
    except ValueError:
        value = _parse_leniently(body)
    if not isinstance(value, dict | list):
        raise InvalidRequestError("Unexpected token in JSON: neither an object nor an array", "SyntaxError")
    return value


def _parse_leniently(body: bytes) -> Any:
    try:
        value = json.loads(body.decode("utf-8", "replace"), parse_constant=_no_constant)
        text = json.dumps(value, ensure_ascii=False)
        return json.loads(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError(f"Unexpected token in JSON: {error}", "SyntaxError") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _presence(request: Request) -> str:
    if "transfer-encoding" in request.headers:
        return "present"
    length = request.headers.get("content-length")
    if length is None:
        return "missing"
    return "empty" if length == "0" else "present"


def _wrong_encoding(kind: str) -> InvalidRequestError:
    return InvalidRequestError(f"Wrong request encoding (Content-Type): {kind}", case="no content type")


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: item for name, item in value.items() if item is not None}


def _fits(kind: str, encoding: str) -> bool:
    return encoding in ("*/*", kind)


def _check_charset(request: Request) -> None:
    _, _, parameters = request.headers["content-type"].lower().partition("charset=")
    charset = parameters.partition(";")[0].strip().strip('"')
    if charset and charset != "utf-8":
        raise BodyError(415, "UnsupportedMediaTypeError", f'unsupported charset "{charset.upper()}"')


async def _json_bytes(request: Request, limit: int) -> bytes:
    try:
        return await read_bytes(request, limit)
    except BodyError as error:
        if error.status == 413:
            raise BodyError(413, "PayloadTooLargeError", "request entity too large") from None
        raise
