"""What the server answers outside of XRPC methods: health, greeting, robots, `.well-known` documents."""

from html import escape

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from fakes.pds.routes.rendering import finished, rendered
from fakes.pds.routes.service import Service

VERSION = "0.5.35"
TEXT = "text/plain; charset=utf-8"
_GREETING = "This is the PDS of a local test network.\n\nIts methods are under /xrpc/.\n"


class Pages:
    def __init__(self, service: Service) -> None:
        self._service = service

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/", self.greeting),
            Route("/robots.txt", self.robots),
            Route("/xrpc/_health", self.health),
            Route("/.well-known/atproto-did", self.did),
            Route("/.well-known/oauth-protected-resource", self.resource),
        ]

    async def greeting(self, request: Request) -> Response:
        return finished(request, PlainTextResponse(_GREETING), private=False)

    async def robots(self, request: Request) -> Response:
        return finished(request, PlainTextResponse("User-agent: *\nAllow: /\n"), private=False)

    async def health(self, request: Request) -> Response:
        return finished(request, rendered({"version": VERSION}), private=False)

    async def did(self, request: Request) -> Response:
        """The DID of the account whose handle is the host that was asked."""
        host = request.headers.get("host", "").partition(":")[0].lower()
        account = self._service.pds.visible(host)
        if account is None:
            return Response("User not found", 404, media_type="text/html; charset=utf-8")
        return finished(request, PlainTextResponse(account.did), private=False)

    async def resource(self, request: Request) -> Response:
        url = self._service.pds.configuration.public_url
        document = {
            "resource": url,
            "authorization_servers": [url],
            "scopes_supported": [],
            "bearer_methods_supported": ["header"],
            "resource_documentation": "https://atproto.com",
        }
        return finished(request, rendered(document), private=False)


async def not_found(request: Request, _error: Exception) -> Response:
    body = f"<!DOCTYPE html>\n<pre>Cannot {escape(request.method)} {escape(request.url.path)}</pre>\n"
    return Response(body, 404, media_type="text/html; charset=utf-8")
