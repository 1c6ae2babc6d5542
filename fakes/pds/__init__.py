"""A PDS: accounts, sessions, signed repositories, blobs, firehose; as the reference server or as rsky.

The core (`server.py` and the modules it holds together) is a pure state machine; `routes` carries it.
Everything lives in memory. Measured against recordings of the real server, not believed; what differs on
purpose is listed in `dialects.py` and in the docstrings of `configuration.py`, `passwords.py` and
`registration.py`.
"""

import httpx
from starlette.types import ASGIApp

from fakes.pds.configuration import DEFAULTS, REQUIRED, Configuration
from fakes.pds.limits import Limits
from fakes.pds.routes import create_app
from fakes.pds.routes.directory import Directory
from fakes.pds.routes.service import Service
from fakes.pds.server import Pds
from fakes.settings import Settings


def build(settings: Settings) -> ASGIApp:
    configuration = Configuration.read(settings.name, settings.expect(*REQUIRED, **DEFAULTS))
    client = httpx.AsyncClient(trust_env=False)
    directory = Directory(client, configuration.plc_url, settings.clock.now)
    limits = Limits() if configuration.rate_limits else None
    service = Service(Pds(configuration, settings.entropy), directory, settings.clock, limits)
    return create_app(service, client)
