"""An engine that holds what a test says it holds, and remembers what was pulled."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from docker.errors import APIError, ImageNotFound


@dataclass
class LittleEngine:
    """`registry` None: none is reached."""

    held: set[str] = field(default_factory=set)
    registry: set[str] | None = None
    bridges: int = 3
    told: dict[str, Any] = field(default_factory=lambda: {"DockerRootDir": "/"})
    pulled: list[str] = field(default_factory=list)

    @property
    def images(self) -> SimpleNamespace:
        return SimpleNamespace(get=self._get, pull=self._pull)

    @property
    def networks(self) -> SimpleNamespace:
        return SimpleNamespace(list=lambda filters: [filters] * self.bridges)

    def info(self) -> dict[str, Any]:
        return self.told

    def version(self) -> dict[str, str]:
        return {"Version": "20.10", "Os": "linux", "Arch": "amd64"}

    def _get(self, image: str) -> SimpleNamespace:
        if image not in self.held:
            raise ImageNotFound(image)
        return SimpleNamespace(id=f"sha256:{image}")

    def _pull(self, image: str) -> None:
        if self.registry is None or image not in self.registry:
            raise APIError("", explanation="no such host" if self.registry is None else "not found")
        self.held.add(image)
        self.pulled.append(image)
