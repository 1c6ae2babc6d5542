"""For collections that hold one record per subject (follow, block, like, repost): which record that is.

A second record of the same subject replaces the first, in the same commit.
"""

from typing import Any

_SUBJECT_AT = {
    "app.bsky.graph.follow": ("subject",),
    "app.bsky.graph.block": ("subject",),
    "app.bsky.feed.like": ("subject", "uri"),
    "app.bsky.feed.repost": ("subject", "uri"),
}


class Subjects:
    def __init__(self) -> None:
        self._record: dict[tuple[str, str], str] = {}
        self._subject: dict[tuple[str, str], str] = {}

    def record_about(self, collection: str, record: Any) -> str | None:
        """The key of the record that the repository holds about this record's subject."""
        subject = _subject(collection, record)
        return None if subject is None else self._record.get((collection, subject))

    def put(self, collection: str, rkey: str, record: Any) -> None:
        self.drop(collection, rkey)
        subject = _subject(collection, record)
        if subject is not None:
            self._record[collection, subject] = rkey
            self._subject[collection, rkey] = subject

    def drop(self, collection: str, rkey: str) -> None:
        subject = self._subject.pop((collection, rkey), None)
        if subject is not None and self._record.get((collection, subject)) == rkey:
            del self._record[collection, subject]


def _subject(collection: str, record: Any) -> str | None:
    steps = _SUBJECT_AT.get(collection)
    if steps is None:
        return None
    for step in steps:
        record = record.get(step) if isinstance(record, dict) else None
    return record if isinstance(record, str) else None
