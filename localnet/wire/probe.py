"""`python -m localnet.wire.probe TARGETS`: what can be reached from where it runs, as one line of JSON. Run in a bridge's place: a container
that shares the bridge's network, so that nothing is asked of the bridge's own image.

TARGETS is JSON: {"name": one to look up, "canaries": ["host:port", ...]}, our own listeners, never somebody else's address. Some engines
give a closed network a default route to an address that nobody has; where that is permitted it is taken away first.
"""

import contextlib
import errno
import fcntl
import json
import socket
import struct
import sys
from pathlib import Path

SECONDS = 1.0
DELETE_ROUTE = 0x890C  # SIOCDELRT
GATEWAY_ROUTE = 0x0003  # RTF_UP | RTF_GATEWAY
NOWHERE = "00000000"
HANDSHAKE = (
    b"GET /localnet-proof HTTP/1.1\r\nHost: canary\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: bG9jYWxuZXQtcHJvb2YhIQ==\r\n\r\n"
)


def main() -> int:
    wanted = json.loads(sys.argv[1])
    early = [gateway for gateway in default_routes() if was_asked_for(gateway)]
    taken = [gateway for gateway in default_routes() if delete(gateway)]
    before = lost_packets()
    reached = {
        f"{way} {canary}": reach(canary, way) for canary in wanted["canaries"] for way in ("tcp", "ws")
    }
    found = {
        "early": early,
        "taken": taken,
        "routes": [*default_routes(), *default_routes_6()],
        "name": resolve(wanted["name"]),
        "reached": reached,
        "lost": lost_packets() - before,
    }
    print(json.dumps(found), flush=True)
    return 0


def default_routes() -> list[str]:
    """Gateways, as the kernel writes them (little-endian hex)."""
    rows = [row.split() for row in Path("/proc/net/route").read_text().splitlines()[1:]]
    return [row[2] for row in rows if row[1] == NOWHERE and row[7] == NOWHERE]


def default_routes_6() -> list[str]:
    table = Path("/proc/net/ipv6_route")
    rows = [row.split() for row in table.read_text().splitlines()] if table.exists() else []
    return [row[4] for row in rows if row[1] == "00" and row[9] != "lo"]


def was_asked_for(gateway: str) -> bool:
    """Whether somebody has sent something that way before we came: then the kernel has looked for it."""
    address = socket.inet_ntoa(struct.pack("=I", int(gateway, 16)))
    return any(row.split()[0] == address for row in Path("/proc/net/arp").read_text().splitlines()[1:])


def delete(gateway: str) -> bool:
    """ioctl with a `struct rtentry`, route(7)."""
    nowhere = struct.pack("=HH4s8x", socket.AF_INET, 0, bytes(4))
    by = struct.pack("=HH4s8x", socket.AF_INET, 0, struct.pack("=I", int(gateway, 16)))
    entry = struct.pack("@L", 0) + nowhere + by + nowhere + struct.pack("@H", GATEWAY_ROUTE)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        try:
            fcntl.ioctl(any_socket, DELETE_ROUTE, entry.ljust(120, b"\0"))
        except OSError:
            return False
    return True


def reach(canary: str, way: str) -> str:
    host, _, port = canary.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), SECONDS) as connection:
            connection.sendall(HANDSHAKE if way == "ws" else b"localnet-proof\n")
            return "connected"
    except ConnectionRefusedError:
        return "refused"
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, "no answer")


def resolve(name: str) -> str | None:
    with contextlib.suppress(OSError):
        return str(socket.getaddrinfo(name, 80)[0][4][0])
    return None


def lost_packets() -> int:
    """Packets for which there was no route: each call to an address outside is one."""
    names, numbers = (row.split() for row in Path("/proc/net/snmp").read_text().splitlines()[:2])
    return int(numbers[names.index("OutNoRoutes")])


if __name__ == "__main__":
    sys.exit(main())
