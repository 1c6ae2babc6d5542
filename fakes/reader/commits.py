"""May this commit be believed? What a strict follower checks before a commit changes what people see.

In order: the blocks hash to their names; the commit is the CAR's root and says what the frame says; the
signature is the DID's; the revision follows the one before; every operation is what the signed tree says;
undoing the operations leads back to the tree before. Nothing is fetched here. Rules:
https://atproto.com/specs/sync and https://atproto.com/specs/repository.
"""

from dataclasses import dataclass

from fakes.atproto import car, mst
from fakes.atproto.cid import Cid
from fakes.atproto.mst import Mst
from fakes.atproto.repo import Commit, decode_commit
from fakes.reader.frames import CommitFrame, Operation, SyncFrame

Blocks = dict[Cid, bytes]


class RefusedError(ValueError):
    """The commit must not be believed; the text says why."""


class SignatureError(RefusedError):
    """Not signed by the key that was given: perhaps the DID document has a newer one."""


@dataclass(frozen=True)
class Head:
    """Where a repository stands: its last believed revision and the root of its tree.

    The root is None after a refusal: then nobody can say what the next commit must follow, only its revision.
    """

    rev: str
    data: Cid | None


@dataclass(frozen=True)
class Change:
    """A record written (with its block) or deleted (without)."""

    path: str
    cid: Cid | None
    block: bytes | None


@dataclass(frozen=True)
class Verified:
    head: Head
    changes: tuple[Change, ...]


def verify_commit(frame: CommitFrame, signing_key: str, head: Head | None) -> Verified:
    """What the frame changes, or RefusedError. `head` is None for a repository not seen before."""
    blocks, roots = _blocks(frame.blocks)
    if roots[:1] != [frame.commit]:
        raise RefusedError("the commit is not the root of the frame's blocks")
    commit = _signed_commit(blocks, frame.commit, frame.did, frame.rev, signing_key)
    _check_succession(frame, head)
    try:
        tree = mst.load(commit.data, blocks.get)
        changes = tuple(_change(operation, tree, blocks) for operation in frame.ops)
        if frame.prev_data is not None and _undone(tree, frame.ops).root != frame.prev_data:
            raise RefusedError("undoing the operations does not lead to prevData")
    except RefusedError:
        raise
    except (ValueError, KeyError) as error:
        raise RefusedError(f"the tree does not bear the operations out: {error}") from None
    return Verified(Head(commit.rev, commit.data), changes)


def verify_sync(frame: SyncFrame, signing_key: str, head: Head | None) -> Head:
    """The head that a #sync frame declares, or RefusedError."""
    blocks, roots = _blocks(frame.blocks)
    if not roots:
        raise RefusedError("the frame's blocks have no root")
    commit = _signed_commit(blocks, roots[0], frame.did, frame.rev, signing_key)
    if head is not None and commit.rev < head.rev:
        raise RefusedError(f"revision {commit.rev} is older than {head.rev}")
    if head is not None and head.data not in (None, commit.data):
        raise RefusedError("#sync names another tree than the commits before it led to")
    return Head(commit.rev, commit.data)


def _blocks(data: bytes) -> tuple[Blocks, list[Cid]]:
    try:
        roots, blocks = car.read(data)
    except ValueError as error:
        raise RefusedError(f"blocks: {error}") from None
    return blocks, roots


def _signed_commit(blocks: Blocks, cid: Cid, did: str, rev: str, signing_key: str) -> Commit:
    if cid not in blocks:
        raise RefusedError("the blocks lack the commit")
    try:
        commit = decode_commit(blocks[cid])
        signed = commit.verify(signing_key)
    except ValueError as error:
        raise RefusedError(str(error)) from None
    if (commit.did, commit.rev) != (did, rev):
        raise RefusedError(f"the commit is {commit.did} {commit.rev}, the frame says {did} {rev}")
    if not signed:
        raise SignatureError("the signature is not by the #atproto key of the DID document")
    return commit


def _check_succession(frame: CommitFrame, head: Head | None) -> None:
    if head is None:
        return
    if frame.rev <= head.rev:
        raise RefusedError(f"revision {frame.rev} does not follow {head.rev}")
    if head.data is None:
        return
    if frame.since != head.rev:
        raise RefusedError(f"the commit follows {frame.since}, but the last one seen is {head.rev}")
    if frame.prev_data is not None and frame.prev_data != head.data:
        raise RefusedError("prevData is not the tree of the commit before")


def _change(operation: Operation, tree: Mst, blocks: Blocks) -> Change:
    found = tree.get(operation.path)
    if found != operation.cid:
        raise RefusedError(f"the tree has {found} at {operation.path}, the operation says {operation.cid}")
    if operation.cid is None:
        return Change(operation.path, None, None)
    if operation.cid not in blocks:
        raise RefusedError(f"the blocks lack the record {operation.path}")
    return Change(operation.path, operation.cid, blocks[operation.cid])


def _undone(tree: Mst, operations: tuple[Operation, ...]) -> Mst:
    for operation in reversed(operations):
        if operation.action == "create":
            tree = tree.delete(operation.path)
        elif operation.prev is None:
            raise RefusedError(f"the {operation.action} of {operation.path} does not say what it replaced")
        elif operation.action == "update":
            tree = tree.update(operation.path, operation.prev)
        else:
            tree = tree.insert(operation.path, operation.prev)
    return tree
