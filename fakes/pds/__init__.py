"""A PDS: accounts, sessions, signed repositories, blobs, firehose; as the reference server or as rsky.

The core (`server.py` and the modules it holds together) is a pure state machine; `routes` carries it.
Everything lives in memory. Measured against recordings of the real server, not believed; what differs on
purpose is listed in `dialects.py` and in the docstrings of `configuration.py`, `passwords.py` and
`registration.py`.
"""

import httpx
from starlette.types import ASGIApp

from fakes.control import power_routes
from fakes.pds.configuration import DEFAULTS, REQUIRED, Configuration
from fakes.pds.limits import Limits
from fakes.pds.powers import KINDS, granted, withdrawn
from fakes.pds.routes import create_app
from fakes.pds.routes.directory import Directory
from fakes.pds.routes.service import Service
from fakes.pds.server import Pds
from fakes.powers import Powers
from fakes.settings import Settings


def build(settings: Settings) -> ASGIApp:
    configuration = Configuration.read(settings.name, settings.expect(*REQUIRED, **DEFAULTS))
    # Neighbours are reached over plain HTTP: no certificates are worth the time to load them.
    client = httpx.AsyncClient(trust_env=False, verify=False)
    clock = settings.clock
    directory = Directory(client, configuration.plc_url, clock.now)
    limits = Limits() if configuration.rate_limits else None
    pds = Pds(configuration, settings.entropy)
    powers = Powers(
        KINDS,
        lambda power: granted(pds, power, clock.now()),
        lambda power: withdrawn(pds, power, clock.now()),
    )
    return create_app(
        Service(pds, directory, clock, limits, powers), client, power_routes(powers, settings.token)
    )
