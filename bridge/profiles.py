"""The profile record that an account begins with: services that process videos turn accounts without one away."""

from bridge.clients.pds import PdsClient
from bridge.sessions import Sessions

PROFILE, SELF = "app.bsky.actor.profile", "self"


async def introduce(pds: PdsClient, sessions: Sessions, did: str, handle: str) -> None:
    """Nothing where there is a profile already."""
    if await pds.get_record(None, did, PROFILE, SELF) is not None:
        return
    profile = {"$type": PROFILE, "displayName": handle.split(".", 1)[0]}
    await sessions.call(did, lambda token: pds.put_record(token, did, PROFILE, SELF, profile))
