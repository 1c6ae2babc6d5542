"""The clock that every fake of a network has: one route, the same for all, for the holder of the token."""

import re
import time
import tomllib
from pathlib import Path

import httpx
import pytest

from fakes.serve import FAKES, load
from fakes.settings import Clock, Settings

pytestmark = pytest.mark.anyio

HOUR = 3600
ROOT = Path(__file__).parents[3]
PLACEHOLDER = re.compile(r"\{[^}]*\}")
TOKEN = {"X-Localnet-Token": "t"}


def caller(fake: str, clock: Clock) -> httpx.AsyncClient:
    described = tomllib.loads((ROOT / "localnet" / "services" / f"{fake}.toml").read_text())
    options = {
        key: PLACEHOLDER.sub(lambda found: "http://o.test" if found[0].endswith("url}") else "test", value)
        for key, value in described.get("options", {}).items()
    }
    app = load(fake, Settings(fake, options, "t", clock))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://fake.test")


@pytest.mark.parametrize("fake", FAKES)
async def test_every_fake_has_the_clock_of_its_network(fake: str) -> None:
    clock = Clock()
    async with caller(fake, clock) as http:
        now = time.time()
        moved = await http.put(
            "/_control/clock", json={"real": now, "shown": now + HOUR, "rate": 1}, headers=TOKEN
        )

        asked = await http.get("/_control/clock", headers=TOKEN)

    assert moved.status_code == asked.status_code == 200
    assert clock.now() - time.time() == pytest.approx(HOUR, abs=60)
    assert asked.json()["shown"] == pytest.approx(now + HOUR, abs=60)


@pytest.mark.parametrize("fake", FAKES)
@pytest.mark.parametrize("headers", [{}, {"X-Localnet-Token": "guess"}, {"X-Localnet-Token": ""}])
async def test_without_the_token_it_is_not_there(fake: str, headers: dict[str, str]) -> None:
    clock = Clock()
    async with caller(fake, clock) as http:
        refused = await http.put("/_control/clock", json={"real": 0, "shown": 0, "rate": 0}, headers=headers)
        unknown = await http.put("/_control/other", json={})

    assert refused.status_code == unknown.status_code == 404
    assert refused.text.replace("clock", "other") == unknown.text
    assert clock.now() == pytest.approx(time.time(), abs=60)


async def test_half_a_reading_is_refused() -> None:
    async with caller("relay", Clock()) as http:
        answer = await http.put("/_control/clock", json={"real": 0, "rate": 1}, headers=TOKEN)

    assert answer.status_code == 400
    assert "shown" in answer.text


def test_no_fake_takes_the_time_from_elsewhere() -> None:
    """How long something took may be measured (`monotonic`): a pause of a client, the age of an entry in a cache."""
    lines = [
        (path.name, line.strip())
        for path in (ROOT / "fakes").rglob("*.py")
        for line in path.read_text().splitlines()
    ]
    askers = {
        name
        for name, line in lines
        if (line.startswith(("import time", "from time import")) and line != "from time import monotonic")
        or "datetime.now(" in line
    }

    assert askers == {"settings.py"}
