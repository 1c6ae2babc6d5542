"""A PLC directory: the registry of did:plc identities, as strict as the one production runs from.

`build(settings)` gives the app; it takes no options. State lives in memory and ends with the app. Not a
mirror and not a client. Behaviour: did-method-plc on PostgreSQL, as measured by probing it; rules:
https://web.plc.directory/spec.
"""

from starlette.types import ASGIApp

from fakes.settings import Settings


def build(settings: Settings) -> ASGIApp:
    from fakes.plc.routes import create_app

    settings.expect()
    return create_app(settings.clock.now)
