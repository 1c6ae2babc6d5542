"""One account's repository: a signed tree of records, the blocks it is made of, and what each commit
changed.

Holds data and keeps it consistent; whether a record is valid, whether its blobs exist and who may write is
decided before. Either a whole list of writes becomes one commit, or nothing changes. Rules:
https://atproto.com/specs/repository.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fakes.atproto import cbor
from fakes.atproto.cid import Cid
from fakes.atproto.keys import PrivateKey
from fakes.atproto.mst import Mst
from fakes.atproto.repo import Commit
from fakes.pds.errors import BrokenError, InvalidRequestError
from fakes.pds.writes import ANY, Write

LARGEST_EVENT = 2_000_000


@dataclass(frozen=True)
class Op:
    """One record changed by a commit, as the firehose tells it."""

    action: str
    path: str
    cid: Cid | None
    prev: Cid | None


@dataclass(frozen=True)
class Change:
    """A commit with all that a follower needs to apply it."""

    commit: Commit
    since: str | None
    prev_data: Cid | None
    ops: tuple[Op, ...]
    blocks: Mapping[Cid, bytes]


class Repository:
    def __init__(self, did: str, key: PrivateKey, rev: str) -> None:
        self.did = did
        self._key = key
        self._tree = Mst.empty()
        self._blocks: dict[Cid, tuple[bytes, str]] = {}
        self._records: Counter[Cid] = Counter()
        self._collections: Counter[str] = Counter()
        self.commit = Commit.sign(key, did, rev, self._tree.root)
        self._store({**self._tree.blocks(), self.commit.cid: self.commit.encode()}, rev)

    @property
    def creation(self) -> Change:
        """The first commit of a repository that nothing was written to."""
        return Change(self.commit, None, None, (), {cid: block for cid, (block, _) in self._blocks.items()})

    def apply(self, writes: Sequence[Write], rev: str, swap_commit: Cid | None = None) -> Change:
        before, old = self.commit, self._tree
        if swap_commit is not None and swap_commit != before.cid:
            raise InvalidRequestError(f"Commit was at {before.cid}", "InvalidSwap")
        ops = tuple(self._op(write) for write in writes)
        tree = _changed(old, writes)
        commit = Commit.sign(self._key, self.did, rev, tree.root)
        leaves = {
            write.cid: write.block for write in writes if write.cid and write.cid == tree.get(write.path)
        }
        fresh = {**tree.new_blocks(old), **leaves, commit.cid: commit.encode()}
        proofs = {cid: block for op in ops for cid, block in tree.covering_proof(op.path).items()}
        change = Change(commit, before.rev, before.data, ops, {**proofs, **fresh})
        if sum(map(len, change.blocks.values())) > LARGEST_EVENT:
            raise InvalidRequestError("Too many writes. Max event size: 2MB")
        self._replace(tree, commit, {op.path for op in ops}, fresh)
        return change

    def adopt(self, commit: Commit, tree: Mst, blocks: Mapping[Cid, bytes], rev: str) -> None:
        """The content of another repository in the place of this one's, under the commit it came with."""
        self._tree, self.commit = tree, commit
        self._records = Counter(cid for _, cid in tree.items())
        self._collections = Counter(path.partition("/")[0] for path, _ in tree.items())
        self._blocks = {}
        self._store(blocks, rev)

    def get(self, path: str) -> tuple[Cid, Any] | None:
        """CID and value of a record."""
        cid = self._tree.get(path)
        return None if cid is None else (cid, self.value(cid))

    def cid_of(self, path: str) -> Cid | None:
        return self._tree.get(path)

    def value(self, cid: Cid) -> Any:
        return cbor.decode(self._blocks[cid][0])

    def records(
        self, collection: str = "", after: str | None = None, reverse: bool = False
    ) -> Iterator[tuple[str, Cid]]:
        """Path and CID of a collection's records (all, without one) by key, beyond the key `after`."""
        prefix = f"{collection}/" if collection else ""
        return self._tree.items(prefix, None if after is None else prefix + after, reverse)

    def blocks(self, since: str | None = None) -> Iterator[tuple[Cid, bytes]]:
        """Every block written after the revision `since`; the commit first."""
        if since is None or self.commit.rev > since:
            yield self.commit.cid, self.commit.encode()
        for cid, (block, rev) in self._blocks.items():
            if cid != self.commit.cid and (since is None or rev > since):
                yield cid, block

    def block(self, cid: Cid) -> bytes | None:
        found = self._blocks.get(cid)
        return found and found[0]

    def proof(self, path: str) -> dict[Cid, bytes]:
        """Commit, nodes and record (if there is one) that show what the repository holds under this path."""
        blocks = {self.commit.cid: self.commit.encode(), **self._tree.proof(path)}
        cid = self._tree.get(path)
        return blocks if cid is None else {**blocks, cid: self._blocks[cid][0]}

    @property
    def collections(self) -> list[str]:
        return sorted(name for name, count in self._collections.items() if count)

    @property
    def block_count(self) -> int:
        return len(self._blocks)

    @property
    def record_count(self) -> int:
        return self._collections.total()

    def _op(self, write: Write) -> Op:
        current = self._tree.get(write.path)
        if write.swap is not ANY and write.swap != current:
            raise InvalidRequestError(f"Record was at {current or 'null'}", "InvalidSwap")
        return Op(write.action, write.path, write.cid, current)

    def _replace(self, tree: Mst, commit: Commit, paths: set[str], fresh: Mapping[Cid, bytes]) -> None:
        """The new tree and commit in the place of the old, and only the blocks that are still needed."""
        stale = {self.commit.cid, *self._tree.new_blocks(tree)}
        for path in paths:
            before, after = self._tree.get(path), tree.get(path)
            self._count(path, before, after)
            if before is not None and not self._records[before]:
                del self._records[before]
                stale.add(before)
        for cid in stale - fresh.keys():
            self._blocks.pop(cid, None)
        self._store(fresh, commit.rev)
        self._tree, self.commit = tree, commit

    def _count(self, path: str, before: Cid | None, after: Cid | None) -> None:
        self._collections[path.partition("/")[0]] += (after is not None) - (before is not None)
        if after is not None:
            self._records[after] += 1
        if before is not None:
            self._records[before] -= 1

    def _store(self, blocks: Mapping[Cid, bytes], rev: str) -> None:
        for cid, block in blocks.items():
            self._blocks.setdefault(cid, (block, rev))


def _changed(tree: Mst, writes: Sequence[Write]) -> Mst:
    try:
        for write in writes:
            if write.action == "delete":
                tree = tree.delete(write.path)
            elif write.action == "create":
                tree = tree.insert(write.path, write.record_cid)
            else:
                tree = tree.update(write.path, write.record_cid)
    except KeyError as error:
        raise BrokenError(f"the tree refuses the write: {error}") from None
    return tree
