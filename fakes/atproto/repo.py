"""Commits: the signed root of a repository, version 3.

A commit names the repository's owner, its revision and the root of its tree; the signature covers the same
map without `sig`. Rules: https://atproto.com/specs/repository#commit-objects.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fakes.atproto import cbor, keys
from fakes.atproto.cid import Cid
from fakes.atproto.syntax import is_did
from fakes.atproto.tid import is_tid

_FIELDS = {"did", "version", "data", "rev", "prev", "sig"}


@dataclass(frozen=True)
class Commit:
    did: str
    rev: str
    data: Cid
    sig: bytes
    prev: Cid | None = None

    @classmethod
    def sign(cls, key: keys.PrivateKey, did: str, rev: str, data: Cid) -> "Commit":
        unsigned = cls(did, rev, data, b"")
        return cls(did, rev, data, key.sign(cbor.encode(unsigned._signed_map())))

    def verify(self, did_key: str) -> bool:
        """Whether the signature is the key's; ValueError if the key cannot be decoded."""
        return keys.verify(did_key, cbor.encode(self._signed_map()), self.sig)

    def encode(self) -> bytes:
        return self._block

    @property
    def cid(self) -> Cid:
        return Cid.for_cbor(self._block)

    @cached_property
    def _block(self) -> bytes:
        return cbor.encode({**self._signed_map(), "sig": self.sig})

    def _signed_map(self) -> dict[str, Any]:
        return {"did": self.did, "version": 3, "data": self.data, "rev": self.rev, "prev": self.prev}


def decode_commit(block: bytes) -> Commit:
    """ValueError for anything but a version 3 commit with exactly its fields. The signature is not judged."""
    value = cbor.decode(block)
    if not isinstance(value, dict) or value.keys() != _FIELDS or value["version"] != 3:
        raise ValueError("not a commit of version 3")
    did, rev, data, prev, sig = (value[name] for name in ("did", "rev", "data", "prev", "sig"))
    if not (isinstance(did, str) and is_did(did)):
        raise ValueError(f"commit's did is not a DID: {did!r:.80}")
    if not (isinstance(rev, str) and is_tid(rev)):
        raise ValueError(f"commit's rev is not a TID: {rev!r:.80}")
    if not isinstance(data, Cid) or not isinstance(prev, Cid | None) or not isinstance(sig, bytes):
        raise ValueError("commit's data, prev or sig has the wrong type")
    return Commit(did, rev, data, sig, prev)
