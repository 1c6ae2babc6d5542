"""Jobs carried out: each waits on the network's clock until it is due, then its film is stored on the PDS with its uploader's token."""

import asyncio
from dataclasses import dataclass

from fakes.settings import Clock
from fakes.video.jobs import Failure, Job, Jobs, is_video, transcoded
from fakes.video.routes.upstream import Upstream, UpstreamError

LOOK = 0.05
"""seconds after which the clock is looked at again: somebody may have moved it"""
BROKEN = "video processing error for job: {}"


@dataclass(frozen=True)
class Plan:
    """How a job is going to end, decided when it is made."""

    failure: Failure | None = None
    names_blob: bool = True


class Work:
    def __init__(self, jobs: Jobs, upstream: Upstream, clock: Clock) -> None:
        self._jobs, self._upstream, self._clock = jobs, upstream, clock
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, job: Job, data: bytes, token: str, plan: Plan) -> None:
        task = asyncio.create_task(self._run(job, data, token, plan))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        for task in (running := list(self._tasks)):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _run(self, job: Job, data: bytes, token: str, plan: Plan) -> None:
        while self._clock.now() < job.due:
            await asyncio.sleep(min(LOOK, max(job.due - self._clock.now(), 0.001)))
        if plan.failure is not None:
            self._jobs.fail(job.id, plan.failure)
        elif not is_video(data):
            self._jobs.fail(job.id, Failure(BROKEN.format(job.id), "Failed to process video"))
        else:
            await self._store(job, data, token, plan)

    async def _store(self, job: Job, data: bytes, token: str, plan: Plan) -> None:
        try:
            blob = await self._upstream.store(transcoded(data), token)
        except UpstreamError as error:
            self._jobs.fail(job.id, Failure(BROKEN.format(job.id), f"Failed to store video: {error}"))
        else:
            self._jobs.complete(job.id, blob if plan.names_blob else None)
