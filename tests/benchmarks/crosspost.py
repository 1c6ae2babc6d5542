"""What the wire costs of a crosspost from end to end: the bundled bridge through the wire and past it, in turn, on one network.

    python tests/benchmarks/crosspost.py [--videos 200] [--rounds 5]

A round starts the bridge anew, hands all videos to the relay at once and ends when the bridge has noted the last post. Past the wire, the bridge finds
its neighbours, its database and the films at their own addresses; what the neighbours and the reader say among themselves passes the wire in
both. With two cores everything competes, so the pairs' ratio is what counts. The share of all CPU says the same where the machine is busy with other
things: it is what a throughput loses that is bound by the CPU.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psycopg
from websockets.sync.client import connect

from fakes.nostr.events import Event
from fakes.nostr.keys import SecretKey
from localnet.backends.interface import Backend, Places
from localnet.backends.process_table import family
from localnet.network import Network, NetworkSpec, open_backend, start_network
from localnet.network.progress import silent
from localnet.world.events import StoredFilm, upload_permit, video_event
from localnet.world.films import film_of
from localnet.world.lifecycle import Lifecycle
from localnet.world.neighbours import Neighbours

LIMIT = 0.20
PEOPLE = 4
PATIENCE = 120.0
POLL = 0.02
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class Addresses:
    """A backend that remembers which address the wire leads to."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.direct: dict[str, str] = {}
        """where the wire listens -> where it leads"""

    def place(self, network: str, wanted: Any) -> Places:
        places = self._backend.place(network, wanted)
        for edge, listens in places.listens.items():
            self.direct[str(listens)] = places.upstreams[edge.callee]
        return places

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def past_the_wire(self, value: str) -> str:
        for through, upstream in self.direct.items():
            if through in value and upstream.startswith("unix:"):
                directory, _, port = upstream.removeprefix("unix:").rpartition("/.s.PGSQL.")
                return value.replace(through, "") + f"?host={directory}&port={port}"
            value = re.sub(rf"{re.escape(through)}\b", upstream, value)
        return value


@contextmanager
def bridge(network: Network, environment: dict[str, str]) -> Iterator[None]:
    """The bundled bridge with this environment, ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bridge"],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while not _is_ready(network):
            assert process.poll() is None, "the bridge ended"
            assert time.monotonic() < deadline, "the bridge does not come up"
            time.sleep(POLL)
        yield
    finally:
        process.terminate()
        process.wait()


def _is_ready(network: Network) -> bool:
    try:
        with urlopen(network.url("bridge") + "/health/ready") as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def opted_in(network: Network) -> dict[SecretKey, StoredFilm]:
    """People who are ready, and a film of each."""
    neighbours, lifecycle = Neighbours(network), Lifecycle(network, "bridge")
    found = {}
    for number in range(PEOPLE):
        secret = SecretKey.from_bytes(bytes([number + 1]) * 32)
        neighbours.register(secret.public_key, f"person{number}")
        lifecycle.opt_in(secret.public_key, f"person{number}.localnet.test", None)
        film = film_of(f"film {number}")
        found[secret] = neighbours.store(film, upload_permit(secret, int(time.time()), film))
        deadline = time.monotonic() + PATIENCE
        while not lifecycle.status(secret.public_key).is_ready:
            assert time.monotonic() < deadline, "a person did not become ready"
            time.sleep(POLL)
    return found


def events(
    people: dict[SecretKey, StoredFilm], number: int, tag: str, addresses: Addresses | None
) -> list[Event]:
    """Signed videos, whose films are fetched past the wire where `addresses` say how."""
    found = []
    for place in range(number):
        secret, film = list(people.items())[place % len(people)]
        url = addresses.past_the_wire(film.url) if addresses else film.url
        stored = StoredFilm(url, film.sha256, film.size)
        found.append(video_event(secret, int(time.time()), f"{tag}-{place}", f"Film {place}", stored))
    return found


def seconds_of(network: Network, database_url: str, videos: Sequence[Event]) -> float:
    """From the first video's way to the relay until the bridge has noted the last post."""
    with (
        psycopg.connect(database_url, autocommit=True) as database,
        connect(network.url("relay").replace("http", "ws", 1), proxy=None) as relay,
    ):
        wanted = _published(database) + len(videos)
        messages = [json.dumps(["EVENT", video.to_json()]) for video in videos]
        began = time.perf_counter()
        for message in messages:
            relay.send(message)
        while _published(database) < wanted:
            assert time.perf_counter() - began < PATIENCE, (
                f"{_published(database)} of {wanted} were published"
            )
            time.sleep(POLL)
        return time.perf_counter() - began


def _published(database: "psycopg.Connection[Any]") -> int:
    found = database.execute("SELECT count(*) FROM publish_jobs WHERE state = 'published'").fetchone()
    return int(found[0]) if found else 0


def cpu() -> float:
    """Seconds that this process and everything it started, the wire, the fakes, PostgreSQL and the bridge, have worked."""
    found = 0.0
    for process in family(os.getpid()):
        with suppress(OSError):
            fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
            found += sum(map(int, fields[11:15])) / CLOCK_TICKS
    return found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--videos", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with open_backend("processes", silent) as real:
        addresses = Addresses(real)
        with start_network(NetworkSpec(bridge=None), addresses, silent) as network:
            return compare(network, addresses, arguments.videos, arguments.rounds)


def compare(network: Network, addresses: Addresses, videos: int, rounds: int) -> int:
    through = network.environment("bridge")
    database = addresses.past_the_wire(network.database_url())
    past = {name: addresses.past_the_wire(value) for name, value in through.items()}
    with bridge(network, through):
        people = opted_in(network)
    costs, work = [], []
    for number in range(rounds):
        spent = []
        for environment, tag, where in ((past, "past", addresses), (through, "through", None)):
            with bridge(network, environment):
                stimuli = events(people, videos, f"{tag}-{number}", where)
                before = cpu()
                spent.append((seconds_of(network, database, stimuli), cpu() - before))
        (without, bare), (with_it, whole) = spent
        costs.append(1 - without / with_it)
        work.append(1 - bare / whole)
        print(
            f"past the wire {videos / without:6.1f} videos/s, {bare / videos * 1e3:5.1f} ms CPU each;"
            f"  through it {videos / with_it:6.1f} videos/s, {whole / videos * 1e3:5.1f} ms;"
            f"  cost {costs[-1]:6.1%} of the throughput, {work[-1]:6.1%} of the CPU"
        )
    cost = statistics.median(costs)
    print(
        f"median: the wire costs {cost:.1%} of the throughput (at most {LIMIT:.0%} wanted),"
        f" {statistics.median(work):.1%} of the CPU"
    )
    return 0 if cost <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
