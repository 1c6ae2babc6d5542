"""One node of a Merkle search tree: its shape, its block, and how nodes are split, joined and read back.

A node of layer n holds the keys whose hash puts them on layer n, and between them the subtrees of layer
n-1. Nodes are immutable and know their block once it was asked for, so a changed tree re-encodes its
changed path and nothing else. A subtree may be `Stored`: known by its CID and opened only when somebody
walks into it. Rules: https://atproto.com/specs/repository#mst-structure.
"""

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from typing import Any

import libipld

from fakes.atproto import cbor
from fakes.atproto.cid import Cid

GetBlock = Callable[[Cid], bytes | None]

_KEY = re.compile(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9_~.:-]+")
_MAX_KEY_BYTES = 1024
_RECORD_CID_START = bytes([1, 0x71, 0x12, 32])


def layer_of(key: str) -> int:
    """Leading zero bits of the key's SHA-256, counted in pairs."""
    return (256 - int.from_bytes(sha256(key.encode()).digest()).bit_length()) // 2


def check_key(key: str) -> None:
    if len(key) > _MAX_KEY_BYTES or _KEY.fullmatch(key) is None:
        raise ValueError(f"not a repository path (collection/rkey): {key[:100]!r}")


def check_value(value: Cid) -> None:
    if not value.raw.startswith(_RECORD_CID_START):
        raise ValueError(f"a record's CID is dag-cbor with SHA-256, not {value}")


class Node:
    """`keys[i]` has `values[i]`; before it stands `subtrees[i]`, and one more subtree after the last key."""

    def __init__(
        self, keys: tuple[str, ...], values: tuple[Cid, ...], subtrees: tuple["Subtree", ...]
    ) -> None:
        self.keys = keys
        self.values = values
        self.subtrees = subtrees

    @cached_property
    def block(self) -> bytes:
        entries = []
        previous = ""
        for key, value, subtree in zip(self.keys, self.values, self.subtrees[1:], strict=True):
            shared = _shared_prefix(previous, key)
            right = None if subtree is None else subtree.cid.raw
            entries.append({"p": shared, "k": key[shared:].encode(), "v": value.raw, "t": right})
            previous = key
        left = self.subtrees[0]
        # libipld writes a link wherever bytes parse as a CID: keys are printable ASCII and never do.
        return libipld.encode_dag_cbor({"l": None if left is None else left.cid.raw, "e": entries})

    @cached_property
    def cid(self) -> Cid:
        return Cid.for_cbor(self.block)


@dataclass(frozen=True)
class Stored:
    """A subtree that is known by its CID, with what its place in the tree demands of it."""

    cid: Cid
    get_block: GetBlock
    layer: int
    low: str
    high: str

    @cached_property
    def node(self) -> Node:
        """ValueError if the block is missing, is not a node, or does not belong in this place."""
        node = read(self.cid, self.get_block, self.layer, self.low, self.high)
        if not node.keys and node.subtrees == (None,):
            raise ValueError(f"tree node {self.cid} is empty")
        return node


Subtree = Node | Stored | None


def opened(subtree: Node | Stored) -> Node:
    return subtree if isinstance(subtree, Node) else subtree.node


def made(keys: tuple[str, ...], values: tuple[Cid, ...], subtrees: tuple[Subtree, ...]) -> Node | None:
    """The node with this content, or None where nothing is left: a tree has no empty nodes but its root."""
    return None if not keys and subtrees == (None,) else Node(keys, values, subtrees)


def split(subtree: Subtree, key: str) -> tuple[Node | None, Node | None]:
    """What stands before and what stands after a key that is not in the subtree."""
    if subtree is None:
        return None, None
    node = opened(subtree)
    at = bisect_left(node.keys, key)
    left, right = split(node.subtrees[at], key)
    return (
        made(node.keys[:at], node.values[:at], (*node.subtrees[:at], left)),
        made(node.keys[at:], node.values[at:], (right, *node.subtrees[at + 1 :])),
    )


def joined(left: Subtree, right: Subtree) -> Subtree:
    """Two neighbouring subtrees of one layer as one: the key between them is gone."""
    if left is None or right is None:
        return right if left is None else left
    a, b = opened(left), opened(right)
    middle = joined(a.subtrees[-1], b.subtrees[0])
    return Node(a.keys + b.keys, a.values + b.values, (*a.subtrees[:-1], middle, *b.subtrees[1:]))


def read(cid: Cid, get_block: GetBlock, layer: int | None, low: str, high: str) -> Node:
    """A node from its block; its keys must be of this layer (None: any one) and between low and high."""
    block = get_block(cid)
    if block is None:
        raise ValueError(f"block of tree node {cid} is missing")
    if not cid.matches(block):
        raise ValueError(f"block of tree node does not hash to {cid}")
    keys, values, links = _parse(cbor.decode(block))
    bounds = (low, *keys, high)
    if any(a >= b for a, b in pairwise(bounds)):
        raise ValueError(f"keys of tree node {cid} are out of order")
    layers = {layer_of(key) for key in keys} | ({layer} if layer is not None else set())
    if len(layers) > 1:
        raise ValueError(f"keys of tree node {cid} are on a wrong layer")
    below = layers.pop() - 1 if layers else -1
    if below < 0 and any(links):
        raise ValueError(f"tree node {cid} has a subtree that nothing could be in")
    subtrees = (
        None if link is None else Stored(link, get_block, below, bounds[i], bounds[i + 1])
        for i, link in enumerate(links)
    )
    node = Node(keys, values, tuple(subtrees))
    if node.block != block:
        raise ValueError(f"tree node {cid} is not in the one form that its content has")
    return node


def _parse(value: Any) -> tuple[tuple[str, ...], tuple[Cid, ...], tuple[Cid | None, ...]]:
    """Keys, values and links of a node, with a link more than there are keys. Its form is not judged."""
    match value:
        case {"l": None | Cid() as left, "e": list(entries)}:
            keys: list[str] = []
            values: list[Cid] = []
            links: list[Cid | None] = [left]
        case _:
            raise ValueError("not a tree node")
    for entry in entries:
        match entry:
            case {"p": int(shared), "k": bytes(suffix), "v": Cid() as value, "t": None | Cid() as right}:
                keys.append((keys[-1][:shared] if keys else "") + suffix.decode("ascii"))
                values.append(value)
                links.append(right)
            case _:
                raise ValueError("not an entry of a tree node")
        check_key(keys[-1])
        check_value(values[-1])
    return tuple(keys), tuple(values), tuple(links)


def _shared_prefix(a: str, b: str) -> int:
    """Length of the common start, by bisection: keys of one collection share most of theirs."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[:middle] == b[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
