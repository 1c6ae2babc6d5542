"""Asks a PDS and a PLC directory, over HTTP, what the cases say; fresh people and identities for each."""

import base64
import secrets
from collections.abc import Mapping
from typing import Any

import httpx

from fakes.atproto.keys import PrivateKey
from fakes.atproto.plc import cid_of, did_of, sign_operation
from tests.parity.cases import Case, filled

PASSWORD = "a long password"


class Asking:
    """One case's conversation with a PDS."""

    def __init__(self, http: httpx.Client, pds: str, admin_password: str) -> None:
        self._http, self._pds = http, pds
        self._admin = "Basic " + base64.b64encode(f"admin:{admin_password}".encode()).decode()
        self.known: dict[str, dict[str, Any]] = {"fresh": {"name": _name()}}

    def play(self, case: Case) -> httpx.Response:
        for step in case.get("before", []):
            answer = self._ask(step)
            if answer.status_code != step.get("status", 200):
                raise AssertionError(f"before it, {step}: {answer.status_code} {answer.text}")
            if "keep" in step:
                self.known[step["keep"]] = answer.json()
        return self._ask(case)

    def _ask(self, step: Case) -> httpx.Response:
        for name in ("person", "other"):
            if f"{name}." in str(step) or str(step.get("as", "")).startswith(name):
                self._bring(name)
        given = {
            name: filled(step[name], self.known) for name in ("json", "query", "headers") if name in step
        }
        sends = "json" in step or "bytes" in step
        return self._http.request(
            step.get("method", "POST" if sends else "GET"),
            self._pds + filled(step.get("path") or f"/xrpc/{step['call']}", self.known),
            params=given.get("query"),
            json=given.get("json"),
            content=step["bytes"].encode() if "bytes" in step else None,
            headers={**given.get("headers", {}), **self._credentials(step.get("as", ""))},
        )

    def _bring(self, name: str) -> None:
        if name not in self.known:
            handle = f"p{_name()}.test"
            signup = {"handle": handle, "email": f"{handle}@example.com", "password": PASSWORD}
            answer = self._http.post(f"{self._pds}/xrpc/com.atproto.server.createAccount", json=signup)
            answer.raise_for_status()
            self.known[name] = {**answer.json(), **signup}

    def _credentials(self, who: str) -> Mapping[str, str]:
        if who in ("person", "other"):
            return {"authorization": f"Bearer {self.known[who]['accessJwt']}"}
        if who == "admin":
            return {"authorization": self._admin}
        return {"authorization": filled(who, self.known)} if who else {}


class Identity:
    """A did:plc with keys that the cases call by a letter; each is new."""

    def __init__(self, http: httpx.Client, plc: str) -> None:
        self._http, self._plc = http, plc
        self._keys: dict[str, PrivateKey] = {}
        self._sent: list[dict[str, Any]] = []
        self.did = ""

    def submit(self, step: Case) -> httpx.Response:
        """`by`: the key that signs; `after`: number of the operation before it, the newest unless told; `with`: fields set as they are."""
        made = sign_operation({**self._unsigned(step), **step.get("with", {})}, self._key(step["by"]))
        made |= step.get("afterwards", {})
        did = self.did or did_of(made)
        answer = self._http.post(f"{self._plc}/{step.get('did', did)}", json=made)
        if answer.is_success:
            self.did = did
            self._sent.append(made)
        return answer

    def again(self) -> httpx.Response:
        return self._http.post(f"{self._plc}/{self.did}", json=self._sent[-1])

    def get(self, path: str) -> httpx.Response:
        return self._http.get(self._plc + filled(path, {"it": {"did": self.did}}))

    def _unsigned(self, step: Case) -> dict[str, Any]:
        before = self._sent[step.get("after", -1)] if self._sent else None
        prev = None if before is None else str(cid_of(before))
        if step.get("tombstone"):
            return {"type": "plc_tombstone", "prev": prev}
        endpoint = {"type": "AtprotoPersonalDataServer", "endpoint": "https://pds.example.com"}
        return {
            "type": "plc_operation",
            "rotationKeys": [self._key(letter).did_key for letter in step.get("keys", "ab")],
            "verificationMethods": {"atproto": self._key("s").did_key},
            "alsoKnownAs": [f"at://{step.get('name', 'somebody')}.example.com"],
            "services": {"atproto_pds": endpoint},
            "prev": prev,
        }

    def _key(self, letter: str) -> PrivateKey:
        return self._keys.setdefault(letter, PrivateKey.from_bytes(secrets.token_bytes(32)))


def body_of(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return {"text": answer.text}


def _name() -> str:
    return secrets.token_hex(5)
