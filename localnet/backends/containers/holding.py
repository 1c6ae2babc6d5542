"""What one network has in the engine: an outer and an inner network, the wire on both, a container for each service.

The bridge's services are on the inner one, where only the wire is; everybody else is on the outer one.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from typing import Final

from localnet.backends.channel import Channel
from localnet.backends.containers.api import Api, Plan
from localnet.backends.containers.clock import FOLDER, Clocks
from localnet.backends.containers.container import Container
from localnet.backends.containers.egress import Egress
from localnet.backends.containers.layout import Layout
from localnet.backends.containers.marks import container_name, home_of
from localnet.backends.containers.plans import INNER, OUTER, WIRE, Images, Plans
from localnet.backends.containers.records import Records
from localnet.backends.interface import HARNESS, Address, Edge, Follows, Listening, Places, Runs
from localnet.clock.reading import Reading
from localnet.errors import LocalnetError

AT_ONCE: Final = 10
"""containers that are made at the same time"""
CLOSED: Final = {"com.docker.network.bridge.enable_ip_masquerade": "false"}
"""Of the outer network: what is sent to other machines finds no way back."""
WITHOUT_GATEWAY: Final = {"com.docker.network.bridge.inhibit_ipv4": "true"}
"""Of the inner network: the engine's machine has no address on it, so its own ports cannot be reached from there. Engines before 25 still
tell containers of a default route, to the address that nobody has; `localnet.wire.probe` takes it away."""


class Holding:
    """`root`: the folder that the run's directory lies in; it marks what is ours."""

    def __init__(
        self,
        api: Api,
        images: Images,
        layout: Layout,
        root: Path,
        published_at: tuple[str, str],
        clocks: Clocks,
    ) -> None:
        bind, self._host = published_at
        self._api, self.layout, self._home = api, layout, home_of(root)
        self._plans = Plans(images, layout, root, bind)
        self._clocks = clocks
        self._directory = layout.wanted.directory
        self._records = Records(self._directory)
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix=layout.run)
        self._warm: dict[str, Future[Container]] = {}
        self._containers: dict[str, Container] = {}
        self._channels: dict[str, Channel] = {}
        self._lock = threading.Lock()
        self._places = Places({}, {}, {}, {})
        self._egress: Egress | None = None
        self.tripwires = layout.tripwires()
        self.wire_addresses: dict[str, str] = {}
        """network name -> the wire's address there"""

    @property
    def run(self) -> str:
        return self.layout.run

    def log(self, service: str) -> Path:
        return self._directory / "logs" / f"{service}.log"

    def open(self) -> Places:
        self._make_volume()
        outer = self._pool.submit(self._make_network, OUTER)
        inner = self._pool.submit(self._make_network, INNER)
        wire = self._pool.submit(self._start_wire, outer, inner)
        for service in self.layout.wanted.services:
            if service.runs.kind in ("builtin", "fake"):
                self._warm[service.name] = self._pool.submit(self._start_early, service, outer)
        published = wire.result()
        address = self.wire_addresses[self._plans.network(OUTER)]
        gateways = filter(None, (self._api.gateway(self._plans.network(side)) for side in (OUTER, INNER)))
        listener = f"{address}:{next(iter(self.layout.numbers.values()))}"
        self._egress = Egress(self.run, gateways, [listener], self._probe)
        self._places = self.layout.places(self._host, published, address)
        return self._places

    @property
    def egress(self) -> Egress:
        assert self._egress
        return self._egress

    def channel(self, service: str) -> Channel:
        """To one that talks: the wire, a fake."""
        with self._lock:
            if service not in self._channels:
                self._channels[service] = Channel(service, self._containers[service], self.log(service))
            return self._channels[service]

    def running(self, service: str, runs: Runs, env: Mapping[str, str]) -> Container:
        """Its container, started now unless that has been done already."""
        with self._lock:
            early = self._warm.pop(service, None)
        if early:
            return early.result()
        if service in self._containers:
            return self._started_again(service)
        plan = self._plans.fake(service) if runs.kind == "fake" else self._planned(service, runs, env)
        return self._launched(service, plan)

    def follow(self, service: str, reading: Reading) -> Follows:
        """Its clock shows this from now on."""
        return self._clocks.follow(service, self._containers[WIRE], reading)

    def address(self, service: str, protocol: str) -> Address:
        """Where we find it, through the wire."""
        return self._places.reaches[Edge(HARNESS, service, protocol)]

    def listens(self, service: str) -> Callable[[], bool]:
        """Whether it takes connections, as the wire finds; False while the wire is not that far itself."""

        def look() -> bool:
            try:
                return bool(
                    self.channel(WIRE).ask(self.run, {"op": "knock", "edge": f"{HARNESS}→{service}"})[
                        "listens"
                    ]
                )
            except LocalnetError:
                return False

        return look

    def close(self) -> None:
        """Commands first, while their neighbours are there; the wire last, so that all of it is journalled."""
        wait(self._warm.values())
        if self._egress:
            self._egress.close()
        others = [name for name in self._containers if name != WIRE]
        self._at_once(lambda name: self._containers[name].act("stop"), self.layout.inside & set(others))
        self._at_once(self._remove, others)
        if WIRE in self._channels:
            channel = self._channels[WIRE]
            answer = channel.expect(self.run, "", gone=True)
            channel.send({"op": "remove", "network": self.run})
            answer.wait(5)
        self._remove(WIRE)
        left = self._api.owned(self._home, self.run)
        for kind in ("container", "network", "volume"):
            self._at_once(self._api.remove, [owned for owned in left if owned.kind == kind])
        self._pool.shutdown()

    def _at_once(self, act: Callable[..., None], things: Iterable[object]) -> None:
        for done in [self._pool.submit(act, thing) for thing in things]:
            with suppress(LocalnetError):
                done.result()

    def _remove(self, service: str) -> None:
        container = self._containers.pop(service, None)
        if container:
            container.remove()
        if channel := self._channels.pop(service, None):
            channel.close()

    # --- networks ---------------------------------------------------------------------------------

    def _make_network(self, side: str) -> None:
        name = self._plans.network(side)
        options: dict[str, str] = {}
        if side == INNER:
            options |= WITHOUT_GATEWAY
        elif not self.layout.wanted.elsewhere:
            options |= CLOSED
        with self._records.making(name):
            self._api.make_network(name, self._plans.labels(), options, internal=side == INNER)

    def _make_volume(self) -> None:
        name = self._plans.volume
        with self._records.making(name):
            self._api.make_volume(name, self._plans.labels())

    # --- containers -------------------------------------------------------------------------------

    def _start_wire(self, outer: "Future[None]", inner: "Future[None]") -> dict[int, int]:
        """The numbers its published ports have got."""
        outer.result()
        inner.result()
        wire = self._launched(WIRE, self._plans.wire(), [(self._plans.network(INNER), self.layout.aliases)])
        settings = wire.inspect()["NetworkSettings"]
        self.wire_addresses = {name: at["IPAddress"] for name, at in settings["Networks"].items()}
        return {
            int(port.partition("/")[0]): int(bound[0]["HostPort"])
            for port, bound in settings["Ports"].items()
            if bound
        }

    def _start_early(self, service: Listening, outer: "Future[None]") -> Container:
        outer.result()
        if service.runs.kind == "fake":
            return self._launched(service.name, self._plans.fake(service.name))
        return self._launched(service.name, self._planned(service.name, service.runs, {}))

    def _launched(self, service: str, plan: Plan, also_on: Iterable[tuple[str, list[str]]] = ()) -> Container:
        container = Container(self._api, plan, self.log(service))
        self._containers[service] = container
        with self._records.making(plan.name):
            container.make(list(also_on))
        if plan.volumes and service != WIRE and (files := self._clocks.files(service)):
            container.put(FOLDER, files)
        self._run(service, container)
        return container

    def _run(self, service: str, container: Container) -> None:
        with self._records.starting(container_name(self.run, service)):
            container.start()
        if service in self.layout.inside:
            self.egress.prove(service, container)

    def _probe(self, of: Container, targets: str) -> Container:
        plan = self._plans.probe(of.id, targets)
        probe = Container(self._api, plan, self.log("proof"))
        try:
            with self._records.making(plan.name):
                probe.make()
            with self._records.starting(plan.name):
                probe.start()
        except LocalnetError:
            probe.remove()
            raise
        return probe

    def _started_again(self, service: str) -> Container:
        container = self._containers[service] = self._containers[service].again()
        with self._lock:
            former = self._channels.pop(service, None)
        if former:
            former.close()
        self._run(service, container)
        return container

    def _planned(self, service: str, runs: Runs, env: Mapping[str, str]) -> Plan:
        trap = self.tripwires.get(service)
        told = self._clocks.environment(service, {**(trap.variables() if trap else {}), **env})
        return self._plans.image(service, runs, told, self.wire_addresses.get(self._plans.network(INNER)))
