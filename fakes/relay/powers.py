"""What the relay can be asked to do as relays on bad days do, or as those do that check nothing.

Each is something a client met on real relays. Connections that break, answers that wait and bytes that get lost
are not here: they are faults of the wire.
"""

from collections.abc import Mapping

from fakes.powers import Kind

HOLDS_BACK = "holds-back"
WEBSOCKET_ONLY = "websocket-only"
REST_ONLY = "rest-only"
ANY_DATE = "any-date"
STRAY = "stray"
REPEATS = "repeats"
OLDEST_FIRST = "oldest-first"
SILENT = "silent"
CLOSES = "closes"
CHALLENGES = "challenges"
BABBLES = "babbles"
HTML = "html"

KINDS: Mapping[str, Kind] = {
    HOLDS_BACK: Kind("takes a pubkey's events and shows them to nobody until each is delivered"),
    WEBSOCKET_ONLY: Kind("shows a pubkey's events over the WebSocket alone"),
    REST_ONLY: Kind("shows a pubkey's events in the REST view alone"),
    ANY_DATE: Kind("takes a pubkey's events whatever their date"),
    STRAY: Kind(
        "tells everybody of a document, be it an event or not, and again whoever asks", {"document": {}}
    ),
    REPEATS: Kind("sends each event twice"),
    OLDEST_FIRST: Kind("sends stored events in the wrong order"),
    SILENT: Kind("does not answer a subscription, and sends nothing for it"),
    CLOSES: Kind("closes a subscription at once", {"reason": "error: shutting down idle subscription"}),
    CHALLENGES: Kind("asks each client who connects to authenticate (NIP-42)"),
    BABBLES: Kind("says something before each answer to a subscription that is no message of a relay"),
    HTML: Kind("answers WebSocket and REST view with a web page, status 200"),
}
