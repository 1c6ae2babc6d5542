"""keycast's internal route that is told the state of a person's account. Body: the contract's table."""

import httpx

from bridge.clients.remote import Json, exchange, refused, transient


class Keycast:
    def __init__(self, http: httpx.AsyncClient, url: str, token: str) -> None:
        self._http = http
        self._url = url
        self._token = token

    async def tell(self, pubkey: str, state: str, did: str | None, error: str | None) -> None:
        """Transient or Refused unless keycast has taken it."""
        body: Json = {
            "nostr_pubkey": pubkey,
            "enabled": state != "disabled",
            "state": state,
            "did": did if state == "ready" else None,
            "error": error if state == "failed" else None,
        }
        headers = {"Authorization": f"Bearer {self._token}"}
        request = self._http.build_request("POST", self._url, json=body, headers=headers, timeout=5.0)
        response = await exchange(self._http, "keycast state sync", request)
        if not response.is_success:
            raise transient("keycast state sync", response) or refused("keycast state sync", response)
