"""Which commits are believed: a good one changes records, and each thing that can be wrong with one is noticed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fakes.atproto import car
from fakes.atproto.cid import Cid
from fakes.reader.commits import Change, Head, RefusedError, SignatureError, verify_commit, verify_sync
from fakes.reader.frames import CommitFrame
from tests.fakes.reader.author import DID, NOTE, POST, Author, commit_frame, key, sync_frame, without

KEY = key("alice").did_key
OTHER = Cid.for_cbor(b"other")
SECOND = POST.replace("2a", "2b")


def history() -> tuple[Author, Head]:
    """An author with one post, and where the repository then stands."""
    author = Author()
    return author, verify_commit(commit_frame(author.write()), KEY, None).head


def test_a_first_commit_is_believed() -> None:
    author = Author()

    verified = verify_commit(commit_frame(author.write()), KEY, None)

    assert verified.head == Head(author.rev or "", author.tree.root)
    (change,) = verified.changes
    assert (change.path, change.cid) == (POST, author.tree.get(POST))
    assert change.block
    assert Cid.for_cbor(change.block) == change.cid


def test_writing_updating_and_deleting_are_followed() -> None:
    author, head = history()
    for frame, paths in (
        (author.write({**NOTE, "text": "again"}), [POST]),
        (author.write(path=SECOND), [SECOND]),
        (author.delete(), [POST]),
    ):
        verified = verify_commit(commit_frame(frame), KEY, head)
        head = verified.head
        assert [change.path for change in verified.changes] == paths
    assert verified.changes == (Change(POST, None, None),)


def test_a_commit_of_an_older_server_needs_no_prev_data() -> None:
    author, head = history()

    assert verify_commit(commit_frame(author.write(path=SECOND), prev_data=None), KEY, head).changes


Spoil = Callable[[CommitFrame], CommitFrame]


def spoilt_op(**changes: Any) -> Spoil:
    return lambda frame: replace(frame, ops=(replace(frame.ops[0], **changes),))


def flipped(frame: CommitFrame) -> CommitFrame:
    return replace(frame, blocks=frame.blocks[:-1] + bytes([frame.blocks[-1] ^ 1]))


def rerooted(frame: CommitFrame) -> CommitFrame:
    _, blocks = car.read(frame.blocks)
    return replace(frame, blocks=car.write([], blocks.items()))


SPOILT: dict[str, tuple[Spoil, str]] = {
    "a block that does not hash to its name": (flipped, "blocks: "),
    "blocks that are cut short": (lambda frame: replace(frame, blocks=frame.blocks[:-1]), "blocks: "),
    "another root": (rerooted, "not the root"),
    "another commit than the root": (lambda frame: replace(frame, commit=OTHER), "not the root"),
    "no commit among the blocks": (lambda frame: without(frame, frame.commit), "lack the commit"),
    "another owner than the frame says": (
        lambda frame: replace(frame, did="did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"),
        "the frame says",
    ),
    "another revision than the frame says": (
        lambda frame: replace(frame, rev="3zzzzzzzzzzzz"),
        "the frame says",
    ),
    "a gap before it": (lambda frame: replace(frame, since="3aaaaaaaaaaaa"), "the last one seen"),
    "another tree before it": (lambda frame: replace(frame, prev_data=OTHER), "prevData"),
    "an operation on another record than the tree has": (spoilt_op(cid=OTHER), "the operation says"),
    "an operation on a key that the tree has not": (spoilt_op(path="a.b.c/d"), "the operation says"),
    "a deletion of what the tree still has": (spoilt_op(action="delete", cid=None), "the operation says"),
    "an update that was a creation": (spoilt_op(action="update", prev=OTHER), "prevData"),
    "an update that does not say of what": (spoilt_op(action="update"), "does not say what it replaced"),
    "a change that no operation tells of": (lambda frame: replace(frame, ops=()), "prevData"),
    "no record among the blocks": (
        lambda frame: without(frame, frame.ops[0].cid or OTHER),
        "lack the record",
    ),
}


@pytest.mark.parametrize(("spoil", "reason"), SPOILT.values(), ids=SPOILT)
def test_a_spoilt_commit_is_refused(spoil: Spoil, reason: str) -> None:
    author, head = history()
    frame = commit_frame(author.write(path=SECOND))
    assert verify_commit(frame, KEY, head)

    with pytest.raises(RefusedError, match=reason):
        verify_commit(spoil(frame), KEY, head)


def test_a_commit_without_the_nodes_of_its_tree_is_refused() -> None:
    author, head = history()
    frame = commit_frame(author.write(path=SECOND))

    with pytest.raises(RefusedError, match="does not bear"):
        verify_commit(without(frame, author.tree.root), KEY, head)


def test_a_commit_signed_by_another_key_is_told_apart() -> None:
    frame = commit_frame(Author(signed_by=key("mallory")).write())

    with pytest.raises(SignatureError):
        verify_commit(frame, KEY, None)


def test_an_older_commit_is_refused() -> None:
    author = Author()
    first = commit_frame(author.write())
    head = verify_commit(commit_frame(author.write(path=SECOND)), KEY, None).head

    with pytest.raises(RefusedError, match="does not follow"):
        verify_commit(first, KEY, head)


def test_after_a_refusal_only_the_revision_must_go_on() -> None:
    author, head = history()
    author.write(path=SECOND)
    missed = commit_frame(author.write(path=POST.replace("2a", "2c")))
    with pytest.raises(RefusedError, match="the last one seen"):
        verify_commit(missed, KEY, head)

    assert verify_commit(missed, KEY, replace(head, data=None)).head.data == author.tree.root


def test_a_sync_frame_declares_the_head() -> None:
    author = Author()

    assert verify_sync(sync_frame(author.sync()), KEY, None) == Head(author.rev or "", author.tree.root)


def test_a_sync_frame_after_a_commit_repeats_it() -> None:
    author, head = history()

    assert verify_sync(sync_frame(author.sync()), KEY, head) == head


def test_a_sync_frame_that_contradicts_the_commits_is_refused() -> None:
    author, head = history()
    frame = sync_frame(author.sync())

    with pytest.raises(RefusedError, match="another tree"):
        verify_sync(frame, KEY, replace(head, data=OTHER))
    with pytest.raises(RefusedError, match="older"):
        verify_sync(frame, KEY, replace(head, rev="3zzzzzzzzzzzz"))
    with pytest.raises(RefusedError, match="no root"):
        verify_sync(replace(frame, blocks=car.write([], [])), KEY, None)
    with pytest.raises(SignatureError):
        verify_sync(frame, key("mallory").did_key, head)
    assert frame.did == DID
