"""XRPC over HTTP: which method is called, in which order its call is checked, and how answers and errors look on the wire.

Order, as the reference server's: query parameters, authorization, body, handler. Methods register in a `Methods` table; their parameters
and input are judged by the lexicon of the method. Rules: https://atproto.com/specs/xrpc.
"""

import gzip
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from fakes.atproto.lexicon import LexiconError
from fakes.pds import lexicons
from fakes.pds.errors import AuthRequired, Broken, Forbidden, InvalidRequest, PdsError, UpstreamFailed
from fakes.pds.routes.body import BodyError, read_input
from fakes.pds.routes.service import Service

JSON = "application/json; charset=utf-8"
SMALLEST_COMPRESSED = 1024

_STATUS: tuple[tuple[type[PdsError], int], ...] = (
    (InvalidRequest, 400),
    (AuthRequired, 401),
    (Forbidden, 403),
    (UpstreamFailed, 502),
    (Broken, 500),
)
_NSID_PATH = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*(?:\.[a-zA-Z0-9-]+)*[a-zA-Z0-9])?")
_ABOUT_TOKENS = frozenset(
    {"no token", "bad token", "bad token scope", "expired token", "account deactivated"}
)


@dataclass(frozen=True)
class Credentials:
    """Who calls. `kind` is access, refresh, service, admin or nobody."""

    kind: str
    did: str = ""
    scope: str = ""
    token_id: str | None = None


NOBODY = Credentials("nobody")


@dataclass
class Call:
    """One call of a method, checked so far as the method's lexicon and authorization go."""

    service: Service
    nsid: str
    request: Request
    at: float
    params: Mapping[str, Any]
    by: Credentials = NOBODY
    input: Any = None

    def owns(self, did: str) -> bool:
        """Whether the caller may see what only the account itself and the admin may."""
        if self.by.kind == "admin":
            return self.service.pds.dialect.admin_owns_repositories
        return self.by.did == did


Reply = Mapping[str, Any] | Response | None
Handler = Callable[[Call], Awaitable[Reply]]
Authorizer = Callable[[Call], Awaitable[Credentials]]


@dataclass(frozen=True)
class Method:
    handler: Handler
    authorize: Authorizer | None
    body_limit: int


class Methods:
    """The methods of a namespace by NSID."""

    def __init__(self, *parts: "Methods") -> None:
        self.by_nsid: dict[str, Method] = {
            nsid: method for part in parts for nsid, method in part.by_nsid.items()
        }

    def add(
        self, nsid: str, authorize: Authorizer | None = None, body_limit: int = 150 * 1024
    ) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.by_nsid[nsid] = Method(handler, authorize, body_limit)
            return handler

        return register


class Endpoint:
    """What answers below `/xrpc/`."""

    def __init__(self, service: Service, methods: Methods) -> None:
        self._service = service
        self._methods = methods.by_nsid

    async def answer(self, request: Request) -> Response:
        nsid = request.path_params["nsid"]
        private = False
        try:
            method = self._find(request.method, nsid)
            private = method.authorize is not None
            reply = await self._call(method, nsid, request)
        except (PdsError, BodyError) as error:
            reply = self._refusal(nsid, error)
        response = reply if isinstance(reply, Response) else rendered(reply)
        return finished(request, response, private)

    def _find(self, verb: str, nsid: str) -> Method:
        if _NSID_PATH.fullmatch(nsid) is None:
            raise InvalidRequest("invalid xrpc path", case="no such method")
        if verb not in ("GET", "HEAD", "POST"):
            raise InvalidRequest("XRPC requests only supports GET and POST", case="no such method")
        method = self._methods.get(nsid)
        if method is None:
            raise InvalidRequest(f"No service configured for {nsid}", case="no such method")
        expected = lexicons.method(nsid).verb
        if (verb == "POST") != (expected == "POST"):
            raise InvalidRequest(f"Incorrect HTTP method ({verb}) expected {expected}", case="no such method")
        return method

    async def _call(self, method: Method, nsid: str, request: Request) -> Reply:
        lexicon = lexicons.method(nsid)
        call = Call(self._service, nsid, request, self._service.clock.now(), _params(lexicon, request))
        if method.authorize is not None:
            call.by = await method.authorize(call)
        if lexicon.verb == "POST":
            call.input = await read_input(request, lexicon, method.body_limit)
        return await method.handler(call)

    def _refusal(self, nsid: str, error: PdsError | BodyError) -> Response:
        dialect = self._service.pds.dialect
        if isinstance(error, Broken):
            self._service.log.warning("%s: %s", nsid, error.reason)
        answer = dialect.answers.get(error.case or "")
        if answer is None and error.case not in _ABOUT_TOKENS:
            answer = dialect.failures.get(nsid)
        if answer is not None:
            return refusal(answer.status, answer.name, answer.message or error.message)
        return refusal(_status(error), error.name, error.message)


def rendered(reply: Mapping[str, Any] | None) -> Response:
    if reply is None:
        return Response()
    return Response(orjson.dumps(reply), media_type=JSON)


def refusal(status: int, name: str, message: str) -> Response:
    body = orjson.dumps({"error": name, "message": message.encode("utf-8", "replace").decode()})
    return Response(body, status, media_type=JSON)


def finished(request: Request, response: Response, private: bool) -> Response:
    """The response with what every answer carries; JSON beyond a kilobyte is compressed for who takes it."""
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Vary"] = "Authorization, Accept-Encoding" if private else "Accept-Encoding"
    if private:
        headers["Cache-Control"] = "private"
    body = bytes(response.body)
    if (
        len(body) > SMALLEST_COMPRESSED
        and "gzip" in request.headers.get("accept-encoding", "")
        and headers.get("content-type", "").startswith(("application/json", "text/"))
        and "content-disposition" not in headers
    ):
        response.body = gzip.compress(body, 1)
        headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(len(response.body))
    return response


def _params(method: lexicons.Method, request: Request) -> dict[str, Any]:
    try:
        return method.params(request.query_params.multi_items())
    except LexiconError as error:
        raise InvalidRequest(f"Invalid {method.nsid} params: {error.issue}") from None


def _status(error: PdsError | BodyError) -> int:
    if isinstance(error, BodyError):
        return error.status
    return next(status for kind, status in _STATUS if isinstance(error, kind))
