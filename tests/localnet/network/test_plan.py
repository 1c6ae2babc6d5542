"""From service files to a plan: edges, replicas, who waits for whom, and what is refused. All of it pure."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from localnet.backends.interface import Edge, Runs
from localnet.errors import UsageError
from localnet.network.catalogue import Catalogue, load
from localnet.network.plan import Plan, plan
from localnet.network.record import Adapter
from localnet.network.service_file import AdapterFile, ServiceFile
from localnet.network.spec import NetworkSpec


def service(name: str, env: Mapping[str, str] | None = None, **more: object) -> ServiceFile:
    fields: dict[str, object] = {"name": name, "summary": name, "protocol": "http", "source": f"{name}.toml"}
    runs = Runs("command", (name,), Path("/"))
    return ServiceFile(**{**fields, "runs": runs, "env": env or {}, **more})  # type: ignore[arg-type]


def catalogue(*services: ServiceFile) -> Catalogue:
    adapter = Adapter("mine", "", "bridge", None)
    return Catalogue(
        {found.name: found for found in services}, AdapterFile(adapter, (), {}, "mine.toml"), frozenset()
    )


def edges(found: Plan) -> set[str]:
    return {str(edge) for edge in found.edges}


PDS = service("pds", public=True, exports={"password": "{secret.pds}"})
BRIDGE = service(
    "bridge", {"PDS_URL": "{pds.url}", "PASSWORD": "{pds.password}", "BIND": "{self.host}:{self.port}"}
)


def test_edges_follow_from_the_placeholders_a_service_uses() -> None:
    assert edges(plan(catalogue(PDS, BRIDGE))) == {
        "harness→pds",
        "public→pds",
        "bridge→pds",
        "harness→bridge",
    }


def test_two_placeholders_are_one_edge() -> None:
    bridge = service("bridge", {"A": "ws://{pds.host}:{pds.port}", "B": "{pds.url}"})

    assert [str(edge) for edge in plan(catalogue(PDS, bridge)).edges].count("bridge→pds") == 1


def test_a_public_url_or_an_export_is_no_hop() -> None:
    bridge = service("bridge", {"A": "{pds.public_url}", "B": "{pds.password}"})

    assert "bridge→pds" not in edges(plan(catalogue(PDS, bridge)))


def test_an_edge_speaks_what_the_callee_speaks() -> None:
    database = service("postgres", protocol="postgres", exports={"user": "u"})
    bridge = service("bridge", {"DATABASE_URL": "{postgres.url}"})

    assert Edge("bridge", "postgres", "postgres") in plan(catalogue(database, bridge)).edges


def test_each_replica_has_edges_of_its_own() -> None:
    found = plan(catalogue(PDS, BRIDGE), replicas=3)

    assert list(found.services) == ["pds", "bridge", "bridge-2", "bridge-3"]
    assert {"bridge-2→pds", "harness→bridge-2", "bridge-3→pds", "harness→bridge-3"} <= edges(found)


def test_replicas_may_start_one_after_the_other() -> None:
    found = plan(catalogue(PDS, BRIDGE), replicas=3, staggered=True)

    assert [found.services[name].needs for name in ("bridge", "bridge-2", "bridge-3")] == [
        BRIDGE.needs,
        (*BRIDGE.needs, "bridge"),
        (*BRIDGE.needs, "bridge-2"),
    ]


def test_some_services_come_with_what_they_need_and_refer_to() -> None:
    reader = service("reader", {"PDS": "{pds.url}"}, needs=("relay",))
    found = plan(catalogue(service("media"), service("relay"), PDS, reader, BRIDGE), only=("reader",))

    assert list(found.services) == ["relay", "pds", "reader"]
    assert found.adapter is None


def test_postgres_alone() -> None:
    found = plan(load(NetworkSpec()), only=("postgres",))

    assert edges(found) == {"harness→postgres"}


def test_fixed_numbers_are_the_documented_ones() -> None:
    found = plan(load(NetworkSpec()), fixed_ports=True, replicas=2)
    numbers = {str(edge): number for edge, number in found.fixed.items()}

    assert numbers == {
        "harness→plc": 2582, "harness→pds": 2583, "harness→relay": 2584, "harness→media": 2585, "harness→names": 2586,
        "harness→keycast": 2587, "harness→reader": 2588, "harness→bridge": 2589, "harness→postgres": 2590,
        "harness→video": 2591, "harness→bridge-2": 2592, "public→pds": 2683, "public→media": 2685,
    }  # fmt: skip


def test_the_kernel_chooses_otherwise() -> None:
    assert not plan(load(NetworkSpec())).fixed


WRONG = [
    ("a service that is not there", [service("bridge", {"A": "{pdss.url}"}), PDS], "env.A: unknown placeholder {pdss.url}", "'pds'"),
    ("a key that is not there", [service("bridge", {"A": "{pds.uri}"}), PDS], "unknown placeholder {pds.uri}", "'url'"),
    ("a key of ours that is not there", [service("bridge", {"A": "{self.prt}"})], "unknown placeholder {self.prt}", "'port'"),
    ("a word with a key", [service("bridge", {"A": "{python.url}"})], "unknown placeholder {python.url}", "{python}"),
    ("a service without a key", [service("bridge", {"A": "{pds}"}), PDS], "unknown placeholder {pds}", "known:"),
    ("the public address of what is not public", [service("bridge", {"A": "{self.public_url}"})], "{self.public_url}", "known: host, port"),
    ("an unknown need", [service("bridge", needs=("pdss",)), PDS], "needs unknown service 'pdss'", "'pds'"),
    ("needs in a circle", [service("bridge", needs=("a",)), service("a", needs=("b",)), service("b", needs=("a",))], "needs run in a circle: a needs b needs a", "a, b"),
    ("a need of oneself", [service("bridge", needs=("bridge",))], "bridge needs bridge", "bridge"),
    ("an address in an export", [PDS, service("bridge", exports={"x": "{pds.url}"})], "exports.x: {pds.url} cannot stand in an export", "an export holds"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("services", "message", "help_"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG]
)
def test_what_cannot_be_is_refused(services: list[ServiceFile], message: str, help_: str) -> None:
    with pytest.raises(UsageError) as caught:
        plan(catalogue(*services))

    assert (
        caught.value.message.startswith(f"{services[0].source}:") or services[0] is PDS or "circle" in message
    )
    assert message in caught.value.message
    assert help_ in caught.value.next_step


def test_asking_for_a_service_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError, match=r"no service is called 'postgre'\n→ did you mean 'postgres'"):
        plan(load(NetworkSpec()), only=("postgre",))


@pytest.mark.parametrize("text", ['{"json": 1}', "{}", "{A}", "${HOME}", "{0}"])
def test_other_braces_are_left_alone(text: str) -> None:
    assert "bridge" in plan(catalogue(service("bridge", {"A": text}))).services
