"""Resolving: what is asked of whom, how long it is remembered, what counts as an answer."""

import asyncio

import pytest

from fakes.reader.http_client import Answer
from fakes.reader.identity_client import (
    UNVERIFIED_SECONDS,
    VERIFIED_SECONDS,
    Identities,
    NoDocumentError,
    UnresolvableError,
)
from tests.fakes.reader.author import DID, PDS, document, key
from tests.fakes.reader.web import DOCUMENT, NAME, Web

pytestmark = pytest.mark.anyio


class Setting:
    def __init__(self) -> None:
        self.web = Web()
        self.now = 100.0
        self.identities = Identities(self.web.get, "http://plc.test", "http://names.test", lambda: self.now)


@pytest.fixture
async def setting() -> Setting:
    return Setting()


async def test_key_endpoint_and_handle_come_from_document_and_name_service(setting: Setting) -> None:
    assert await setting.identities.signing_key(DID) == key("alice").did_key
    assert await setting.identities.pds_endpoint(DID) == PDS
    assert (await setting.identities.identity(DID)).handle_verified
    assert setting.web.hosts[-1] == "alice.localnet.test"


async def test_a_document_is_read_once_until_the_identity_changes(setting: Setting) -> None:
    await setting.identities.signing_key(DID)
    setting.web.know(document(signed_by=key("newer")))
    assert await setting.identities.signing_key(DID) == key("alice").did_key

    setting.identities.forget(DID)

    assert await setting.identities.signing_key(DID) == key("newer").did_key
    await setting.identities.signing_key(DID)
    assert setting.web.asked[DOCUMENT] == 2


async def test_a_fresh_key_is_asked_for_again(setting: Setting) -> None:
    await setting.identities.signing_key(DID)
    setting.web.know(document(signed_by=key("newer")))

    assert await setting.identities.signing_key(DID, fresh=True) == key("newer").did_key


async def test_a_directory_that_is_away_does_not_make_a_known_identity_unknown(setting: Setting) -> None:
    await setting.identities.signing_key(DID)
    del setting.web.answers[DOCUMENT]

    setting.identities.forget(DID)

    assert await setting.identities.signing_key(DID) == key("alice").did_key


UNANSWERED: dict[str, tuple[Answer | None, type[Exception], str]] = {
    "out of reach": (None, UnresolvableError, "cannot be reached"),
    "an error": (Answer(500), UnresolvableError, "answers 500"),
    "no JSON": (Answer(200, "", b"<html>"), UnresolvableError, "not JSON"),
    "somebody else's document": (
        Answer(200, "", b'{"id": "did:plc:x"}'),
        UnresolvableError,
        "not the document",
    ),
    "unknown": (Answer(404), NoDocumentError, "answers 404"),
    "tombstoned": (Answer(410), NoDocumentError, "answers 410"),
}


@pytest.mark.parametrize(("answer", "kind", "reason"), UNANSWERED.values(), ids=UNANSWERED)
async def test_without_a_document_there_is_no_key_and_the_feed_says_why(
    setting: Setting, answer: Answer | None, kind: type[Exception], reason: str
) -> None:
    del setting.web.answers[DOCUMENT]
    if answer:
        setting.web.answers[DOCUMENT] = answer

    with pytest.raises(UnresolvableError, match=reason) as raised:
        await setting.identities.signing_key(DID)
    assert type(raised.value) is kind
    assert reason in (await setting.identities.identity(DID)).problems[0]


async def test_a_tombstone_makes_a_known_identity_unknown(setting: Setting) -> None:
    await setting.identities.signing_key(DID)
    setting.web.answers[DOCUMENT] = Answer(410)

    with pytest.raises(NoDocumentError):
        await setting.identities.signing_key(DID, fresh=True)
    with pytest.raises(NoDocumentError):
        await setting.identities.signing_key(DID)


async def test_another_method_than_plc_is_not_resolved(setting: Setting) -> None:
    with pytest.raises(NoDocumentError, match="only did:plc"):
        await setting.identities.signing_key("did:web:example.com")
    assert not setting.web.asked


NO_DID: dict[str, tuple[Answer | None, str]] = {
    "out of reach": (None, "cannot be reached"),
    "not found": (Answer(404), "answers 404"),
    "a page": (Answer(200, "text/html", b"<html>"), "the answer is no DID"),
    "nothing": (Answer(200), "the answer is no DID"),
}


@pytest.mark.parametrize(("answer", "reason"), NO_DID.values(), ids=NO_DID)
async def test_a_name_that_names_nobody_is_a_problem(
    setting: Setting, answer: Answer | None, reason: str
) -> None:
    del setting.web.answers[NAME]
    if answer:
        setting.web.answers[NAME] = answer

    identity = await setting.identities.identity(DID)

    assert (identity.handle, identity.handle_verified) == ("alice.localnet.test", False)
    assert reason in identity.problems[0]


async def test_white_space_around_the_did_does_not_matter(setting: Setting) -> None:
    setting.web.answers[NAME] = Answer(200, "text/plain", f" {DID}\n".encode())

    assert (await setting.identities.identity(DID)).handle_verified


async def test_a_document_without_a_handle_asks_no_name_service(setting: Setting) -> None:
    setting.web.know(document(alsoKnownAs=[]))

    assert (await setting.identities.identity(DID)).problems == ("the DID document claims no handle",)
    assert NAME not in setting.web.asked


@pytest.mark.parametrize(("verified", "kept"), [(True, VERIFIED_SECONDS), (False, UNVERIFIED_SECONDS)])
async def test_an_identity_is_asked_for_again_after_a_while(
    setting: Setting, verified: bool, kept: float
) -> None:
    if not verified:
        setting.web.answers[NAME] = Answer(404)
    await setting.identities.identity(DID)
    setting.now += kept * 0.9
    await setting.identities.identity(DID)
    assert setting.web.asked[NAME] == 1

    setting.now += kept * 0.2
    setting.web.answers[NAME] = Answer(404) if verified else Answer(200, "", DID.encode())

    assert (await setting.identities.identity(DID)).handle_verified is not verified


async def test_an_identity_event_makes_it_be_asked_for_at_once(setting: Setting) -> None:
    await setting.identities.identity(DID)

    setting.identities.forget(DID)
    await setting.identities.identity(DID)

    assert setting.web.asked[NAME] == 2


async def test_askers_at_the_same_time_share_one_question(setting: Setting) -> None:
    setting.web.open.clear()
    askers = [asyncio.create_task(setting.identities.identity(DID)) for _ in range(5)]
    await asyncio.sleep(0)
    setting.web.open.set()

    judged = await asyncio.gather(*askers)
    assert [identity.handle_verified for identity in judged] == [True] * 5
    assert setting.web.asked[NAME] == 1
