"""What doctor says about the engine: each thing that a run needs of it, and the command that mends what is missing."""

import shutil
from types import SimpleNamespace

import pytest

from localnet.backends.images import survey
from localnet.backends.images.bases import OFFLINE
from localnet.backends.images.recipes import RECIPES
from localnet.errors import MachineError
from tests.localnet.images.little_engine import LittleEngine

OURS = {recipe.tag() for recipe in RECIPES.values()}


def test_images_that_are_there_are_named() -> None:
    assert set(survey.images(LittleEngine(OURS)).split(", ")) == OURS


def test_a_missing_image_is_named_with_what_makes_it() -> None:
    missing = sorted(OURS)[0]

    with pytest.raises(MachineError, match=missing) as raised:
        survey.images(LittleEngine(OURS - {missing}))

    assert "`make images`" in raised.value.next_step


def test_a_missing_base_is_named_with_what_brings_it() -> None:
    with pytest.raises(MachineError, match="postgres:16") as raised:
        survey.bases(LittleEngine({OFFLINE["python"]}))

    assert "make images OFFLINE=1" in raised.value.next_step


def test_networks_are_counted() -> None:
    assert survey.networks(LittleEngine(bridges=3)) == "3 of about 31 used"


def test_networks_that_run_out_are_said_with_what_frees_some() -> None:
    with pytest.raises(MachineError, match="30 of about 31 networks are used") as raised:
        survey.networks(LittleEngine(bridges=30))

    assert "localnet clean" in raised.value.next_step


def test_an_engine_with_pools_of_its_own_has_as_many_networks_as_they_hold() -> None:
    pools = [{"Base": "10.10.0.0/16", "Size": 24}]

    assert survey.networks(LittleEngine(told={"DefaultAddressPools": pools})) == "3 of about 256 used"


def test_a_full_disk_is_said_with_what_frees_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=200 * 1024**2))

    with pytest.raises(MachineError, match=r"0\.2 GiB free at /") as raised:
        survey.disk(LittleEngine())

    assert "docker image prune" in raised.value.next_step


def test_the_disk_of_an_engine_elsewhere_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://far.test:2375")

    assert "not on this machine" in survey.disk(LittleEngine())
