"""Jobs: what state they are in when, how they end, what is remembered of bytes, how many a day."""

import pytest

from fakes.video.jobs import DAY, Failure, Jobs, LegalMoveError, State, is_video, transcoded

NOON = 1_700_000_000.0
BLOB = {"$type": "blob", "size": 1}
ALICE, BOB = "did:plc:alice", "did:plc:bob"


@pytest.fixture
def jobs() -> Jobs:
    return Jobs(lambda size: bytes(range(size)), 2, 10.0)


@pytest.mark.parametrize(
    ("seconds", "state"),
    [
        (0.0, State.CREATED),
        (0.9, State.CREATED),
        (1.0, State.ENCODING),
        (8.0, State.SCANNING),
        (99.0, State.SCANNING),
    ],
)
def test_a_job_on_its_way_is_in_the_state_of_the_hour(jobs: Jobs, seconds: float, state: State) -> None:
    status = jobs.create(ALICE, "aa", NOON).status(NOON + seconds)

    assert status["state"] == state
    assert status["progress"] == min(99, int(10 * seconds))
    assert "blob" not in status


def test_a_completed_job_names_its_blob(jobs: Jobs) -> None:
    job = jobs.create(ALICE, "aa", NOON)

    assert jobs.complete(job.id, BLOB).status(NOON) == {
        "jobId": job.id, "did": ALICE, "state": "JOB_STATE_COMPLETED", "blob": BLOB,
    }  # fmt: skip


def test_a_failed_job_says_why_and_its_bytes_are_forgotten(jobs: Jobs) -> None:
    job = jobs.create(ALICE, "aa", NOON)
    status = jobs.fail(job.id, Failure("broken", "It broke")).status(NOON)

    assert (status["state"], status["error"], status["message"]) == ("JOB_STATE_FAILED", "broken", "It broke")
    assert jobs.known("aa") is None


def test_bytes_are_known_whoever_brought_them(jobs: Jobs) -> None:
    job = jobs.create(ALICE, "aa", NOON)

    assert jobs.known("aa") == job
    assert jobs.known("bb") is None


@pytest.mark.parametrize("again", ["complete", "fail"])
def test_what_has_ended_does_not_end_again(jobs: Jobs, again: str) -> None:
    job = jobs.create(ALICE, "aa", NOON)
    jobs.complete(job.id, BLOB)

    with pytest.raises(LegalMoveError, match=job.id):
        getattr(jobs, again)(job.id, Failure("late", "Too late"))


def test_a_day_ends_at_midnight_and_is_everybodys_own(jobs: Jobs) -> None:
    for name in ("aa", "bb"):
        jobs.create(ALICE, name, NOON)

    assert jobs.remaining(ALICE, NOON) == 0
    assert jobs.remaining(BOB, NOON) == 2
    assert jobs.remaining(ALICE, NOON + DAY) == 2


def test_a_transcoded_film_is_another_file_and_still_a_film() -> None:
    film = b"\0\0\0\x10ftypisom\0\0\0\0"

    assert transcoded(film) != film
    assert is_video(transcoded(film))
    assert not is_video(b"<html>")
