"""What the fakes and the wire are told over their channels, on every backend."""

from collections.abc import Mapping, Sequence

from localnet.backends.interface import Launch, Wiring

TOLD = "-"
"""A journal whose lines come over the channel."""


def add_fake(launch: Launch) -> dict[str, object]:
    service = {
        "name": launch.name,
        "fake": launch.runs.words[0],
        "host": launch.bind.host,
        "port": launch.bind.port,
        "options": dict(launch.options),
    }
    return {"op": "add", "network": launch.network, "token": launch.token, "services": [service]}


def add_network(wiring: Wiring, journal: str, edges: Sequence[Mapping[str, object]]) -> dict[str, object]:
    return {
        "op": "add",
        "network": wiring.network,
        "journal": journal,
        "secrets": list(wiring.secrets),
        "edges": edges,
    }


def edges_of(wiring: Wiring) -> list[Mapping[str, object]]:
    return [
        {
            "edge": str(edge),
            "protocol": edge.protocol,
            "host": address.host,
            "port": address.port,
            "upstream": upstream,
        }
        for edge, (address, upstream) in wiring.edges.items()
    ]
