"""What users are told of their videos: the contract's table, row by row."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bridge.accounts import AccountLink
from bridge.control_plane.crosspost_status import Job, account_status, rfc3339, video_status

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
LINK = AccountLink("ab" * 32, "did:plc:a", "alice.test", True, "s", "r", "ready", None, None, NOW, NOW)
OFF = replace(LINK, crosspost_enabled=False)
JOB = Job("event", "pending", None, None, None, NOW, None, None, None)
PUBLISHED = replace(JOB, state="published", mapping_status="published", at_uri="at://a/b/c", cid="bafy")
FAILED = replace(JOB, state="failed", error="secret detail")
AT = {"updated_at": "2026-01-02T03:04:05Z"}
SEEN = {"status": "published", "at_uri": "at://a/b/c", "cid": "bafy"} | AT

TABLE = {
    "published": (LINK, PUBLISHED, SEEN),
    "published, and the account disabled since": (
        replace(OFF, provisioning_state="disabled"),
        PUBLISHED,
        SEEN,
    ),
    "published, its CID not known": (
        LINK,
        replace(PUBLISHED, cid=None),
        {"status": "published", "at_uri": "at://a/b/c"} | AT,
    ),
    "deleted": (LINK, replace(PUBLISHED, mapping_status="deleted"), {"status": "removed"} | AT),
    "taken down": (LINK, replace(PUBLISHED, mapping_status="taken_down"), {"status": "removed"} | AT),
    "nobody we know": (None, JOB, {"status": "not_applicable"}),
    "crossposting off": (OFF, JOB, {"status": "not_applicable"}),
    "account not ready": (replace(LINK, provisioning_state="pending"), JOB, {"status": "not_applicable"}),
    "a video we never saw": (LINK, None, {"status": "not_applicable"}),
    "waiting": (LINK, JOB, {"status": "queued"} | AT),
    "at work": (LINK, replace(JOB, state="in_progress"), {"status": "publishing"} | AT),
    "published without a record": (LINK, replace(JOB, state="published"), {"status": "not_applicable"} | AT),
    "nothing to publish": (LINK, replace(JOB, state="ineligible"), {"status": "not_applicable"} | AT),
    "failed, tried again": (
        LINK,
        replace(FAILED, lease_expires_at=LATER),
        {
            "status": "retrying",
            "failure": {"reason": "internal", "retryable": True, "next_attempt_at": "2026-01-02T03:14:05Z"},
        }
        | AT,
    ),
    "failed for good": (
        LINK,
        replace(FAILED, completed_at=NOW),
        {"status": "failed", "failure": {"reason": "internal", "retryable": False}} | AT,
    ),
    "withdrawn before it was published": (LINK, replace(JOB, state="skipped"), {"status": "removed"} | AT),
    "a state nobody knows": (
        LINK,
        replace(JOB, state="paused"),
        {"status": "failed", "failure": {"reason": "internal", "retryable": False}} | AT,
    ),
}


@pytest.mark.parametrize(("link", "job", "told"), TABLE.values(), ids=TABLE)
def test_a_video(link: AccountLink | None, job: Job | None, told: dict[str, object]) -> None:
    assert video_status("event", link, job) == {"nostr_event_id": "event"} | told


REASONS = {
    "the daily quota": ("uploadVideo failed (401): daily_vid_limit_exceeded", "quota"),
    "a file of another kind": ("Unsupported codec", "unsupported"),
    "anything else": ("createRecord failed (500)", "internal"),
    "nothing noted": (None, "internal"),
}


@pytest.mark.parametrize(("error", "reason"), REASONS.values(), ids=REASONS)
def test_a_reason_says_no_more_than_a_user_needs(error: str | None, reason: str) -> None:
    told = video_status("event", LINK, replace(FAILED, error=error))

    assert told["failure"] == {"reason": reason, "retryable": True}


def test_an_account() -> None:
    assert account_status(LINK) == {
        "crosspost_enabled": True,
        "provisioning_state": "ready",
        "did": "did:plc:a",
    }
    assert account_status(None) == {"crosspost_enabled": False, "provisioning_state": "missing", "did": None}


def test_times_are_told_in_utc() -> None:
    assert rfc3339(NOW.astimezone(timezone(timedelta(hours=5)))) == "2026-01-02T03:04:05Z"
