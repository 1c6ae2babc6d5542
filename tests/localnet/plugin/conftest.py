"""Scenarios of tests play on networks that start nothing."""

from pathlib import Path

import pytest

from localnet.world import stage
from tests.localnet.world.doubles import StarterDouble


@pytest.fixture
def starter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[StarterDouble]:
    """What the plugin starts networks with; set `broken` to keep services from coming up."""
    monkeypatch.setattr(stage, "Backends", StarterDouble)
    for name, value in (("directory", tmp_path), ("started", ()), ("broken", ())):
        monkeypatch.setattr(StarterDouble, name, value)
    (tmp_path / "logs").mkdir()
    return StarterDouble
