"""What a Bluesky user would see of one person: built from believed commits and account events only.

Pure state: `follower` feeds it, `routes` shows `feed`. Of an account that is not active nothing is shown, and
the reason stands among the problems.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fakes.atproto.cid import Cid
from fakes.reader.commits import Head, Verified
from fakes.reader.entries import POST, PROFILE, BlobReference, Entry, read
from fakes.reader.identity import Identity


@dataclass(frozen=True)
class BlobVerdict:
    """How the check of a blob ended: `problem` is None if the bytes are what the record says."""

    problem: str | None
    at: float


@dataclass
class Person:
    did: str
    head: Head | None = None
    active: bool | None = None
    status: str | None = None
    entries: dict[str, Entry] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    verdicts: dict[BlobReference, BlobVerdict] = field(default_factory=dict)

    def apply(self, verified: Verified, seq: int, seen: datetime) -> list[Entry]:
        """Take over a believed commit; the entries it wrote."""
        self.head = verified.head
        written = []
        for change in verified.changes:
            if change.cid is None or change.block is None:
                self.entries.pop(change.path, None)
                self.deleted.append(self.uri(change.path))
            else:
                entry = read(change.path, change.cid, change.block, seq, seen)
                self.entries[change.path] = entry
                written.append(entry)
        uris = {self.uri(entry.path) for entry in written}
        self.deleted = [uri for uri in self.deleted if uri not in uris]
        return written

    def refuse(self, what: str) -> None:
        """Note what is not believed. What the next commit must follow is not known from here on."""
        self.refused.append(what)
        if self.head is not None:
            self.head = Head(self.head.rev, None)

    def set_account(self, active: bool, status: str | None) -> None:
        """Take over an account event; a deleted account has no records any more, and may begin anew."""
        self.active, self.status = active, status
        if status == "deleted":
            self.deleted += [self.uri(path) for path in self.entries]
            self.entries.clear()
            self.head = None

    def uri(self, path: str) -> str:
        return f"at://{self.did}/{path}"

    def posts(self) -> list[Entry]:
        """What is shown, newest first."""
        if self.active is False:
            return []
        found = (entry for entry in self.entries.values() if entry.collection == POST)
        return sorted(found, key=lambda entry: (entry.sort_time, entry.rkey), reverse=True)

    @property
    def profile(self) -> Mapping[str, Any]:
        entry = self.entries.get(f"{PROFILE}/self")
        return entry.value if entry else {}

    def problems(self, identity: Identity) -> list[str]:
        found = [*identity.problems, *self.refused]
        if self.active is False:
            found.append(f"the account is not active ({self.status}): nothing of it is shown")
        others = (entry for entry in self.entries.values() if entry.collection != POST)
        return found + [
            f"{entry.path}: {problem}" for entry in others for problem in self._problems_of(entry)
        ]

    def feed(self, identity: Identity) -> dict[str, Any]:
        """The person's feed as JSON."""
        return {
            "did": self.did,
            "handle": identity.handle,
            "handle_verified": identity.handle_verified,
            "active": self.active,
            "status": self.status,
            "posts": [self._shown(entry) for entry in self.posts()],
            "deleted": [{"uri": uri} for uri in self.deleted],
            "profile": {
                "name": self.profile.get("displayName"),
                "about": self.profile.get("description"),
                "avatar": self._avatar(),
            },
            "refused": list(self.refused),
            "problems": self.problems(identity),
        }

    def _avatar(self) -> dict[str, Any] | None:
        entry = self.entries.get(f"{PROFILE}/self")
        match entry.value.get("avatar") if entry else None:
            case {"ref": {"$link": link}} if entry:
                named = (blob for blob in entry.blobs if blob.cid == link)
                return next(({**vars(blob), "verified": self._is_verified(blob)} for blob in named), None)
        return None

    def _shown(self, entry: Entry) -> dict[str, Any]:
        video = entry.video
        return {
            "uri": self.uri(entry.path),
            "cid": entry.cid,
            "rkey": entry.rkey,
            "record": entry.value,
            "seq": entry.seq,
            "video": video and {**vars(video), "verified": self._is_verified(video)},
            "problems": self._problems_of(entry),
        }

    def _is_verified(self, blob: BlobReference) -> bool:
        verdict = self.verdicts.get(blob)
        return verdict is not None and verdict.problem is None

    def _problems_of(self, entry: Entry) -> list[str]:
        verdicts = (self.verdicts.get(blob) for blob in entry.blobs)
        return [*entry.problems, *(verdict.problem for verdict in verdicts if verdict and verdict.problem)]


def judge_blob(blob: BlobReference, data: bytes, mime: str) -> str | None:
    """What is wrong with the bytes that a PDS served for a blob; None if they are what the record says."""
    if not Cid.parse(blob.cid).matches(data):
        return f"blob {blob.cid}: the bytes served do not hash to it"
    if len(data) != blob.size:
        return f"blob {blob.cid}: {len(data)} bytes served, the record says {blob.size}"
    if mime.partition(";")[0].strip() != blob.mime:
        return f"blob {blob.cid}: served as {mime}, the record says {blob.mime}"
    return None
