"""One HTTP exchange with a neighbour, and what its failure means.

Transport failures, 408, 429 and every 5xx are Transient: nothing is known to be wrong with the request. What
the remaining statuses mean differs between neighbours and is decided by each client.
"""

import email.utils
import json
import time
from typing import Any

import httpx

from bridge.errors import BridgeError, Refused, Transient

Json = dict[str, Any]
_TEXT_LIMIT = 300  # of an unexpected body, enough to recognise a proxy's error page


async def exchange(http: httpx.AsyncClient, operation: str, request: httpx.Request) -> httpx.Response:
    """The response, whatever its status; Transient if there is none. `operation` names it in messages."""
    try:
        return await http.send(request)
    except httpx.HTTPError as error:
        raise Transient(f"{operation} got no answer from {request.url.host}:{request.url.port}") from error


def transient(operation: str, response: httpx.Response) -> Transient | None:
    """The error, if asking again later is the thing to do."""
    status = response.status_code
    if status < 500 and status not in (408, 425, 429):
        return None
    name, _ = error_body(response)
    return Transient(
        describe(operation, response), retry_after=_retry_after(response), status=status, name=name
    )


def refused(operation: str, response: httpx.Response) -> Refused:
    name, _ = error_body(response)
    return Refused(describe(operation, response), status=response.status_code, name=name)


def describe(operation: str, response: httpx.Response) -> str:
    """`createAccount failed (400): InvalidHandle: Invalid handle`"""
    parts = [part for part in error_body(response) if part]
    return ": ".join([f"{operation} failed ({response.status_code})", *parts])


def error_body(response: httpx.Response) -> tuple[str | None, str]:
    """Error name and text of a failure; the name is None where the body is not an XRPC error."""
    try:
        body = response.json()
    except ValueError:
        return None, " ".join(response.text.split())[:_TEXT_LIMIT]
    if not isinstance(body, dict):
        return None, str(body)[:_TEXT_LIMIT]
    name = body.get("error")
    return (name if isinstance(name, str) else None), str(body.get("message") or "")[:_TEXT_LIMIT]


def json_object(operation: str, response: httpx.Response) -> Json:
    """The body of a success. Transient if a proxy or a truncation spoiled it."""
    try:
        body = json.loads(response.content)
    except ValueError as error:
        raise Transient(
            f"{operation} answered with a body that is not JSON", status=response.status_code
        ) from error
    if not isinstance(body, dict):
        raise Transient(f"{operation} answered with JSON that is not an object", status=response.status_code)
    return body


def text_field(operation: str, body: Json, field: str) -> str:
    value = body.get(field)
    if not isinstance(value, str) or not value:
        raise BridgeError(f"{operation} answered without `{field}`")
    return value


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("retry-after")
    if value is None:
        return None
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None
