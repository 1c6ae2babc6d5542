"""The relay's REST view of its videos, `GET /api/videos/events`: pages of a product, not the whole truth.

Like the service it stands for, it shows only video kinds, pages by whole seconds with `before` exclusive, and
so loses whatever shares the last second of a page. `trending` has nothing to rank by here: it means `recent`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from fakes.nostr.filters import Filter
from fakes.relay.store import Store

VIDEO_KINDS = frozenset({34235, 34236})
SORTS = frozenset({"recent", "trending"})
DEFAULT_LIMIT = 50
LARGEST_LIMIT = 100


@dataclass(frozen=True)
class Query:
    kinds: frozenset[int] = VIDEO_KINDS
    limit: int = DEFAULT_LIMIT
    before: int | None = None

    @classmethod
    def parse(cls, parameters: Mapping[str, str]) -> "Query":
        """From the query string; ValueError. A kind that is no video is a fair question without answers."""
        if parameters.get("sort", "recent") not in SORTS:
            raise ValueError("sort must be recent or trending")
        kind = _number(parameters, "kind")
        limit = _number(parameters, "limit")
        if limit is not None and not 1 <= limit <= LARGEST_LIMIT:
            raise ValueError(f"limit must be between 1 and {LARGEST_LIMIT}")
        kinds = VIDEO_KINDS if kind is None else VIDEO_KINDS & {kind}
        return cls(kinds, DEFAULT_LIMIT if limit is None else limit, _number(parameters, "before"))


def page(store: Store, query: Query, hidden: Collection[str] = frozenset()) -> dict[str, Any]:
    until = None if query.before is None else query.before - 1
    wanted = Filter(kinds=query.kinds, until=until, limit=query.limit + 1)
    found = store.query([wanted], query.limit + 1, hidden)
    shown = found[: query.limit]
    more = len(found) > len(shown)
    return {
        "videos": [{"event": event.to_json()} for event in shown],
        "next_cursor": shown[-1].created_at if more else None,
        "has_more": more,
    }


def _number(parameters: Mapping[str, str], name: str) -> int | None:
    text = parameters.get(name)
    if text is None:
        return None
    if not text.isdecimal():
        raise ValueError(f"{name} must be a non-negative integer")
    return int(text)
