"""The name server's route that makes a handle resolve to a DID, or no longer. Body: the contract's table."""

import httpx

from bridge.clients.remote import Json, exchange, refused, transient


class NameServer:
    def __init__(
        self, http: httpx.AsyncClient, url: str, token: str, pds_host: str, entryway_host: str
    ) -> None:
        self._http = http
        self._url = url
        self._token = token
        self._pds_host = pds_host
        self._entryway_host = entryway_host

    async def tell(self, handle: str, state: str, did: str | None) -> None:
        """Transient or Refused unless the name server has taken it."""
        body: Json = {
            "name": handle.split(".", 1)[0],
            "atproto_did": did if state == "ready" else None,
            "atproto_state": state,
            "atproto_pds_host": self._pds_host,
            "atproto_authorization_server_host": self._entryway_host,
        }
        headers = {"Authorization": f"Bearer {self._token}"}
        request = self._http.build_request("POST", self._url, json=body, headers=headers, timeout=5.0)
        response = await exchange(self._http, "name server sync", request)
        if not response.is_success:
            raise transient("name server sync", response) or refused("name server sync", response)
