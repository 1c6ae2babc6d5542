"""What can be done about calls that leave wherever a program runs: lead the usual proxy variables to a listener of the wire, which refuses and reports.

It observes and does not enforce: where a process runs, on the host's own network, nothing keeps it from connecting where it likes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from localnet.backends.channel import Answer
from localnet.backends.interface import Address

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
    """One service's listener in the wire. `called`: what the service calls it; `own`: hosts of the run, comma-separated."""

    service: str
    listens: Address
    called: Address
    own: str = OWN
    opened: Answer | None = None

    @property
    def edge(self) -> dict[str, object]:
        """As the wire takes it."""
        return {
            "edge": f"{self.service}→egress",
            "protocol": "egress",
            "host": self.listens.host,
            "port": self.listens.port,
        }

    def variables(self) -> Mapping[str, str]:
        """What the service is started with, once somebody listens: a call before that would go unreported. Both spellings,
        since some programs look at the small letters only.
        """
        if self.opened:
            self.opened.wait(OPEN_SECONDS)
        named = dict.fromkeys(PROXIES, f"http://{self.called}") | {"NO_PROXY": self.own}
        return {spelling: value for name, value in named.items() for spelling in (name, name.lower())}
