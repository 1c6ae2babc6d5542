"""A network in containers has one clock too: PostgreSQL follows it while it runs, while it is down, and while it stands still."""

import json
import shutil
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from localnet.network import Network, NetworkSpec, open_backend, start_network
from localnet.network.progress import silent

HOUR = 3600
SLOW = 60
"""seconds that a busy machine may take for what takes none"""


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    home = Path(tempfile.mkdtemp(prefix="lt-"))
    spec = NetworkSpec(backend="containers", services=("postgres", "plc"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCALNET_HOME", str(home))
        with open_backend("containers", silent) as backend, start_network(spec, backend, silent) as opened:
            yield opened
    shutil.rmtree(home)


def shown(network: Network) -> float:
    import psycopg

    with psycopg.connect(network.database_url(), autocommit=True) as database:
        row = database.execute("SELECT extract(epoch FROM clock_timestamp())::float").fetchone()
    assert row
    return float(row[0])


def shown_by_plc(network: Network) -> float:
    request = urllib.request.Request(network.url("plc") + "/_control/clock")
    request.add_header("X-Localnet-Token", network.token)
    with urllib.request.urlopen(request, timeout=5) as answer:
        shown: float = json.load(answer)["shown"]
        return shown


def test_it_follows_while_it_runs(network: Network) -> None:
    assert shown(network) == pytest.approx(time.time(), abs=SLOW)

    moved = network.clock.advance(3 * HOUR)

    assert set(moved.followed) == {"postgres", "plc"}
    assert shown(network) == pytest.approx(network.time(), abs=SLOW)


@pytest.mark.parametrize(("away", "back"), [("stop", "start"), ("kill", "start"), ("freeze", "thaw")])
def test_whoever_is_away_is_in_the_right_time_when_they_are_back(
    network: Network, away: str, back: str
) -> None:
    for service in ("postgres", "plc"):
        getattr(network, away)(service)

    moved = network.clock.advance(HOUR)
    for service in ("postgres", "plc"):
        getattr(network, back)(service)

    assert set(moved.later) == {"postgres", "plc"}
    assert shown_by_plc(network) == pytest.approx(network.time(), abs=SLOW)
    assert shown(network) == pytest.approx(network.time(), abs=SLOW)
    assert set(network.clock.show().followed) == {"postgres", "plc"}


def test_sleeps_and_timeouts_stay_what_they_were(network: Network) -> None:
    import psycopg

    network.clock.rate(20)

    with psycopg.connect(network.database_url(), autocommit=True) as database:
        began = time.monotonic()
        database.execute("SELECT pg_sleep(0.1)")
        assert 0.05 < time.monotonic() - began < SLOW
        database.execute("SET statement_timeout = '100ms'")
        with pytest.raises(psycopg.errors.QueryCanceled):
            database.execute("SELECT pg_sleep(30)")
