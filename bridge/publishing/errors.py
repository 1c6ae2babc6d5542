"""What can end a job early; a class is named for what the worker concludes.

BridgeError
├── Unpublishable    the event can never become a post: the job fails for good, once
├── Diverged         the reserved record key holds something else: never overwritten, fails for good
├── Missing          the media is not there: asked for a few more times, then given up
├── TranscodingFailed  the video service could not make a video of it: handed in a few more times
├── QuotaExhausted   the video service takes no more from this account today: waits, however often
├── NothingToDo      there is nothing to publish; the reason is kept
├── Postponed        another job has to end first; costs no attempt
└── LeaseLost        the job is somebody else's now: stop, and change nothing of it
"""

from bridge.errors import BridgeError


class Unpublishable(BridgeError):
    """The reason is in the event or its media. Readers of a job's status look for the word `unsupported`."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"unsupported: {reason}")


class Diverged(BridgeError):
    def __init__(self, uri: str, found: str) -> None:
        super().__init__(f"REMOTE_RECORD_DIVERGED: {uri} is not what this job prepared: {found}")


class Missing(BridgeError):
    """The media server answers that it has no such file; it may be about to."""


class TranscodingFailed(BridgeError):
    """Its reason is the video service's own."""


class QuotaExhausted(BridgeError):
    """Nobody's fault."""


class NothingToDo(BridgeError):
    """The job is over without a post."""


class Postponed(BridgeError):
    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.seconds = seconds


class LeaseLost(BridgeError):
    """Lease expired and taken over, or the event was withdrawn meanwhile."""
