"""Faults on a running network: what one asks to be done to a service is done, also for another process that asks."""

import time
import urllib.error
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import pytest

from localnet.backends.memory import MemoryBackend
from localnet.errors import LocalnetError, UsageError
from localnet.network import Network, attach
from localnet.network.faults import NetworkFaults
from localnet.wire.fault import Fault
from tests.localnet.network.conftest import Start
from tests.localnet.network.test_networks import get

REFUSED = Fault("refused", "harness→bridge", "answer", "GET /asked", parameters={"status": 503})


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


class TestOnARunningNetwork:
    def test_a_hop_meets_what_was_set_for_it(self, start: Start) -> None:
        network = start()
        network.faults.add(REFUSED)

        with pytest.raises(urllib.error.HTTPError, match="503"):
            get(network.url("bridge") + "/asked")

        assert get(network.url("bridge") + "/asked")
        assert [(one.fault, one.hits) for one in network.faults.clear()] == [(REFUSED, 1)]
        assert network.faults.all() == []

    def test_a_callee_is_killed_when_it_is_asked_and_can_be_started_again(self, start: Start) -> None:
        network = start()
        fault = Fault("killed", "harness→bridge", "kill", "GET /asked", parameters={"service": "bridge"})
        network.faults.add(fault)

        with pytest.raises((urllib.error.URLError, ConnectionError)):
            get(network.url("bridge") + "/asked")
        until(lambda: network.service("bridge").state == "killed")
        network.start("bridge")

        assert get(network.url("bridge") + "/asked")
        (one,) = network.faults.all()
        assert (one.hits, one.done, one.wrong) == (1, 1, None)

    def test_another_process_can_set_and_take_away(self, start: Start) -> None:
        attached = attach(start().id)

        attached.faults("add", fault=REFUSED.to_json())
        with pytest.raises(urllib.error.HTTPError, match="503"):
            get(attached.url("bridge") + "/asked")

        assert [(one.fault.name, one.hits) for one in attached.faults("list")] == [("refused", 1)]
        assert attached.faults("remove", name="refused")[0].hits == 1
        with pytest.raises(LocalnetError, match="no fault is called"):
            attached.faults("remove", name="refused")

    def test_from_where_the_bridge_is_no_guess_of_the_token_reaches_a_control_route(
        self, start: Start
    ) -> None:
        network = start(services=None)
        callees = [edge.partition("→")[2] for edge in network.edges if edge.startswith("bridge→")]

        for callee in sorted(set(callees) - {"postgres"}):
            url = network.url(callee, "bridge").replace("ws://", "http://")
            for path in ("/_control/clock", "/%5fcontrol/clock", "//_CONTROL/clock"):
                with pytest.raises(urllib.error.HTTPError, match="403") as refusal:
                    get(url + path, {"X-Localnet-Token": network.token})
                assert b"control routes are for the harness" in refusal.value.read()


class TestWhatIsAsked:
    """Of a wire that agrees to everything."""

    @pytest.fixture
    def faults(self) -> NetworkFaults:
        network = SimpleNamespace(id="n1", edges=("bridge→pds",))
        return NetworkFaults(cast(Network, network))

    def test_nothing_can_be_set_before_there_is_a_wire(self, faults: NetworkFaults) -> None:
        with pytest.raises(UsageError, match="no wire yet"):
            faults.all()

    def test_an_edge_that_is_not_there_is_refused_with_the_nearest(self, faults: NetworkFaults) -> None:
        faults.steer(MemoryBackend().connect(cast("object", None)))  # type: ignore[arg-type]

        with pytest.raises(UsageError, match=r"has no edge bridge→pd\n.*bridge→pds"):
            faults.add(Fault("a", "bridge→pd", "drop"))
