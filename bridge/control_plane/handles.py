"""Which handles may be opted in with: one label of the bridge's own domain, in lower case.

How long a label may be and which are reserved is the PDS's to say. Syntax: the AT Protocol handle
specification.
"""

import re

from bridge.errors import Invalid

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_PUBKEY = re.compile(r"[0-9a-f]{64}")


def normal_handle(text: str, domain: str) -> str:
    """`Alice.Localnet.Test ` is `alice.localnet.test`. Invalid if it is not a name under `domain`."""
    handle = text.strip().lower()
    if not handle.endswith(f".{domain}"):
        raise Invalid(f"handle must end with .{domain}")
    label = handle.removesuffix(f".{domain}")
    if not label:
        raise Invalid("handle must include a username")
    if not _LABEL.fullmatch(label):
        raise Invalid(f"handle must have one label of letters, digits and hyphens before .{domain}")
    return handle


def checked_pubkey(text: str) -> str:
    if not _PUBKEY.fullmatch(text):
        raise Invalid("nostr_pubkey must be 64 lower-case hexadecimal digits")
    return text
