"""Where missing bases are taken from: the registry, Debian packages, or whichever there is, and what the errors say."""

import pytest

from localnet.backends.images import bringing
from localnet.backends.images.bases import BASES, OFFLINE
from localnet.backends.images.bringing import from_any, from_debian, from_registry
from localnet.errors import MachineError
from tests.localnet.images.little_engine import LittleEngine

PULLED = {name: base.usual for name, base in BASES.items()}


@pytest.fixture(autouse=True)
def made_of_debian(monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings; and bases of Debian packages take no time."""
    for base in BASES.values():
        monkeypatch.delenv(base.setting, raising=False)
    monkeypatch.setattr(bringing, "make_bases", lambda engine, _say: engine.held.update(OFFLINE.values()))


def hush(_text: str) -> None:
    """Says nothing."""


def test_bases_that_are_there_are_not_pulled_again() -> None:
    engine = LittleEngine({PULLED["python"]}, set(PULLED.values()))

    assert from_registry(engine, hush) == PULLED
    assert engine.pulled == [PULLED["postgres"]]


def test_without_a_registry_the_error_names_the_base_and_the_way_out() -> None:
    with pytest.raises(MachineError, match=r"python:3.12-slim cannot be pulled: no such host") as raised:
        from_registry(LittleEngine(), hush)

    assert raised.value.next_step.startswith("make images OFFLINE=1")


def test_a_setting_names_another_base(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BASES["python"].setting, "near.test/python:3.13")

    found = from_registry(LittleEngine(registry={"near.test/python:3.13", PULLED["postgres"]}), hush)

    assert found["python"] == "near.test/python:3.13"


def test_bases_of_debian_packages_are_made_once() -> None:
    engine = LittleEngine()

    assert from_debian(engine, hush) == OFFLINE
    assert from_debian(engine, hush) == OFFLINE


def test_anything_that_is_there_counts_first() -> None:
    engine = LittleEngine(set(OFFLINE.values()), set(PULLED.values()))

    assert from_any(engine, hush) == OFFLINE
    assert engine.pulled == []


def test_else_the_registry() -> None:
    assert from_any(LittleEngine(registry=set(PULLED.values())), hush) == PULLED


def test_else_debian_packages_and_it_is_said_why() -> None:
    said: list[str] = []

    assert from_any(LittleEngine(), said.append) == OFFLINE
    assert "no such host" in said[-1]
