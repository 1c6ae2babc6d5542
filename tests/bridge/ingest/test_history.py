"""Everything stored since a time is read, against an obvious relay that cuts every answer short."""

import random
from collections.abc import Mapping
from typing import Any

import pytest

from bridge.ingest.history import stored_since

pytestmark = pytest.mark.anyio
Stored = list[dict[str, Any]]


class CuttingRelay:
    """Answers as NIP-01 says, the newest first, never more than `most`."""

    def __init__(self, events: Stored, most: int) -> None:
        self._events = sorted(events, key=lambda event: (-event["created_at"], event["id"]))
        self._most = most
        self.asked = 0

    async def page(self, wanted: Mapping[str, Any]) -> list[object]:
        self.asked += 1
        found = [
            event
            for event in self._events
            if wanted["since"] <= event["created_at"] <= wanted.get("until", event["created_at"])
            and event["pubkey"] in wanted.get("authors", [event["pubkey"]])
        ]
        return list(found[: min(self._most, wanted["limit"])])


def events(times: list[int], authors: int = 1) -> Stored:
    return [{"id": n, "created_at": at, "pubkey": f"author{n % authors}"} for n, at in enumerate(times)]


async def read(relay: CuttingRelay, since: int, authors: int = 1) -> set[int]:
    async def linked() -> list[str]:
        return [f"author{n}" for n in range(authors)]

    pages = [page async for page in stored_since(relay.page, [1], since, linked)]
    return {event["id"] for page in pages for event in page if isinstance(event, dict)}


WORLDS: dict[str, tuple[Stored, int]] = {
    "nothing": ([], 50),
    "one event": (events([10]), 50),
    "one second that fits": (events([10] * 19), 50),
    "exactly one page": (events(list(range(10, 60))), 50),
    "many pages": (events(list(range(10, 1000))), 50),
    "pages that end inside a second": (events([at // 7 for at in range(70, 1000)]), 50),
    "one second of many authors beyond any page": (events([10] * 400 + [9] * 3, authors=40), 50),
    "two overflowing seconds in a row": (events([10] * 90 + [11] * 90, authors=30), 25),
}


@pytest.mark.parametrize(("stored", "most"), WORLDS.values(), ids=WORLDS)
async def test_everything_is_read(stored: Stored, most: int) -> None:
    relay = CuttingRelay(stored, most)

    found = await read(relay, 0, authors=40)

    assert found == {event["id"] for event in stored}


@pytest.mark.parametrize("seed", range(30))
async def test_everything_is_read_of_worlds_nobody_thought_of(seed: int) -> None:
    chance = random.Random(seed)
    span = chance.choice([3, 40, 4000])
    stored = events([chance.randrange(span) for _ in range(chance.randrange(600))], authors=60)
    since = chance.randrange(span)

    found = await read(CuttingRelay(stored, chance.choice([20, 33, 500])), since, authors=60)

    assert found >= {event["id"] for event in stored if event["created_at"] >= since}


async def test_a_quiet_relay_is_asked_a_few_times_only() -> None:
    relay = CuttingRelay(events([10, 11, 12]), 500)

    await read(relay, 5)

    assert relay.asked <= 3


async def test_answers_without_a_single_readable_time_end_the_reading() -> None:
    async def page(_: Mapping[str, object]) -> list[object]:
        return ["garbage", {"created_at": "soon"}]

    async def nobody() -> list[str]:
        return []

    assert [found async for found in stored_since(page, [1], 0, nobody)] == [
        ["garbage", {"created_at": "soon"}]
    ]
