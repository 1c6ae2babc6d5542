"""Repository trees: the clever tree against the obvious one, small worlds exhausted, damaged ones refused.

The obvious tree is built from a sorted list in one pass, as the specification describes it, and encoded by `dag_cbor`.
"""

import hashlib
import itertools
import random
from collections.abc import Iterator, Mapping
from typing import Any

import dag_cbor
import pytest
from multiformats import CID

from fakes.atproto import cbor
from fakes.atproto.cid import Cid
from fakes.atproto.mst import Mst, load
from fakes.atproto.mst_node import layer_of

A, B = Cid.for_cbor(b"a"), Cid.for_cbor(b"b")
EMPTY_ROOT = "bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm"
ONE_RECORD = "bafyreie5cvv4h45feadgeuwhbcutmh6t2ceseocckahdoe6uat64zmz454"
ONE_RECORD_ROOT = "bafyreibj4lsc3aqnrvphp5xmrnfoorvru4wynt6lwidqbm2623a6tatzdu"


def obvious_root(content: Mapping[str, Cid]) -> str:
    keys = sorted(content)
    return obvious_node(keys, content, max(map(obvious_layer, keys), default=0))


def obvious_layer(key: str) -> int:
    bits = "".join(f"{byte:08b}" for byte in hashlib.sha256(key.encode()).digest())
    return (len(bits) - len(bits.lstrip("0"))) // 2


def obvious_node(keys: list[str], content: Mapping[str, Cid], layer: int) -> str:
    """The CID of the node of this layer over these keys."""
    here = [at for at, key in enumerate(keys) if obvious_layer(key) == layer]
    spans = [
        keys[start:end] for start, end in zip([0, *(at + 1 for at in here)], [*here, len(keys)], strict=True)
    ]
    links = [CID.decode(obvious_node(span, content, layer - 1)) if span else None for span in spans]
    entries: list[Any] = []
    previous = ""
    for at, right in zip(here, links[1:], strict=True):
        key = keys[at]
        shared = next(
            (i for i, (x, y) in enumerate(zip(previous, key, strict=False)) if x != y), len(previous)
        )
        value = CID.decode(str(content[key]))
        entries.append({"p": shared, "k": key[shared:].encode(), "v": value, "t": right})
        previous = key
    return str(Cid.for_cbor(dag_cbor.encode({"l": links[0], "e": entries})))


def keys_on_layers(*layers: int) -> list[str]:
    """Keys in order whose layers are the ones asked for."""
    found: list[str] = []
    numbers = itertools.count()
    for layer in layers:
        found.append(next(key for n in numbers if layer_of(key := f"com.example.record/{n:06d}") == layer))
    return found


def tree(content: Mapping[str, Cid]) -> Mst:
    made = Mst.empty()
    for key, value in content.items():
        made = made.insert(key, value)
    return made


def test_the_trees_that_others_know_have_the_roots_that_others_know() -> None:
    one = Mst.empty().insert("com.example.record/3jqfcqzm3fo2j", Cid.parse(ONE_RECORD))

    assert str(Mst.empty().root) == EMPTY_ROOT == obvious_root({})
    assert str(one.root) == ONE_RECORD_ROOT


SMALL_WORLDS = {
    "all on one layer": keys_on_layers(0, 0, 0, 0, 0),
    "a high key between low ones": keys_on_layers(0, 0, 2, 0, 0),
    "high keys at both ends": keys_on_layers(2, 0, 1, 0, 2),
    "layers with nothing between them": keys_on_layers(0, 3, 0, 3, 0),
    "rising": keys_on_layers(0, 1, 2, 3, 1),
}


@pytest.mark.parametrize("keys", SMALL_WORLDS.values(), ids=SMALL_WORLDS)
def test_a_small_world_has_the_obvious_root_in_whatever_order_it_is_written_and_erased(
    keys: list[str],
) -> None:
    roots = {
        subset: obvious_root(dict.fromkeys(subset, A))
        for size in range(len(keys) + 1)
        for subset in itertools.combinations(keys, size)
    }

    for order in itertools.permutations(keys):
        grown = Mst.empty()
        for count, key in enumerate(order):
            grown = grown.insert(key, A)
            assert str(grown.root) == roots[tuple(sorted(order[: count + 1]))]
        for count, key in enumerate(order):
            grown = grown.delete(key)
            assert str(grown.root) == roots[tuple(sorted(order[count + 1 :]))]


def random_history(steps: int) -> Iterator[tuple[Mst, dict[str, Cid]]]:
    """Trees and what they must hold, each made from the one before by one random change."""
    rng = random.Random(11)
    made, content = Mst.empty(), dict[str, Cid]()
    for step in range(steps):
        key = f"app.bsky.feed.{rng.choice(['post', 'like'])}/{rng.randrange(150):05d}"
        value = Cid.for_cbor(bytes([step % 251]))
        if key not in content:
            made, content = made.insert(key, value), {**content, key: value}
        elif rng.random() < 0.6:
            made, content = made.delete(key), {k: v for k, v in content.items() if k != key}
        else:
            made, content = made.update(key, value), {**content, key: value}
        yield made, content


def test_a_random_history_always_has_the_obvious_root_and_content() -> None:
    for step, (made, content) in enumerate(random_history(400)):
        assert dict(made.items()) == content
        if step % 10 == 0:
            assert str(made.root) == obvious_root(content)


def test_the_new_blocks_of_a_change_are_exactly_those_that_were_not_there() -> None:
    before = Mst.empty()
    for after, _ in random_history(300):
        old, new = before.blocks(), after.blocks()

        assert after.new_blocks(before) == {cid: block for cid, block in new.items() if cid not in old}
        assert before.new_blocks(after) == {cid: block for cid, block in old.items() if cid not in new}
        before = after


def test_an_insert_touches_a_path_and_not_the_tree() -> None:
    large = tree({f"app.bsky.feed.post/{n:06d}": A for n in range(5_000)})
    opened: list[Cid] = []
    blocks = large.blocks()

    def get_block(cid: Cid) -> bytes | None:
        opened.append(cid)
        return blocks.get(cid)

    stored = load(large.root, get_block)
    grown = stored.insert("app.bsky.feed.post/002500x", B)

    assert len(grown.new_blocks(stored)) <= 12
    assert len(opened) <= 25 < len(blocks) / 20


def test_items_are_those_of_a_sorted_dictionary() -> None:
    content = {f"{nsid}/{n}": A for nsid in ("a.b.c", "a.b.cd", "a.b.c.d", "z.z.z") for n in range(8)}
    made = tree(content)

    for prefix, after, reverse in itertools.product(
        ["", "a.b.c/", "a.b.c", "b.", "z.z.z/7"], [None, "", "a.b.c/3", "a.b.c/35", "zz"], [False, True]
    ):
        beyond = [k for k in content if after is None or (k < after if reverse else k > after)]
        expected = sorted((k for k in beyond if k.startswith(prefix)), reverse=reverse)
        assert [k for k, _ in made.items(prefix, after, reverse)] == expected, (prefix, after, reverse)


def test_a_tree_is_read_back_from_its_blocks() -> None:
    made = tree({f"com.example.record/{n}": A for n in range(60)})

    again = load(made.root, made.blocks().get)

    assert list(again.items()) == list(made.items())
    assert again.insert("com.example.record/x", B).root == made.insert("com.example.record/x", B).root
    assert (
        load(Mst.empty().root, Mst.empty().blocks().get).insert("a.b.c/d", A).root
        == tree({"a.b.c/d": A}).root
    )


@pytest.mark.parametrize("key", ["com.example.record/30", "com.example.record/absent"])
def test_a_proof_shows_that_a_key_is_there_or_is_not(key: str) -> None:
    made = tree({f"com.example.record/{n}": A for n in range(60)})
    proof = made.proof(key)

    assert load(made.root, proof.get).get(key) == made.get(key)
    assert len(proof) < len(made.blocks())
    for cid in proof:
        with pytest.raises(ValueError, match="missing"):
            load(made.root, {k: v for k, v in proof.items() if k != cid}.get).get(key)


def test_a_covering_proof_is_enough_to_undo_the_change() -> None:
    before, before_content = Mst.empty(), dict[str, Cid]()
    for after, content in random_history(300):
        (key,) = {k for k, _ in content.items() ^ before_content.items()}
        partial = load(after.root, {**after.new_blocks(before), **after.covering_proof(key)}.get)

        assert undone(partial, key, before_content.get(key)).root == before.root
        before, before_content = after, content


def undone(made: Mst, key: str, value: Cid | None) -> Mst:
    if value is None:
        return made.delete(key)
    return made.insert(key, value) if made.get(key) is None else made.update(key, value)


def test_a_change_that_does_not_fit_is_refused() -> None:
    made = tree({"a.b.c/d": A})

    with pytest.raises(KeyError, match="exists"):
        made.insert("a.b.c/d", B)
    with pytest.raises(KeyError, match="does not exist"):
        made.update("a.b.c/e", B)
    with pytest.raises(KeyError, match="does not exist"):
        made.delete("a.b.c/e")
    with pytest.raises(ValueError, match="dag-cbor"):
        made.insert("a.b.c/e", Cid.for_raw(b"a video"))
    with pytest.raises(ValueError, match="dag-cbor"):
        made.update("a.b.c/d", Cid.for_raw(b"a video"))


@pytest.mark.parametrize("key", ["", "a", "/a", "a/", "a/b/c", "a/é", "a/b c", "a/" + "b" * 1023])
def test_a_key_that_is_no_path_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="path"):
        Mst.empty().insert(key, A)


LOW, HIGH, LATER = keys_on_layers(0, 1, 0)


def entry(key: str, shared: int = 0, right: Cid | None = None) -> dict[str, Any]:
    return {"p": shared, "k": key[shared:].encode(), "v": A, "t": right}


CHILD = cbor.encode({"l": None, "e": [entry(LOW)]})
LATE_CHILD = cbor.encode({"l": None, "e": [entry(LATER)]})
EMPTY_CHILD = cbor.encode({"l": None, "e": []})

DAMAGED: dict[str, tuple[Any, str]] = {
    "is not a map": ([], "not a tree node"),
    "has no entries field": ({"l": None}, "not a tree node"),
    "has a field more": ({"l": None, "e": [entry(LOW)], "x": 1}, "one form"),
    "has an entry without a value": ({"l": None, "e": [{"p": 0, "k": b"a.b/c", "t": None}]}, "not an entry"),
    "has an entry with a field more": ({"l": None, "e": [{**entry(LOW), "x": 1}]}, "one form"),
    "does not compress a key": ({"l": None, "e": [entry(LOW), entry(LATER)]}, "one form"),
    "counts with a boolean": ({"l": None, "e": [{**entry(LOW), "p": False}]}, "one form"),
    "holds a key that is no path": ({"l": None, "e": [entry("nopath")]}, "path"),
    "holds a key that is not ASCII": ({"l": None, "e": [{**entry(LOW), "k": b"a.b/\xff"}]}, "ascii"),
    "has keys out of order": ({"l": None, "e": [entry(LATER), entry(LOW, 23)]}, "out of order"),
    "has a key twice": ({"l": None, "e": [entry(LOW), entry(LOW, len(LOW))]}, "out of order"),
    "has keys of two layers": ({"l": None, "e": [entry(LOW), entry(HIGH, 23)]}, "wrong layer"),
    "names a video as a record": ({"l": None, "e": [{**entry(LOW), "v": Cid.for_raw(b"")}]}, "dag-cbor"),
    "has a subtree under its lowest layer": (
        {"l": Cid.for_cbor(CHILD), "e": [entry(LATER)]},
        "nothing could be",
    ),
    "has a top without keys": ({"l": Cid.for_cbor(CHILD), "e": []}, "nothing could be"),
    "has an empty subtree": ({"l": Cid.for_cbor(EMPTY_CHILD), "e": [entry(HIGH)]}, "empty"),
    "has a subtree on the wrong side": ({"l": Cid.for_cbor(LATE_CHILD), "e": [entry(HIGH)]}, "out of order"),
    "lacks a subtree's block": ({"l": B, "e": [entry(HIGH)]}, "missing"),
}


@pytest.mark.parametrize(("node", "complaint"), DAMAGED.values(), ids=DAMAGED)
def test_a_tree_is_refused_that(node: Any, complaint: str) -> None:
    block = cbor.encode(node)
    blocks = {Cid.for_cbor(data): data for data in (block, CHILD, LATE_CHILD, EMPTY_CHILD)}

    with pytest.raises(ValueError, match=complaint):
        list(load(Cid.for_cbor(block), blocks.get).items())


def test_a_tree_is_refused_whose_block_is_not_the_one_named() -> None:
    with pytest.raises(ValueError, match="does not hash"):
        load(A, lambda _cid: CHILD)
