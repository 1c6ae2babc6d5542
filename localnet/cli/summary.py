"""What is running, as a table and as the JSON document of `up --json`."""

from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from localnet.network import Attached, Network


def up_document(network: Network | Attached) -> dict[str, Any]:
    """{run, backend, seconds, services: {NAME: {url, seconds}}, bridge, egress}; seconds are wall-clock from start to ready."""
    return {
        "run": network.id,
        "backend": network.backend,
        "seconds": round(network.seconds, 3),
        "services": {
            name: {"url": service.url, "seconds": round(service.seconds, 3)}
            for name, service in network.services.items()
        },
        "bridge": network.adapter.name if network.adapter else None,
        "egress": network.egress,
    }


def services_table(network: Network | Attached) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=heading(network), title_justify="left", pad_edge=False)
    table.add_column("service", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("seconds", justify="right", no_wrap=True)
    table.add_column("url", overflow="fold")
    for name, service in network.services.items():
        state = Text(service.state, "green" if service.state == "ready" else "yellow")
        table.add_row(name, state, f"{service.seconds:.2f}", without_password(service.url or ""))
    table.caption, table.caption_justify = Text(f"calls that leave: {network.egress}", "dim"), "left"
    return table


def heading(network: Network | Attached) -> str:
    bridge = network.adapter.name if network.adapter else "started by you"
    return f"{network.id}: {network.backend}, bridge {bridge}, seed {network.seed}, ready in {network.seconds:.2f} s"


def without_password(url: str) -> str:
    """For reading; `localnet env` gives the whole."""
    login, at, address = url.rpartition("@")
    return f"{login.rpartition(':')[0]}{at}{address}" if at else url
