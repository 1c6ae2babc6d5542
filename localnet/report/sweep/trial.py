"""A world for one run of a sweep: its fault is set once what is given is there, its people ask again where an app would, and somebody starts the
bridge again and lets pauses and leases be over.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from localnet.journal import Line
from localnet.network.network import Network
from localnet.report.sweep.spots import Someone
from localnet.wire.fault import Fault
from localnet.world.catalogue import Catalogue
from localnet.world.database import Database
from localnet.world.doors import Answer, Door, Unreachable
from localnet.world.expect import PAUSE, Matcher, Seldom, Waiting
from localnet.world.lifecycle import Lifecycle
from localnet.world.moments import BRIDGE
from localnet.world.person import Person
from localnet.world.place import Place
from localnet.world.promises import BrokenPromise
from localnet.world.watch import Watch
from localnet.world.world import World

WITHIN = 20.0
"""seconds until what was promised must be there, whatever went wrong once"""
ONE_IDENTITY = "opt-in-gives-identity"


class Attendant:
    """Looks after the bridge while people wait."""

    def __init__(self, network: Network, database: Database) -> None:
        self._network, self._database = network, database
        self._pauses = Seldom(database.pauses_are_over)

    def look(self) -> None:
        if self._network.service(BRIDGE).state == "killed":
            self._database.leases_run_out()
            self._network.start(BRIDGE)
        self._pauses.look()


class PatientDoor(Door):
    """Asks again where there is no answer, or a broken one: what an app does for its user."""

    def __init__(self, service: str, url: str, headers: Mapping[str, str], look: Callable[[], None]) -> None:
        super().__init__(service, url, headers)
        self._look = look

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        deadline = time.monotonic() + WITHIN
        while True:
            self._look()
            try:
                answer = super()._ask(method, path, body, headers)
            except Unreachable:
                if time.monotonic() > deadline:
                    raise
            else:
                if answer.status < 500 or time.monotonic() > deadline:
                    return answer
            time.sleep(PAUSE)


class PatientLifecycle(Lifecycle):
    def __init__(self, network: Network, service: str, look: Callable[[], None]) -> None:
        super().__init__(network, service)
        headers = {"Authorization": f"Bearer {network.export(service, 'token')}"}
        self._door = PatientDoor(service, network.url(service), headers, look)


class TrialWorld(World):
    """`givens` hear of everybody who is there, or linked, before the story begins, and of its end."""

    def __init__(self, place: Place, claimed: Sequence[str], schemas: Path, givens: "Givens") -> None:
        super().__init__(place, claimed, schemas)
        self._givens = givens
        self._attendant = Attendant(self._owned, self.database)
        lifecycle = PatientLifecycle(self._owned, self._control_plane, self._attendant.look)
        self._around = replace(self._around, lifecycle=lifecycle)

    def person(self, name: str) -> Person:
        person = super().person(name)
        self._givens.heard_of(self, is_linked=False)
        return person

    def linked(self, name: str) -> Person:
        person = super().linked(name)
        self._givens.heard_of(self, is_linked=True)
        return person

    def known(self) -> list[Someone]:
        return [Someone(person.pubkey, person.did) for person in self.people]

    def set(self, fault: Fault) -> None:
        self._owned.faults.add(fault)

    def settles(self) -> None:
        """The story is over; what follows is about whether it is."""
        self._givens.story_is_over()
        super().settles()

    def verify(self) -> None:
        super().verify()
        for person in self.people:
            if person.did and (wrong := person.has_one_identity().is_wrong()):
                raise BrokenPromise(ONE_IDENTITY, wrong, person.ids)

    def _meanwhile(self) -> list[Matcher]:
        return [Matcher("the bridge is looked after", self._attendant.look)]

    def _waiting(self, promise: str) -> Waiting:  # noqa: ARG002, the world's
        return Waiting(within=WITHIN, is_patient=True)


class Givens(Protocol):
    def heard_of(self, world: TrialWorld, is_linked: bool) -> None: ...
    def story_is_over(self) -> None: ...


class Recording:
    """Of the clean run: the story's lines, from the last of what is given on."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._watch: Watch | None = None
        self._lines: list[Line] | None = None
        self.linked = 0

    def heard_of(self, world: TrialWorld, is_linked: bool) -> None:
        self.linked += is_linked
        if is_linked or len(world.people) == 1:
            self._watch = Watch(self._network.journal)

    def story_is_over(self) -> None:
        if self._lines is None and self._watch is not None:
            self._lines = self._watch.new()

    def lines(self) -> list[Line]:
        self.story_is_over()
        return self._lines or []


class Arming:
    """Of every other run: sets the fault once all is given."""

    def __init__(self, linked: int, fault: Callable[[Sequence[Someone]], Fault]) -> None:
        self._wanted, self._fault = linked, fault
        self._linked = 0

    def heard_of(self, world: TrialWorld, is_linked: bool) -> None:
        self._linked += is_linked
        if self._linked == self._wanted if is_linked else self._wanted == 0 and len(world.people) == 1:
            world.set(self._fault(world.known()))

    def story_is_over(self) -> None:
        """The fault stays until it is met."""


def warmed_up(network: Network, catalogue: Catalogue) -> Place:
    """With a sentinel, so that no trial has to make one."""
    place = Place(network, catalogue)
    World(place).settles()
    return place
