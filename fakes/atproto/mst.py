"""The Merkle search tree of a repository: an immutable map from `collection/rkey` to the record's CID.

The same content has the same root, whatever order it was written in. Changing it returns a new tree that
shares every untouched node, at a cost that grows with the logarithm of its size. Not a store: blocks are
handed out and handed in. Rules: https://atproto.com/specs/repository#mst-structure.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from fakes.atproto.cid import Cid
from fakes.atproto.mst_node import (
    GetBlock,
    Node,
    Stored,
    Subtree,
    check_key,
    check_value,
    joined,
    layer_of,
    made,
    opened,
    read,
    split,
)

_AFTER_EVERY_KEY = "\x7f"
_EMPTY = Node((), (), (None,))


@dataclass(frozen=True)
class Mst:
    """Equal trees have equal roots; compare `.root`."""

    _top: Node

    @classmethod
    def empty(cls) -> "Mst":
        return cls(_EMPTY)

    @property
    def root(self) -> Cid:
        return self._top.cid

    def get(self, key: str) -> Cid | None:
        node = self._path(key)[-1]
        at = bisect_left(node.keys, key)
        return node.values[at] if node.keys[at : at + 1] == (key,) else None

    def insert(self, key: str, value: Cid) -> "Mst":
        """KeyError if the key is there; ValueError for a key or CID that no repository holds."""
        check_key(key)
        check_value(value)
        if self.get(key) is not None:
            raise KeyError(f"{key} exists")
        layer = layer_of(key)
        if self._top is _EMPTY:
            return Mst(Node((key,), (value,), (None, None)))
        if layer <= self._layer:
            return Mst(_inserted(self._top, self._layer, key, value, layer))
        left, right = (_raised(half, layer - 1 - self._layer) for half in split(self._top, key))
        return Mst(Node((key,), (value,), (left, right)))

    def update(self, key: str, value: Cid) -> "Mst":
        """KeyError if the key is not there."""
        check_value(value)
        self._require(key)
        return Mst(_updated(self._top, key, value))

    def delete(self, key: str) -> "Mst":
        """KeyError if the key is not there."""
        self._require(key)
        top = _deleted(self._top, key)
        while top is not None and not top.keys:
            (below,) = top.subtrees
            top = None if below is None else opened(below)
        return Mst(top or _EMPTY)

    def items(
        self, prefix: str = "", after: str | None = None, reverse: bool = False
    ) -> Iterator[tuple[str, Cid]]:
        """Keys with the prefix, in order or in reverse; only those beyond `after`, in that direction."""
        low, high = prefix, prefix + _AFTER_EVERY_KEY
        if after is not None and reverse:
            high = min(high, after)
        elif after is not None:
            low = max(low, after + "\0")
        return _items(self._top, low, high, reverse)

    def blocks(self) -> dict[Cid, bytes]:
        """Every node."""
        return _blocks(self._top)

    def new_blocks(self, since: "Mst") -> dict[Cid, bytes]:
        """The nodes of this tree that the earlier one does not have; shared subtrees are not walked."""
        found: dict[Cid, bytes] = {}
        new: dict[Cid, Node | Stored] = {}
        old: dict[Cid, Node | Stored] = {}
        top, old_top = self._layer, since._layer
        for layer in range(max(top, old_top), -1, -1):
            if layer == top:
                new[self.root] = self._top
            if layer == old_top:
                old[since.root] = since._top
            added = [opened(node) for cid, node in new.items() if cid not in old]
            removed = [opened(node) for cid, node in old.items() if cid not in new]
            found.update((node.cid, node.block) for node in added)
            new, old = _below(added), _below(removed)
        return found

    def proof(self, key: str) -> dict[Cid, bytes]:
        """The nodes from the root to where the key is, or would be: enough to prove either."""
        return {node.cid: node.block for node in self._path(key)}

    def covering_proof(self, key: str) -> dict[Cid, bytes]:
        """The proofs of the key and of its two neighbours: enough to undo the last change of the key."""
        neighbours = (next(self.items(after=key, reverse=back), None) for back in (True, False))
        proofs = [self.proof(key), *(self.proof(found[0]) for found in neighbours if found)]
        return {cid: block for proof in proofs for cid, block in proof.items()}

    @property
    def _layer(self) -> int:
        return layer_of(self._top.keys[0]) if self._top.keys else 0

    def _path(self, key: str) -> list[Node]:
        path = [self._top]
        while True:
            node = path[-1]
            at = bisect_left(node.keys, key)
            below = node.subtrees[at]
            if below is None or node.keys[at : at + 1] == (key,):
                return path
            path.append(opened(below))

    def _require(self, key: str) -> None:
        if self.get(key) is None:
            raise KeyError(f"{key} does not exist")


def load(root: Cid, get_block: GetBlock) -> Mst:
    """The tree with this root. Nodes are read when walked into: ValueError then if one is wrong."""
    top = read(root, get_block, None, "", _AFTER_EVERY_KEY)
    if not top.keys and top.subtrees != (None,):
        raise ValueError(f"top of the tree {root} has no keys")
    return Mst(top if top.keys else _EMPTY)


def _inserted(subtree: Subtree, layer: int, key: str, value: Cid, key_layer: int) -> Node:
    node = _EMPTY if subtree is None else opened(subtree)
    at = bisect_left(node.keys, key)
    before, here, after = node.subtrees[:at], node.subtrees[at], node.subtrees[at + 1 :]
    if layer > key_layer:
        changed = _inserted(here, layer - 1, key, value, key_layer)
        return Node(node.keys, node.values, (*before, changed, *after))
    left, right = split(here, key)
    keys = (*node.keys[:at], key, *node.keys[at:])
    values = (*node.values[:at], value, *node.values[at:])
    return Node(keys, values, (*before, left, right, *after))


def _raised(node: Node | None, layers: int) -> Node | None:
    """The node under as many keyless nodes as it takes to stand that many layers higher."""
    for _ in range(layers if node else 0):
        node = Node((), (), (node,))
    return node


def _updated(node: Node, key: str, value: Cid) -> Node:
    at = bisect_left(node.keys, key)
    if node.keys[at : at + 1] == (key,):
        return Node(node.keys, (*node.values[:at], value, *node.values[at + 1 :]), node.subtrees)
    return Node(node.keys, node.values, _replaced(node, at, _updated(_child(node, at), key, value)))


def _deleted(node: Node, key: str) -> Node | None:
    at = bisect_left(node.keys, key)
    if node.keys[at : at + 1] == (key,):
        middle = joined(node.subtrees[at], node.subtrees[at + 1])
        subtrees = (*node.subtrees[:at], middle, *node.subtrees[at + 2 :])
        return made(node.keys[:at] + node.keys[at + 1 :], node.values[:at] + node.values[at + 1 :], subtrees)
    return made(node.keys, node.values, _replaced(node, at, _deleted(_child(node, at), key)))


def _child(node: Node, at: int) -> Node:
    subtree = node.subtrees[at]
    assert subtree is not None, "the key was found below this node"
    return opened(subtree)


def _replaced(node: Node, at: int, subtree: Node | None) -> tuple[Subtree, ...]:
    return (*node.subtrees[:at], subtree, *node.subtrees[at + 1 :])


def _below(nodes: list[Node]) -> dict[Cid, Node | Stored]:
    return {subtree.cid: subtree for node in nodes for subtree in node.subtrees if subtree is not None}


def _blocks(node: Node) -> dict[Cid, bytes]:
    found = {node.cid: node.block}
    for subtree in node.subtrees:
        if subtree is not None:
            found.update(_blocks(opened(subtree)))
    return found


def _items(subtree: Subtree, low: str, high: str, reverse: bool) -> Iterator[tuple[str, Cid]]:
    """Items with low <= key < high."""
    if subtree is None:
        return
    node = opened(subtree)
    first, last = bisect_left(node.keys, low), bisect_left(node.keys, high)
    for at in range(last, first - 1, -1) if reverse else range(first, last + 1):
        if reverse and at < last:
            yield node.keys[at], node.values[at]
        yield from _items(node.subtrees[at], low, high, reverse)
        if not reverse and at < last:
            yield node.keys[at], node.values[at]
