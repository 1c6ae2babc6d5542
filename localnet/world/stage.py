"""The networks that scenarios play on: one they share, one after the other, one that those with the same settings
share, and one of their own for those that ask for it.

A shared network is replaced when a scenario leaves it in no state for the next: with a promise broken, with
work that will not end, or with a service down. One stage per process, so one shared network per pytest-xdist
worker.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from localnet.backends.interface import Backend
from localnet.errors import MachineError, ServiceError, UsageError
from localnet.network import Network, NetworkSpec, ProgressEvent, open_backend, start_network
from localnet.network.catalogue import load
from localnet.network.record import Adapter
from localnet.world.catalogue import Catalogue
from localnet.world.place import Place
from localnet.world.promises import BrokenPromise, NetworkWish, NotApplicable
from localnet.world.world import World

ONE_STARTS, TWO_START = "bridge-starts", "migrates-with-replicas"
"""what is broken when no network comes up, whatever a scenario is about"""
REPLICAS = "replicas"
"""the capability without which a bridge is not started twice"""
CLOCK = "clock"
"""the capability without which a bridge is not told another time: a static binary, or Go"""
OWN_SERVER = {"postgres.cluster": "own"}
"""A server that networks share cannot be told two times at once."""
ORDINARY = NetworkWish(is_shared=True)
DOWN = ("stopped", "killed", "frozen", "failed")


class Starter(Protocol):
    """Starts networks, and ends whatever it keeps for them."""

    def start(self, spec: NetworkSpec) -> Network: ...
    def failed(self) -> list[str]: ...
    def close(self) -> None: ...


class Backends:
    """Opens the backend for the first network and keeps it for the others."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._backend: Backend | None = None
        self._failed: list[str] = []

    def start(self, spec: NetworkSpec) -> Network:
        self._failed.clear()
        if self._backend is None:
            self._backend = self._open.enter_context(open_backend(spec.backend, self._listen, spec))
        return start_network(spec, self._backend, self._listen)

    def failed(self) -> list[str]:
        """The services that failed at the last start, first cause first."""
        return list(self._failed)

    def close(self) -> None:
        self._open.close()

    def _listen(self, event: ProgressEvent) -> None:
        if event.state == "failed":
            self._failed.append(event.service)


@dataclass(frozen=True)
class Playing:
    network: Network
    place: Place
    wish: NetworkWish


class Stage:
    def __init__(
        self,
        spec: NetworkSpec,
        catalogue: Catalogue,
        starter: Starter | None = None,
        logs: Path | None = None,
    ) -> None:
        """`logs`: where every network's logs are kept when it ends."""
        self._spec = spec
        self._catalogue = catalogue
        self._starter: Starter = starter or Backends()
        self._logs = logs
        self._shared: list[Playing] = []
        self._current: Playing | None = None
        self._kept: Playing | None = None
        self._retired: Playing | None = None
        self._broken: set[str] = set()
        self.is_hopeless = False
        """whether not even the first network could be asked for or had: no other will be"""
        self._has_started = False
        self.network: Network | None = None
        """the one the current scenario plays on"""
        adapter_file = load(spec).adapter
        self.adapter: Adapter = adapter_file.adapter
        self._subjects = {service.name for service in adapter_file.services}

    @contextmanager
    def world(self, claimed: Sequence[str], wish: NetworkWish | None, schemas: Path) -> Iterator[World]:
        """The world of one scenario.

        Raises NotApplicable before anything is started, BrokenPromise when the bridge does not come up.
        """
        self.network = None
        wish = wish or ORDINARY
        self._must_apply(claimed, wish)
        playing = self._playing(claimed, wish, schemas)
        self.network = playing.network
        self._current = playing
        world = World(playing.place, claimed, schemas)
        try:
            yield world
        finally:
            world.ends()
            is_retired = playing in (self._kept, self._retired) or playing not in self._shared
            if is_retired or _is_spoiled(playing, world):
                self._shared = [other for other in self._shared if other is not playing]
                if playing is not self._kept:
                    self._end(playing)

    def retire(self) -> None:
        """The current scenario's network may be as broken as what it showed: the next gets a new one."""
        self._retired = self._current

    def keep(self) -> None:
        """The current scenario's network stays as it is, until `close`."""
        self._kept = self._current

    @property
    def kept(self) -> Network | None:
        return self._kept.network if self._kept else None

    def close(self) -> None:
        if self._kept is not None:
            self._end(self._kept)
        for playing in self._shared:
            self._end(playing)
        self._starter.close()

    def _must_apply(self, claimed: Sequence[str], wish: NetworkWish) -> None:
        needed = {self._catalogue.promise(promise).capability for promise in claimed}
        needed |= {REPLICAS} if wish.replicas > 1 else set()
        needed |= {CLOCK} if wish.clock else set()
        missing = sorted(capability for capability in needed if capability in self.adapter.cannot)
        if missing:
            raise NotApplicable(f"{self.adapter.name} cannot: {', '.join(missing)}")

    def _playing(self, claimed: Sequence[str], wish: NetworkWish, schemas: Path) -> Playing:
        shared = next((playing for playing in self._shared if playing.wish == wish), None)
        if shared is not None:
            return shared
        playing = self._started(claimed, wish, schemas)
        if wish.is_shared:
            self._shared.append(playing)
        return playing

    def _started(self, claimed: Sequence[str], wish: NetworkWish, schemas: Path) -> Playing:
        """What a scenario asked for is part of what it claims: there the bridge has to come up."""
        spec = replace(
            self._spec,
            env={**self._spec.env, **wish.env},
            database=schemas / f"{wish.schema}.sql" if wish.schema else self._spec.database,
            replicas=wish.replicas,
            staggered=wish.staggered,
            set={**(OWN_SERVER if wish.clock else {}), **self._spec.set, **wish.settings},
        )
        two_start = wish.replicas > 1 and not wish.staggered
        promise = claimed[0] if wish.schema else TWO_START if two_start else ONE_STARTS
        network = self._start(spec, promise)
        place = Place(network, self._catalogue, self._broken)
        place.has_own_clock = wish.clock
        return Playing(network, place, wish)

    def _start(self, spec: NetworkSpec, promise: str) -> Network:
        try:
            network = self._starter.start(spec)
            self._has_started = True
            return network
        except (MachineError, UsageError):
            self.is_hopeless = not self._has_started
            raise
        except ServiceError as error:
            first = next(iter(self._starter.failed()), None)
            if first is not None and self._is_subject(first):
                raise BrokenPromise(promise, f"the bridge did not start: {error.message}") from error
            raise

    def subjects_running(self) -> list[str]:
        """The services under test of the current network, replicas included."""
        return [name for name in self.network.services if self._is_subject(name)] if self.network else []

    def _is_subject(self, service: str) -> bool:
        return any(service == name or service.startswith(f"{name}-") for name in self._subjects)

    def _end(self, playing: Playing) -> None:
        network = playing.network
        if self._logs is not None:
            network.save_logs(self._logs / network.id)
        network.close()


def _is_spoiled(playing: Playing, world: World) -> bool:
    services = playing.network.services.values()
    return any(service.state in DOWN for service in services) or not world.is_at_rest()
