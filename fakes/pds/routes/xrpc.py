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
from fakes.pds.dialects import Answer
from fakes.pds.errors import (
    AuthRequiredError,
    BrokenError,
    ForbiddenError,
    InvalidRequestError,
    PdsError,
    UpstreamError,
)
from fakes.pds.limits import Caller, RateLimitError, Usage
from fakes.pds.routes.body import BodyError, read_input, read_loosely
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

    def __init__(self, service: Service, methods: Methods, forward: Method) -> None:
        """`forward` takes the calls that nothing here answers, in dialects that have such a thing."""
        self._service = service
        self._methods = methods.by_nsid
        self._forward = forward

    async def answer(self, request: Request) -> Response:
        nsid = request.path_params["nsid"]
        method, usage = None, None
        try:
            method, call = await self._called(request, nsid)
            usage = self._limit(call)
            response = _response(await self._handled(method, call))
        except (PdsError, BodyError) as error:
            response = self._refusal(nsid, error)
            usage = error.usage if isinstance(error, RateLimitError) else usage
            if isinstance(error, PdsError):
                powers.note(self._service.powers, error)
        if usage is not None:
            limited(response, usage, self._service.clock.now())
        private = method is not None and method.authorize is not None
        return finished(request, response, self._service.pds.dialect.pages, private=private)

    async def _called(self, request: Request, nsid: str) -> tuple[Method, Call]:
        try:
            method = self._find(request.method, nsid)
            return method, await self._judged(method, nsid, request)
        except PdsError as error:
            if error.case not in self._service.pds.dialect.forwarded:
                raise
        call = Call(self._service, nsid, request, self._service.clock.now(), {})
        call.by = await self._authorized(self._forward, call)
        return self._forward, call

    async def _handled(self, method: Method, call: Call) -> Reply:
        if call.nsid in self._service.pds.dialect.broken:
            raise BrokenError("this method always fails in this dialect")
        return await method.handler(call)

    def _find(self, verb: str, nsid: str) -> Method:
        if _NSID_PATH.fullmatch(nsid) is None:
            raise InvalidRequestError("invalid xrpc path", case="no such method" if nsid else None)
        if verb not in ("GET", "HEAD", "POST"):
            raise InvalidRequestError("XRPC requests only supports GET and POST", case="no such verb")
        method = self._methods.get(nsid)
        if method is None or nsid in self._service.pds.dialect.absent:
            raise InvalidRequestError(f"No service configured for {nsid}", case="no such method")
        expected = lexicons.method(nsid).verb
        if (verb == "POST") != (expected == "POST"):
            raise InvalidRequestError(
                f"Incorrect HTTP method ({verb}) expected {expected}", case="no such method"
            )
        return method

    async def _judged(self, method: Method, nsid: str, request: Request) -> Call:
        lexicon = lexicons.method(nsid)
        dialect = self._service.pds.dialect
        params = _params(lexicon, request, dialect.loose_params)
        call = Call(self._service, nsid, request, self._service.clock.now(), params)
        call.by = await self._authorized(method, call)
        if lexicon.verb == "POST":
            read = read_loosely if dialect.loose_input else read_input
            call.input = await read(request, lexicon, method.body_limit)
        return call

    async def _authorized(self, method: Method, call: Call) -> Credentials:
        authorize = method.authorize
        if call.nsid in self._service.pds.dialect.guarded:
            authorize = self._forward.authorize
        if authorize is None:
            return NOBODY
        try:
            by = await authorize(call)
            if by.kind == "access" and powers.interrupts(self._service.powers, by.did, call.nsid):
                self._service.pds.tokens.expire(by.did)
                return await authorize(call)
        except PdsError as error:
            error.at_the_door = True
            raise
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
        if isinstance(error, BrokenError):
            self._service.log.warning("%s: %s", nsid, error.reason)
        answer = self._answer(nsid, error) or Answer(_status(error), error.name)
        return refusal(answer.status, answer.name, answer.message or error.message)

    def _answer(self, nsid: str, error: PdsError | BodyError) -> Answer | None:
        """How the dialect tells of this, if it does so in its own way."""
        dialect = self._service.pds.dialect
        if isinstance(error, RateLimitError):
            return None
        at_the_door = isinstance(error, PdsError) and error.at_the_door
        special = (dialect.intruders if at_the_door else dialect.failures).get(nsid)
        return special or dialect.answers.get(error.case or "") or dialect.failure


def _params(method: lexicons.Method, request: Request, loosely: bool) -> dict[str, Any]:
    read = method.loose_params if loosely else method.params
    try:
        return read(request.query_params.multi_items())
    except LexiconError as error:
        raise InvalidRequestError(
            f"Invalid {method.nsid} params: {error.issue}", case="bad parameters"
        ) from None


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
