"""The blobs of one account: temporary once uploaded, permanent while a record names them.

A reference is held against what was uploaded only the first time it is named. The last record that lets go
of a blob takes it along; a blob that no record ever named stays for good, unseen by anyone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from fakes.atproto.cid import Cid
from fakes.pds.errors import InvalidRequestError
from fakes.pds.sniffing import sniff


@dataclass(frozen=True)
class BlobRef:
    """A blob as a record names it."""

    cid: Cid
    kind: str
    size: int


@dataclass(frozen=True)
class Blob:
    cid: Cid
    kind: str
    data: bytes = field(repr=False)
    temporary: bool = True
    taken_down: bool = False


@dataclass(frozen=True)
class Uploaded:
    """The answer to an upload: the type found this time, even if the blob was known under another."""

    cid: Cid
    kind: str
    size: int


@dataclass(frozen=True)
class _Use:
    rev: str
    cids: tuple[Cid, ...]


class Blobs:
    def __init__(self) -> None:
        self._blobs: dict[Cid, Blob] = {}
        self._uses: dict[str, _Use] = {}
        self._users: dict[Cid, set[str]] = {}

    def upload(self, data: bytes, declared: str, kinds: Mapping[str, str] | None = None) -> Uploaded:
        """`kinds` as in `sniff`."""
        cid = Cid.for_raw(data)
        kind = sniff(data, kinds or {}) or declared
        known = self._blobs.get(cid)
        if known is not None and known.taken_down:
            raise InvalidRequestError("Blob has been takendown, cannot re-upload")
        if known is None:
            self._blobs[cid] = Blob(cid, kind, data, temporary=cid not in self._users)
        return Uploaded(cid, kind, len(data))

    def check(self, refs: Iterable[BlobRef]) -> None:
        """That each could be named by a record of this account."""
        for ref in refs:
            blob = self._blobs.get(ref.cid)
            if blob is None or blob.taken_down:
                raise InvalidRequestError(f"Could not find blob: {ref.cid}", "BlobNotFound")
            if blob.temporary:
                _compare(ref, blob)

    def record_changes(self, changes: Mapping[str, tuple[BlobRef, ...]], rev: str) -> None:
        """Each changed record (by path) with the blobs it names now; none for a record that is gone."""
        released: set[Cid] = set()
        for path in changes:
            released.update(self._release(path))
        for path, refs in changes.items():
            if refs:
                self._name(path, refs, rev)
        for cid in released:
            if not self._users.get(cid):
                self._blobs.pop(cid, None)
                self._users.pop(cid, None)

    def size_of(self, cid: Cid) -> int | None:
        """None for a blob that was never uploaded, or is gone."""
        blob = self._blobs.get(cid)
        return None if blob is None else len(blob.data)

    def get(self, cid: Cid) -> Blob | None:
        """What is served: permanent and not taken down."""
        blob = self._blobs.get(cid)
        return None if blob is None or blob.temporary or blob.taken_down else blob

    def listed(self, since: str | None = None, after: str | None = None, limit: int = 500) -> list[str]:
        """CIDs of blobs named by records (written after `since`), in order."""
        found = {
            str(cid) for use in self._uses.values() if since is None or use.rev > since for cid in use.cids
        }
        return [cid for cid in sorted(found) if after is None or cid > after][:limit]

    def missing(self) -> list[tuple[str, str]]:
        """CID and record path of what records name and nobody has uploaded."""
        return [
            (str(cid), path) for path, use in self._uses.items() for cid in use.cids if cid not in self._blobs
        ]

    def take_down(self, cid: Cid, applied: bool) -> None:
        if cid in self._blobs:
            self._blobs[cid] = replace(self._blobs[cid], taken_down=applied)

    @property
    def stored(self) -> int:
        return len(self._blobs)

    @property
    def named(self) -> int:
        return len({cid for use in self._uses.values() for cid in use.cids})

    def _name(self, path: str, refs: tuple[BlobRef, ...], rev: str) -> None:
        self._uses[path] = _Use(rev, tuple(ref.cid for ref in refs))
        for ref in refs:
            self._users.setdefault(ref.cid, set()).add(path)
            if ref.cid in self._blobs:
                self._blobs[ref.cid] = replace(self._blobs[ref.cid], temporary=False)

    def _release(self, path: str) -> tuple[Cid, ...]:
        use = self._uses.pop(path, None)
        if use is None:
            return ()
        for cid in use.cids:
            self._users[cid].discard(path)
        return use.cids


def _compare(ref: BlobRef, blob: Blob) -> None:
    size = len(blob.data)
    if ref.kind != blob.kind:
        raise InvalidRequestError(
            f"Referenced Mimetype does not match stored blob. Expected: {blob.kind}, Got: {ref.kind}",
            "InvalidMimeType",
        )
    if ref.size != size:
        raise InvalidRequestError(
            f"Referenced Size does not match stored blob. Expected: {size}, Got: {ref.size}", "InvalidSize"
        )
