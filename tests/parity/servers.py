"""PLC directory and PDS of ours behind real ports, in one process with one clock, for questions from outside.

Not a network: no wire, no journal, no bridge. The process ends with its input, so also when we are killed.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from fakes.control import CLOCK, TOKEN
from localnet.backends.ports import HOST, Ports

ROOT = Path(__file__).resolve().parent.parent.parent
ADMIN_PASSWORD = "admin-pass"
JWT_SECRET = "jwt-secret"
CONTROL_TOKEN = "parity"
REAL_BLOB_LIMIT = 5 * 1024 * 1024
"""The reference server's default; the fake's own is larger."""


@dataclass
class Servers:
    plc: str
    pds: Mapping[str, str]
    """name → URL"""
    ahead: float = field(default=0.0, init=False)
    """seconds by which their clock is past real time"""

    def advance(self, seconds: float) -> None:
        self.ahead += seconds
        move_clock(self.plc, self.ahead)


def move_clock(plc: str, ahead: float) -> None:
    """The clock of all of them, by way of one."""
    real = time.time()
    reading = {"real": real, "shown": real + ahead, "rate": 1}
    httpx.put(plc + CLOCK, json=reading, headers={TOKEN: CONTROL_TOKEN}, trust_env=False).raise_for_status()


@contextmanager
def serving(pds: Mapping[str, Mapping[str, str]]) -> Iterator[Servers]:
    """A PLC directory and one PDS for each name in `pds`, with these options."""
    command = [sys.executable, "-m", "fakes.serve"]
    with (
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process,
        closing(_Numbers()) as numbers,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        plc = numbers.any()
        ports = {name: numbers.any() for name in pds}
        services = [_service("plc", "plc", plc, {})]
        services += [
            _service(name, "pds", ports[name], _options(ports[name], plc, pds[name])) for name in pds
        ]
        wish = {"op": "add", "network": "parity", "token": CONTROL_TOKEN, "services": services}
        process.stdin.write(json.dumps(wish).encode() + b"\n")
        process.stdin.flush()
        for _ in services:
            _expect_ready(process.stdout.readline())
        # `localhost`: the real PDS does not resolve DIDs at an address that is a number.
        yield Servers(
            f"http://{HOST}:{plc}", {name: f"http://localhost:{port}" for name, port in ports.items()}
        )


class _Numbers(Ports):
    def close(self) -> None:
        self.release()


def _service(name: str, fake: str, port: int, options: Mapping[str, str]) -> dict[str, object]:
    return {"name": name, "fake": fake, "host": HOST, "port": port, "options": dict(options)}


def _options(port: int, plc: int, given: Mapping[str, str]) -> dict[str, str]:
    return {
        "public_url": f"http://localhost:{port}",
        "plc_url": f"http://{HOST}:{plc}",
        "service_did": "did:web:localhost",
        "handle_domains": ".test",
        "admin_password": ADMIN_PASSWORD,
        "jwt_secret": JWT_SECRET,
        "invites": "open",
        "blob_limit": str(REAL_BLOB_LIMIT),
        **given,
    }


def _expect_ready(line: bytes) -> None:
    event = json.loads(line or b"{}")
    if event.get("event") != "ready":
        raise RuntimeError(f"a server did not start: {event.get('error', 'their process ended')}")
