"""All stored events since a time, though a relay gives only so many at once, the newest first.

Pages go backwards in time. The oldest second of a page may be cut, so the next page begins with it; where a
page holds nothing but one second and looks cut, that second is asked for by author. No socket is known here.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

Page = Callable[[Mapping[str, object]], Awaitable[list[object]]]
Authors = Callable[[], Awaitable[list[str]]]

PAGE = 500
_SMALLEST_CUT = 20  # no relay cuts pages shorter than this


async def stored_since(
    page: Page, kinds: Sequence[int], since: int, authors: Authors
) -> AsyncIterator[list[object]]:
    """Pages of decoded events until there are no older ones; some events come twice.

    `authors` are those whose events matter, asked only if one second overflows.
    """
    base = {"kinds": list(kinds), "since": since, "limit": PAGE}
    until: int | None = None
    fullest = _SMALLEST_CUT
    while until is None or until >= since:
        found = await page(base if until is None else {**base, "until": until})
        if not found:
            return
        yield found
        fullest = max(fullest, len(found))
        oldest = min(_times(found), default=None)
        if oldest is not None and (until is None or oldest < until):
            until = oldest
            continue
        if until is None:
            return
        if len(found) == fullest:
            second = {"kinds": list(kinds), "since": until, "until": until, "limit": PAGE}
            async for part in _second(page, second, await authors(), fullest):
                yield part
        until -= 1


async def _second(
    page: Page, second: Mapping[str, object], authors: list[str], fullest: int
) -> AsyncIterator[list[object]]:
    """One second's events of these authors, halving their number until no answer looks cut."""
    if not authors:
        return
    found = await page({**second, "authors": authors})
    if len(found) < fullest or len(authors) == 1:
        yield found
        return
    middle = len(authors) // 2
    for half in (authors[:middle], authors[middle:]):
        async for part in _second(page, second, half, fullest):
            yield part


def _times(events: Sequence[object]) -> list[int]:
    times = (event.get("created_at") for event in events if isinstance(event, dict))
    return [time for time in times if isinstance(time, int)]
