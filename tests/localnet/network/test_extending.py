"""An adapter that extends another says only what is different."""

from pathlib import Path

import pytest

from localnet.errors import UsageError
from localnet.network.service_file import SHIPPED, load_adapter
from tests.localnet.network.little import little_adapter

OWN = """
name = "mine"
extends = "little.toml"
[services.bridge]
image = "mine:latest"
[services.bridge.env]
PDS_URL = "http://elsewhere"
LOUD = "yes"
[services.gateway]
summary = "the lifecycle API"
protocol = "http"
command = ["./gateway"]
[expected_failures]
video-appears = "it is dark"
"""


def extended(folder: Path, text: str, name: str = "mine.toml") -> Path:
    little_adapter(folder)
    (folder / name).write_text(text)
    return folder / name


def test_it_has_everything_but_what_it_says_itself(tmp_path: Path) -> None:
    found = load_adapter(extended(tmp_path, OWN))

    bridge, gateway = found.services
    assert (found.adapter.name, found.adapter.summary, gateway.name) == (
        "mine",
        "answers GET with its PDS's address",
        "gateway",
    )
    assert (bridge.runs.kind, bridge.runs.words, bridge.ready.path) == ("image", ("mine:latest",), "/health")
    assert bridge.env == {
        "PORT": "{self.port}",
        "PDS_URL": "http://elsewhere",
        "LOUD": "yes",
        "DATABASE_URL": "{postgres.url}",
    }


def test_what_is_expected_of_the_one_is_not_expected_of_the_other(tmp_path: Path) -> None:
    origin = load_adapter(SHIPPED / "divine-atbridge.toml").adapter.expected_failures
    same = load_adapter(extended(tmp_path, 'name = "a"\nextends = "divine-atbridge"', "same.toml"))
    better = load_adapter(
        extended(tmp_path, 'name = "a"\nextends = "divine-atbridge"\n[expected_failures]', "better.toml")
    )

    assert (same.adapter.expected_failures, better.adapter.expected_failures) == (origin, {})


def test_a_command_it_did_not_change_still_starts_where_it_was_written_down(tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()
    little_adapter(tmp_path)
    (tmp_path / "deeper" / "mine.toml").write_text('name = "mine"\nextends = "../little.toml"')

    (bridge,) = load_adapter(tmp_path / "deeper" / "mine.toml").services

    assert bridge.runs.base.resolve() == tmp_path


REFUSED = {
    "nobody": ('extends = "divine-atbrige"', "extends 'divine-atbrige', which is no adapter"),
    "a service": ('extends = "pds"', "extends 'pds', which is no adapter"),
    "itself": ('extends = "mine.toml"', "extends 'mine.toml', which extends it"),
    "a file that is not there": ('extends = "none.toml"', "cannot read"),
}


@pytest.mark.parametrize(("line", "says"), REFUSED.values(), ids=REFUSED)
def test_it_cannot_extend(line: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_adapter(extended(tmp_path, f'name = "mine"\n{line}'))

    assert says in caught.value.message
