"""From a kind 0 event to the account's app.bsky.actor.profile: what Nostr tells is taken over, what else stands there stays.

A picture that cannot be had leaves the one that is there, and the texts go out without it. Rules: NIP-01, NIP-24; the lexicon
app.bsky.actor.profile.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from bridge.clients.media import MediaClient
from bridge.clients.pds import PdsClient, RecordRef
from bridge.errors import BridgeError, Transient
from bridge.nostr.events import Event
from bridge.profiles import PROFILE, SELF
from bridge.publishing.errors import NothingToDo
from bridge.publishing.text import clean, fit
from bridge.publishing.translate import moment
from bridge.sessions import Sessions

log = logging.getLogger(__name__)

_TEXTS = {
    "displayName": (("display_name", "displayName", "name"), 64, 640),
    "description": (("about", "bio", "description"), 256, 2560),
}
_SITES = ("website", "url")
_PICTURES = {"avatar": ("picture", "image", "avatar"), "banner": ("banner",)}
_PATIENCE = 3
"""attempts for which pictures that may come later are waited for"""


def texts(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Fields of the record, as far as there is something to put into them."""
    for field, (names, graphemes, size) in _TEXTS.items():
        if text := _first(told, names):
            yield field, fit(text, graphemes, size)
    site = _first(told, _SITES) or ""
    if _is_url(site):
        yield "website", site


class Profiles:
    def __init__(self, pds: PdsClient, sessions: Sessions, media: MediaClient) -> None:
        self._pds, self._sessions, self._media = pds, sessions, media

    async def publish(self, event: Event, did: str, attempt: int) -> RecordRef:
        """Afterwards the profile is what the event says."""
        told = _told(event)
        there = await self._pds.get_record(None, did, PROFILE, SELF)
        known = there.value if there else {"$type": PROFILE, "createdAt": moment(event)}
        record = {
            name: value for name, value in known.items() if name not in (*_TEXTS, "website", *_PICTURES)
        }
        record |= dict(texts(told))
        for field, names in _PICTURES.items():
            if url := _first(told, names):
                blob = await self._picture(did, url, attempt) or known.get(field)
                record |= {field: blob} if blob else {}
        if there and record == there.value:
            return RecordRef(there.uri, there.cid or "")
        replaced = there.cid if there else None
        return await self._sessions.call(
            did, lambda token: self._pds.put_record(token, did, PROFILE, SELF, record, replaced)
        )

    async def _picture(self, did: str, url: str, attempt: int) -> dict[str, Any] | None:
        try:
            data, mime = await self._media.picture(url)
        except BridgeError as error:
            if isinstance(error, Transient) and attempt <= _PATIENCE:
                raise
            log.warning("a profile goes without its picture", extra={"did": did}, exc_info=error)
            return None
        return await self._sessions.call(did, lambda token: self._pds.upload_blob(token, data, mime))


def _told(event: Event) -> Mapping[str, Any]:
    try:
        told = json.loads(event.content)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise NothingToDo("the profile is not a JSON object")
    return told


def _first(told: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    values = (clean(value).strip() for name in names if isinstance(value := told.get(name), str))
    return next((value for value in values if value), None)


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and text.isascii() and " " not in text
