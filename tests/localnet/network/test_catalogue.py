"""What a spec changes in the shipped service files, and what it may not say."""

from pathlib import Path

import pytest

from localnet.errors import UsageError
from localnet.network.catalogue import Catalogue, load
from localnet.network.spec import NetworkSpec

REAL_PDS = """
name = "pds"
summary = "a real one"
protocol = "http"
command = ["pds"]
"""

ADAPTER = """
name = "mine"
summary = "my bridge"
control_plane = "bridge"
[dialects]
pds = "rsky"
[services.bridge]
summary = "the bridge"
protocol = "http"
command = ["./bridge"]
"""


def file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def made(**spec: object) -> Catalogue:
    return load(NetworkSpec(**spec))  # type: ignore[arg-type]


def test_a_plain_network_runs_the_bundled_bridge() -> None:
    catalogue = made()

    assert catalogue.adapter.adapter.name == "bundled"
    assert catalogue.services["bridge"].runs.kind == "command"
    assert not catalogue.yours


@pytest.mark.parametrize("bridge", [None, "none"])
def test_without_a_bridge_its_services_are_yours(bridge: str | None) -> None:
    assert made(bridge=bridge).yours == {"bridge"}


def test_use_replaces_a_service(tmp_path: Path) -> None:
    path = file(tmp_path, "my-pds.toml", REAL_PDS)

    service = made(use={"pds": path}, set={"bridge.env.PDS_DIALECT": "rsky"}, bridge="none").services["pds"]

    assert (service.summary, service.runs.base) == ("a real one", tmp_path)


def test_an_adapter_file_brings_the_dialects_it_expects(tmp_path: Path) -> None:
    services = made(bridge=file(tmp_path, "mine.toml", ADAPTER)).services

    assert services["pds"].options["dialect"] == "rsky"
    assert services["pds"].exports["dialect"] == "rsky"


def test_what_the_user_sets_wins_over_the_adapter(tmp_path: Path) -> None:
    adapter = file(tmp_path, "mine.toml", ADAPTER)

    assert (
        made(bridge=adapter, set={"pds.dialect": "reference"}).services["pds"].options["dialect"]
        == "reference"
    )


def test_an_adapter_can_describe_a_bridge_that_is_started_by_hand(tmp_path: Path) -> None:
    catalogue = made(bridge="none", use={"bridge": file(tmp_path, "mine.toml", ADAPTER)})

    assert (catalogue.adapter.adapter.name, catalogue.yours) == ("mine", frozenset({"bridge"}))


def test_set_changes_commands_variables_and_readiness() -> None:
    bridge = made(
        set={"bridge.command": "sh -c 'exec bridge'", "bridge.env.A": "1", "bridge.ready.timeout": "60"},
        env={"B": "2"},
    ).services["bridge"]

    assert bridge.runs.words == ("sh", "-c", "exec bridge")
    assert (bridge.env["A"], bridge.env["B"], bridge.ready.timeout) == ("1", "2", 60.0)


def test_a_url_means_that_nothing_is_started() -> None:
    service = made(set={"pds.url": "http://127.0.0.1:2583"}).services["pds"]

    assert (service.runs.kind, service.runs.words) == ("url", ("http://127.0.0.1:2583",))
    assert (service.needs, service.options) == ((), {})


def test_a_database_elsewhere_brings_its_login() -> None:
    service = made(set={"postgres.url": "postgresql://me:p%40ss@127.0.0.1:5432/mine"}).services["postgres"]

    assert service.exports == {"user": "me", "password": "p@ss", "database": "mine"}


WRONG = [
    ("an unknown bridge", {"bridge": "bundld"}, "no bridge is called 'bundld'", "did you mean 'bundled'?"),
    (
        "an adapter that is not there",
        {"bridge": "nowhere.toml"},
        "cannot read nowhere.toml",
        "check the path",
    ),
    (
        "a setting without a service",
        {"set": {"pdss.dialect": "rsky"}},
        "'pdss.dialect' names no service",
        "'pds'",
    ),
    (
        "a setting without a key",
        {"set": {"pds": "rsky"}},
        "'pds' names no service and setting",
        "pds.KEY=VALUE",
    ),
    (
        "a setting that does not exist",
        {"set": {"pds.dialct": "rsky"}},
        "pds has no setting 'dialct'",
        "'dialect'",
    ),
    (
        "a url that leads nowhere",
        {"set": {"pds.url": "pds:2583"}},
        "pds.url 'pds:2583' cannot be used",
        "http://HOST:PORT",
    ),
    (
        "https, which the wire does not speak",
        {"set": {"pds.url": "https://pds.test"}},
        "cannot be used",
        "http://HOST:PORT",
    ),
    (
        "no time to become ready",
        {"set": {"bridge.ready.timeout": "soon"}},
        "'soon' is not a number of seconds",
        "above 0",
    ),
]


@pytest.mark.parametrize(
    ("spec", "message", "help_"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG]
)
def test_a_spec_that_cannot_be_is_refused(spec: dict[str, object], message: str, help_: str) -> None:
    with pytest.raises(UsageError) as caught:
        made(**spec)

    assert message in caught.value.message
    assert help_ in caught.value.next_step


def test_use_under_another_name_is_refused(tmp_path: Path) -> None:
    path = file(tmp_path, "my-pds.toml", REAL_PDS)

    with pytest.raises(UsageError, match=r"that file describes 'pds'\n→ write --use pds="):
        made(use={"pdss": path})


def test_an_adapter_may_not_repeat_a_service_of_the_network(tmp_path: Path) -> None:
    adapter = ADAPTER + '[services.media]\nsummary = "x"\nprotocol = "http"\ncommand = ["x"]\n'

    with pytest.raises(UsageError, match="repeats a service of the network"):
        made(bridge=file(tmp_path, "mine.toml", adapter))


def test_a_spec_survives_being_written_down(tmp_path: Path) -> None:
    spec = NetworkSpec(
        bridge=tmp_path / "mine.toml", use={"pds": tmp_path / "pds.toml"}, set={"a.b": "c"}, ports="fixed",
        seed=7, database=tmp_path / "dump.sql", env={"A": "1"}, replicas=2, services=("postgres",),
    )  # fmt: skip
    read = NetworkSpec.from_json(spec.to_json())

    assert read == NetworkSpec(**{**vars(spec), "bridge": str(tmp_path / "mine.toml")})
