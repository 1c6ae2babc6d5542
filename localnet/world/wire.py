"""What goes wrong between the services of a scenario: faults on edges, in its words.

A fault is used up after so many times; one that was never met fails the scenario, which then showed nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from localnet.errors import UndecidedError
from localnet.network.network import Network
from localnet.wire.fault import Fault
from localnet.world.expect import DEADLINE, Matcher, Waiting, wait_for
from localnet.world.moments import BRIDGE, Moment
from localnet.world.promises import BrokenPromise


@dataclass
class Mishap:
    """One fault, as the scenario knows it."""

    says: str
    name: str
    network: Network
    ended_with: int | None = field(default=None, init=False)

    @property
    def met(self) -> int:
        """How often it has come to it so far."""
        if self.ended_with is not None:
            return self.ended_with
        standing = next(one for one in self.network.faults.all() if one.fault.name == self.name)
        if standing.wrong:
            raise UndecidedError(f"{self.says}: {standing.wrong}", "localnet fault ls")
        return standing.done

    def ends(self) -> None:
        """What it held goes on, what it cut is mended."""
        if self.ended_with is None:
            self.ended_with = self.network.faults.remove(self.name).hits

    def is_met(self) -> Matcher:
        def is_wrong() -> str | None:
            return None if self.met else "it has not come to it"

        return Matcher(f"it comes to this: {self.says}", is_wrong)


def shows_nothing(unmet: Sequence[str]) -> str:
    """What is wrong with a scenario in which that was never met."""
    return f"the scenario shows nothing, it never came to this: {'; '.join(unmet)}"


class WireMishaps:
    def __init__(self, network: Network, claimed: str, something_happened: Callable[[], None]) -> None:
        """`claimed`: the promise that fails with a fault that is never met."""
        self._network, self._claimed, self._happened = network, claimed, something_happened
        self._mishaps: list[Mishap] = []

    # --- an answer is not what it should be -------------------------------------------------------

    def loses_the_answer(self, moment: Moment, times: int = 1) -> Mishap:
        """The callee has done it, and the caller is not told."""
        return self._let("loses the answer to", moment, "lose_answer", times)

    def answers(self, moment: Moment, status: int, times: int = 1) -> Mishap:
        """In the callee's place, which never sees it."""
        return self._let(f"answers {status} to", moment, "answer", times, status=status)

    def answers_with_an_error(self, moment: Moment, sqlstate: str, says: str, times: int = 1) -> Mishap:
        """The statement fails at the server, for this reason."""
        return self._let(f"answers {sqlstate} to", moment, "answer", times, sqlstate=sqlstate, message=says)

    def cuts_the_answer_short(self, moment: Moment, after: int, times: int = 1) -> Mishap:
        """After so many bytes of its body."""
        return self._let("cuts short the answer to", moment, "truncate", times, bytes=after)

    # --- something does not arrive, or not as it was sent -----------------------------------------

    def drops(self, moment: Moment, times: int = 1) -> Mishap:
        """Before the callee sees it; the caller's connection is reset."""
        return self._let("drops", moment, "drop", times)

    def resets(self, moment: Moment, times: int = 1) -> Mishap:
        """Once the callee has been sent it, so that nobody knows whether it was done."""
        return self._let("resets", moment, "reset", times)

    def repeats(self, moment: Moment, times: int = 1) -> Mishap:
        return self._let("repeats", moment, "duplicate", times)

    def withholds(self, moment: Moment, times: int = 1) -> Mishap:
        return self._let("withholds", moment, "withhold", times)

    def disorders(self, moment: Moment, times: int = 1) -> Mishap:
        """It arrives after what came behind it."""
        return self._let("disorders", moment, "reorder", times)

    # --- something takes its time -----------------------------------------------------------------

    def delays(self, moment: Moment, seconds: float, times: int = 1) -> Mishap:
        return self._let("delays", moment, "delay", times, seconds=seconds)

    def holds(self, moment: Moment, times: int = 1) -> Mishap:
        """Until the mishap ends."""
        return self._let("holds up", moment, "hold", times)

    def holds_the_answer(self, moment: Moment, times: int = 1) -> Mishap:
        return self._let("holds up the answer to", moment, "hold", times, when="after")

    # --- somebody is gone -------------------------------------------------------------------------

    def cuts_the_bridge_off(self, service: str) -> Mishap:
        """Until the mishap ends."""
        fault = Fault(f"cuts the bridge off from {service}", f"bridge*→{service}", "cut")
        return self._set(fault, fault.name)

    def kills_the_bridge(self, moment: Moment, after: bool) -> Mishap:
        """Nothing else it sends arrives; `after`: it has got its answer, and gets no further."""
        when = "after" if after else "before"
        named = {} if moment.caller.startswith(BRIDGE) else {"service": BRIDGE}
        return self._let(f"kills the bridge {when}", moment, "kill", 1, when=when, **named)

    def freezes_the_bridge(self, moment: Moment) -> Mishap:
        """Whichever of its processes comes to it."""
        return self._let("freezes the bridge before", moment, "freeze", 1)

    # --- how --------------------------------------------------------------------------------------

    def waits_for(self, mishap: Mishap) -> None:
        """Until it has come to it."""
        if wait_for([mishap.is_met()], Waiting(within=DEADLINE)) is not None:
            raise BrokenPromise(self._claimed, shows_nothing([f"the wire {mishap.says}"]))

    def end(self) -> list[str]:
        """All are over; the result says which were never met."""
        mishaps, self._mishaps = self._mishaps, []
        for mishap in mishaps:
            mishap.ends()
        return [f"the wire {mishap.says}" for mishap in mishaps if not mishap.ended_with]

    def _let(self, says: str, moment: Moment, action: str, times: int, **parameters: object) -> Mishap:
        says = f"{says} {moment.name}"
        name = f"{says} ({len(self._mishaps) + 1})"
        return self._set(
            Fault(name, moment.edge, action, moment.operation, count=times, parameters=parameters), says
        )

    def _set(self, fault: Fault, says: str) -> Mishap:
        self._happened()
        self._network.faults.add(fault)
        mishap = Mishap(says, fault.name, self._network)
        self._mishaps.append(mishap)
        return mishap
