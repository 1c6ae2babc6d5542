"""Which addresses a network in containers has, and which ports of the wire are published."""

from dataclasses import replace
from pathlib import Path

import pytest

from localnet.backends.containers.layout import Layout, lay_out, seen_from_wire
from localnet.backends.interface import Address, Edge, Listening, Runs, Wanted

POSTGRES = Listening("postgres", Runs("builtin", ("postgres",), Path()), {})
PDS = Listening("pds", Runs("fake", ("pds",), Path()), {})
BRIDGE = Listening("bridge", Runs("command", ("bridge",), Path(), "localnet/bridge"), {})
TO_PDS, TO_DATABASE = Edge("bridge", "pds", "http"), Edge("bridge", "postgres", "postgres")
LOOKING, PUBLIC = Edge("harness", "bridge", "http"), Edge("public", "pds", "http")
WANTED = Wanted(
    [POSTGRES, PDS, BRIDGE], [TO_PDS, TO_DATABASE, LOOKING, PUBLIC], subjects=frozenset({"bridge"})
)


def published(layout: Layout) -> dict[int, int]:
    return {number: number + 20000 for number in layout.published}


@pytest.fixture
def layout() -> Layout:
    return lay_out("run-1", WANTED, {})


def test_who_is_in_a_container_calls_by_name_and_a_port_of_its_own(layout: Layout) -> None:
    reaches = layout.places("127.0.0.1", published(layout), "172.20.0.2").reaches

    assert reaches[TO_PDS].host == "pds"
    assert reaches[PUBLIC].host == "pds"
    assert reaches[TO_DATABASE].host == "postgres"
    assert len({address.port for address in reaches.values()}) == len(reaches)


def test_only_what_is_asked_from_this_machine_is_published(layout: Layout) -> None:
    assert layout.published == {layout.numbers[LOOKING]: None}
    assert layout.places("127.0.0.1", published(layout), "").reaches[LOOKING] == Address(
        "127.0.0.1", layout.numbers[LOOKING] + 20000
    )


def test_the_wire_is_called_what_the_services_are_called_and_finds_them_under_other_names(
    layout: Layout,
) -> None:
    upstreams = layout.places("127.0.0.1", published(layout), "").upstreams

    assert layout.aliases == ["bridge", "egress", "pds", "postgres"]
    assert upstreams == {
        "postgres": "localnet-run-1-postgres:5432",
        "pds": "localnet-run-1-pds:8080",
        "bridge": "localnet-run-1-bridge:8080",
    }


def test_the_bridge_is_inside_and_nobody_else(layout: Layout) -> None:
    assert layout.inside == {"bridge"}


def test_asked_for_numbers_are_the_published_ones() -> None:
    fixed = lay_out("run-1", replace(WANTED, fixed={LOOKING: 2589, PUBLIC: 2683}), {})

    assert fixed.published == {fixed.numbers[LOOKING]: 2589}
    assert fixed.numbers[PUBLIC] == 2683


def test_a_bridge_started_by_hand_calls_from_this_machine_and_is_found_on_it() -> None:
    layout = lay_out("run-1", replace(WANTED, by_hand=frozenset({"bridge"})), {"bridge": 40000})
    places = layout.places("127.0.0.1", published(layout), "172.20.0.2")

    assert layout.inside == frozenset()
    assert places.upstreams["bridge"] == "host.docker.internal:40000"
    assert places.binds["bridge"] == Address("0.0.0.0", 40000)
    assert places.reaches[LOOKING].host == "127.0.0.1"
    assert {places.reaches[edge].host for edge in (TO_PDS, TO_DATABASE, PUBLIC)} == {"172.20.0.2"}


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ("127.0.0.1:3000", "host.docker.internal:3000"),
        ("localhost:3000", "host.docker.internal:3000"),
        ("pds.example:443", "pds.example:443"),
    ],
)
def test_this_machine_has_another_name_in_a_container(given: str, seen: str) -> None:
    assert seen_from_wire(given) == seen
