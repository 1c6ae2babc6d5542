"""Who a DID is: its document, the handle that it claims, and whether that handle says the same of the DID.

Judges what was fetched; `identity_client` fetches. Rules: https://atproto.com/specs/handle#bidirectional-verification.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fakes.atproto import did as document_of
from fakes.atproto.syntax import is_handle


@dataclass(frozen=True)
class Resolution:
    """What a handle led to: the DID it names, or why it names none."""

    did: str | None = None
    failure: str = ""


@dataclass(frozen=True)
class Identity:
    handle: str | None = None
    handle_verified: bool = False
    problems: tuple[str, ...] = ()


def claimed_handle(document: Mapping[str, Any]) -> str | None:
    handle = document_of.handle(dict(document))
    return handle.lower() if handle is not None else None


def judge(did: str, document: Mapping[str, Any], resolution: Resolution | None) -> Identity:
    """What a document and the resolution of its handle amount to; `resolution` is None if not tried."""
    handle = claimed_handle(document)
    if handle is None:
        return Identity(problems=("the DID document claims no handle",))
    if not is_handle(handle):
        return Identity(handle, problems=(f"the DID document claims {handle!r}, which is not a handle",))
    if resolution is None or resolution.did is None:
        reason = resolution.failure if resolution else "not tried"
        return Identity(handle, problems=(f"handle {handle} does not resolve: {reason}",))
    if resolution.did != did:
        return Identity(handle, problems=(f"handle {handle} resolves to {resolution.did}, not to {did}",))
    return Identity(handle, True)
