"""The world of one scenario: fresh people on a running network, and the two ways to ask what became of their
acts.

`eventually` asks until it is so; `once_settled` first makes sure that nothing more will happen. `verify` is
the oracle, which the pytest plugin asks after each scenario. Everything is synchronous.
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from fakes.nostr.keys import SecretKey
from localnet.errors import LocalnetError
from localnet.network.network import Network
from localnet.network.view import View
from localnet.world.barrier import Barrier
from localnet.world.catalogue import Catalogue
from localnet.world.custodian import Custodian
from localnet.world.database import Database
from localnet.world.directory import Directory
from localnet.world.expect import DEADLINE, Matcher, Seldom, Waiting, wait_for, wrong_now
from localnet.world.lifecycle import Lifecycle
from localnet.world.moments import BRIDGE
from localnet.world.neighbours import Neighbours
from localnet.world.oracle import Finding, Sight, judge
from localnet.world.outputs import CALLS, SECRETS
from localnet.world.person import Person
from localnet.world.place import Place
from localnet.world.postgres import Postgres
from localnet.world.powers.grants import Grants
from localnet.world.powers.keycast import KeycastPowers
from localnet.world.powers.media import MediaPowers
from localnet.world.powers.names import NamesPowers
from localnet.world.powers.pds import PdsPowers
from localnet.world.powers.relay import RelayPowers
from localnet.world.powers.video import VideoPowers
from localnet.world.promises import BrokenPromise
from localnet.world.reader import Reader, Repositories
from localnet.world.subject import Subject
from localnet.world.surroundings import Surroundings
from localnet.world.time import WorldClock
from localnet.world.watch import Watch, is_work
from localnet.world.wire import WireMishaps, shows_nothing

DOMAIN = "localnet.test"
SETTLING = "bridge-starts"
"""what nothing can be said without"""
SECOND_CHANCE = 4.0
"""seconds a promise gets on the way to another one, once it broke in this run: less than it deserves, but enough for
a bridge that looks at the relay once a second
"""
SECOND_LOOK = 1.0
"""seconds until the oracle believes what it saw"""


class World:
    def __init__(
        self, place: Place, claimed: Sequence[str] = (), schemas: Path = Path(), numbered: bool = True
    ) -> None:
        """`claimed` promises always get their full time; without `numbered` a person's name is exactly what
        was asked for.
        """
        self._place = place
        self._claimed = tuple(claimed)
        self._numbered = numbered
        self._settled = False
        self._catalogue = place.catalogue
        network = place.network
        self._around = Surroundings(
            neighbours=Neighbours(network),
            lifecycle=Lifecycle(network, self._control_plane),
            reader=Reader(network),
            repositories=Repositories(network),
            directory=Directory(network),
            next_second=place.next_second,
            eventually=self.eventually,
            something_happened=self.something_happened,
        )
        self.people: list[Person] = []
        self._let_out: list[Finding] = []
        self.database = Database(network, schemas)
        self.custodian = Custodian(network, self.something_happened)
        self.clock = WorldClock(network, place.has_own_clock, self.something_happened)
        self._grants = Grants(network, self.something_happened)
        self.relay = RelayPowers(self._grants)
        self.media = MediaPowers(self._grants)
        self.pds = PdsPowers(self._grants)
        self.names = NamesPowers(self._grants)
        self.keycast = KeycastPowers(self._grants)
        self.video = VideoPowers(self._grants)

    # --- who --------------------------------------------------------------------------------------

    def person(self, name: str) -> Person:
        """Somebody new with a key and a name, known to keycast and the name server, and a stranger to the
        bridge.
        """
        label = f"{name}-{self._place.person_number()}" if self._numbered else name
        person = Person(self._around, self._secret(label), label, f"{label}.{DOMAIN}")
        self._around.neighbours.register(person.pubkey, label)
        self.people.append(person)
        return person

    def linked(self, name: str) -> Person:
        """Somebody who has opted in and is ready, and published nothing before."""
        person = self.person(name)
        person.opts_in()
        self.database.histories_are_over()
        return person

    @property
    def bridge(self) -> Subject:
        """The process under test."""
        return Subject(self._owned, BRIDGE, self.wire, self.something_happened)

    @cached_property
    def wire(self) -> WireMishaps:
        """What lies between the services, and what goes wrong there."""
        return WireMishaps(self._owned, next(iter(self._claimed), ""), self.something_happened)

    @property
    def postgres(self) -> Postgres:
        """The database server."""
        return Postgres(self._owned, self.database, self.wire, self.something_happened)

    @property
    def sentinel(self) -> Person | None:
        """Who was asked whether the network has settled, if anybody was; no scenario knows them."""
        return self._place.sentinel

    # --- conditions -------------------------------------------------------------------------------

    def secrets_are_kept(self) -> Matcher:
        return self._nothing_let_out(SECRETS, "no secret stands in any output")

    def nothing_left(self) -> Matcher:
        return self._nothing_let_out(CALLS, "no call left the network")

    # --- what became of it ------------------------------------------------------------------------

    def eventually(self, promise: str, *matchers: Matcher) -> None:
        """All of these become so within the deadline, or the promise is broken."""
        self._catalogue.promise(promise)
        wrong = wait_for([*self._meanwhile(), *matchers], self._waiting(promise))
        if wrong is not None:
            self._break(promise, wrong, matchers)

    def once_settled(self, promise: str, *matchers: Matcher) -> None:
        """All of these are so once nothing more can happen, or the promise is broken."""
        self._catalogue.promise(promise)
        self.settles()
        reasons = wrong_now(matchers)
        if reasons:
            self._break(promise, "\n".join(reasons), matchers)

    def settles(self) -> None:
        """Returns when whatever is going to come of what happened so far has come."""
        if self._settled:
            return
        watch = Watch(self._place.network.journal)
        Barrier(
            sentinel=self._sentinel_is_seen,
            left=self._left,
            work=lambda: [f"{line.edge} {line.op}" for line in watch.new() if is_work(line)],
            also=self._meanwhile(),
        ).settle(self._waiting(SETTLING))
        self._settled = True

    def is_at_rest(self) -> bool:
        """Whether the next scenario finds nothing of this one under way."""
        return self._settled or not self._left()

    def verify(self) -> None:
        """That the scenario's mishaps and powers were of use; then the oracle: what must be true of its people and outputs, whatever
        it was about.
        """
        if self._grants.unused():
            self.settles()
        if unmet := self._end_mishaps():
            raise BrokenPromise(self._claimed[0], shows_nothing(unmet))
        if self.people:
            self.settles()
        if unmet := self._grants.end():
            raise BrokenPromise(self._claimed[0], shows_nothing(unmet))
        findings = [*self._wrong_with_people(), *self._wrong_with_outputs()]
        if findings:
            first = findings[0]
            also = [f"also {finding.promise}: {finding.wrong}" for finding in findings[1:]]
            self._place.broken.add(first.promise)
            raise BrokenPromise(first.promise, "\n".join((first.wrong, *also)), first.concerns)

    def ends(self) -> None:
        """Whoever plays next finds the neighbours and what lies between them as they were."""
        self._grants.abandon()
        with suppress(LocalnetError):
            self._end_mishaps()

    def something_happened(self) -> None:
        self._settled = False

    # --- how --------------------------------------------------------------------------------------

    def _meanwhile(self) -> list[Matcher]:
        """Where something went wrong nobody waits in real time for the next attempt."""
        return [self._no_pause] if "wire" in vars(self) else []

    @cached_property
    def _no_pause(self) -> Matcher:
        return Matcher("nobody pauses", Seldom(self.database.pauses_are_over).look)

    def _end_mishaps(self) -> list[str]:
        return self.wire.end() if "wire" in vars(self) else []

    def _wrong_with_people(self) -> list[Finding]:
        """A follower who looked a handle up just before it resolved gets a moment to look again."""
        findings: list[Finding] = []

        def is_wrong() -> str | None:
            findings[:] = judge(self._sight(person) for person in self.people)
            return findings[0].wrong if findings else None

        wait_for([Matcher("the oracle is content", is_wrong)], Waiting(within=SECOND_LOOK))
        return findings

    def _wrong_with_outputs(self) -> list[Finding]:
        """Of this scenario so far."""
        self._let_out += self._place.outputs.judge()
        return self._let_out

    def _nothing_let_out(self, promise: str, sentence: str) -> Matcher:
        def is_wrong() -> str | None:
            return next((f.wrong for f in self._wrong_with_outputs() if f.promise == promise), None)

        return Matcher(sentence, is_wrong)

    @property
    def _owned(self) -> Network:
        """A network that another process owns does not let go of its services."""
        network = self._place.network
        if not isinstance(network, Network):
            raise TypeError(f"{network.id} belongs to another process")
        return network

    @property
    def _control_plane(self) -> str:
        adapter = self._place.network.adapter
        return adapter.control_plane if adapter else BRIDGE

    def _left(self) -> list[str]:
        adapter = self._place.network.adapter
        question = adapter.anything_left if adapter else None
        return self.database.left(question) if question else []

    def _secret(self, label: str) -> SecretKey:
        return SecretKey.from_bytes(hashlib.sha256(f"{self._place.network.seed} {label}".encode()).digest())

    def _waiting(self, promise: str) -> Waiting:
        hopeless = promise in self._place.broken and promise not in self._claimed
        return Waiting(within=SECOND_CHANCE if hopeless else DEADLINE)

    def _break(self, promise: str, wrong: str, matchers: Sequence[Matcher]) -> None:
        self._place.broken.add(promise)
        asked = "; ".join(matcher.sentence for matcher in matchers)
        concerns = dict.fromkeys(concern for matcher in matchers for concern in matcher.concerns)
        raise BrokenPromise(promise, f"expected: {asked}\n{wrong}", tuple(concerns))

    def _sentinel_is_seen(self) -> None:
        sentinel = self._place.sentinel
        if sentinel is None:
            sentinel = self.linked("sentinel")
            self.people.remove(sentinel)
            self._place.sentinel = sentinel
        video = sentinel.publishes()
        self.eventually("video-appears", sentinel.feed_shows(video))

    def _sight(self, person: Person) -> Sight:
        link = self._around.lifecycle.status(person.pubkey)
        return Sight(
            name=person.name,
            handle=person.handle,
            ids=person.ids,
            link=link,
            videos=tuple(person.ledger),
            feed=self._around.reader.feed(link.did) if link.did else None,
            repository=self._around.repositories.wrong_with(link.did),
            resolved=self._around.neighbours.resolves(person.handle),
            noted=self.database.noted(link.did),
        )


def world_of(network: View, catalogue: Catalogue) -> World:
    """People by their own names on a network that is already there, for the command line."""
    return World(Place(network, catalogue, head_start=0), numbered=False)
