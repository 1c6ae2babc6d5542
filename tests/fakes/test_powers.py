"""Powers: granted by name, met as often as they were asked for, listed, taken back; and never by whoever lacks the token."""

import httpx
import pytest
from fastapi import FastAPI

from fakes.control import power_routes
from fakes.powers import Kind, Power, Powers, UnknownPowerError

pytestmark = pytest.mark.anyio

KINDS = {"rains": Kind("it rains", {"inches": 1}), "snows": Kind("it snows")}
TOKEN = {"X-Localnet-Token": "secret"}


def test_a_power_is_met_as_often_as_it_was_granted_for() -> None:
    powers = Powers(KINDS)
    power = powers.grant("rains", times=2)

    assert [powers.meets("rains") for _ in range(3)] == [power, power, None]
    assert (power.met, power.is_spent) == (2, True)


def test_a_power_without_a_number_lasts_until_it_is_withdrawn() -> None:
    powers = Powers(KINDS)
    power = powers.grant("rains")

    assert all(powers.meets("rains") for _ in range(5))
    assert powers.withdraw(power.id) is power
    assert powers.meets("rains") is None
    assert powers.withdraw(power.id) is None


def test_a_power_on_one_subject_leaves_the_others_alone() -> None:
    powers = Powers(KINDS)
    powers.grant("rains", on="here")

    assert powers.meets("rains", "there") is None
    assert powers.meets("snows", "here") is None
    assert powers.meets("rains", "there", "here")


def test_a_setting_has_its_default_unless_it_is_chosen() -> None:
    powers = Powers(KINDS)

    assert powers.grant("rains").settings == {"inches": 1}
    assert powers.grant("rains", settings={"inches": 3}).settings == {"inches": 3}


@pytest.mark.parametrize(("name", "settings"), [("hails", {}), ("rains", {"feet": 1})])
def test_what_a_fake_cannot_do_is_refused_naming_what_it_can(name: str, settings: dict[str, int]) -> None:
    with pytest.raises(UnknownPowerError, match="rains"):
        Powers(KINDS).grant(name, settings=settings)


def test_the_state_is_told_when_a_power_begins_and_ends() -> None:
    told: list[tuple[str, Power]] = []
    powers = Powers(
        KINDS, lambda power: told.append(("on", power)), lambda power: told.append(("off", power))
    )

    power = powers.grant("snows")
    powers.withdraw(power.id)

    assert told == [("on", power), ("off", power)]


@pytest.fixture
def http() -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(power_routes(Powers(KINDS), "secret"))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://fake/_control")


async def test_powers_are_granted_listed_and_withdrawn_over_http(http: httpx.AsyncClient) -> None:
    granted = {"id": "1", "name": "rains", "on": "here", "times": 2, "met": 0}

    wish = {"name": "rains", "on": "here", "times": 2, "settings": {"inches": 2}}
    assert (await http.post("/powers", json=wish, headers=TOKEN)).json() == granted
    listed = (await http.get("/powers", headers=TOKEN)).json()
    assert listed == {"powers": [granted], "known": {"rains": "it rains", "snows": "it snows"}}
    assert (await http.delete("/powers/1", headers=TOKEN)).json() == granted
    assert (await http.delete("/powers/1", headers=TOKEN)).status_code == 404


async def test_an_unknown_power_is_told_apart_from_a_wish_that_cannot_be_read(
    http: httpx.AsyncClient,
) -> None:
    unknown = await http.post("/powers", json={"name": "hails"}, headers=TOKEN)

    assert (unknown.status_code, unknown.json()["detail"]) == (400, "no power 'hails'; known: rains, snows")
    never = await http.post("/powers", json={"name": "rains", "times": 0}, headers=TOKEN)
    assert never.status_code == 422


@pytest.mark.parametrize("headers", [{}, {"X-Localnet-Token": "guess"}])
async def test_without_the_token_there_are_no_powers(
    http: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answers = [
        await http.get("/powers", headers=headers),
        await http.post("/powers", json={"name": "rains"}, headers=headers),
        await http.delete("/powers/1", headers=headers),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
