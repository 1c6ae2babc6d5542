"""Who owns which name, and the AT Protocol identity that is published under it.

Stands for the name server and for the router that answers at the names: what one writes, the other serves,
without the store between them, and with no delay unless a power wants it. Rules: the routes of divine-name-server
and divine-router.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from fakes.names.powers import KINDS, STALE
from fakes.powers import Powers

STATES = ("pending", "ready", "failed", "disabled")
SYSTEM_LABELS = frozenset(
    ["www", "api", "cdn", "admin", "support", "relay", "analytics", "blossom", "funnel", "stream", "media"]
).union(["gateway", "names", "login", "pds", "feed", "labeler", "invite"])
_NAME = re.compile(r"[a-z0-9-]{1,63}")


class Status(StrEnum):
    ACTIVE = "active"
    REVOKED = "revoked"


@dataclass(frozen=True)
class Name:
    name: str
    pubkey: str
    status: Status = Status.ACTIVE
    did: str | None = None
    state: str | None = None


class InvalidError(ValueError):
    """The request itself is wrong; the text is the service's."""


class UnknownNameError(LookupError):
    """Nobody has ever claimed the name."""


class TakenError(ValueError):
    """Somebody else owns the name."""


class Registry:
    def __init__(self, powers: Powers | None = None) -> None:
        self.powers = Powers(KINDS) if powers is None else powers
        self._names: dict[str, Name] = {}
        self._as_routed: dict[str, Name] = {}
        """where the router lags behind: what it still has"""

    def claim(self, name: str, pubkey: str) -> Name:
        """Give a free or revoked name to a pubkey; the name it had before is revoked.

        As in the name server, the identity published under a revoked name stays, also for a new owner.
        """
        canonical = name.lower()
        if not _NAME.fullmatch(canonical):
            raise InvalidError("a name has 1 to 63 letters, digits or hyphens")
        current = self._names.get(canonical)
        if current is not None and current.status is Status.ACTIVE and current.pubkey != pubkey:
            raise TakenError(f"{canonical} is owned by {current.pubkey}")
        for owned in list(self._names.values()):
            if owned.pubkey == pubkey and owned.name != canonical:
                self._names[owned.name] = replace(owned, status=Status.REVOKED)
        kept = current or Name(canonical, pubkey)
        self._names[canonical] = replace(kept, pubkey=pubkey, status=Status.ACTIVE)
        return self._names[canonical]

    def publish(self, name: object, did: object, state: object) -> Name:
        """Set the identity of a name whoever owns it. The checks come in the order of the name server's."""
        if not name:
            raise InvalidError("Name is required")
        if did is not None and not (isinstance(did, str) and did.startswith("did:plc:")):
            raise InvalidError("atproto_did must be a did:plc: identifier")
        if state not in (*STATES, None):
            raise InvalidError("atproto_state must be one of: pending, ready, failed, disabled, or null")
        if not isinstance(name, str):
            raise TypeError("name is not a string")
        current = self._names.get(name.lower())
        if current is None:
            raise UnknownNameError("Username not found")
        published = replace(current, did=did, state=state if isinstance(state, str) else None)
        self._names[current.name] = published
        if self.powers.meets(STALE, current.name):
            self._as_routed.setdefault(current.name, current)
        return published

    def catch_up(self, name: str) -> None:
        """The router has what was accepted for the name; for all of them if it is empty."""
        for lagging in [name] if name else list(self._as_routed):
            self._as_routed.pop(lagging, None)

    def owner(self, name: str) -> str | None:
        """The pubkey that owns the name now."""
        found = self._names.get(name.lower())
        return found.pubkey if found is not None and found.status is Status.ACTIVE else None

    def did(self, name: str) -> str | None:
        """The DID that the name resolves to now: its owner's, once it is ready."""
        found = self._as_routed.get(name.lower()) or self._names.get(name.lower())
        resolves = found is not None and found.status is Status.ACTIVE and found.state == "ready"
        return found.did if found is not None and resolves else None


def label_of(host: str, domain: str) -> str | None:
    """The user's label in a Host header; None for the domain itself, its own services and anything else."""
    label, separator, rest = host.lower().partition(":")[0].partition(".")
    return label if separator and rest == domain.lower() and label not in SYSTEM_LABELS else None
