"""The run's control socket: another process of the same user asks the owner to act, one JSON line each way.

Request {"verb", "service"}; reply {"said"} or {"message", "next_step", "exit_code"}. The socket lies in the run's directory.
"""

import json
import socket
import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from localnet.errors import LocalnetError, UsageError
from localnet.network.naming import nearest
from localnet.network.network import Network

SOCKET = "control.sock"
ASK_SECONDS = 90.0
VERBS = ("restart", "stop", "start", "kill", "freeze", "thaw")
"""on a service; `down` is for the whole network"""


def serve_control(network: Network) -> Callable[[], None]:
    """Answers from now on, in threads of its own; the returned function ends that."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(BrokenPipeError):
                self.wfile.write(json.dumps(_answer(network, self.rfile.readline())).encode() + b"\n")

    server = socketserver.ThreadingUnixStreamServer(str(network.directory / SOCKET), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), name="control", daemon=True).start()

    def end() -> None:
        server.shutdown()
        server.server_close()

    return end


def ask(directory: Path, verb: str, service: str | None) -> str:
    """What the owner said; raises what it raised."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ASK_SECONDS)
            connection.connect(str(directory / SOCKET))
            connection.sendall(json.dumps({"verb": verb, "service": service}).encode() + b"\n")
            reply: dict[str, Any] = json.loads(connection.makefile().readline() or "{}")
    except (OSError, ValueError) as error:
        raise UsageError(f"the owner of {directory.name} did not answer: {error}", "localnet ps") from error
    if "said" in reply:
        return str(reply["said"])
    message = reply.get("message", f"the owner of {directory.name} went away while it was asked to {verb}")
    raise LocalnetError(message, reply.get("next_step", "localnet ps"), reply.get("exit_code"))


def _answer(network: Network, line: bytes) -> dict[str, object]:
    try:
        request = json.loads(line)
        return {"said": _obey(network, str(request["verb"]), request.get("service"))}
    except LocalnetError as error:
        return {"message": error.message, "next_step": error.next_step, "exit_code": error.exit_code}
    except (ValueError, KeyError, TypeError) as error:
        return {"message": f"not a request: {error}", "next_step": "use the localnet command"}


def _obey(network: Network, verb: str, service: str | None) -> str:
    if verb == "down":
        network.ask_down()
        return "going down"
    if verb not in VERBS or service is None:
        raise UsageError(f"a network cannot {verb} {service or ''}".rstrip(), nearest(verb, [*VERBS, "down"]))
    getattr(network, verb)(service)
    return network.service(service).state
