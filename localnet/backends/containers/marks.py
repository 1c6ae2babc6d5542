"""The names and labels by which a run's containers and networks are recognised, by itself and by whoever sweeps. Pure.

A label says the run, another whose runs these are: this user's, on this machine, below this folder. Nobody else's are touched.
"""

import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Final

RUN: Final = "localnet.run"
HOME: Final = "localnet.home"
SERVICE: Final = "localnet.service"
PREFIX: Final = "localnet"


def home_of(root: Path) -> str:
    """Whose runs lie below that folder, in words that no other user and no other machine of the same engine have."""
    return f"{platform.node()}:{os.getuid()}:{root}"


def labels(run: str, root: Path, service: str | None = None) -> dict[str, str]:
    found = {RUN: run, HOME: home_of(root)}
    return found | {SERVICE: service} if service else found


def container_name(run: str, service: str) -> str:
    """Also its name on the networks it is on: no service's, so that nobody gets past the wire."""
    return f"{PREFIX}-{run}-{service}"


def network_name(run: str, side: str) -> str:
    return f"{PREFIX}-{run}-{side}"


def volume_name(run: str) -> str:
    """Of its clocks."""
    return f"{PREFIX}-{run}-clock"


def run_of(labels: Mapping[str, str]) -> str:
    return labels.get(RUN, "")
