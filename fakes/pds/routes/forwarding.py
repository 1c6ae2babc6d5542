"""Calls that nothing here answers: passed on to the service they are meant for, if a session makes them.

No such service is configured on a test network, so this is where each of them ends.
"""

from fakes.pds.errors import BrokenError, InvalidRequestError
from fakes.pds.routes import authorization as by
from fakes.pds.routes.xrpc import Call, Method, Reply

_OF_APP_VIEW = ("app.bsky.", "chat.bsky.")


async def forward(call: Call) -> Reply:
    proxy = call.request.headers.get("atproto-proxy")
    if proxy is not None and "#" not in proxy:
        raise InvalidRequestError("no service id specified", case="not forwarded")
    if not call.nsid.startswith(_OF_APP_VIEW):
        raise BrokenError(f"{call.nsid} is no method of this server or of any that it knows")
    raise InvalidRequestError(f"No service configured for `/xrpc/{call.nsid}`", case="not forwarded")


METHOD = Method(forward, by.access(), body_limit=0)
