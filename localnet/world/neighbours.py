"""The services around the bridge as a person's app uses them: keycast and the name server, the media server,
the relay.

Not the bridge (`lifecycle`) and not the follower's side (`reader`). Here a refusal is never the bridge's
fault, so it ends the scenario undecided.
"""

import json
from typing import Any

from fakes.nostr.events import Event
from localnet.errors import UndecidedError
from localnet.network.view import View
from localnet.world.doors import TIMEOUT, Answer, Door
from localnet.world.events import StoredFilm
from localnet.world.films import MIME

CONTROL_HEADER = "X-Localnet-Token"


class Neighbours:
    def __init__(self, network: View) -> None:
        control = {CONTROL_HEADER: network.token}
        self._keycast = Door("keycast", network.url("keycast"), control)
        self._names = Door("names", network.url("names"), control)
        self._media = Door("media", network.url("media"))
        self._relay = network.url("relay").replace("http://", "ws://", 1)

    def register(self, pubkey: str, name: str) -> None:
        """What signing up does: keycast knows the user, the name server gives them the name."""
        _good(
            self._keycast.post("/_control/users", {"pubkey": pubkey, "username": name}), "sign up at keycast"
        )
        _good(self._names.post("/_control/names", {"name": name, "pubkey": pubkey}), f"claim the name {name}")

    def resolves(self, handle: str) -> str | None:
        """The DID the name server gives for a handle."""
        answer = self._names.get("/.well-known/atproto-did", {"Host": handle})
        return answer.body.decode().strip() if answer.is_good else None

    def store(self, file: bytes, permit: str, mime: str = MIME) -> StoredFilm:
        answer = self._media.put("/upload", file, {"Authorization": permit, "Content-Type": mime})
        descriptor: dict[str, Any] = _good(answer, "store a file").json()
        return StoredFilm(descriptor["url"], descriptor["sha256"], int(descriptor["size"]))

    def publish(self, event: Event) -> None:
        """Hand the event to the relay and wait until it is taken."""
        from websockets.exceptions import WebSocketException
        from websockets.sync.client import connect

        try:
            with connect(self._relay, proxy=None, open_timeout=TIMEOUT, close_timeout=TIMEOUT) as relay:
                relay.send(json.dumps(["EVENT", event.to_json()]))
                while (answer := json.loads(relay.recv(timeout=TIMEOUT)))[:2] != ["OK", event.id]:
                    pass
        except (OSError, WebSocketException) as error:
            raise UndecidedError(
                f"the relay did not take event {event.id}: {type(error).__name__}: {error}",
                "see `localnet logs relay`",
            ) from error
        if not answer[2]:
            raise UndecidedError(
                f"the relay refused event {event.id}: {answer[3]}", "see `localnet logs relay`"
            )


def _good(answer: Answer, doing: str) -> Answer:
    if not answer.is_good:
        raise UndecidedError(f"could not {doing}: {answer}", "see `localnet trace` for the hop")
    return answer
