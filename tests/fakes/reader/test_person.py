"""What is shown of a person: posts, deletions, the account's state, problems."""

from datetime import UTC, datetime
from typing import Any

import pytest

from fakes.atproto.cid import Cid
from fakes.reader.commits import Head, verify_commit
from fakes.reader.entries import PROFILE, BlobReference
from fakes.reader.identity import Identity, Resolution, judge
from fakes.reader.person import BlobVerdict, Person, judge_blob
from tests.fakes.reader.author import DID, FILM, NOTE, POST, Author, commit_frame, document, film_post, key

SEEN = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
ALICE = Identity("alice.localnet.test", True)
OTHER_POST = POST.replace("2a", "2b")


class Followed:
    def __init__(self) -> None:
        self.author, self.person = Author(), Person(DID)

    def take(self, frame: bytes) -> None:
        commit = commit_frame(frame)
        self.person.apply(verify_commit(commit, key("alice").did_key, self.person.head), commit.seq, SEEN)

    @property
    def feed(self) -> dict[str, Any]:
        return self.person.feed(ALICE)

    @property
    def film(self) -> tuple[Any, Any]:
        """The video of the newest post, and the post's problems."""
        post = self.feed["posts"][0]
        return post["video"], post["problems"]


@pytest.fixture
def alice() -> Followed:
    return Followed()


def test_a_person_of_whom_nothing_was_seen_has_an_empty_feed() -> None:
    assert Person(DID).feed(ALICE) == {
        "did": DID,
        "handle": "alice.localnet.test",
        "handle_verified": True,
        "active": None,
        "status": None,
        "posts": [],
        "deleted": [],
        "profile": {"name": None, "about": None, "avatar": None},
        "refused": [],
        "problems": [],
    }


def test_a_post_is_shown_as_it_is(alice: Followed) -> None:
    alice.take(alice.author.write())

    (post,) = alice.feed["posts"]
    assert post == {
        "uri": f"at://{DID}/{POST}",
        "cid": str(alice.author.tree.get(POST)),
        "rkey": POST.partition("/")[2],
        "record": NOTE,
        "seq": 1,
        "video": None,
        "problems": [],
    }


def test_posts_come_newest_first(alice: Followed) -> None:
    dates = {"c": "2023-11-14T20:00:00Z", "a": "2023-11-14T22:00:00Z", "b": "2023-11-14T21:00:00Z"}
    for letter, date in dates.items():
        alice.take(alice.author.write({**NOTE, "createdAt": date}, POST.replace("2a", f"2{letter}")))

    assert [post["rkey"][-1] for post in alice.feed["posts"]] == ["a", "b", "c"]


def test_an_updated_post_is_the_new_one(alice: Followed) -> None:
    alice.take(alice.author.write())
    alice.take(alice.author.write({**NOTE, "text": "again"}))

    assert [post["record"]["text"] for post in alice.feed["posts"]] == ["again"]
    assert alice.feed["deleted"] == []


def test_a_deleted_post_is_gone_and_told_of_until_it_is_written_again(alice: Followed) -> None:
    alice.take(alice.author.write())
    alice.take(alice.author.delete())
    assert (alice.feed["posts"], alice.feed["deleted"]) == ([], [{"uri": f"at://{DID}/{POST}"}])

    alice.take(alice.author.write())
    assert (len(alice.feed["posts"]), alice.feed["deleted"]) == (1, [])


def test_other_records_are_no_posts_but_their_problems_are_told(alice: Followed) -> None:
    alice.take(
        alice.author.write(
            {"$type": "app.bsky.actor.profile", "displayName": 1}, "app.bsky.actor.profile/self"
        )
    )

    assert alice.feed["posts"] == []
    assert alice.feed["problems"][0].startswith("app.bsky.actor.profile/self: ")


def test_the_profile_is_at_hand(alice: Followed) -> None:
    profile = {"$type": "app.bsky.actor.profile", "displayName": "Alice"}
    alice.take(alice.author.write(profile, "app.bsky.actor.profile/self"))

    assert alice.person.profile == profile
    assert alice.feed["profile"] == {"name": "Alice", "about": None, "avatar": None}


def test_an_avatar_is_verified_like_any_blob(alice: Followed) -> None:
    picture = {"$type": "blob", "ref": Cid.for_raw(b"png"), "mimeType": "image/png", "size": 3}
    alice.take(alice.author.write({"$type": PROFILE, "avatar": picture}, f"{PROFILE}/self"))
    [entry] = alice.person.entries.values()
    before = alice.feed["profile"]["avatar"]

    alice.person.verdicts[entry.blobs[0]] = BlobVerdict(None, 1.0)

    assert before["verified"] is False
    assert alice.feed["profile"]["avatar"] == {**before, "verified": True}
    assert before["cid"] == str(Cid.for_raw(b"png"))


@pytest.mark.parametrize("status", ["deactivated", "takendown", "suspended"])
def test_of_an_inactive_account_nothing_is_shown_until_it_is_active_again(
    alice: Followed, status: str
) -> None:
    alice.take(alice.author.write())

    alice.person.set_account(False, status)

    assert (alice.feed["active"], alice.feed["status"], alice.feed["posts"]) == (False, status, [])
    assert alice.feed["problems"] == [f"the account is not active ({status}): nothing of it is shown"]
    alice.person.set_account(True, None)
    assert (alice.feed["active"], len(alice.feed["posts"]), alice.feed["problems"]) == (True, 1, [])


def test_a_deleted_account_has_lost_its_posts_and_may_begin_anew(alice: Followed) -> None:
    alice.take(alice.author.write())

    alice.person.set_account(False, "deleted")
    alice.person.set_account(True, None)

    assert (alice.feed["posts"], alice.feed["deleted"]) == ([], [{"uri": f"at://{DID}/{POST}"}])
    assert alice.person.head is None


def test_a_refusal_is_told_and_leaves_the_revision(alice: Followed) -> None:
    alice.take(alice.author.write())

    alice.person.refuse("commit X is refused: why")

    assert alice.feed["problems"] == alice.feed["refused"] == ["commit X is refused: why"]
    assert len(alice.feed["posts"]) == 1
    assert alice.person.head == Head(alice.author.rev or "", None)


def test_a_video_is_verified_once_its_bytes_were_found_right(alice: Followed) -> None:
    alice.take(alice.author.write(film_post()))
    (entry,) = alice.person.entries.values()
    video = entry.video
    assert video
    assert alice.film == ({**vars(video), "verified": False}, [])

    alice.person.verdicts[video] = BlobVerdict("bytes are wrong", 1)
    assert alice.film == ({**vars(video), "verified": False}, ["bytes are wrong"])

    alice.person.verdicts[video] = BlobVerdict(None, 2)
    assert alice.film == ({**vars(video), "verified": True}, [])


SERVED: dict[str, tuple[dict[str, Any], bytes, str, str | None]] = {
    "what the record says": ({}, FILM, "video/mp4", None),
    "with parameters": ({}, FILM, "video/mp4; codecs=avc1", None),
    "other bytes": ({}, FILM[:-1] + b"!", "video/mp4", "do not hash"),
    "cut short": ({}, FILM[:-1], "video/mp4", "do not hash"),
    "a record with another size": ({"size": 5}, FILM, "video/mp4", "the record says 5"),
    "another type": ({}, FILM, "video/quicktime", "served as video/quicktime"),
}


@pytest.mark.parametrize(("changes", "data", "mime", "problem"), SERVED.values(), ids=SERVED)
def test_a_blob_is_right_if_hash_size_and_type_are(
    changes: dict[str, Any], data: bytes, mime: str, problem: str | None
) -> None:
    cid = film_post()["embed"]["video"]["ref"]["$link"]
    blob = BlobReference(**{"cid": cid, "mime": "video/mp4", "size": len(FILM), **changes})

    found = judge_blob(blob, data, mime)

    assert (found is None) if problem is None else (found and problem in found)


NO_HANDLE = document(alsoKnownAs=["https://example.com"])
IDENTITIES: dict[str, tuple[dict[str, Any], Resolution | None, Identity]] = {
    "both directions": (document(), Resolution(DID), ALICE),
    "in upper case": (document(alsoKnownAs=["at://Alice.Localnet.Test"]), Resolution(DID), ALICE),
    "no handle": (NO_HANDLE, None, Identity(problems=("the DID document claims no handle",))),
    "no handle but junk": (
        document(alsoKnownAs=["at://alice"]),
        None,
        Identity("alice", problems=("the DID document claims 'alice', which is not a handle",)),
    ),
    "a handle that names nobody": (
        document(),
        Resolution(failure="the name service answers 404"),
        Identity(
            "alice.localnet.test",
            problems=("handle alice.localnet.test does not resolve: the name service answers 404",),
        ),
    ),
    "a handle of somebody else": (
        document(),
        Resolution("did:plc:other"),
        Identity(
            "alice.localnet.test",
            problems=(f"handle alice.localnet.test resolves to did:plc:other, not to {DID}",),
        ),
    ),
}


@pytest.mark.parametrize(("found", "resolution", "identity"), IDENTITIES.values(), ids=IDENTITIES)
def test_a_handle_is_verified_if_it_leads_back_to_the_did(
    found: dict[str, Any], resolution: Resolution | None, identity: Identity
) -> None:
    assert judge(DID, found, resolution) == identity
