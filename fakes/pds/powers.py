"""What may befall an account and its sessions at the PDS without its doing. Pure: time is an argument.

`met` counts the calls that were refused for it. Broken and lost answers are faults of the wire.
"""

from collections.abc import Mapping

from fakes.pds import standing
from fakes.pds.errors import InvalidRequestError, PdsError
from fakes.pds.limits import RateLimitError, exhausted
from fakes.pds.server import Pds
from fakes.powers import Kind, Power, Powers, UnknownPowerError

EXPIRED = "expired"
REVOKED = "revoked"
EXPIRES_AT = "expires-at"
TAKEN_DOWN = "taken-down"
DEACTIVATED = "deactivated"
LIMITED = "limited"

KINDS: Mapping[str, Kind] = {
    EXPIRED: Kind("an account's access tokens have expired, its refresh tokens have not"),
    REVOKED: Kind("an account's sessions are over; its password still is good"),
    EXPIRES_AT: Kind(
        "an account's access tokens expire when it next calls `method`",
        {"method": "com.atproto.repo.createRecord"},
    ),
    TAKEN_DOWN: Kind("an account is taken down until the power is withdrawn"),
    DEACTIVATED: Kind("an account is deactivated until the power is withdrawn"),
    LIMITED: Kind(
        "an account's calls (of `method`, if given) have used up their limit, from the next one on for so many `seconds`",
        {"method": "", "seconds": 60},
    ),
}

_MET_BY_CASE = {
    "expired token": (EXPIRED, REVOKED),
    "revoked token": (REVOKED,),
    "account taken down": (TAKEN_DOWN,),
    "account deactivated": (DEACTIVATED,),
}


def granted(pds: Pds, power: Power, at: float) -> None:
    try:
        _begin(pds, power, at)
    except InvalidRequestError as error:
        raise UnknownPowerError(f"{power.name} on {power.on}: {error.message}") from None


def withdrawn(pds: Pds, power: Power, at: float) -> None:
    if pds.accounts.get(power.on) is None:
        return
    if power.name == TAKEN_DOWN:
        standing.take_down(pds, power.on, False, None, at)
    elif power.name == DEACTIVATED:
        standing.activate(pds, power.on, at)


def interrupts(powers: Powers, did: str, nsid: str) -> bool:
    """Whether the caller's access tokens expire with this call."""
    return powers.meets(EXPIRES_AT, did, where=lambda power: power.settings["method"] == nsid) is not None


def limit(powers: Powers, did: str, nsid: str, at: float) -> RateLimitError | None:
    """How a call is refused that comes too often. The wait is told in whole seconds, so less than one is none."""

    def resets_at(power: Power) -> float:
        return float(power.settings.get("until", at + power.settings["seconds"]))

    def applies(power: Power) -> bool:
        return resets_at(power) - at >= 1 and power.settings["method"] in ("", nsid)

    power = powers.meets(LIMITED, did, where=applies)
    if power is None:
        return None
    power.settings = {**power.settings, "until": resets_at(power)}
    return exhausted(nsid, resets_at(power))


def note(powers: Powers, error: PdsError) -> None:
    """Count a refusal for the power that it is owed to."""
    if error.about is not None:
        any(powers.meets(name, error.about) for name in _MET_BY_CASE.get(error.case or "", ()))


def _begin(pds: Pds, power: Power, at: float) -> None:
    if power.name in (EXPIRED, REVOKED):
        pds.tokens.expire(power.on)
    if power.name == REVOKED:
        pds.sessions.revoke_all(power.on)
    if power.name == TAKEN_DOWN:
        standing.take_down(pds, power.on, True, None, at)
    if power.name == DEACTIVATED:
        standing.deactivate(pds, power.on, None, at)
