"""Mishaps are faults in a scenario's words: each verb sets one, and one that was never met is told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from localnet.errors import UndecidedError
from localnet.network import NetworkSpec
from localnet.wire.fault import ACTIONS
from localnet.world import moments
from localnet.world.expect import wrong_now
from localnet.world.moments import COMMITTING, FETCHING_THE_FILM, SUBSCRIBING, WRITING_THE_POST
from localnet.world.wire import Mishap, WireMishaps
from tests.localnet.world.doubles import NetworkDouble


@pytest.fixture
def network(tmp_path: Path) -> NetworkDouble:
    return NetworkDouble("n1", NetworkSpec(), tmp_path)


@pytest.fixture
def wire(network: NetworkDouble) -> WireMishaps:
    return WireMishaps(cast(Any, network), "video-appears", lambda: None)


VERBS: dict[str, Callable[[WireMishaps], Mishap]] = {
    "lose_answer on bridge*→pds POST /xrpc/com.atproto.repo.createRecord 2 times": lambda wire: (
        wire.loses_the_answer(WRITING_THE_POST, times=2)
    ),
    "answer (status 503) on public→media GET /": lambda wire: wire.answers(FETCHING_THE_FILM, 503),
    "answer (sqlstate 53100, message full) on bridge*→postgres COMMIT": lambda wire: (
        wire.answers_with_an_error(COMMITTING, "53100", "full")
    ),
    "truncate (bytes 9) on public→media GET /": lambda wire: wire.cuts_the_answer_short(FETCHING_THE_FILM, after=9),
    "drop on public→media GET /": lambda wire: wire.drops(FETCHING_THE_FILM),
    "reset on public→media GET /": lambda wire: wire.resets(FETCHING_THE_FILM),
    "duplicate on bridge*→relay send REQ": lambda wire: wire.repeats(SUBSCRIBING),
    "withhold on bridge*→relay send REQ": lambda wire: wire.withholds(SUBSCRIBING),
    "reorder on bridge*→relay send REQ": lambda wire: wire.disorders(SUBSCRIBING),
    "delay (seconds 0.5) on bridge*→relay send REQ": lambda wire: wire.delays(SUBSCRIBING, seconds=0.5),
    "hold on bridge*→relay send REQ": lambda wire: wire.holds(SUBSCRIBING),
    "hold (when after) on public→media GET /": lambda wire: wire.holds_the_answer(FETCHING_THE_FILM),
    "cut on bridge*→pds": lambda wire: wire.cuts_the_bridge_off("pds"),
    "kill (when after, service bridge) on public→media GET /": lambda wire: wire.kills_the_bridge(FETCHING_THE_FILM, after=True),
    "freeze on public→media GET /": lambda wire: wire.freezes_the_bridge(FETCHING_THE_FILM),
}  # fmt: skip


@pytest.mark.parametrize(("fault", "verb"), VERBS.items(), ids=VERBS)
def test_each_verb_sets_a_fault(
    fault: str, verb: Callable[[WireMishaps], Mishap], wire: WireMishaps, network: NetworkDouble
) -> None:
    verb(wire)

    assert [str(standing.fault) for standing in network.faults.all()] == [fault]


def test_every_action_has_a_verb_unless_a_service_has_it() -> None:
    assert {fault.split()[0] for fault in VERBS} == set(ACTIONS) - {"stop", "thaw"}


def test_what_was_never_met_is_told_and_all_are_over(wire: WireMishaps, network: NetworkDouble) -> None:
    wire.loses_the_answer(WRITING_THE_POST)
    met = wire.loses_the_answer(WRITING_THE_POST)
    network.faults.meet()

    assert wrong_now([met.is_met()]) == []
    assert wire.end() == ["the wire loses the answer to writing the post"]
    assert network.faults.all() == []
    assert wire.end() == []


def test_a_mishap_can_end_before_the_scenario_does(wire: WireMishaps, network: NetworkDouble) -> None:
    cut = wire.cuts_the_bridge_off("pds")
    network.faults.meet()

    cut.ends()

    assert network.faults.all() == []
    assert cut.met == 1
    assert wire.end() == []


def test_what_could_not_be_carried_out_leaves_it_undecided(wire: WireMishaps, network: NetworkDouble) -> None:
    mishap = wire.kills_the_bridge(WRITING_THE_POST, after=True)
    network.faults.meet(wrong="bridge is started by you")

    with pytest.raises(UndecidedError, match="bridge is started by you"):
        assert mishap.met


def test_moments_have_names_of_their_own() -> None:
    known = [moment for moment in vars(moments).values() if isinstance(moment, moments.Moment)]

    assert len({moment.name for moment in known}) == len(known) > 10
