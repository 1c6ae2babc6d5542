"""Services in containers of an engine, each network in two of the engine's: see `holding`.

Whatever needs no address (networks, the wire, fakes, a database server) is started when addresses are asked for: by the time a service is
to be started, most of it runs.
"""

from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType

from localnet.backends.containers.api import Api
from localnet.backends.containers.clock import Clocks
from localnet.backends.containers.database import Database
from localnet.backends.containers.holding import Holding
from localnet.backends.containers.layout import ANYWHERE, NAMES_PORT, lay_out, seen_from_wire
from localnet.backends.containers.plans import WIRE, Images
from localnet.backends.containers.units import LOOK_SECONDS, ClockedUnit, DatabaseUnit, FakeUnit
from localnet.backends.interface import Launch, Places, Unit, Wanted, Wire, Wiring
from localnet.backends.ports import Ports
from localnet.backends.requests import TOLD, add_fake, add_network, edges_of
from localnet.backends.units import WireUnit

NAMES = {"edge": "inside→names", "protocol": "names", "host": ANYWHERE, "port": NAMES_PORT}
"""Not waited for: without it the report says that names could not be seen."""


class ContainersBackend:
    """`root`: the folder that the directories of its runs lie in. `published_at`: see `reach`."""

    name = "containers"

    def __init__(
        self, api: Api, images: Images, root: Path, published_at: tuple[str, str], clocks: Clocks
    ) -> None:
        self._api, self._images, self._root, self._published_at = api, images, root, published_at
        self._clocks = clocks
        self._networks: dict[str, Holding] = {}
        self._ports: dict[str, Ports] = {}

    def __enter__(self) -> "ContainersBackend":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        with ExitStack() as undo:
            for network in list(self._networks):
                undo.callback(self.remove, network)

    def place(self, network: str, wanted: Wanted) -> Places:
        ports = self._ports[network] = Ports()
        layout = lay_out(network, wanted, {name: ports.any() for name in wanted.by_hand})
        holding = self._networks[network] = Holding(
            self._api, self._images, layout, self._root, self._published_at, self._clocks
        )
        return holding.open()

    def connect(self, wiring: Wiring) -> Wire:
        holding = self._networks[wiring.network]
        channel = holding.channel(WIRE)
        channel.keep_journal(wiring.network, wiring.journal)
        holding.egress.write_to(wiring.journal, wiring.secrets)
        seen = {edge: (listens, seen_from_wire(to)) for edge, (listens, to) in wiring.edges.items()}
        edges = [*edges_of(replace(wiring, edges=seen)), *(trap.edge for trap in holding.tripwires.values())]
        answers = {str(edge["edge"]): channel.expect(wiring.network, str(edge["edge"])) for edge in edges}
        for trap in holding.tripwires.values():
            trap.opened = answers[str(trap.edge["edge"])]
        channel.send(add_network(wiring, TOLD, [*edges, NAMES]))
        return WireUnit(channel, wiring.network, list(answers.values()))

    def start(self, launch: Launch) -> Unit:
        if launch.runs.kind == "fake":
            return self._start_fake(launch)
        if launch.runs.kind == "builtin":
            return self._start_database(launch)
        holding = self._networks[launch.network]
        container = holding.running(launch.name, launch.runs, launch.env)
        listens = holding.listens(launch.name) if launch.bind.port else None
        return ClockedUnit(container, launch.log, listens, partial(holding.follow, launch.name))

    def egress(self, network: str) -> str:
        return self._networks[network].egress.said()

    def remove(self, network: str) -> None:
        with ExitStack() as undo:
            if ports := self._ports.pop(network, None):
                undo.callback(ports.release)
            if holding := self._networks.pop(network, None):
                undo.callback(holding.close)

    def _start_fake(self, launch: Launch) -> Unit:
        holding = self._networks[launch.network]
        container = holding.running(launch.name, launch.runs, {})
        channel = holding.channel(launch.name)
        answer = channel.expect(launch.network, launch.name)
        channel.send(add_fake(launch))
        return FakeUnit(container, launch.log, answer)

    def _start_database(self, launch: Launch) -> Unit:
        holding = self._networks[launch.network]
        container = holding.running(launch.name, launch.runs, {})
        database = Database(container, holding.address(launch.name, "postgres"), launch.options["database"])
        dump, listens = launch.options.get("dump"), holding.listens(launch.name)

        def make() -> None:
            while not listens() and not container.over.wait(LOOK_SECONDS):
                pass
            database.make(Path(dump) if dump else None)

        return DatabaseUnit(container, launch.log, make, partial(holding.follow, launch.name))
