"""A service under test that runs elsewhere (`--set bridge.url=…`): is it there, and is it a bridge at all?

Being ready is for `readiness` to say. Here it is asked what only a bridge answers: a person's status, without the token
it would want. Whatever is wrong is no broken promise, since nobody has been promised anything yet.
"""

import http.client
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from localnet.errors import MachineError
from localnet.network.service_file import ServiceFile

SECONDS = 5.0
STATUS = f"/api/account-links/{'0' * 64}/status"
PDS_HEALTH = "/xrpc/_health"
SHOWN = 200
"""characters of a body worth a line"""


@dataclass(frozen=True)
class Answered:
    status: int
    kind: str
    body: str

    def __str__(self) -> str:
        said = " ".join(self.body.split())[:SHOWN]
        return " ".join(filter(None, (str(self.status), self.kind, said)))

    @property
    def is_page(self) -> bool:
        return self.kind.startswith("text/html")


def probe_elsewhere(
    service: ServiceFile, ready_path: str, ready: Callable[[], str | None], is_control_plane: bool
) -> Callable[[], str | None]:
    """What is wrong that waiting may remove; raises MachineError for what it will not. `ready` asks through the wire."""
    where = service.runs.words[0]

    def wrong() -> str | None:
        if (missing := _nobody_at(where)) or (missing := ready()):
            return f"{where}: {missing}{_looks_like(where)}"
        if (answered := _ask(where, ready_path)) and answered.is_page:
            raise _no_bridge(service.name, where, ready_path, answered)
        if is_control_plane and (answered := _ask(where, STATUS)) and answered.status != 401:
            raise _no_bridge(service.name, where, STATUS, answered)
        return None

    return wrong


def _no_bridge(name: str, where: str, path: str, answered: Answered) -> MachineError:
    wanted = " instead of 401, as a lifecycle API that is given no token" if path == STATUS else ""
    return MachineError(
        f"{name}.url {where} leads to no bridge: GET {path} answered {answered}{wanted}{_looks_like(where)}",
        f"correct --set {name}.url; what a bridge must answer is in docs/your-bridge.md",
    )


def _looks_like(where: str) -> str:
    """What answers there, where that is easily told."""
    page, health = _ask(where, "/"), _ask(where, PDS_HEALTH)
    if health and health.status == 200 and "version" in health.body and not health.is_page:
        return "; a PDS answers there"
    return "; a web server answers there" if page and page.is_page else ""


def _nobody_at(where: str) -> str | None:
    parts = urlsplit(where)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 80), SECONDS).close()
    except OSError as error:
        return f"nobody is there ({error.strerror or error})"
    return None


def _ask(where: str, path: str) -> Answered | None:
    """Directly, not through the wire: this is no part of what happens on the network."""
    parts = urlsplit(where)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=SECONDS)
    try:
        connection.request("GET", parts.path.rstrip("/") + path, headers={"Connection": "close"})
        response = connection.getresponse()
        body = response.read(SHOWN * 4).decode(errors="replace")
        return Answered(response.status, response.headers.get_content_type() if body else "", body)
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
