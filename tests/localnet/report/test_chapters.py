"""A person's story falls into chapters, and each is compared with those of others for whom it went well."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from localnet.journal import Line
from localnet.journal.trace import Tracer
from localnet.report.chapters import chapters, first_turn
from tests.localnet.journal.telling import ALICE, BOB, CROSSPOST, SIGNUP, VIDEO, WHOLE, hop, of_bob, write


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


@pytest.fixture
def tracer(path: Path) -> Iterator[Tracer]:
    with Tracer(path) as tracer:
        yield tracer


def test_a_person_s_own_chapter_and_one_for_each_video(path: Path, tracer: Tracer) -> None:
    write(path, WHOLE)

    person, video = chapters(tracer, ALICE)

    assert (person.about, video.about, video.id) == ("person", "event", VIDEO)
    assert [line.op for line in person.lines][:5] == [line.op for line in SIGNUP]
    assert [line.op for line in video.lines] == [line.op for line in CROSSPOST]
    assert person.went_well
    assert video.went_well


@pytest.mark.parametrize(
    "disturbance", [hop("bridge→pds", "answer 500", "fault", "hit"), hop(None, "advance 3h", "clock", "moved"), hop(None, "service bridge killed", "lifecycle", "")]
)  # fmt: skip
def test_what_was_disturbed_is_no_example(path: Path, tracer: Tracer, disturbance: Line) -> None:
    write(path, [*CROSSPOST[:7], disturbance, *CROSSPOST[7:]])

    assert not chapters(tracer, ALICE)[1].went_well


def test_what_nobody_saw_is_no_example(path: Path, tracer: Tracer) -> None:
    write(path, CROSSPOST[:11])

    assert not chapters(tracer, ALICE)[1].went_well


def test_the_first_turn_is_found_by_comparison(path: Path, tracer: Tracer) -> None:
    write(path, [*of_bob(WHOLE), *WHOLE[:-5]])

    turn = first_turn(tracer, [ALICE], [], [("bob", BOB)])

    assert turn
    assert turn.difference
    assert turn.chapter.id == VIDEO
    assert turn.difference.says.startswith("bridge→pds POST com.atproto.repo.uploadBlob never came")
    assert turn.compared_with == ("bob",)


def test_what_made_them_somebody_comes_first(path: Path, tracer: Tracer) -> None:
    write(path, [*of_bob(WHOLE), *SIGNUP[:3], *CROSSPOST[:3]])

    turn = first_turn(tracer, [ALICE], [VIDEO], [("bob", BOB)])

    assert turn
    assert turn.chapter.about == "person"


def test_only_the_videos_in_question_are_looked_at(path: Path, tracer: Tracer) -> None:
    write(
        path,
        [
            *of_bob(WHOLE),
            *WHOLE,
            hop("bridge→relay", "recv EVENT", "websocket", "passed", event="9" * 64, pubkey=ALICE),
        ],
    )

    of_this_video, of_all = (first_turn(tracer, [ALICE], events, [("bob", BOB)]) for events in ([VIDEO], []))

    assert of_this_video
    assert of_this_video.difference is None
    assert of_all
    assert of_all.difference


def test_without_an_example_it_is_what_no_bridge_can_do_without(path: Path, tracer: Tracer) -> None:
    write(path, [*SIGNUP[:3], *of_bob(SIGNUP[:3])])

    turn = first_turn(tracer, [ALICE], [], [("bob", BOB)])

    assert turn
    assert turn.difference
    assert turn.difference.says == (
        "bridge→pds POST com.atproto.server.activateAccount or pds→plc POST /… never came"
    )
    assert turn.compared_with == ()


def test_of_people_nobody_knows_there_is_nothing_to_tell(path: Path, tracer: Tracer) -> None:
    write(path, WHOLE)

    assert first_turn(tracer, [BOB], [], []) is None
