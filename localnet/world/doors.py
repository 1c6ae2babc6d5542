"""A service's HTTP door, asked synchronously: one short connection per question.

Not a general client: loopback only, no redirects, no retries. What a status means is for the callers to say.
"""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from localnet.errors import UndecidedError

TIMEOUT = 15.0
"""seconds for one answer"""


class Unreachable(UndecidedError):
    """The service gave no HTTP answer at all."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        return json.loads(self.body)

    def __str__(self) -> str:
        text = self.body[:500].decode("utf-8", "replace").strip()
        return f"{self.status} {text}" if text else f"{self.status} (no body)"


class Door:
    def __init__(self, service: str, url: str, headers: Mapping[str, str] | None = None) -> None:
        self.service = service
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._base = parts.path.rstrip("/")
        self._headers = dict(headers or {})

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self._ask("GET", path, None, headers or {})

    def post(self, path: str, document: Any) -> Answer:
        return self._ask("POST", path, json.dumps(document).encode(), {"Content-Type": "application/json"})

    def put(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        return self._ask("PUT", path, body, headers)

    def delete(self, path: str) -> Answer:
        return self._ask("DELETE", path, None, {})

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT)
        try:
            connection.request(
                method, self._base + path, body, {**self._headers, "Connection": "close", **headers}
            )
            response = connection.getresponse()
            return Answer(response.status, response.read())
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(
                f"{self.service} did not answer {method} {path}: {type(error).__name__}: {error}",
                f"see `localnet ps` and `localnet logs {self.service}`",
            ) from error
        finally:
            connection.close()
