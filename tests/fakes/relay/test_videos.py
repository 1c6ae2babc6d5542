"""The REST view: a page of videos, and what its paging cannot see."""

import pytest

from fakes.nostr.events import Event
from fakes.relay.store import Store
from fakes.relay.videos import Query, page
from tests.fakes.relay.people import NOW, deletion, note, video


def shown(events: list[Event], **parameters: str) -> tuple[list[Event], object, object]:
    store = Store()
    for event in events:
        store.add(event)
    found = page(store, Query.parse(parameters))
    videos = found["videos"]
    assert isinstance(videos, list)
    return [Event.parse(item["event"]) for item in videos], found["next_cursor"], found["has_more"]


VIDEOS = [video(str(age), NOW - age) for age in range(5)]


def test_videos_come_newest_first() -> None:
    assert shown([VIDEOS[2], VIDEOS[0], VIDEOS[1]], sort="recent") == (VIDEOS[:3], None, False)


def test_other_kinds_are_not_shown() -> None:
    request = deletion(["e", note("gone").id])

    assert shown([note(), request, VIDEOS[0]])[0] == [VIDEOS[0]]
    assert shown([note(), request, VIDEOS[0]], kind="5") == ([], None, False)


def test_a_kind_selects() -> None:
    older = video("x", kind=34235)

    assert shown([VIDEOS[0], older], kind="34235")[0] == [older]
    assert shown([VIDEOS[0], older], kind="34236")[0] == [VIDEOS[0]]


def test_a_deleted_video_is_not_shown() -> None:
    assert shown([VIDEOS[0], VIDEOS[1], deletion(["e", VIDEOS[0].id])])[0] == [VIDEOS[1]]


def test_the_cursor_leads_from_page_to_page_to_the_end() -> None:
    first, cursor, more = shown(VIDEOS, limit="2")
    second, _, _ = shown(VIDEOS, limit="2", before=str(cursor))
    last = shown(VIDEOS, limit="2", before=str(second[-1].created_at))

    assert (first, cursor, more) == (VIDEOS[:2], NOW - 1, True)
    assert second == VIDEOS[2:4]
    assert last == (VIDEOS[4:], None, False)


def test_what_shares_the_last_second_of_a_page_is_lost() -> None:
    same_second = [video(str(number), NOW) for number in range(3)]

    first, cursor, more = shown(same_second, limit="2")
    second, _, _ = shown(same_second, limit="2", before=str(cursor))

    assert (len(first), more, second) == (2, True, [])


@pytest.mark.parametrize(
    ("parameters", "count"), [({}, 50), ({"limit": "100"}, 100), ({"limit": "1", "sort": "trending"}, 1)]
)
def test_a_page_has_as_many_as_asked_for(parameters: dict[str, str], count: int) -> None:
    assert len(shown([video(str(age), NOW - age) for age in range(120)], **parameters)[0]) == count


REFUSED = {
    "a limit of zero": {"limit": "0"},
    "a limit over 100": {"limit": "101"},
    "a limit that is text": {"limit": "many"},
    "a negative cursor": {"before": "-1"},
    "a cursor with a fraction": {"before": "1.5"},
    "a kind that is text": {"kind": "video"},
    "an unknown order": {"sort": "oldest"},
}


@pytest.mark.parametrize("parameters", REFUSED.values(), ids=REFUSED)
def test_a_malformed_question_is_refused_naming_the_parameter(parameters: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(parameters))):
        Query.parse(parameters)
