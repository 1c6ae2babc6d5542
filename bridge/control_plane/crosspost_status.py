"""What became of a person's videos, in words made for users. Pure: rows in, JSON out; first match wins.

Raw error text never leaves. Rules: the contract's status derivation table.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bridge.accounts import AccountLink

Json = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """A row of `publish_jobs`, with its row of `record_mappings` if there is one."""

    nostr_event_id: str
    state: str
    error: str | None
    lease_expires_at: datetime | None
    completed_at: datetime | None
    updated_at: datetime
    mapping_status: str | None
    at_uri: str | None
    cid: str | None


def account_status(link: AccountLink | None) -> Json:
    if link is None:
        return {"crosspost_enabled": False, "provisioning_state": "missing", "did": None}
    return {
        "crosspost_enabled": link.crosspost_enabled,
        "provisioning_state": link.state,
        "did": link.did,
    }


def video_status(event_id: str, link: AccountLink | None, job: Job | None) -> Json:
    video: Json = {"nostr_event_id": event_id}
    if link is None or job is None:
        return video | {"status": "not_applicable"}
    if job.mapping_status is None and not (link.state == "ready" and link.crosspost_enabled):
        return video | {"status": "not_applicable"}
    return video | _derived(job) | {"updated_at": rfc3339(job.updated_at)}


def _derived(job: Job) -> Json:
    if job.mapping_status is not None:
        if job.mapping_status == "published" and job.at_uri:
            return _present({"status": "published", "at_uri": job.at_uri, "cid": job.cid})
        return {"status": "removed"}
    match job.state:
        case "pending":
            return {"status": "queued"}
        case "in_progress":
            return {"status": "publishing"}
        case "published" | "ineligible":
            return {"status": "not_applicable"}
        case "skipped":
            return {"status": "removed"}
        case "failed" if job.completed_at is None:
            again = rfc3339(job.lease_expires_at) if job.lease_expires_at else None
            failure = {"reason": _reason(job.error), "retryable": True, "next_attempt_at": again}
            return {"status": "retrying", "failure": _present(failure)}
        case "failed":
            return {"status": "failed", "failure": {"reason": _reason(job.error), "retryable": False}}
        case _:
            return {"status": "failed", "failure": {"reason": "internal", "retryable": False}}


def _reason(error: str | None) -> str:
    text = error or ""
    if "daily_vid_limit_exceeded" in text:
        return "quota"
    return "unsupported" if "unsupported" in text.lower() else "internal"


def _present(values: Json) -> Json:
    return {key: value for key, value in values.items() if value is not None}


def rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
