"""Reading a request: who may make it, and what its body says. Refusals have the contract's statuses."""

import hmac
import json
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from bridge.errors import BridgeError, Conflict, Invalid

B = TypeVar("B", bound=BaseModel)

_BODY_LIMIT = 2 * 1024 * 1024


class Rejected(BridgeError):
    """The request is not let in: a status, and a text where the contract has one."""

    def __init__(self, status: int, text: str = "") -> None:
        super().__init__(text)
        self.status = status


def bearer(token: str) -> Callable[[Request], Coroutine[Any, Any, None]]:
    """A dependency that lets in whoever shows exactly `Bearer <token>`."""
    expected = f"Bearer {token}".encode()

    async def check(request: Request) -> None:
        shown = request.headers.get("authorization", "").encode("latin-1")
        if not hmac.compare_digest(shown, expected):
            raise Rejected(401)

    return check


async def body(request: Request, shape: type[B]) -> B:
    """The JSON body: 415 if it says it is something else, 413, 400 if it is no JSON, 422 if of another shape."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise Rejected(415, "Expected request with `Content-Type: application/json`")
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > _BODY_LIMIT:
            raise Rejected(413, "length limit exceeded")
    try:
        return shape.model_validate(json.loads(data))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise Rejected(422, problems) from error
    except ValueError as error:
        raise Rejected(400, f"the body is not JSON: {error}") from error


def status_of(error: BridgeError) -> int:
    match error:
        case Rejected():
            return error.status
        case Invalid():
            return 400
        case Conflict():
            return 409
        case _:
            return 500
