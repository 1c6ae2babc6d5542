"""The oracle is content with a person for whom all is well, and finds each thing that is not."""

import pytest

from localnet.world.lifecycle import Link
from localnet.world.oracle import Noted, Sight, judge
from localnet.world.video import Fate
from tests.localnet.world.sights import URI, feed, post, sight, video

STRANGER = Link("missing")

WELL = {
    "a video, posted and noted": sight(),
    "a bridge whose database cannot be asked": sight(noted=None),
    "a stranger whose video is nowhere": sight(
        link=STRANGER, videos=(video(fate=Fate.WITHHELD),), feed=None, resolved=None, noted=()
    ),
    "a deleted video that is gone": sight(videos=(video(fate=Fate.REMOVED),), feed=feed(), noted=()),
    "an open video that is there": sight(videos=(video(fate=Fate.OPEN),)),
    "an open video that is not": sight(videos=(video(fate=Fate.OPEN),), feed=feed(), noted=()),
    "a disabled person whose handle is withdrawn": sight(
        link=Link("disabled", "did:plc:a"), resolved=None, feed=feed(post(), handle_verified=False)
    ),
}

ILL = {
    "a video without a post": ("one-post-per-video", sight(feed=feed(), noted=())),
    "a video with two posts": (
        "one-post-per-video",
        sight(feed=feed(post(), post(uri=f"{URI}2")), noted=None),
    ),
    "a withheld video that is there": (
        "one-post-per-video",
        sight(videos=(video(fate=Fate.WITHHELD),)),
    ),
    "a deleted video that is there": ("one-post-per-video", sight(videos=(video(fate=Fate.REMOVED),))),
    "a post without a video": ("one-post-per-video", sight(videos=())),
    "an inactive account": ("account-is-active", sight(feed=feed(post(), active=False))),
    "a repository that is not served": ("account-is-active", sight(repository="getRepo answers 400")),
    "a handle that leads nowhere": ("handle-resolves-both-ways", sight(resolved=None)),
    "a record that followers refuse": (
        "followers-see-no-fault",
        sight(feed=feed(post(problems=("not in the lexicon",)))),
    ),
    "a fault beside the posts": (
        "followers-see-no-fault",
        sight(feed=feed(post(), problems=("no lexicon",))),
    ),
    "a commit that followers refuse": (
        "commits-are-signed",
        sight(feed=feed(post(), refused=("bad signature",), problems=("bad signature",))),
    ),
    "a film that does not play": ("films-are-served", sight(feed=feed(post(plays=False)))),
    "a post that is not noted": ("database-agrees-with-repository", sight(noted=())),
    "a note without a post": (
        "database-agrees-with-repository",
        sight(noted=(Noted("e1", f"{URI}1"), Noted("e2", f"{URI}9"))),
    ),
}


@pytest.mark.parametrize("seen", WELL.values(), ids=WELL)
def test_all_is_well_with(seen: Sight) -> None:
    assert judge([seen]) == []


@pytest.mark.parametrize(("promise", "seen"), ILL.values(), ids=ILL)
def test_it_finds(promise: str, seen: Sight) -> None:
    findings = judge([sight(), seen])

    assert [finding.promise for finding in findings] == [promise]
    assert findings[0].wrong.startswith("alice: ")
    assert findings[0].concerns == seen.ids


def test_the_most_basic_finding_of_a_person_comes_first() -> None:
    dark = sight(feed=None, repository="RepoDeactivated", resolved=None, noted=())

    promises = [finding.promise for finding in judge([dark])]

    assert promises == ["account-is-active", "handle-resolves-both-ways", "one-post-per-video"]
