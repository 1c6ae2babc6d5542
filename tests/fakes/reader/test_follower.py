"""The follower: frames in, people changed; who waits for whom; blobs checked beside it."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from fakes.reader.blob_client import RETRY_SECONDS, Blobs
from fakes.reader.follower import Follower
from fakes.reader.http_client import Answer
from fakes.reader.identity_client import Identities
from fakes.settings import Clock
from tests.fakes.reader.author import DID, FILM, NOTE, NOW, PDS, POST, Author, document, film_post, key
from tests.fakes.reader.web import BLOB, DOCUMENT, Web

pytestmark = pytest.mark.anyio

OTHER_DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"


class Setting:
    def __init__(self) -> None:
        self.web, self.now = Web(), 100.0
        self.identities = Identities(self.web.get, "http://plc.test", "http://names.test", lambda: self.now)
        self.blobs = Blobs(self.web.get, self.identities, lambda: self.now)
        self.follower = Follower(PDS, {}, self.identities, self.blobs, Clock(lambda: NOW))
        self.alice = Author()

    def take(self, *frames: bytes) -> None:
        for frame in frames:
            self.follower.take(frame)

    async def settled(self) -> None:
        """Every frame taken is processed, every blob asked for is judged."""
        while tasks := [*self.follower._workers, *self.blobs._under_way.values()]:
            await asyncio.wait(tasks)

    @property
    def texts(self) -> list[str]:
        alice = self.follower.people.get(DID)
        return [post.value["text"] for post in alice.posts()] if alice else []

    @property
    def refused(self) -> list[str]:
        return self.follower.people[DID].refused


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0)


@pytest.fixture
async def setting() -> AsyncIterator[Setting]:
    setting = Setting()
    yield setting
    await setting.follower.close()
    await setting.blobs.close()


async def test_believed_commits_change_what_is_seen(setting: Setting) -> None:
    alice = setting.alice
    setting.take(alice.write(), alice.account(True), alice.write({**NOTE, "text": "again"}), alice.identity())
    await setting.settled()

    person = setting.follower.people[DID]
    assert (setting.texts, person.active, setting.refused) == (["again"], True, [])
    assert setting.follower.cursor == 4


async def test_a_commit_with_a_new_key_is_believed_after_another_look_at_the_document(
    setting: Setting,
) -> None:
    setting.take(setting.alice.write())
    await setting.settled()
    setting.alice.key = key("newer")
    setting.web.know(document(signed_by=key("newer")))

    setting.take(setting.alice.write({**NOTE, "text": "rotated"}))
    await setting.settled()

    assert (setting.texts, setting.refused) == (["rotated"], [])


async def test_a_forged_commit_is_refused_and_the_next_good_one_is_believed(setting: Setting) -> None:
    alice = setting.alice
    setting.take(alice.write())
    alice.key = key("mallory")
    setting.take(alice.write({**NOTE, "text": "forged"}))
    alice.key = key("alice")
    setting.take(alice.write({**NOTE, "text": "good"}, POST.replace("2a", "2b")))
    await setting.settled()

    assert sorted(setting.texts) == ["good", "hello"]
    (refusal,) = setting.refused
    assert "#atproto key" in refusal


async def test_without_a_document_a_commit_is_refused(setting: Setting) -> None:
    setting.web.answers[DOCUMENT] = Answer(404)

    setting.take(setting.alice.write())
    await setting.settled()

    assert "the PLC directory answers 404" in setting.refused[0]


async def test_without_a_signing_key_a_commit_is_refused(setting: Setting) -> None:
    setting.web.know(document(verificationMethod=[]))

    setting.take(setting.alice.write())
    await setting.settled()

    assert "no usable #atproto" in setting.refused[0]


async def test_while_the_directory_is_away_a_commit_waits_and_nobody_elses_does(setting: Setting) -> None:
    bob = Author(OTHER_DID, key("bob"))
    bob.seq = 10
    del setting.web.answers[DOCUMENT]
    setting.web.know(document(OTHER_DID, key("bob")))

    setting.take(setting.alice.write(), bob.write())

    await until(lambda: setting.web.asked[DOCUMENT] > 1)
    assert setting.follower.people[DID].entries == {}
    assert len(setting.follower.people[OTHER_DID].entries) == 1

    setting.web.know(document())
    await until(lambda: bool(setting.follower.people[DID].entries))
    assert setting.refused == []


async def test_the_head_that_a_sync_frame_declares_must_be_followed(setting: Setting) -> None:
    alice = setting.alice
    setting.take(alice.sync(), alice.write())
    await setting.settled()
    assert (setting.texts, setting.refused) == (["hello"], [])

    alice.write(path=POST.replace("2a", "2b"))
    setting.take(alice.sync())
    await setting.settled()

    assert "another tree" in setting.refused[0]


async def test_a_frame_that_cannot_be_read_is_noted_and_the_rest_goes_on(setting: Setting) -> None:
    setting.take(b"junk", setting.alice.write())
    await setting.settled()

    assert len(setting.follower.refused) == 1
    assert setting.texts == ["hello"]


async def test_a_frame_that_came_before_is_not_taken_again(setting: Setting) -> None:
    frame = setting.alice.write()
    setting.take(frame, frame)
    await setting.settled()

    assert "comes after" in setting.follower.refused[0]
    assert setting.refused == []


async def test_a_blob_is_fetched_from_the_pds_of_the_document_and_found_right(setting: Setting) -> None:
    setting.take(setting.alice.write(film_post()))
    await setting.settled()

    person = setting.follower.people[DID]
    (verdict,) = person.verdicts.values()
    assert verdict.problem is None
    (blob,) = person.verdicts
    assert await setting.blobs.verified(person, blob) == FILM
    assert setting.web.asked[BLOB] == 1


async def test_a_blob_that_is_long_in_coming_does_not_hold_up_the_next_commit(setting: Setting) -> None:
    setting.take(setting.alice.account(True))
    await setting.identities.signing_key(DID)
    setting.web.open.clear()

    setting.take(setting.alice.write(film_post()), setting.alice.write(path=POST.replace("2a", "2b")))
    await until(lambda: len(setting.texts) == 2)

    assert setting.follower.people[DID].verdicts == {}
    setting.web.open.set()


MISSING: dict[str, tuple[Answer | None, str]] = {
    "out of reach": (None, "cannot be fetched: nobody there"),
    "not there": (Answer(400, "", b'{"error":"BlobNotFound"}'), "the PDS answers 400"),
    "other bytes": (Answer(200, "video/mp4", b"other"), "do not hash"),
}


@pytest.mark.parametrize(("answer", "problem"), MISSING.values(), ids=MISSING)
async def test_a_blob_that_is_not_right_is_a_problem_until_another_look_finds_it(
    setting: Setting, answer: Answer | None, problem: str
) -> None:
    right = setting.web.answers.pop(BLOB)
    if answer:
        setting.web.answers[BLOB] = answer
    setting.take(setting.alice.write(film_post()))
    await setting.settled()
    person = setting.follower.people[DID]
    (blob, verdict), *_ = person.verdicts.items()
    assert verdict.problem
    assert problem in verdict.problem
    assert await setting.blobs.verified(person, blob) is None

    setting.web.answers[BLOB] = right
    setting.blobs.check_again(person)
    await setting.settled()
    assert person.verdicts[blob].problem, "it is not looked at again at once"

    setting.now += RETRY_SECONDS * 2
    setting.blobs.check_again(person)
    await setting.settled()
    assert person.verdicts[blob].problem is None


async def test_only_the_latest_blobs_are_kept_and_the_others_are_fetched_again(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fakes.reader.blob_client.KEPT_BYTES", len(FILM) - 1)
    setting.take(setting.alice.write(film_post()))
    await setting.settled()
    person = setting.follower.people[DID]
    (blob,) = person.verdicts

    assert await setting.blobs.verified(person, blob) == FILM
    assert setting.web.asked[BLOB] == 2
