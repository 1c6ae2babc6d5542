"""A plan with addresses filled in. Pure: the backend that gives the addresses remembers, and starts nothing."""

from dataclasses import replace
from pathlib import Path

from localnet.backends.interface import Edge
from localnet.backends.memory import MemoryBackend
from localnet.network.catalogue import load
from localnet.network.plan import plan
from localnet.network.resolve import Identity, Resolved, resolve, wanted
from localnet.network.spec import NetworkSpec

RUN = Identity("run-abc123", 7, Path("/runs/run-abc123"), python="/bin/python")


def resolved(run: Identity = RUN, replicas: int = 1, **spec: object) -> Resolved:
    planned = plan(load(NetworkSpec(**spec)), replicas=replicas)  # type: ignore[arg-type]
    return resolve(planned, MemoryBackend().place(run.id, wanted(planned, run.directory)), run)


def edge(found: Resolved, caller: str, callee: str, protocol: str = "http") -> str:
    return found.edges[Edge(caller, callee, protocol)]


def test_every_caller_has_an_address_of_its_own() -> None:
    found = resolved()

    assert len(set(found.edges.values())) == len(found.edges)
    assert found.environments["bridge"]["PDS_URL"] == edge(found, "bridge", "pds")
    assert edge(found, "bridge", "pds") != edge(found, "harness", "pds")


def test_the_public_address_is_the_same_for_all() -> None:
    found = resolved()

    assert found.launches["pds"].options["public_url"] == edge(found, "public", "pds")


def test_a_bridge_gets_a_database_url_with_login() -> None:
    found = resolved()
    exports = found.exports["postgres"]

    assert found.environments["bridge"]["DATABASE_URL"] == edge(found, "bridge", "postgres", "postgres")
    assert f"postgresql://localnet:{exports['password']}@127.0.0.1:" in edge(
        found, "bridge", "postgres", "postgres"
    )
    assert edge(found, "bridge", "postgres", "postgres").endswith("/bridge_run-abc123")


def test_two_services_that_name_a_secret_share_it() -> None:
    found = resolved()

    assert found.environments["bridge"]["PDS_AUTH_TOKEN"] == found.launches["pds"].options["admin_password"]
    assert found.exports["bridge"]["token"] == found.launches["keycast"].options["token"]


def test_secrets_follow_from_the_seed() -> None:
    assert resolved().exports == resolved().exports
    assert resolved(replace(RUN, seed=8)).exports["pds"] != resolved().exports["pds"]


def test_the_wire_is_told_every_secret_it_must_not_write() -> None:
    found = resolved()
    used = {
        value
        for values in (*found.environments.values(), *(launch.options for launch in found.launches.values()))
        for value in values.values()
        if len(value) == 64
    }

    assert used | {RUN.token} <= set(found.wiring.secrets)


def test_the_wire_leads_each_edge_to_where_its_callee_listens() -> None:
    found = resolved()
    bind = found.launches["pds"].bind

    assert found.wiring.edges[Edge("bridge", "pds", "http")][1] == str(bind)


def test_a_replica_calls_by_its_own_name() -> None:
    found = resolved(replicas=2)

    assert found.environments["bridge-2"]["PDS_URL"] == edge(found, "bridge-2", "pds")
    assert found.launches["bridge-2"].bind != found.launches["bridge"].bind


def test_a_service_elsewhere_is_not_launched_and_keeps_its_path() -> None:
    found = resolved(set={"pds.url": "http://127.0.0.1:2583/base"})

    assert "pds" not in found.launches
    assert edge(found, "bridge", "pds").endswith("/base")
    assert found.wiring.edges[Edge("bridge", "pds", "http")][1] == "127.0.0.1:2583"


def test_what_is_yours_has_an_environment_and_no_launch() -> None:
    found = resolved(bridge=None)

    assert "bridge" not in found.launches
    assert found.environments["bridge"]["PDS_URL"] == edge(found, "bridge", "pds")
