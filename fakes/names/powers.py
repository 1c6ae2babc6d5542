"""What the name service can be asked to do: fail, or let its router lag behind what it accepted.

Answers that are lost or late are faults of the wire.
"""

from collections.abc import Mapping

from fakes.powers import Kind

STALE = "stale"
BROKEN = "broken"
UNAUTHORIZED = "unauthorized"

KINDS: Mapping[str, Kind] = {
    STALE: Kind("accepts a name's identity, and resolves it as before until the power is withdrawn"),
    BROKEN: Kind("answers a sync of a name with 500"),
    UNAUTHORIZED: Kind("does not accept the sync token"),
}
