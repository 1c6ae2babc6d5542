"""A service file with a mistake in it gets one error: what is wrong where, and what would be right."""

from pathlib import Path

import pytest

from localnet.errors import UsageError
from localnet.network.catalogue import SERVICES
from localnet.network.service_file import SHIPPED, adapters, load_adapter, load_service

GOOD = """
name = "video"
summary = "transcodes"
protocol = "http"
command = ["video-server", "--port", "{self.port}"]
needs = ["pds"]
public = true
cannot = ["captions"]
[ready]
path = "/health"
timeout = 2.5
[env]
PDS_URL = "{pds.url}"
[exports]
token = "{secret.video}"
"""

MISTAKES = [
    (
        "a misspelt key",
        ('protocol = "http"', 'protocl = "http"'),
        "unknown key 'protocl'",
        "did you mean 'protocol'?",
    ),
    (
        "a misspelt key in a table",
        ("timeout =", "timeot ="),
        "[ready]: unknown key 'timeot'",
        "did you mean 'timeout'?",
    ),
    ("no summary", ('summary = "transcodes"', ""), "summary is missing", "add summary"),
    (
        "a number where a string belongs",
        ('name = "video"', "name = 7"),
        "name must be a string, not 7",
        "correct name",
    ),
    (
        "a number in the environment",
        ('PDS_URL = "{pds.url}"', "PDS_URL = 7"),
        "[env]: PDS_URL must be a string",
        "correct",
    ),
    (
        "a string where a list belongs",
        ('needs = ["pds"]', 'needs = "pds"'),
        "needs must be a list of strings",
        "correct",
    ),
    (
        "a string where a flag belongs",
        ("public = true", 'public = "yes"'),
        "public must be true or false",
        "correct",
    ),
    (
        "no time to become ready",
        ("timeout = 2.5", "timeout = 0"),
        "timeout must be a number of seconds above 0",
        "correct",
    ),
    (
        "a protocol nobody speaks",
        ('"http"', '"htp"'),
        "protocol 'htp' does not exist",
        "did you mean 'http'?",
    ),
    (
        "an empty command",
        ('["video-server", "--port", "{self.port}"]', "[]"),
        "command must be a list of at least one",
        "correct",
    ),
    (
        "no way to run it",
        ('command = ["video-server", "--port", "{self.port}"]', ""),
        "none given",
        "say one way",
    ),
    (
        "two ways to run it",
        ("[ready]", 'url = "http://127.0.0.1:1"\n[ready]'),
        "command and url given",
        "say one way",
    ),
    (
        "a built-in that does not exist",
        ('command = ["video-server", "--port", "{self.port}"]', 'builtin = "mysql"'),
        "builtin 'mysql' does not exist",
        "known: postgres",
    ),
    ("no TOML", ("[ready]", "[ready"), "video.toml:", "correct the TOML"),
]


def written(folder: Path, text: str, name: str = "video.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_service_file_says_everything_about_a_service(tmp_path: Path) -> None:
    service = load_service(written(tmp_path, GOOD))

    assert (service.name, service.protocol, service.public) == ("video", "http", True)
    assert (service.runs.kind, service.runs.words[0], service.runs.base) == (
        "command",
        "video-server",
        tmp_path,
    )
    assert (service.ready.path, service.ready.timeout) == ("/health", 2.5)
    assert (service.needs, service.cannot) == (("pds",), ("captions",))


@pytest.mark.parametrize(
    ("change", "message", "help_"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES]
)
def test_a_mistake_is_named_with_its_place_and_the_way_out(
    tmp_path: Path, change: tuple[str, str], message: str, help_: str
) -> None:
    path = written(tmp_path, GOOD.replace(*change))

    with pytest.raises(UsageError) as caught:
        load_service(path)

    assert str(path) in caught.value.message
    assert message in caught.value.message
    assert help_ in caught.value.next_step


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match=r"cannot read /nowhere/pds.toml: No such file"):
        load_service(Path("/nowhere/pds.toml"))


@pytest.mark.parametrize("name", SERVICES)
def test_every_shipped_service_file_is_right(name: str) -> None:
    assert load_service(SHIPPED / f"{name}.toml").name == name


@pytest.mark.parametrize("name", adapters())
def test_every_shipped_adapter_is_right(name: str) -> None:
    assert load_adapter(SHIPPED / f"{name}.toml").adapter.name == name


ADAPTER = """
name = "mine"
summary = "my bridge"
control_plane = "gateway"
cannot = ["captions"]
[dialects]
pds = "rsky"
[queries]
anything_left = "SELECT 1 WHERE false"
[expected_failures]
b11 = "the DID is hashed from the unsigned operation"
[services.bridge]
summary = "the bridge"
protocol = "http"
command = ["./bridge"]
[services.gateway]
summary = "the lifecycle API"
protocol = "http"
command = ["./gateway"]
needs = ["bridge"]
"""


def test_an_adapter_describes_several_services_and_itself(tmp_path: Path) -> None:
    found = load_adapter(written(tmp_path, ADAPTER, "mine.toml"))

    assert [service.name for service in found.services] == ["bridge", "gateway"]
    assert found.adapter.control_plane == "gateway"
    assert found.adapter.anything_left == "SELECT 1 WHERE false"
    assert found.adapter.expected_failures == {"b11": "the DID is hashed from the unsigned operation"}
    assert found.dialects == {"pds": "rsky"}


ADAPTER_MISTAKES = [
    (
        "a control plane that is no service",
        ('control_plane = "gateway"', 'control_plane = "gatewy"'),
        "no [services.gatewy], but control_plane is it",
    ),
    (
        "no bridge",
        ("[services.bridge]", "[services.bridg]"),
        "no [services.bridge], but every adapter runs one",
    ),
    (
        "a mistake in one of its services",
        ('command = ["./bridge"]', 'comand = ["./bridge"]'),
        "[services.bridge]: unknown key 'comand'",
    ),
    ("a query nobody asks", ("anything_left", "anything"), "[queries]: unknown key 'anything'"),
    (
        "a service named twice over",
        ("[services.bridge]", '[services.bridge]\nname = "x"'),
        "unknown key 'name'",
    ),
]


@pytest.mark.parametrize(
    ("change", "message"), [case[1:] for case in ADAPTER_MISTAKES], ids=[case[0] for case in ADAPTER_MISTAKES]
)
def test_a_mistake_in_an_adapter_is_named(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_adapter(written(tmp_path, ADAPTER.replace(*change), "mine.toml"))

    assert message in caught.value.message
