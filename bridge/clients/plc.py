"""The PLC directory: operations are posted to the DID's own path, and what it did not confirm is not there.

The directory reports conflicts and even its rate limit as 400, and refuses the repetition of what it
already has; who is told no reads the log to learn whether the operation is there.
"""

import httpx

from bridge.atproto.plc import Operation
from bridge.clients.remote import Json, describe, exchange, json_object, refused, transient
from bridge.errors import Refused, Transient

_RATE_LIMIT = "operations within last"


class PlcDirectory:
    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url

    async def submit(self, did: str, operation: Operation) -> None:
        """Accepted, whatever the body says. Refused if the operation does not follow what is there."""
        request = self._http.build_request("POST", f"{self._url}/{did}", json=operation)
        response = await exchange(self._http, "PLC operation", request)
        if not response.is_success:
            raise _failure("PLC operation", response)

    async def log(self, did: str) -> list[Operation]:
        """The operations in force, oldest first; empty if the DID is not registered."""
        request = self._http.build_request("GET", f"{self._url}/{did}/log")
        response = await exchange(self._http, "PLC log", request)
        if response.status_code == 404:
            return []
        if not response.is_success:
            raise _failure("PLC log", response)
        try:
            operations = response.json()
        except ValueError as error:
            raise Transient("PLC log answered with a body that is not JSON") from error
        if not isinstance(operations, list) or not all(isinstance(one, dict) for one in operations):
            raise Transient("PLC log answered with something that is not a list of operations")
        return operations

    async def data(self, did: str) -> Json:
        """The state the log amounts to: rotationKeys, verificationMethods, alsoKnownAs, services."""
        request = self._http.build_request("GET", f"{self._url}/{did}/data")
        response = await exchange(self._http, "PLC data", request)
        if not response.is_success:
            raise _failure("PLC data", response)
        return json_object("PLC data", response)


def _failure(operation: str, response: httpx.Response) -> Transient | Refused:
    if later := transient(operation, response):
        return later
    if _RATE_LIMIT in response.text:
        return Transient(describe(operation, response), retry_after=600.0, status=response.status_code)
    return refused(operation, response)
