"""XRPC over HTTP: which method is called, in which order it is checked, how answers and errors look.

Order, as the reference server's: query parameters, authorization, body, handler. Methods register in a
`Methods` table; their parameters and input are judged by the lexicon of the method. Rules:
https://atproto.com/specs/xrpc.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from fakes.atproto.lexicon import LexiconError
from fakes.pds import lexicons, powers
from fakes.pds.errors import (
    AuthRequiredError,
    BrokenError,
    ForbiddenError,
    InvalidRequestError,
    PdsError,
    UpstreamError,
)
from fakes.pds.limits import Caller, RateLimitError, Usage
from fakes.pds.routes.body import BodyError, read_input
from fakes.pds.routes.rendering import finished, limited, refusal, rendered
from fakes.pds.routes.service import Service

_STATUS: tuple[tuple[type[PdsError], int], ...] = (
    (InvalidRequestError, 400),
    (AuthRequiredError, 401),
    (ForbiddenError, 403),
    (UpstreamError, 502),
    (RateLimitError, 429),
    (BrokenError, 500),
)
_NSID_PATH = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*(?:\.[a-zA-Z0-9-]+)*[a-zA-Z0-9])?")
_ABOUT_THE_CALLER = frozenset(
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
        method, usage = None, None
        try:
            method = self._find(request.method, nsid)
            call = await self._judged(method, nsid, request)
            usage = self._limit(call)
            response = _response(await method.handler(call))
        except (PdsError, BodyError) as error:
            response = self._refusal(nsid, error)
            usage = error.usage if isinstance(error, RateLimitError) else usage
            if isinstance(error, PdsError):
                powers.note(self._service.powers, error)
        if usage is not None:
            limited(response, usage, self._service.clock.now())
        return finished(request, response, private=method is not None and method.authorize is not None)

    def _find(self, verb: str, nsid: str) -> Method:
        if _NSID_PATH.fullmatch(nsid) is None:
            raise InvalidRequestError("invalid xrpc path", case="no such method")
        if verb not in ("GET", "HEAD", "POST"):
            raise InvalidRequestError("XRPC requests only supports GET and POST", case="no such method")
        method = self._methods.get(nsid)
        if method is None:
            raise InvalidRequestError(f"No service configured for {nsid}", case="no such method")
        expected = lexicons.method(nsid).verb
        if (verb == "POST") != (expected == "POST"):
            raise InvalidRequestError(
                f"Incorrect HTTP method ({verb}) expected {expected}", case="no such method"
            )
        return method

    async def _judged(self, method: Method, nsid: str, request: Request) -> Call:
        lexicon = lexicons.method(nsid)
        call = Call(self._service, nsid, request, self._service.clock.now(), _params(lexicon, request))
        if method.authorize is not None:
            call.by = await self._authorized(method.authorize, call)
        if lexicon.verb == "POST":
            call.input = await read_input(request, lexicon, method.body_limit)
        return call

    async def _authorized(self, authorize: Authorizer, call: Call) -> Credentials:
        by = await authorize(call)
        if by.kind == "access" and powers.interrupts(self._service.powers, by.did, call.nsid):
            self._service.pds.tokens.expire(by.did)
            return await authorize(call)
        return by

    def _limit(self, call: Call) -> Usage | None:
        if refused := powers.limit(self._service.powers, call.by.did, call.nsid, call.at):
            raise refused
        limits = self._service.limits
        if limits is None:
            return None
        identifier = call.input.get("identifier", "") if isinstance(call.input, dict) else ""
        caller = Caller(_address(call.request), call.by.did, identifier)
        return limits.take(call.nsid, caller, call.input, call.at)

    def _refusal(self, nsid: str, error: PdsError | BodyError) -> Response:
        dialect = self._service.pds.dialect
        if isinstance(error, BrokenError):
            self._service.log.warning("%s: %s", nsid, error.reason)
        answer = dialect.answers.get(error.case or "")
        if answer is None and error.case not in _ABOUT_THE_CALLER:
            answer = dialect.failures.get(nsid)
        if answer is not None:
            return refusal(answer.status, answer.name, answer.message or error.message)
        return refusal(_status(error), error.name, error.message)


def _params(method: lexicons.Method, request: Request) -> dict[str, Any]:
    try:
        return method.params(request.query_params.multi_items())
    except LexiconError as error:
        raise InvalidRequestError(f"Invalid {method.nsid} params: {error.issue}") from None


def _status(error: PdsError | BodyError) -> int:
    if isinstance(error, BodyError):
        return error.status
    return next(status for kind, status in _STATUS if isinstance(error, kind))


def _response(reply: Reply) -> Response:
    return reply if isinstance(reply, Response) else rendered(reply)


def _address(request: Request) -> str:
    """The caller's address; whoever stands in front may say whom they speak for."""
    forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return forwarded or (request.client.host if request.client else "")
