"""What each container of one network is made with: its image, its network, its names, what it is told."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

from localnet.backends.containers.api import SHARED, Plan
from localnet.backends.containers.clock import FOLDER
from localnet.backends.containers.egress import PROBE
from localnet.backends.containers.layout import THIS_MACHINE, Layout
from localnet.backends.containers.marks import container_name, labels, network_name, volume_name
from localnet.backends.interface import Runs

FAKES: Final = ("python3", "-m", "fakes.serve")
WIRES: Final = ("python3", "-m", "localnet.wire")
WIRE: Final = "wire"
OUTER, INNER = "outside", "inside"
OURSELVES: Final = "127.0.0.1"
"""Whom the wire asks for names that the engine does not know: itself, which knows none."""
TAKES_ROUTES: Final = ("NET_ADMIN",)


class Images(Protocol):
    """Names of images that are there."""

    def network(self) -> str:
        """With the wire and the fakes."""

    def of(self, service: str, runs: Runs) -> str: ...


class Plans:
    """`root`: the folder that the run's directory lies in; it marks what is ours. `bind`: the address that ports are published on."""

    def __init__(self, images: Images, layout: Layout, root: Path, bind: str) -> None:
        self._images, self._layout, self._root, self._bind = images, layout, root, bind

    def network(self, side: str) -> str:
        return network_name(self._layout.run, side)

    @property
    def volume(self) -> str:
        return volume_name(self._layout.run)

    def labels(self, service: str | None = None) -> dict[str, str]:
        return labels(self._layout.run, self._root, service)

    def wire(self) -> Plan:
        """For the outer network; it has to be on the inner one as well."""
        return Plan(
            name=self._name(WIRE),
            image=self._images.network(),
            labels=self.labels(WIRE),
            network=self.network(OUTER),
            aliases=self._layout.aliases,
            words=WIRES,
            published={port: (self._bind, number) for port, number in self._layout.published.items()},
            hosts={THIS_MACHINE: "host-gateway"},
            names=OURSELVES,
            talks=True,
            volumes={self.volume: FOLDER},
        )

    def fake(self, service: str) -> Plan:
        return Plan(
            name=self._name(service),
            image=self._images.network(),
            labels=self.labels(service),
            network=self.network(OUTER),
            words=FAKES,
            talks=True,
        )

    def image(self, service: str, runs: Runs, env: Mapping[str, str], wire: str | None) -> Plan:
        """`wire`: its address on the inner network."""
        inside = service in self._layout.inside
        return Plan(
            name=self._name(service),
            image=self._images.of(service, runs),
            labels=self.labels(service),
            network=self.network(INNER if inside else OUTER),
            env=env,
            volumes={self.volume: FOLDER},
            names=wire if inside else None,
        )

    def probe(self, container: str, targets: str) -> Plan:
        """In that container's place."""
        name = f"proof-{secrets.token_hex(2)}"
        return Plan(
            name=self._name(name),
            image=self._images.network(),
            labels=self.labels(name),
            network=f"{SHARED}{container}",
            words=(*PROBE, targets),
            talks=True,
            rights=TAKES_ROUTES,
        )

    def _name(self, service: str) -> str:
        return container_name(self._layout.run, service)
