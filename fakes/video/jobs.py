"""Jobs: their states, the cache of what was processed before, and what a DID may upload in a day. Pure: time is an argument.

The names of the states on the way are the service's own affair (the lexicon app.bsky.video.defs#jobStatus knows only the two last
ones); these are the ones clients have seen.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

DAY = 86_400
LARGEST = 100_000_000
LETTERS = "0123456789abcdefghijklmnopqrstuv"
BRAND = slice(4, 8)

Json = Mapping[str, Any]


class State(StrEnum):
    CREATED = "JOB_STATE_CREATED"
    ENCODING = "JOB_STATE_ENCODING"
    SCANNING = "JOB_STATE_SCANNING"
    COMPLETED = "JOB_STATE_COMPLETED"
    FAILED = "JOB_STATE_FAILED"


ON_THE_WAY = ((0.1, State.CREATED), (0.8, State.ENCODING))
"""up to which part of its time a job is in a state; afterwards it is scanned"""


class LegalMoveError(RuntimeError):
    """A job that has ended cannot end again."""


@dataclass(frozen=True)
class Failure:
    error: str
    message: str
    blob: Json | None = None


@dataclass(frozen=True)
class Job:
    id: str
    did: str
    sha256: str
    created: float
    seconds: float
    end: State | None = None
    blob: Json | None = None
    failure: Failure | None = None

    @property
    def due(self) -> float:
        return self.created + self.seconds

    def state(self, at: float) -> State:
        if self.end is not None:
            return self.end
        part = self._part(at)
        return next((state for until, state in ON_THE_WAY if part < until), State.SCANNING)

    def status(self, at: float) -> dict[str, Any]:
        """As app.bsky.video.defs#jobStatus."""
        found: dict[str, Any] = {"jobId": self.id, "did": self.did, "state": self.state(at)}
        if self.end is None:
            found["progress"] = int(100 * self._part(at))
        if self.failure is not None:
            found |= {"error": self.failure.error, "message": self.failure.message}
        if self.blob is not None:
            found["blob"] = self.blob
        return found

    def _part(self, at: float) -> float:
        return min((at - self.created) / self.seconds, 0.99) if self.seconds else 0.99


class Jobs:
    def __init__(self, entropy: Callable[[int], bytes], daily_videos: int, seconds: float) -> None:
        self._entropy, self._daily, self._seconds = entropy, daily_videos, seconds
        self._jobs: dict[str, Job] = {}
        self._by_hash: dict[str, str] = {}
        self._uploads: Counter[tuple[str, int]] = Counter()

    def get(self, identifier: str) -> Job | None:
        return self._jobs.get(identifier)

    def known(self, sha256: str) -> Job | None:
        """The job of the same bytes, whoever uploaded them, unless it failed."""
        return self._jobs.get(self._by_hash.get(sha256, ""))

    def remaining(self, did: str, at: float) -> int:
        """Uploads left until midnight UTC."""
        return max(0, self._daily - self._uploads[did, int(at // DAY)])

    def create(self, did: str, sha256: str, at: float, seconds: float | None = None) -> Job:
        identifier = "".join(LETTERS[byte % 32] for byte in self._entropy(20))
        job = Job(identifier, did, sha256, at, self._seconds if seconds is None else seconds)
        self._uploads[did, int(at // DAY)] += 1
        self._jobs[identifier] = job
        self._by_hash[sha256] = identifier
        return job

    def complete(self, identifier: str, blob: Json | None) -> Job:
        return self._ended(identifier, State.COMPLETED, blob=blob)

    def fail(self, identifier: str, failure: Failure) -> Job:
        self._by_hash.pop(self._jobs[identifier].sha256, None)
        return self._ended(identifier, State.FAILED, blob=failure.blob, failure=failure)

    def _ended(self, identifier: str, state: State, **result: Any) -> Job:
        job = self._jobs[identifier]
        if job.end is not None:
            raise LegalMoveError(f"job {identifier} is {job.end} and cannot become {state}")
        self._jobs[identifier] = job = replace(job, end=state, **result)
        return job


def is_video(data: bytes) -> bool:
    return data[BRAND] == b"ftyp"


def transcoded(data: bytes) -> bytes:
    """Another file of the same film: a box that players skip stands for what an encoder would change."""
    content = b"transcoded"
    return data + (8 + len(content)).to_bytes(4) + b"free" + content
