"""What the video service can be asked to do as the real one does on a bad day, or as it was seen to answer before.

`on` is a DID. Connections that break and answers that are lost are not here: they are faults of the wire.
"""

from collections.abc import Mapping

from fakes.powers import Kind

SLOW = "slow"
FAILS = "fails"
NO_BLOB = "no-blob"
OVER_QUOTA = "over-quota"
KNOWN = "known"
WRAPS = "wraps"
FORGETS = "forgets"

KINDS: Mapping[str, Kind] = {
    SLOW: Kind("takes its time with a DID's videos", {"seconds": 3600.0}),
    FAILS: Kind(
        "cannot process a DID's videos",
        {"error": "video processing error", "message": "Failed to process video", "blob": None},
    ),
    NO_BLOB: Kind("completes a DID's jobs and names no blob"),
    OVER_QUOTA: Kind(
        "says that a DID has used up its day: as the `error`, in the `message`, or by a `job`",
        {"by": "error"},
    ),
    KNOWN: Kind(
        "says that it has processed these bytes before: with a `blob`, a `job`, or `nothing`",
        {"by": "job", "blob": None},
    ),
    WRAPS: Kind("answers uploads as the lexicon has it, inside `jobStatus`"),
    FORGETS: Kind("does not know a DID's jobs any more"),
}
