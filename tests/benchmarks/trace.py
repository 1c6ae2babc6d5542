"""What a trace costs in a long journal: `python tests/benchmarks/trace.py [LINES]`, by default a million.

    cold      the index of the whole journal, made at once
    kept up   the same, as the owner of a network makes it while the journal grows: microseconds a line, seconds in all
    query     `localnet trace ...` as it is typed, from start to end, the index being there; `behind` with as much of the journal not in
              it as the owner leaves to whoever asks

The journal is made of the lines of one real crosspost, over and over with other ids.
"""

import argparse
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from localnet.journal.index import SUFFIX, Index, Keeper
from localnet.network import NetworkSpec, open_backend, start_network
from localnet.network.progress import silent
from localnet.world import demo_film, world_of
from localnet.world.catalogue import load_catalogue

LIMIT = 1.0
"""seconds of a query"""
LOCALNET = Path(sys.executable).with_name("localnet")
HEX = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
BASE32 = re.compile(rb"did:plc:[a-z2-7]{24}|baf[yk]rei[a-z2-7]{52}")
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def crosspost() -> tuple[str, bytes]:
    """A video's event id, and all lines that a network wrote from its person's first step to a second after their post."""
    with (
        open_backend("processes", silent) as backend,
        start_network(NetworkSpec(), backend, silent) as network,
    ):
        since = network.journal.path.stat().st_size
        world = world_of(network, load_catalogue())
        person = world.person("someone")
        person.opts_in()
        video = person.publishes(demo_film(), "a video")
        world.eventually("video-appears", person.feed_shows(video))
        time.sleep(1)
        return video.id, network.journal.path.read_bytes()[since:]


def others(lines: bytes, video: bytes) -> Iterator[tuple[bytes, str]]:
    """The same lines for ever, each time of another person, and what became of the video's id."""
    random_ = random.Random(1)
    hexes, words = set(HEX.findall(lines)), set(BASE32.findall(lines))
    every = re.compile(b"|".join(map(re.escape, hexes | words | {b"someone"})))
    for number in count(1):
        new = {text: random_.randbytes(32).hex().encode() for text in hexes}
        for text in words:
            start = 8 if text.startswith(b"did") else 7
            new[text] = text[:start] + "".join(random_.choices(LETTERS, k=len(text) - start)).encode()
        new[b"someone"] = b"person-%d" % number
        yield every.sub(partial(_renamed, new), lines), new[video].decode()


def _renamed(names: Mapping[bytes, bytes], match: re.Match[bytes]) -> bytes:
    return names[match.group()]


@dataclass(frozen=True, order=True)
class Cost:
    seconds: float
    cpu: float
    """seconds of it that the machine worked for it, whatever else it did"""

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s ({self.cpu:.2f} s CPU)"


def typed(*words: str) -> Cost:
    """The best of three of a command line."""
    return min(_typed(words) for _ in range(3))


def _typed(words: Sequence[str]) -> Cost:
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([LOCALNET, *words], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(time.perf_counter() - began, used)


@contextmanager
def spent(costs: list[Cost]) -> Iterator[None]:
    began, worked = time.perf_counter(), time.process_time()
    yield
    costs.append(Cost(time.perf_counter() - began, time.process_time() - worked))


def grown(journal: Path, wanted: int) -> tuple[list[str], int, Cost]:
    """Writes the journal while its index is kept up: the videos' ids, lines, and what keeping up cost."""
    event, lines = crosspost()
    events, written, costs, keeper = [], 0, [Cost(0, 0)], Keeper(journal)
    with journal.open("wb") as file:
        for copy, video in others(lines, event.encode()):
            file.write(copy)
            file.flush()
            events.append(video)
            written += copy.count(b"\n")
            with spent(costs):
                keeper.look()
            if written >= wanted:
                break
    return events, written, Cost(sum(cost.seconds for cost in costs), sum(cost.cpu for cost in costs))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("lines", nargs="?", type=int, default=1_000_000)
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as home:
        journal = Path(home) / "journal.jsonl"
        events, written, keeping = grown(journal, parser.parse_args().lines)
        behind = _typed(("trace", events[-1], "--evidence", home))
        middle = events[len(events) // 2]
        queries = {
            "an event": typed("trace", middle, "--evidence", home),
            "its beginning": typed("trace", middle[:12], "--evidence", home),
            "the last event, behind": behind,
            "the last name": typed("trace", f"person-{len(events)}", "--evidence", home),
            "`--help` alone": typed("trace", "--help"),
        }
        journal.with_suffix(SUFFIX).unlink()
        cold: list[Cost] = []
        with spent(cold), Index(journal) as index:
            index.catch_up()
        print(f"{written:,} lines, {journal.stat().st_size / 1e6:.0f} MB, {len(events):,} crossposts")
        print(f"cold      {cold[0]}")
        print(f"kept up   {keeping}, {keeping.cpu / written * 1e6:.1f} us a line")
        for name, cost in queries.items():
            print(f"query     {cost}  {name}")
        return 0 if queries["an event"].seconds <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
