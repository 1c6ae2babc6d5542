"""A repository: signed commits, the blocks that are kept, what each commit tells its followers."""

import random
from collections.abc import Sequence

import pytest

from fakes.atproto import mst
from fakes.atproto.cid import Cid
from fakes.atproto.keys import PrivateKey
from fakes.atproto.tid import TidClock
from fakes.pds.errors import PdsError
from fakes.pds.repository import Change, Repository
from fakes.pds.writes import Write, prepare
from tests.fakes.pds.stack import NOW, Entropy

DID = "did:plc:" + "a" * 24
KEY = PrivateKey.generate(Entropy())
THING = "com.example.thing"


class Writer:
    """A repository with a clock for its revisions."""

    def __init__(self) -> None:
        self._clock = TidClock(1)
        self.repository = Repository(DID, KEY, self._clock.next(NOW))

    def apply(self, *writes: Write, swap_commit: Cid | None = None) -> Change:
        return self.repository.apply(writes, self._clock.next(NOW), swap_commit)


def put(action: str, rkey: str, value: int) -> Write:
    return prepare(action, THING, rkey, {"a": value})


def delete(rkey: str) -> Write:
    return Write("delete", THING, rkey)


@pytest.fixture
def writer() -> Writer:
    return Writer()


def whole(repository: Repository) -> dict[str, object]:
    """Every record, read from nothing but the blocks that the repository exports."""
    blocks = dict(repository.blocks())
    tree = mst.load(repository.commit.data, blocks.__getitem__)
    assert set(tree.blocks()) | {cid for _, cid in tree.items()} | {repository.commit.cid} == set(blocks)
    return {path: repository.value(cid) for path, cid in tree.items() if blocks[cid]}


def test_a_new_repository_is_a_commit_and_an_empty_tree(writer: Writer) -> None:
    creation = writer.repository.creation

    assert len(creation.blocks) == 2
    assert (creation.since, creation.prev_data, creation.ops) == (None, None, ())
    assert creation.commit.verify(KEY.did_key)


def test_a_commit_is_signed_names_its_predecessor_and_carries_what_is_new(writer: Writer) -> None:
    before = writer.repository.commit

    change = writer.apply(put("create", "a", 1))

    assert change.commit.verify(KEY.did_key)
    assert change.since == before.rev
    assert change.prev_data == before.data
    assert change.commit.rev > before.rev
    assert set(change.blocks) == {change.commit.cid, change.commit.data, change.ops[0].cid}


def test_ops_tell_what_a_record_was_before(writer: Writer) -> None:
    created = writer.apply(put("create", "a", 1)).ops[0]
    updated = writer.apply(put("update", "a", 2)).ops[0]
    deleted = writer.apply(delete("a")).ops[0]

    assert (created.action, created.prev) == ("create", None)
    assert (updated.action, updated.prev) == ("update", created.cid)
    assert (deleted.action, deleted.prev, deleted.cid) == ("delete", updated.cid, None)


def test_blocks_of_a_deleted_record_are_dropped_unless_another_record_is_the_same(writer: Writer) -> None:
    writer.apply(put("create", "a", 1), put("create", "b", 1))
    cid = writer.repository.cid_of(f"{THING}/a")
    assert cid is not None

    writer.apply(delete("a"))
    assert writer.repository.block(cid) is not None

    writer.apply(delete("b"))
    assert writer.repository.block(cid) is None


FAILING: dict[str, Sequence[Write]] = {
    "a record that exists is created": [put("create", "b", 1), put("create", "a", 2)],
    "the same record is created twice": [put("create", "b", 1), put("create", "b", 2)],
    "a record that does not exist is updated": [put("create", "b", 1), put("update", "c", 2)],
    "a record that does not exist is deleted": [put("create", "b", 1), delete("c")],
}


@pytest.mark.parametrize("writes", FAILING.values(), ids=FAILING.keys())
def test_nothing_is_written_when(writes: Sequence[Write], writer: Writer) -> None:
    writer.apply(put("create", "a", 1))
    before = writer.repository.commit

    with pytest.raises(PdsError, match="Internal Server Error"):
        writer.apply(*writes)

    assert writer.repository.commit == before
    assert list(whole(writer.repository)) == [f"{THING}/a"]


def test_a_record_created_and_deleted_in_one_commit_leaves_no_trace(writer: Writer) -> None:
    writer.apply(put("create", "a", 1), delete("a"))

    assert writer.repository.record_count == 0
    assert writer.repository.collections == []
    assert whole(writer.repository) == {}


def test_an_empty_list_of_writes_is_a_commit_with_nothing_in_it(writer: Writer) -> None:
    change = writer.apply()

    assert change.ops == ()
    assert list(change.blocks) == [change.commit.cid]


def test_a_stale_swap_says_what_is_there(writer: Writer) -> None:
    written = writer.apply(put("create", "a", 1))
    stale = Cid.for_cbor(b"other")

    with pytest.raises(PdsError, match=f"Commit was at {written.commit.cid}"):
        writer.apply(put("create", "b", 1), swap_commit=stale)
    with pytest.raises(PdsError, match=f"Record was at {written.ops[0].cid}"):
        writer.apply(prepare("update", THING, "a", {"a": 2}, swap=stale))
    with pytest.raises(PdsError, match="Record was at null"):
        writer.apply(prepare("create", THING, "c", {"a": 2}, swap=stale))


def test_a_follower_of_the_commits_ends_up_with_the_same_repository(writer: Writer) -> None:
    chance = random.Random(7)
    held: set[str] = set()
    followed = dict(writer.repository.creation.blocks)

    for step in range(200):
        rkey = f"k{chance.randrange(40)}"
        action = "create" if rkey not in held else chance.choice(["update", "delete"])
        change = writer.apply(delete(rkey) if action == "delete" else put(action, rkey, step))
        (held.discard if action == "delete" else held.add)(rkey)
        followed |= change.blocks

    tree = mst.load(writer.repository.commit.data, followed.__getitem__)
    assert {path for path, _ in tree.items()} == {f"{THING}/{rkey}" for rkey in held}
    assert set(whole(writer.repository)) == {f"{THING}/{rkey}" for rkey in held}
    assert writer.repository.record_count == len(held)


def test_an_export_since_a_revision_holds_only_what_came_after(writer: Writer) -> None:
    first = writer.apply(put("create", "a", 1))
    second = writer.apply(put("create", "b", 2))

    exported = dict(writer.repository.blocks(since=first.commit.rev))

    assert second.commit.cid in exported
    assert second.ops[0].cid in exported
    assert first.ops[0].cid not in exported
    assert dict(writer.repository.blocks(since=second.commit.rev)) == {}


def test_records_are_listed_by_key_either_way_and_from_a_key_on(writer: Writer) -> None:
    writer.apply(*(put("create", f"k{n}", n) for n in range(5)))

    def keys(after: str | None = None, reverse: bool = False) -> list[str]:
        return [path.rpartition("/")[2] for path, _ in writer.repository.records(THING, after, reverse)]

    assert keys() == ["k0", "k1", "k2", "k3", "k4"]
    assert keys(reverse=True, after="k3") == ["k2", "k1", "k0"]
    assert keys(after="k3") == ["k4"]


def test_a_proof_leads_from_the_commit_to_the_record_or_to_where_it_is_not(writer: Writer) -> None:
    written = writer.apply(*(put("create", f"k{n}", n) for n in range(50)))

    present = writer.repository.proof(f"{THING}/k7")
    absent = writer.repository.proof(f"{THING}/k77")

    assert writer.repository.cid_of(f"{THING}/k7") in present
    assert written.commit.cid in present
    assert mst.load(written.commit.data, absent.__getitem__).get(f"{THING}/k77") is None


def test_a_commit_of_more_than_two_megabytes_is_refused(writer: Writer) -> None:
    large = [prepare("create", THING, f"k{n}", {"a": f"{n}" * 500_000}) for n in range(5)]

    with pytest.raises(PdsError, match="Max event size: 2MB"):
        writer.apply(*large)
