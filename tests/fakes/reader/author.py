"""Somebody whose repository is followed: signs commits and frames them as a PDS does, or wrongly on request."""

import hashlib
from dataclasses import replace
from typing import Any

from fakes.atproto import car, cbor, records
from fakes.atproto.cid import Cid
from fakes.atproto.keys import PrivateKey
from fakes.atproto.mst import Mst
from fakes.atproto.repo import Commit
from fakes.atproto.tid import TidClock
from fakes.reader.frames import CommitFrame, SyncFrame, decode

NOW = 1_700_000_000.0
DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
PDS = "http://pds.test"
POST = "app.bsky.feed.post/3kaaaaaaaaa2a"
FILM = b"\0\0\0\x18ftypisom and more"
NOTE = {"$type": "app.bsky.feed.post", "text": "hello", "createdAt": "2023-11-14T22:00:00Z"}


def key(name: str) -> PrivateKey:
    return PrivateKey.from_bytes(hashlib.sha256(name.encode()).digest())


def film_post(data: bytes = FILM, **blob: Any) -> dict[str, Any]:
    reference = {
        "$type": "blob",
        "ref": {"$link": str(Cid.for_raw(data))},
        "mimeType": "video/mp4",
        "size": len(data),
    }
    return {**NOTE, "embed": {"$type": "app.bsky.embed.video", "video": {**reference, **blob}}}


def document(did: str = DID, signed_by: PrivateKey | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "id": did,
        "alsoKnownAs": ["at://alice.localnet.test"],
        "verificationMethod": [
            {
                "id": f"{did}#atproto",
                "type": "Multikey",
                "controller": did,
                "publicKeyMultibase": (signed_by or key("alice")).did_key.removeprefix("did:key:"),
            }
        ],
        "service": [{"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": PDS}],
        **changes,
    }


class Author:
    """Each method makes the next frame; `seq` counts on."""

    def __init__(self, did: str = DID, signed_by: PrivateKey | None = None) -> None:
        self.did = did
        self.key = signed_by or key("alice")
        self.seq = 0
        self.tree = Mst.empty()
        self.rev: str | None = None
        self._revisions = TidClock(0)

    def write(self, record: dict[str, Any] = NOTE, path: str = POST) -> bytes:
        block = cbor.encode(records.from_json(record))
        cid, before = Cid.for_cbor(block), self.tree.get(path)
        tree = self.tree.insert(path, cid) if before is None else self.tree.update(path, cid)
        operation = {"action": "create" if before is None else "update", "path": path, "cid": cid}
        return self.commit(tree, [operation | ({"prev": before} if before else {})], {cid: block})

    def delete(self, path: str = POST) -> bytes:
        operation = {"action": "delete", "path": path, "cid": None, "prev": self.tree.get(path)}
        return self.commit(self.tree.delete(path), [operation], {})

    def commit(self, tree: Mst, ops: list[dict[str, Any]], blocks: dict[Cid, bytes]) -> bytes:
        since, prev_data = self.rev, self.tree.root
        self.rev = self._revisions.next(NOW + self.seq)
        commit = Commit.sign(self.key, self.did, self.rev, tree.root)
        nodes = tree.blocks() | self.tree.blocks()
        self.tree = tree
        body = {
            "repo": self.did,
            "commit": commit.cid,
            "rev": self.rev,
            "since": since,
            "blocks": car.write(
                [commit.cid], [(commit.cid, commit.encode()), *nodes.items(), *blocks.items()]
            ),
            "ops": ops,
            "blobs": [],
            "rebase": False,
            "tooBig": False,
        }
        return self.frame("#commit", body if since is None else {**body, "prevData": prev_data})

    def sync(self) -> bytes:
        self.rev = self.rev or self._revisions.next(NOW + self.seq)
        commit = Commit.sign(self.key, self.did, self.rev, self.tree.root)
        blocks = car.write([commit.cid], [(commit.cid, commit.encode())])
        return self.frame("#sync", {"did": self.did, "rev": self.rev, "blocks": blocks})

    def account(self, active: bool, status: str | None = None) -> bytes:
        body = {"did": self.did, "active": active}
        return self.frame("#account", body if status is None else {**body, "status": status})

    def identity(self) -> bytes:
        return self.frame("#identity", {"did": self.did})

    def frame(self, kind: str, body: dict[str, Any]) -> bytes:
        self.seq += 1
        numbered = {"seq": self.seq, "time": "2023-11-14T22:13:20.000Z", **body}
        return cbor.encode({"op": 1, "t": kind}) + cbor.encode(numbered)


def commit_frame(frame: bytes, **changes: Any) -> CommitFrame:
    found = decode(frame)
    assert isinstance(found, CommitFrame)
    return replace(found, **changes)


def sync_frame(frame: bytes, **changes: Any) -> SyncFrame:
    found = decode(frame)
    assert isinstance(found, SyncFrame)
    return replace(found, **changes)


def without(frame: CommitFrame, cid: Cid) -> CommitFrame:
    """The frame without one block."""
    roots, blocks = car.read(frame.blocks)
    return replace(
        frame, blocks=car.write(roots, [(name, block) for name, block in blocks.items() if name != cid])
    )
