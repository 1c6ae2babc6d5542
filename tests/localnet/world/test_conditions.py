"""Every condition is content with what is right, and says what it sees when it is not."""

import pytest

from localnet.world import conditions
from localnet.world.expect import Final
from localnet.world.lifecycle import Link, Reply
from tests.localnet.world.sights import DID, HANDLE, READY, feed, post, video

MISSING = Link("missing")
ACCEPTED = Reply(Link("pending"), None)
REFUSED = Reply(None, "400 handle must end with .localnet.test")

CONTENT = {
    "a ready link": conditions.wrong_with_link(READY),
    "the choice that was made": conditions.wrong_with_choice(READY, True),
    "a refusal of a stranger": conditions.wrong_with_refusal(REFUSED, MISSING, MISSING),
    "a request that ends failed": conditions.wrong_with_refusal(ACCEPTED, Link("failed"), MISSING),
    "a refusal of somebody who keeps what they have": conditions.wrong_with_refusal(REFUSED, READY, READY),
    "an active account that is served": conditions.wrong_with_activity(feed(), None),
    "a handle that resolves both ways": conditions.wrong_with_handle(feed(), HANDLE, DID, DID),
    "a stranger nobody knows": conditions.wrong_with_stranger(MISSING, None),
    "two playable posts where one is enough": conditions.wrong_with_post(feed(post(1), post(1)), video(1)),
    "a single playable post": conditions.wrong_with_single_post(feed(post(1), post(2)), video(1)),
    "one playable post": conditions.wrong_with_post(feed(post(2), post(1)), video(1)),
    "a feed without the video": conditions.wrong_with_absence(feed(post(2)), video(1)),
    "a feed nobody has": conditions.wrong_with_absence(None, video(1)),
    "an empty feed": conditions.wrong_with_empty_feed(feed()),
}

WRONG = {
    "pending is not ready": (conditions.wrong_with_link(Link("pending")), "`pending`"),
    "ready without a DID is not ready": (conditions.wrong_with_link(Link("ready")), "DID none"),
    "crossposting against the choice": (conditions.wrong_with_choice(READY, False), "crosspost_enabled=true"),
    "a request still pending": (
        conditions.wrong_with_refusal(ACCEPTED, Link("pending"), MISSING),
        "`pending`",
    ),
    "an account no follower has heard of": (conditions.wrong_with_activity(None, None), "never heard"),
    "an account that is deactivated": (
        conditions.wrong_with_activity(feed(active=False, status="deactivated"), None),
        "status deactivated",
    ),
    "an account whose activity nobody knows": (
        conditions.wrong_with_activity(feed(active=None), None),
        "not active",
    ),
    "a repository that is not served": (
        conditions.wrong_with_activity(feed(), "getRepo answers 400"),
        "getRepo answers 400",
    ),
    "a handle that leads nowhere": (
        conditions.wrong_with_handle(feed(), HANDLE, DID, None),
        "leads to nothing",
    ),
    "a handle without a DID": (conditions.wrong_with_handle(None, HANDLE, None, None), "instead of a DID"),
    "a handle that leads to somebody else": (
        conditions.wrong_with_handle(feed(), HANDLE, DID, "did:plc:other"),
        "leads to did:plc:other",
    ),
    "a document that names another handle": (
        conditions.wrong_with_handle(feed(handle="bob.localnet.test"), HANDLE, DID, DID),
        "says bob.localnet.test",
    ),
    "a handle that the reader does not accept": (
        conditions.wrong_with_handle(
            feed(handle_verified=False, problems=("two answers",)), HANDLE, DID, DID
        ),
        "two answers",
    ),
    "a stranger with an account": (conditions.wrong_with_stranger(READY, None), "`ready`"),
    "a stranger whose handle resolves": (conditions.wrong_with_stranger(MISSING, DID), DID),
    "no post": (conditions.wrong_with_post(feed(post(2)), video(1)), "the feed has “Film 2 of alice”"),
    "no feed": (conditions.wrong_with_post(None, video(1)), "no post at all"),
    "no single post": (conditions.wrong_with_single_post(feed(), video(1)), "no post"),
    "a post that followers refuse": (
        conditions.wrong_with_post(feed(post(1, problems=("text too long",))), video(1)),
        "text too long",
    ),
    "a video that does not play": (
        conditions.wrong_with_post(feed(post(1, plays=False)), video(1)),
        "does not play",
    ),
    "a video that should be gone": (conditions.wrong_with_absence(feed(post(1)), video(1)), "is there"),
    "a post where none should be": (conditions.wrong_with_empty_feed(feed(post(1))), "Film 1"),
}

HOPELESS = {
    "a failed link": conditions.wrong_with_link(Link("failed", error="createAccount failed (500)")),
    "two posts of one video": conditions.wrong_with_single_post(
        feed(post(1), post(1, uri="at://x/y/z")), video(1)
    ),
    "a request nobody made": conditions.wrong_with_refusal(None, MISSING, MISSING),
    "a crash instead of a refusal": conditions.wrong_with_refusal(
        Reply(None, "500 (no body)", is_clean=False), MISSING, MISSING
    ),
    "a handle granted that should not be": conditions.wrong_with_refusal(ACCEPTED, READY, MISSING),
    "an account lost with the refusal": conditions.wrong_with_refusal(REFUSED, Link("failed"), READY),
}


@pytest.mark.parametrize("wrong", CONTENT.values(), ids=CONTENT)
def test_nothing_is_wrong_with(wrong: str | None) -> None:
    assert wrong is None


@pytest.mark.parametrize(("wrong", "says"), WRONG.values(), ids=WRONG)
def test_it_says_what_is_wrong_with(wrong: str | None, says: str) -> None:
    assert wrong is not None
    assert says in wrong
    assert not isinstance(wrong, Final)


@pytest.mark.parametrize("wrong", HOPELESS.values(), ids=HOPELESS)
def test_waiting_would_not_help(wrong: str | None) -> None:
    assert isinstance(wrong, Final)


def test_titles_that_begin_alike_are_told_apart() -> None:
    eleven = post(11, text="Film 11 of alice")

    assert conditions.posts_of(feed(eleven), video(1)) == []


def test_darkness_is_an_account_that_nobody_sees_active() -> None:
    dark = feed(active=False, status="takendown")

    assert conditions.wrong_with_darkness(dark, "getRepoStatus says so") is None
    assert conditions.wrong_with_darkness(dark, None) == "the PDS serves the repository to everybody"
    assert conditions.wrong_with_darkness(feed(), "404") == "followers see an active account"
    assert conditions.wrong_with_darkness(None, "404") == "followers see an active account"


def test_a_handle_that_leads_nowhere_resolves_to_nothing() -> None:
    assert conditions.wrong_with_lost_handle(HANDLE, None) is None
    assert conditions.wrong_with_lost_handle(HANDLE, DID) == f"{HANDLE} still leads to {DID}"


def test_a_failure_on_the_way_is_not_final_for_who_is_patient() -> None:
    failed = Link("failed", error="createAccount failed (500)")

    wrong = conditions.wrong_with_patience(failed)

    assert isinstance(conditions.wrong_with_link(failed), Final)
    assert wrong
    assert not isinstance(wrong, Final)
    assert conditions.wrong_with_patience(READY) is None


def test_one_did_for_one_handle() -> None:
    assert conditions.wrong_with_identity(READY, {DID}) is None
    assert not isinstance(conditions.wrong_with_identity(READY, set()), Final)
    assert isinstance(conditions.wrong_with_identity(READY, {DID, "did:plc:other"}), Final)
