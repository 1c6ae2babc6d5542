"""What the media server can be asked to do with a file, named by its hash. Pure: the routes carry it.

Shapes of the refusals: divine-blossom's. Answers that break off or never come are faults of the wire.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fakes.media.blobs import Blob
from fakes.powers import Kind, Powers

MISSING = "missing"
GATED = "gated"
MOVED = "moved"
MISTYPED = "mistyped"
SWAPPED = "swapped"
TRUNCATED = "truncated"
ENDLESS = "endless"
DRIPS = "drips"

KINDS: Mapping[str, Kind] = {
    MISSING: Kind("does not have the file (404)"),
    GATED: Kind("keeps the file from whoever has not shown their age (401)"),
    MOVED: Kind("redirects to another place, to the file itself if none is given", {"location": ""}),
    MISTYPED: Kind("serves the file under another type", {"type": "text/html"}),
    SWAPPED: Kind("serves as many other bytes"),
    TRUNCATED: Kind("serves the first half, as if that were all"),
    ENDLESS: Kind(
        "serves zeros without end; `announced` is the length it claims, 0 for none", {"announced": 0}
    ),
    DRIPS: Kind("serves the file in pieces with pauses", {"bytes": 1024, "seconds": 0.1}),
}

_REFUSALS = {MISSING: (404, "Blob not found"), GATED: (401, "age_restricted")}


@dataclass(frozen=True)
class Refusal:
    status: int
    error: str


def refusal(powers: Powers, sha256: str) -> Refusal | None:
    return next((Refusal(*said) for name, said in _REFUSALS.items() if powers.meets(name, sha256)), None)


def spoiled(powers: Powers, blob: Blob) -> Blob:
    """The file as it is served, under the hash that was asked for."""
    if mistyped := powers.meets(MISTYPED, blob.sha256):
        blob = replace(blob, mime=str(mistyped.settings["type"]))
    if powers.meets(SWAPPED, blob.sha256):
        blob = replace(blob, data=blob.data[:-1] + bytes(last ^ 1 for last in blob.data[-1:]))
    if powers.meets(TRUNCATED, blob.sha256):
        blob = replace(blob, data=blob.data[: len(blob.data) // 2])
    return blob
