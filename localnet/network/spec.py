"""What is asked of a network, as one value that can be written down and handed to another process."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class NetworkSpec:
    """One network to start. Everything has the default of a plain `localnet up`."""

    backend: str = "auto"
    """auto | processes | containers"""
    bridge: str | Path | None = "bundled"
    """an adapter's name, the path of an adapter file, or None / `none`: its addresses are kept, you start it by hand"""
    use: Mapping[str, Path] = field(default_factory=dict)
    """service name -> service file that replaces the shipped one (`bridge` -> adapter file)"""
    set: Mapping[str, str] = field(default_factory=dict)
    """`SERVICE.KEY` -> value, e.g. `pds.dialect`, `pds.url`, `bridge.command`, `bridge.env.RELAY_URL`, `bridge.ready.timeout`"""
    ports: str = "auto"
    """auto (kernel-chosen) | fixed (documented numbers for what the harness and the user reach)"""
    seed: int | None = None
    database: Path | None = None
    """SQL dump loaded into the bridge's database before the bridge starts"""
    env: Mapping[str, str] = field(default_factory=dict)
    """extra environment of the bridge"""
    replicas: int = 1
    staggered: bool = False
    """each replica starts once the one before it is ready"""
    services: tuple[str, ...] | None = None
    """None: all of them; otherwise only these and what they need"""

    def to_json(self) -> str:
        fields = dict(vars(self))
        fields["bridge"] = str(Path(self.bridge).absolute()) if isinstance(self.bridge, Path) else self.bridge
        fields["use"] = {name: str(path.absolute()) for name, path in self.use.items()}
        fields["set"], fields["env"] = dict(self.set), dict(self.env)
        fields["database"] = None if self.database is None else str(self.database.absolute())
        return json.dumps(fields)

    @classmethod
    def from_json(cls, text: str) -> "NetworkSpec":
        fields: dict[str, Any] = json.loads(text)
        fields["use"] = {name: Path(path) for name, path in fields["use"].items()}
        fields["database"] = None if fields["database"] is None else Path(fields["database"])
        fields["services"] = None if fields["services"] is None else tuple(fields["services"])
        return cls(**fields)
