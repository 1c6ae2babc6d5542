"""The bridge's lifecycle API as keycast calls it: opt in, disable, enable,
status.

Answers become values of the domain; what a status code means for a promise is for the person's verbs to
say.
"""

from dataclasses import dataclass
from typing import Any

from localnet.network.view import View
from localnet.world.doors import Answer, Door, Unreachable
from localnet.world.promises import BrokenPromise

ROUTES = "/api/account-links"


@dataclass(frozen=True)
class Link:
    """What the bridge says about a person's account. A person it does not know is `missing`."""

    state: str
    """missing | pending | ready | failed | disabled"""
    did: str | None = None
    handle: str | None = None
    crossposts: bool = False
    error: str | None = None

    @property
    def is_ready(self) -> bool:
        return self.state == "ready" and self.did is not None


@dataclass(frozen=True)
class Told:
    status: str
    """not_applicable | queued | publishing | published | removed | retrying | failed"""
    reason: str | None = None
    """of a failure: quota | unsupported | internal"""


@dataclass(frozen=True)
class Reply:
    """The bridge's reply to a request: what it made of it, or the refusal."""

    link: Link | None
    refusal: str | None
    is_clean: bool = True
    """a refusal says that the request cannot be granted; a crash (5xx) is none"""


class Lifecycle:
    def __init__(self, network: View, service: str) -> None:
        self._door = Door(
            service,
            network.url(service),
            {"Authorization": f"Bearer {network.export(service, 'token')}"},
        )

    def opt_in(self, pubkey: str, handle: str, crosspost_enabled: bool | None) -> Reply:
        wish: dict[str, Any] = {"nostr_pubkey": pubkey, "handle": handle}
        if crosspost_enabled is not None:
            wish["crosspost_enabled"] = crosspost_enabled
        return self._reply(lambda: self._door.post(f"{ROUTES}/opt-in", wish))

    def disable(self, pubkey: str) -> Reply:
        return self._reply(lambda: self._door.post(f"{ROUTES}/{pubkey}/disable", {}))

    def enable(self, pubkey: str) -> Reply:
        return self._reply(lambda: self._door.post(f"{ROUTES}/{pubkey}/enable", {}))

    def status(self, pubkey: str) -> Link:
        """Raises BrokenPromise when the bridge cannot say."""
        try:
            answer = self._door.get(f"{ROUTES}/{pubkey}/status")
        except Unreachable as silence:
            raise BrokenPromise("bridge-starts", silence.message, (pubkey,)) from silence
        if answer.status == 404:
            return Link("missing")
        if not answer.is_good:
            raise BrokenPromise(
                "bridge-starts", f"asked for a person's status it answered {answer}", (pubkey,)
            )
        return _link(answer.json())

    def told_of(self, pubkey: str, event: str) -> Told:
        """What the bridge tells a person about one of their videos."""
        answer = self._door.post(f"{ROUTES}/{pubkey}/crosspost-status", {"nostr_event_ids": [event]})
        if not answer.is_good:
            raise BrokenPromise(
                "bridge-starts", f"asked what became of a video it answered {answer}", (event,)
            )
        [video] = answer.json()["videos"]
        return Told(video["status"], video.get("failure", {}).get("reason"))

    def _reply(self, ask: Any) -> Reply:
        try:
            answer: Answer = ask()
        except Unreachable as silence:
            return Reply(None, silence.message, is_clean=False)
        if answer.is_good:
            return Reply(_link(answer.json()), None)
        return Reply(None, str(answer), is_clean=answer.status < 500)


def _link(document: dict[str, Any]) -> Link:
    return Link(
        state=document["provisioning_state"],
        did=document["did"],
        handle=document["handle"],
        crossposts=bool(document["crosspost_enabled"]),
        error=document["provisioning_error"],
    )
