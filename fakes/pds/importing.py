"""A repository brought along: the CAR of a whole one replaces what the account has, signed as it came.

Blobs are not in it; those that its records name are missing until they are uploaded.
"""

from collections.abc import Mapping

from fakes.atproto import car, cbor, mst
from fakes.atproto.cid import Cid
from fakes.atproto.repo import decode_commit
from fakes.pds.errors import BrokenError, InvalidRequestError
from fakes.pds.server import Holding
from fakes.pds.writes import blob_references


def import_repository(holding: Holding, archive: bytes, at: float) -> None:
    try:
        roots, blocks = car.read(archive)
    except ValueError as error:
        raise BrokenError(f"the archive cannot be read: {error}", case="archive unreadable") from None
    if len(roots) != 1:
        raise InvalidRequestError("expected one root")
    try:
        commit = decode_commit(_block(blocks, roots[0]))
        tree = mst.load(commit.data, lambda cid: _block(blocks, cid))
        records = dict(tree.items())
        values = {path: cbor.decode(_block(blocks, cid)) for path, cid in records.items()}
    except ValueError as error:
        raise BrokenError(f"the archive holds no whole repository: {error}") from None
    before = {path for path, _ in holding.repository.records()}
    rev = holding.revisions.next(at)
    holding.repository.adopt(commit, tree, blocks, rev)
    named = {path: tuple(blob_references(value)) for path, value in values.items()}
    holding.blobs.record_changes({path: named.get(path, ()) for path in before | named.keys()}, rev)
    for path, value in values.items():
        collection, _, rkey = path.partition("/")
        holding.subjects.put(collection, rkey, value)


def _block(blocks: Mapping[Cid, bytes], cid: Cid) -> bytes:
    if cid not in blocks:
        raise ValueError(f"block {cid} is missing")
    return blocks[cid]
