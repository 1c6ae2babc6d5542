"""A network's clock as its owner moves it: the fakes by their control routes, processes through their units.

What is not reached stays in real time, and every move says so. A service that is down learns the time when it is started.
"""

import http.client
import json
import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from localnet.backends.clock_shim import ProgramClock
from localnet.backends.interface import Follower, Follows
from localnet.clock.reading import REAL, Reading, in_words, seconds_in
from localnet.errors import UsageError
from localnet.network.naming import nearest

if TYPE_CHECKING:
    from localnet.network.network import Network, Part

ROUTE = "/_control/clock"
ROUTE_SECONDS = 5.0
FOLLOW_SECONDS = 5.0
"""for a process to ask what time it is"""
YOURS_SECONDS = 0.5
FASTEST = 10_000.0
ABSENT = ("stopped", "killed", "ending", "failed", "frozen")
WIRE = "wire"
MOVES = ("show", "advance", "freeze", "rate", "real")


@dataclass(frozen=True)
class Move:
    """What became of one: where the clock stands now, who follows it, and why the others do not."""

    shows: str
    followed: tuple[str, ...]
    later: tuple[str, ...]
    """who is down or frozen, and learns the time on the way back"""
    stayed: Mapping[str, str]

    @property
    def who(self) -> str:
        parts = [f"followed by {', '.join(self.followed) or 'nobody'}"]
        parts += [f"later by {', '.join(self.later)}"] if self.later else []
        return "; ".join([*parts, *(f"not by {name}: {why}" for name, why in self.stayed.items())])


class NetworkClock:
    def __init__(self, network: "Network") -> None:
        self._network = network
        self._lock = threading.Lock()
        self.followed = ""
        """by whom at the last move, in words; nothing before the first"""

    def advance(self, seconds: float) -> Move:
        return self._move(f"advance {in_words(seconds)}", lambda was, real: was.advanced(seconds, real))

    def freeze(self) -> Move:
        return self._move("freeze", lambda was, real: was.running(0.0, real))

    def rate(self, rate: float) -> Move:
        """Run `rate` times as fast as real time, from where it stands; 1 ends a freeze."""
        if not 0 < rate <= FASTEST:
            raise UsageError(f"a clock cannot run {rate:g} times as fast", f"above 0, up to {FASTEST:g}")
        return self._move(f"rate {rate:g}", lambda was, real: was.running(rate, real))

    def real(self) -> Move:
        """Back to the time as it is, however far that is."""
        return self._move("real", lambda _was, _real: REAL)

    def show(self) -> Move:
        """Where it stands; everybody is asked again who follows."""
        return self._told(self._network.reading)

    def obey(self, move: str, argument: str) -> Move:
        """A move in words, as the command line has it: `advance 73h`, `freeze`, `rate 20`, `real`, `show`."""
        if move not in MOVES:
            raise UsageError(f"a clock cannot {move}", nearest(move, MOVES))
        if move == "advance":
            return self.advance(seconds_in(argument))
        if move == "rate":
            return self.rate(_number(argument))
        moved: Move = getattr(self, move)()
        return moved

    def tell(self, service: str) -> None:
        """A service that has just come up learns the time, if it is not the real one."""
        if self._network.reading != REAL:
            for part in self._network.parts():
                if part.name == service:
                    self._asked(part, self._network.reading)

    def _move(self, words: str, how: Callable[[Reading, float], Reading]) -> Move:
        with self._lock:
            reading = how(self._network.reading, time.time())
            self._network.keep_reading(reading)
            move = self._told(reading)
            self.followed = move.who
            self._network.note_move(words, f"{move.shows}; {move.who}")
        return move

    def _told(self, reading: Reading) -> Move:
        """Everybody first, then each is waited for, so that all change at nearly the same moment."""
        parts = [part for part in self._network.parts() if part.name != WIRE]
        later = tuple(part.name for part in parts if self._network.service(part.name).state in ABSENT)
        asked = {part.name: self._asked(part, reading) for part in parts if not self._is_fake_in(part, later)}
        asked |= {name: self._asked_yours(name, reading) for name in self._yours()}
        for part in parts:
            if part.name not in later:
                part.probe()  # who is idle would not ask what time it is
        deadline = time.monotonic() + FOLLOW_SECONDS
        answers = {
            name: follows(max(0.0, deadline - time.monotonic()))
            for name, follows in asked.items()
            if name not in later
        }
        return Move(
            shows=reading.described(time.time()),
            followed=tuple(name for name, wrong in answers.items() if wrong is None),
            later=later,
            stayed={name: wrong for name, wrong in answers.items() if wrong is not None},
        )

    @staticmethod
    def _is_fake_in(part: "Part", absent: tuple[str, ...]) -> bool:
        """Nobody would answer; it is told when it is started."""
        return part.name in absent and part.launch is not None and part.launch.runs.kind == "fake"

    def _asked(self, part: "Part", reading: Reading) -> Follows:
        if part.launch is None:
            return lambda _: "it runs elsewhere"
        if part.launch.runs.kind == "fake":
            wrong = self._told_fake(part.name, reading)
            return lambda _: wrong
        unit: object = part.unit
        return (
            unit.follow(reading)
            if isinstance(unit, Follower)
            else lambda _: "its backend cannot move its clock"
        )

    def _yours(self) -> list[str]:
        return [name for name, service in self._network.services.items() if service.state == "yours"]

    def _asked_yours(self, name: str, reading: Reading) -> Follows:
        """What somebody starts by hand follows when it was given what `localnet env --clock` prints."""
        follows = ProgramClock.of(name, self._network.directory).follow(reading)
        hint = f"you start it; with what `localnet env --for {name} --clock` prints it follows"
        return lambda patience: follows(min(patience, YOURS_SECONDS)) and hint

    def _told_fake(self, name: str, reading: Reading) -> str | None:
        parts = urlsplit(self._network.url(name))
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=ROUTE_SECONDS)
        try:
            headers = {"X-Localnet-Token": self._network.token, "Connection": "close"}
            connection.request("PUT", ROUTE, json.dumps(asdict(reading)), headers)
            answer = connection.getresponse()
            return None if answer.status == http.HTTPStatus.OK else f"it answered {answer.status}"
        except (OSError, http.client.HTTPException) as error:
            return f"{type(error).__name__} {error}".strip()
        finally:
            connection.close()


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(f"{text!r} is no number", "e.g. localnet clock rate 20")
    return number
