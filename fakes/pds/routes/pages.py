"""What the server answers outside of XRPC methods: health, greeting, robots, `.well-known` documents."""

from html import escape

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from fakes.pds.routes.rendering import finished, refusal, rendered
from fakes.pds.routes.service import Service

VERSION = "0.5.35"
TEXT = "text/plain; charset=utf-8"
_GREETING = "This is the PDS of a local test network.\n\nIts methods are under /xrpc/.\n"
_PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET,HEAD,PUT,PATCH,POST,DELETE",
    "Access-Control-Allow-Headers": "*",
}
_SCOPES: dict[str, object] = {
    "scopes_supported": [],
    "bearer_methods_supported": ["header"],
    "resource_documentation": "https://atproto.com",
}


class Pages:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._pages = service.pds.dialect.pages

    @property
    def routes(self) -> list[Route]:
        own = [Route("/.well-known/did.json", self.own_did)] if self._pages.own_did else []
        return [
            *own,
            Route("/", self.greeting),
            Route("/robots.txt", self.robots),
            Route("/xrpc/_health", self.health),
            Route("/.well-known/atproto-did", self.did),
            Route("/.well-known/oauth-protected-resource", self.resource),
        ]

    async def greeting(self, request: Request) -> Response:
        return finished(request, PlainTextResponse(_GREETING), self._pages, private=False)

    async def robots(self, request: Request) -> Response:
        return finished(request, PlainTextResponse("User-agent: *\nAllow: /\n"), self._pages, private=False)

    async def health(self, request: Request) -> Response:
        return finished(request, rendered({"version": VERSION}), self._pages, private=False)

    async def did(self, request: Request) -> Response:
        """The DID of the account whose handle is the host that was asked."""
        host = request.headers.get("host", "").partition(":")[0].lower()
        account = self._service.pds.visible(host)
        if account is None:
            return Response("User not found", 404, media_type=self._pages.missing_user_type)
        return finished(request, PlainTextResponse(account.did), self._pages, private=False)

    async def resource(self, request: Request) -> Response:
        url = self._service.pds.configuration.public_url
        document: dict[str, object] = {"resource": url, "authorization_servers": [url]}
        if self._pages.scopes:
            document |= _SCOPES
        return finished(request, rendered(document), self._pages, private=False)

    async def own_did(self, request: Request) -> Response:
        """The server's own DID document, with the key that signs for all."""
        configuration = self._service.pds.configuration
        did = f"did:web:{configuration.hostname}"
        key = {
            "id": f"{did}#atproto",
            "type": "Multikey",
            "controller": did,
            "publicKeyMultibase": self._service.pds.server_key.did_key.removeprefix("did:key:"),
        }
        service = {
            "id": "#atproto_pds",
            "type": "AtprotoPersonalDataServer",
            "serviceEndpoint": configuration.public_url,
        }
        document = {
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
            "id": did,
            "verificationMethod": [key],
            "service": [service],
        }
        return finished(request, rendered(document), self._pages, private=False)

    async def not_found(self, request: Request, _error: Exception) -> Response:
        failure = self._service.pds.dialect.failure
        if failure is not None:
            response = refusal(failure.status, failure.name, failure.message or "")
            return finished(request, response, self._pages, private=False)
        body = f"<!DOCTYPE html>\n<pre>Cannot {escape(request.method)} {escape(request.url.path)}</pre>\n"
        return Response(body, 404, media_type="text/html; charset=utf-8")

    async def preflight(self, _request: Request) -> Response:
        status, age = self._pages.preflight
        aged = {} if age is None else {"Access-Control-Max-Age": age}
        return Response(status_code=status, headers=_PREFLIGHT | aged)
