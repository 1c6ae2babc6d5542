"""What processes can do about calls that leave: lead the usual proxy variables to a listener of the wire, which refuses and reports.

It observes and does not enforce: on the host's own network nothing keeps a program from connecting where it likes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from localnet.backends.channel import Answer
from localnet.backends.interface import Address
from localnet.backends.ports import HOST

OBSERVED = (
    "observed, not enforced: HTTP and WebSocket calls that honour proxy variables are refused and reported; "
    "raw TCP, DNS and programs that ignore these variables could not be seen"
)
OWN = "127.0.0.1,localhost,::1"
"""where the run's own addresses lie"""
OPEN_SECONDS = 10.0
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "WS_PROXY", "WSS_PROXY", "ALL_PROXY")


@dataclass
class Tripwire:
    """One service's listener in the wire."""

    service: str
    port: int
    opened: Answer | None = None

    @property
    def edge(self) -> dict[str, object]:
        """As the wire takes it."""
        return {"edge": f"{self.service}→egress", "protocol": "egress", "host": HOST, "port": self.port}

    def variables(self) -> Mapping[str, str]:
        """What the service is started with, once somebody listens: a call before that would go unreported. Both spellings,
        since some programs look at the small letters only.
        """
        if self.opened:
            self.opened.wait(OPEN_SECONDS)
        named = {name: f"http://{Address(HOST, self.port)}" for name in PROXIES} | {"NO_PROXY": OWN}
        return {spelling: value for name, value in named.items() for spelling in (name, name.lower())}
