"""Frames of `com.atproto.sync.subscribeRepos`: two DAG-CBOR items, a header that names the type, and a body.

Decodes and checks shapes; whether a commit may be believed is `commits`. Rules:
https://atproto.com/specs/event-stream and the lexicon com.atproto.sync.subscribeRepos.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fakes.atproto import cbor
from fakes.atproto.cid import Cid
from fakes.atproto.syntax import is_did


class StreamError(Exception):
    """The server ended the stream with an error frame."""


@dataclass(frozen=True)
class Operation:
    """One change of one record; `prev` is the record's CID before, where the server says it."""

    action: str
    path: str
    cid: Cid | None
    prev: Cid | None


@dataclass(frozen=True)
class CommitFrame:
    seq: int
    did: str
    commit: Cid
    rev: str
    since: str | None
    blocks: bytes
    ops: tuple[Operation, ...]
    prev_data: Cid | None
    time: str


@dataclass(frozen=True)
class SyncFrame:
    seq: int
    did: str
    rev: str
    blocks: bytes


@dataclass(frozen=True)
class IdentityFrame:
    seq: int
    did: str


@dataclass(frozen=True)
class AccountFrame:
    seq: int
    did: str
    active: bool
    status: str | None


Frame = CommitFrame | SyncFrame | IdentityFrame | AccountFrame


def decode(data: bytes) -> Frame | None:
    """None for a type that a reader has no use for; ValueError for a malformed frame."""
    header, at = cbor.decode_first(data)
    body = cbor.decode(data[at:])
    if not isinstance(header, dict) or not isinstance(body, dict):
        raise ValueError("frame is not a header map and a body map")
    if header.get("op") == -1:
        raise StreamError(f"{body.get('error')}: {body.get('message')}")
    parse = _PARSERS.get(header.get("t", ""))
    return parse(body) if parse else None


def _commit(body: Mapping[str, Any]) -> CommitFrame:
    if body.get("tooBig") or body.get("rebase"):
        raise ValueError("commit frame is marked tooBig or rebase, which are no longer allowed")
    return CommitFrame(
        seq=_get(body, "seq", int),
        did=_did(body, "repo"),
        commit=_get(body, "commit", Cid),
        rev=_get(body, "rev", str),
        since=_get(body, "since", str | None),
        blocks=_get(body, "blocks", bytes),
        ops=tuple(_operation(item) for item in _get(body, "ops", list)),
        prev_data=_get(body, "prevData", Cid | None),
        time=_get(body, "time", str),
    )


def _operation(value: Any) -> Operation:
    if not isinstance(value, dict) or value.get("action") not in ("create", "update", "delete"):
        raise ValueError(f"not an operation: {value!r:.100}")
    cid = _get(value, "cid", Cid | None)
    if (cid is None) != (value["action"] == "delete"):
        raise ValueError(f"operation {value['action']} with cid {cid}")
    return Operation(value["action"], _get(value, "path", str), cid, _get(value, "prev", Cid | None))


def _sync(body: Mapping[str, Any]) -> SyncFrame:
    return SyncFrame(
        _get(body, "seq", int), _did(body, "did"), _get(body, "rev", str), _get(body, "blocks", bytes)
    )


def _identity(body: Mapping[str, Any]) -> IdentityFrame:
    return IdentityFrame(_get(body, "seq", int), _did(body, "did"))


def _account(body: Mapping[str, Any]) -> AccountFrame:
    active, status = _get(body, "active", bool), _get(body, "status", str | None)
    return AccountFrame(_get(body, "seq", int), _did(body, "did"), active, status)


def _get(body: Mapping[str, Any], name: str, kind: Any) -> Any:
    value = body.get(name)
    if not isinstance(value, kind):
        raise ValueError(f"{name} is {value!r:.60}")
    return value


def _did(body: Mapping[str, Any], name: str) -> str:
    value: str = _get(body, name, str)
    if not is_did(value):
        raise ValueError(f"{name} is not a DID: {value[:100]!r}")
    return value


_PARSERS: Mapping[str, Callable[[Mapping[str, Any]], Frame]] = {
    "#commit": _commit,
    "#sync": _sync,
    "#identity": _identity,
    "#account": _account,
}
