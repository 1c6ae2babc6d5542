"""Byte ranges of a stored file, so that players can seek (RFC 9110, 14). Several ranges get the whole."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class UnsatisfiableError(ValueError):
    """The range lies outside the file."""


@dataclass(frozen=True)
class Part:
    """What is answered of a file: status, headers, bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def part(data: bytes, wanted: str | None) -> Part:
    """The answer to a request for `data` with that Range header; a header that is no range is ignored."""
    always = {"Accept-Ranges": "bytes"}
    found = _RANGE.fullmatch(wanted.strip()) if wanted else None
    if found is None or found.groups() == ("", ""):
        return Part(200, always, data)
    try:
        first, last = _bounds(found.group(1), found.group(2), len(data))
    except UnsatisfiableError:
        return Part(416, {**always, "Content-Range": f"bytes */{len(data)}"}, b"")
    return Part(206, {**always, "Content-Range": f"bytes {first}-{last}/{len(data)}"}, data[first : last + 1])


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        begin, end = max(0, size - int(last)), size - 1
    else:
        begin, end = int(first), min(int(last), size - 1) if last else size - 1
    if begin > end or begin >= size:
        raise UnsatisfiableError
    return begin, end
