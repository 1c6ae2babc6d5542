"""What the routes of one fake share: the state, the way to the PLC directory, the clock, the log."""

import logging
from dataclasses import dataclass, field

from fakes.pds.limits import Limits
from fakes.pds.powers import KINDS
from fakes.pds.routes.directory import Directory
from fakes.pds.server import Pds
from fakes.powers import Powers
from fakes.settings import Clock


@dataclass(frozen=True)
class Service:
    pds: Pds
    directory: Directory
    clock: Clock
    limits: Limits | None = None
    """None: rate limits are off."""
    powers: Powers = field(default_factory=lambda: Powers(KINDS))
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("fakes.pds"))
