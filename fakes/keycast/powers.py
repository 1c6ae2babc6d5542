"""What keycast can be asked to answer to a sync: that it is broken, or knows neither the token nor the user."""

from collections.abc import Mapping

from fakes.powers import Kind

BROKEN = "broken"
UNAUTHORIZED = "unauthorized"
UNKNOWN = "unknown"

KINDS: Mapping[str, Kind] = {
    BROKEN: Kind("answers a sync of a user with 500"),
    UNAUTHORIZED: Kind("does not accept the sync token"),
    UNKNOWN: Kind("says that it knows no such user (404)"),
}
