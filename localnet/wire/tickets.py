"""Who a request speaks for: the ids inside what a caller shows for authorization, which itself is not journalled.

JWTs carry DIDs in their claims (atproto.com/specs/xrpc, inter-service authentication); `Nostr` tickets are signed events (Blossom BUD-01,
NIP-98). Nothing is verified here.
"""

import base64
import binascii

from localnet.journal import ids
from localnet.wire.heads import Headers


def found_in(credentials: str) -> str:
    """The readable part of a JWT or a Nostr ticket."""
    scheme, _, ticket = credentials.partition(" ")
    encoded = ticket.split(".")[1] if ticket.count(".") == 2 else ticket if scheme == "Nostr" else ""
    try:
        return base64.urlsafe_b64decode(encoded.replace("+", "-").replace("/", "_") + "==").decode()
    except (binascii.Error, ValueError):
        return ""


def ids_of(headers: Headers) -> ids.Found:
    """DIDs and public keys. A ticket's own event id is left out: it is nobody's post."""
    credentials = next((value for name, value in headers if name == "authorization"), None)
    if not credentials or not (text := found_in(credentials)):
        return {}
    return {kind: values for kind, values in ids.find(text).items() if kind in ("did", "pubkey")}
