"""The moments of a story at which something can go wrong, in the words of the story: each is a hop, the same for every bridge."""

from dataclasses import dataclass

BRIDGE = "bridge"
"""the service that provisions and publishes, in every adapter; replicas are `bridge-2`, ..."""


@dataclass(frozen=True)
class Moment:
    name: str
    callee: str
    operation: str
    """how the journal's operation begins"""
    caller: str = BRIDGE + "*"

    @property
    def edge(self) -> str:
        return f"{self.caller}→{self.callee}"


REGISTERING_THE_DID = Moment("registering the DID", "plc", "POST /did:")
CREATING_THE_ACCOUNT = Moment("creating the account", "pds", "POST /xrpc/com.atproto.server.createAccount")
ACTIVATING_THE_ACCOUNT = Moment(
    "activating the account", "pds", "POST /xrpc/com.atproto.server.activateAccount"
)
TELLING_KEYCAST = Moment("telling keycast", "keycast", "POST /api/internal/atproto/state", caller="*")
TELLING_THE_NAME_SERVER = Moment(
    "telling the name server", "names", "POST /api/internal/username/", caller="*"
)
SUBSCRIBING = Moment("subscribing", "relay", "send REQ")
THE_END_OF_WHAT_IS_STORED = Moment("the end of what is stored", "relay", "recv EOSE")
FETCHING_THE_FILM = Moment("fetching the film", "media", "GET /", caller="public")
"""by the address that stands in the event, which is the same for everybody"""
HANDING_IN_THE_FILM = Moment("asking how the film gets on", "video", "GET /xrpc/app.bsky.video.getJobStatus")
STORING_THE_FILM = Moment("storing the film", "pds", "POST /xrpc/com.atproto.repo.uploadBlob")
WRITING_THE_POST = Moment("writing the post", "pds", "POST /xrpc/com.atproto.repo.createRecord")
COMMITTING = Moment("committing", "postgres", "COMMIT")
NOTING_SOMETHING_NEW = Moment("noting something new", "postgres", "INSERT")
NOTING_A_CHANGE = Moment("noting a change", "postgres", "UPDATE")
