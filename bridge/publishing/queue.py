"""The durable queue in `publish_jobs`: claimed under a lease, ended only by the lease's holder.

Times are the database's, so clocks that differ move no lease. A job of an account that may not publish now waits
without being claimed. Several workers and replicas share it. Columns: the contract's table `publish_jobs`.
"""

from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from bridge.database import Connection, Pool
from bridge.publishing.errors import LeaseLost

_CLAIM: LiteralString = """
    WITH due AS (
        SELECT nostr_event_id FROM publish_jobs AS job
        WHERE writer_epoch = 2 AND completed_at IS NULL AND state IN ('pending', 'failed', 'in_progress')
            AND (lease_expires_at IS NULL OR lease_expires_at <= NOW())
            AND EXISTS (
                SELECT 1 FROM account_links AS link
                WHERE link.nostr_pubkey = job.nostr_pubkey AND link.did IS NOT NULL
                    AND (link.provisioning_state = 'ready' AND link.disabled_at IS NULL AND link.crosspost_enabled
                        OR link.provisioning_state <> 'pending' AND job.event_payload ->> 'kind' = '5'))
            AND NOT EXISTS (
                SELECT 1 FROM publish_jobs AS busy
                WHERE busy.nostr_pubkey = job.nostr_pubkey AND busy.nostr_event_id <> job.nostr_event_id
                    AND busy.state = 'in_progress' AND busy.lease_expires_at > NOW())
        ORDER BY job_source DESC, created_at, nostr_event_id LIMIT 1 FOR UPDATE SKIP LOCKED)
    UPDATE publish_jobs AS job
    SET state = 'in_progress', attempt = attempt + 1, error = NULL, lease_owner = %s,
        lease_expires_at = NOW() + make_interval(secs => %s), updated_at = NOW()
    FROM due WHERE job.nostr_event_id = due.nostr_event_id
    RETURNING job.nostr_event_id, nostr_pubkey, event_payload, attempt, reserved_rkey, prepared_record, video_job,
        extract(epoch FROM NOW() - created_at)::float AS age
"""
_HELD: LiteralString = "WHERE nostr_event_id = %s AND lease_owner = %s AND state = 'in_progress'"
_BEAT: LiteralString = f"UPDATE publish_jobs SET lease_expires_at = NOW() + make_interval(secs => %s), updated_at = NOW() {_HELD}"
_RESERVE: LiteralString = (
    "UPDATE publish_jobs SET reserved_rkey = COALESCE(reserved_rkey, %s), updated_at = NOW()"
    f" {_HELD} RETURNING reserved_rkey"
)
_PREPARE: LiteralString = (
    "UPDATE publish_jobs SET prepared_record = COALESCE(prepared_record, %s), updated_at = NOW()"
    f" {_HELD} RETURNING prepared_record"
)
_UNPREPARE: LiteralString = (
    f"UPDATE publish_jobs SET prepared_record = NULL, video_job = '', updated_at = NOW() {_HELD}"
)
_REMEMBER: LiteralString = f"UPDATE publish_jobs SET video_job = %s, updated_at = NOW() {_HELD}"
_GIVE_BACK: LiteralString = (
    "UPDATE publish_jobs SET lease_expires_at = NOW(), updated_at = NOW()"
    " WHERE lease_owner = %s AND state = 'in_progress' AND completed_at IS NULL"
)
_END: LiteralString = (
    "UPDATE publish_jobs SET state = %s, error = %s, completed_at = NOW(), lease_owner = NULL,"
    f" lease_expires_at = NULL, updated_at = NOW() {_HELD}"
)
_AGAIN: LiteralString = (
    "UPDATE publish_jobs SET state = %s, error = %s, attempt = attempt - %s, lease_owner = NULL,"
    f" lease_expires_at = NOW() + make_interval(secs => %s), updated_at = NOW() {_HELD}"
)
_STATE: LiteralString = "SELECT state FROM publish_jobs WHERE nostr_event_id = %s"
_LET_GO: LiteralString = (
    "UPDATE publish_jobs SET lease_owner = NULL, lease_expires_at = NULL, updated_at = NOW()"
    " WHERE nostr_event_id = %s AND lease_owner = %s AND state <> 'in_progress'"
)


@dataclass(frozen=True)
class Job:
    nostr_event_id: str
    nostr_pubkey: str
    event_payload: dict[str, Any]
    attempt: int
    """this run included"""
    reserved_rkey: str | None
    prepared_record: dict[str, Any] | None
    video_job: str | None
    """the video service's; empty: the video is uploaded as it is"""
    age: float
    """seconds since the event arrived"""


class Queue:
    """Seen by one worker, whose leases carry `owner`. What changes a job under it raises LeaseLost."""

    def __init__(self, pool: Pool, owner: str, lease_seconds: float) -> None:
        self._pool, self._owner, self._lease = pool, owner, lease_seconds

    async def claim(self) -> Job | None:
        """The next job that is due. One per account at a time, so that no account waits behind another's many."""
        async with (
            self._pool.connection() as connection,
            connection.cursor(row_factory=class_row(Job)) as cursor,
        ):
            await cursor.execute(_CLAIM, [self._owner, self._lease])
            return await cursor.fetchone()

    async def give_back(self) -> None:
        """What this worker still holds without working on it: its claim, or its end, was done and not confirmed."""
        async with self._pool.connection() as connection:
            await connection.execute(_GIVE_BACK, [self._owner])

    async def beat(self, job: Job) -> None:
        await self._change(_BEAT, job, self._lease)

    async def reserve(self, job: Job, rkey: str) -> str:
        """The job's record key, from the first time on always the same."""
        return str(await self._value(_RESERVE, job, rkey))

    async def prepare(self, job: Job, record: dict[str, Any]) -> dict[str, Any]:
        """The job's record, from the first time on always the same."""
        found = await self._value(_PREPARE, job, Jsonb(record))
        assert isinstance(found, dict)
        return found

    async def unprepare(self, job: Job) -> None:
        """The record cannot be used: its blob is gone. Its video is uploaded as it is."""
        await self._change(_UNPREPARE, job)

    async def remember(self, job: Job, video_job: str | None) -> None:
        """The video service's job, for whoever runs this one next."""
        await self._change(_REMEMBER, job, video_job)

    async def end(self, connection: Connection, job: Job, state: str, reason: str | None) -> None:
        """Over for good, within the caller's transaction."""
        await self._run(connection, _END, [state, reason], job)

    async def fail(self, job: Job, reason: str) -> None:
        async with self._pool.connection() as connection:
            await self.end(connection, job, "failed", reason)

    async def again(self, job: Job, reason: str, seconds: float, *, counts: bool = True) -> None:
        """Failed; due again after `seconds`. Costs an attempt if it `counts`."""
        await self._change(_AGAIN, job, "failed", reason, 0 if counts else 1, seconds)

    async def postpone(self, job: Job, reason: str | None, seconds: float) -> None:
        """Not failed, only not now: costs no attempt."""
        await self._change(_AGAIN, job, "pending", reason, 1, seconds)

    async def is_withdrawn(self, job: Job) -> bool:
        async with self._pool.connection() as connection:
            found = await connection.execute(_STATE, [job.nostr_event_id])
            return await found.fetchone() == ("skipped",)

    async def let_go(self, job: Job) -> None:
        """Drop the lease of a job that was withdrawn under this worker."""
        async with self._pool.connection() as connection:
            await connection.execute(_LET_GO, [job.nostr_event_id, self._owner])

    async def _change(self, statement: LiteralString, job: Job, *values: object) -> None:
        async with self._pool.connection() as connection:
            await self._run(connection, statement, list(values), job)

    async def _run(
        self, connection: Connection, statement: LiteralString, values: list[object], job: Job
    ) -> None:
        done = await connection.execute(statement, [*values, job.nostr_event_id, self._owner])
        if done.rowcount != 1:
            raise LeaseLost(f"the lease on {job.nostr_event_id} is lost")

    async def _value(self, statement: LiteralString, job: Job, value: object) -> object:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(statement, [value, job.nostr_event_id, self._owner])
            row = await cursor.fetchone()
        if row is None:
            raise LeaseLost(f"the lease on {job.nostr_event_id} is lost")
        return row[0]
